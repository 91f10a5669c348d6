package reportcache

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// Policy is how long the rows of windows are good for. The lives are chosen by how old
// the end of a window was when the window was fetched, in days of the question's zone; each is made up to
// a tenth shorter or longer, see [Keeper]. A life of zero means that every question
// asks anew.
type Policy struct {
	// Open is the life of windows that were fetched before their last day was over, and
	// of those without days, which may be about today.
	Open time.Duration
	// Recent is the life of windows that had ended up to 3 days before.
	Recent time.Duration
	// Month is the life of windows that had ended up to 35 days before, and of those
	// without days of which the question says that they are steady.
	Month time.Duration
	// Old is the life of all others. They are fetched anew ahead of their end.
	Old time.Duration
	// Stale is how long after its life a window is served while it is fetched anew.
	Stale time.Duration
	// StaleOnError is how long after its life a window is served while the platform fails.
	StaleOnError time.Duration
}

// DefaultPolicy returns the policy where nothing else is configured: 60 s, 15 min, 6 h and
// 7 days, 10 min stale, 7 days while the platform fails.
func DefaultPolicy() Policy {
	const day = 24 * time.Hour
	return Policy{Open: time.Minute, Recent: 15 * time.Minute, Month: 6 * time.Hour, Old: 7 * day, Stale: 10 * time.Minute, StaleOnError: 7 * day}
}

const (
	recentDays = 3
	monthDays  = 35
	// pieceDays is the length of the aligned pieces of the calendar of which all windows
	// have the same jitter, so that what was fetched together expires together.
	pieceDays = 30
	jitter    = 0.1
	// Old windows may be fetched anew from this part of their shortest life on, and are
	// when the next of the moments has come that have this distance from each other.
	// Together they leave a little of the life for somebody to ask.
	aheadFrom, aheadStep = 0.2, 0.75
	// skew is how far in the future rows may have been made: the clocks of gateways that
	// share a store differ a little. What is further off was made by a wrong clock.
	skew = time.Minute
)

// term is what a window is good for at which time.
type term struct {
	// fresh, stale and last are the ends of its life, of being served while it is fetched
	// anew, and of being served while the platform fails.
	fresh, stale, last time.Time
	// early is from when a window that is still fresh may be fetched along with those that
	// are fetched ahead. Zero: it is not old.
	early time.Time
}

// terms tells the terms of the windows of one question. It remembers what neighbours
// have in common, so it is for one goroutine.
type terms struct {
	policy Policy
	zone   *time.Location
	steady bool
	seed   uint64 // of the series: its jitter differs from that of others
	// together is how many days are fetched ahead by one call; zero: all.
	together int

	made  time.Time // the last moment that was asked about
	day   report.Date
	piece report.Date // the last piece that was asked about
	scale float64     // of its lives; zero before the first
	basis basis
	last  term // of basis
}

// basis is what a term of days is made of. Most windows of a question share one.
type basis struct {
	made  time.Time
	scale float64
	life  time.Duration
	old   bool
}

func newTerms(p Policy, q *report.Question, seed uint64) terms {
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	t := terms{policy: p, zone: zone, steady: q.Steady, seed: seed, together: pieceDays}
	if q.Joint {
		t.together = q.Longest
	}
	return t
}

// of returns the term of a window that was fetched at a moment: when the call began, as
// the platform may have counted then.
func (t *terms) of(w *report.Window, made time.Time) term {
	if t.made.IsZero() || !made.Equal(t.made) {
		t.made, t.day = made, report.DateOf(made.In(t.zone))
	}
	life, old := t.life(w)
	t.settle(w)
	word := w.Interval != "" && !t.steady
	basis := basis{t.made, t.scale, life, old}
	if basis == t.basis && !word {
		return t.last
	}
	out := term{fresh: made.Add(time.Duration(float64(life) * t.scale))}
	out.stale, out.last = out.fresh.Add(t.policy.Stale), out.fresh.Add(max(t.policy.Stale, t.policy.StaleOnError))
	if old {
		out.early = made.Add(time.Duration(float64(life) * (1 - jitter) * aheadFrom))
	}
	if word {
		// tomorrow the word means other days
		end := (t.day + 1).Start(t.zone)
		out.fresh, out.stale, out.last = earlier(out.fresh, end), earlier(out.stale, end), earlier(out.last, end)
		return out
	}
	t.basis, t.last = basis, out
	return out
}

// life returns how long a window lives before jitter, fetched on t.day.
func (t *terms) life(w *report.Window) (life time.Duration, old bool) {
	if t.steady {
		return t.policy.Month, false
	}
	if !dated(w) {
		return t.policy.Open, false
	}
	switch age := t.day - w.To; {
	case age <= 0:
		return t.policy.Open, false
	case age <= recentDays:
		return t.policy.Recent, false
	case age <= monthDays:
		return t.policy.Month, false
	}
	return t.policy.Old, true
}

// settle makes scale that of the window's piece of the calendar.
func (t *terms) settle(w *report.Window) {
	var piece report.Date
	if dated(w) && !t.steady {
		piece = pieceOf(w.To, pieceDays)
	}
	if t.scale != 0 && piece == t.piece {
		return
	}
	t.piece = piece
	var text [12]byte
	binary.LittleEndian.PutUint64(text[:], t.seed)
	binary.LittleEndian.PutUint32(text[8:], uint32(piece))
	t.scale = 1 - jitter + 2*jitter*unit(xxhash.Sum64(text[:]))
}

// turn returns the first moment from early on at which the days that are fetched ahead
// together with an old window have their turn. Every so many days of the calendar have
// turns of their own, so that those of a year are spread over the week.
func (t *terms) turn(w *report.Window, early time.Time) time.Time {
	step := int64(float64(t.policy.Old) * (1 - jitter) * aheadStep)
	if step <= 0 {
		return early
	}
	var block report.Date
	if t.together > 0 {
		block = pieceOf(w.To, report.Date(t.together))
	}
	// steps of the golden ratio spread any number of blocks in a row evenly
	_, at := math.Modf(unit(t.seed) + float64(block)*(math.Phi-1))
	if at < 0 {
		at++
	}
	late := (early.UnixNano() - int64(at*float64(step))) % step
	if late < 0 {
		late += step
	}
	return early.Add(time.Duration((step - late) % step))
}

// pieceOf returns which piece of the calendar a day is in, where pieces have some days.
func pieceOf(d, days report.Date) report.Date {
	if d < 0 {
		return (d - days + 1) / days
	}
	return d / days
}

// dated tells whether a window is of days, not of a word.
func dated(w *report.Window) bool { return w.Interval == "" && w.From <= w.To }

// unit makes a number from 0 to 1 of a hash.
func unit(hash uint64) float64 { return float64(hash>>11) / (1 << 53) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
