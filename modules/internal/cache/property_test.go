package cache

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// The crowd of the property: each writer has a platform, with a credential, and keeps entries and answers for
// things of its own, one for each day. All read everything.
const (
	crowdOperations = 1_000_000
	crowdWriters    = 8
	crowdDays       = 48
	// so many places for the entries and answers of all: 768 keys
	crowdPlaces = 128
)

// thing is one entry or answer of a writer. Its value says whose it is, which time it was kept, and as of which mark.
type thing struct {
	writer, day int
	answer      bool
	key         Key
	labels      Labels

	begun atomic.Int64 // the latest generation that may be found
	ended atomic.Int64 // the latest generation of which the keeping has ended
	floor atomic.Int64 // nothing of an older mark was left by the drops that have ended
}

// crowd is many goroutines that use a cache, and what they know of it.
type crowd struct {
	cache  *Cache
	clock  *manualClock
	things []*thing
	found  atomic.Int64
	failed atomic.Pointer[string]
}

func newCrowd(c *Cache, clock *manualClock) *crowd {
	crowd := &crowd{cache: c, clock: clock}
	for w := range crowdWriters {
		platform := fmt.Sprint("platform", w)
		for day := range crowdDays {
			labels := Labels{Platform: platform, Operation: "reports.query", From: int32(day), To: int32(day)}
			for _, answer := range []bool{false, true} {
				key := KeyOf("credential of "+platform, fmt.Sprint(day))
				crowd.things = append(crowd.things, &thing{writer: w, day: day, answer: answer, key: key, labels: labels})
			}
		}
	}
	return crowd
}

// value is what is kept of a thing: its writer, day and kind, the generation, the mark, and when it expires.
func (t *thing) value(generation int64, m Mark, expires int64) []byte {
	kind := byte('e')
	if t.answer {
		kind = 'a'
	}
	b := []byte{byte(t.writer), byte(t.day), kind}
	for _, n := range []int64{generation, int64(m), expires} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(b, make([]byte, int(generation)%700)...)
}

func (c *crowd) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.failed.CompareAndSwap(nil, &text)
}

// keep keeps the next generation of things of one writer, as of a mark that was taken before.
func (c *crowd) keep(m Mark, things []*thing, r *rand.Rand) {
	var entries []*Entry
	for _, t := range things {
		generation := t.begun.Add(1)
		expires := c.clock.nanoseconds.Load() + int64(time.Second)*(1+r.Int64N(100))
		value, until := t.value(generation, m, expires), time.Unix(0, expires)
		if t.answer {
			c.cache.KeepAnswer(m, t.key[:], []Labels{t.labels, {Platform: "nobody"}}, value, int64(len(value)), until)
			continue
		}
		entries = append(entries, &Entry{Key: t.key, Labels: t.labels, Value: value, Made: start, Expires: until})
	}
	c.cache.Put(m, entries)
	for _, t := range things {
		t.ended.Store(t.begun.Load())
	}
}

// known is what is known of a thing before it is read.
type known struct {
	ended, floor, now int64
}

func (c *crowd) before(t *thing) known {
	return known{t.ended.Load(), t.floor.Load(), c.clock.nanoseconds.Load()}
}

// check says what is wrong with a value that was read.
func (c *crowd) check(t *thing, k known, value []byte) {
	c.found.Add(1)
	if want := t.value(0, 0, 0)[:3]; len(value) < 27 || string(value[:3]) != string(want) {
		c.fail("writer %d, day %d, answer %v: read what belongs to another: %v", t.writer, t.day, t.answer, value[:3])
		return
	}
	number := func(i int) int64 { return int64(binary.BigEndian.Uint64(value[3+8*i:])) }
	generation, mark, expires := number(0), number(1), number(2)
	switch {
	case len(value) != 27+int(generation)%700:
		c.fail("read a part of a value")
	case generation < k.ended:
		c.fail("read generation %d after generation %d was kept", generation, k.ended)
	case generation > t.begun.Load():
		c.fail("read generation %d of %d", generation, t.begun.Load())
	case mark < k.floor:
		c.fail("read what was fetched as of mark %d, and dropped at %d", mark, k.floor)
	case expires <= k.now:
		c.fail("read what had expired")
	}
}

func (c *crowd) read(things []*thing) {
	var keys []Key
	var entries []*thing
	var knowns []known
	for _, t := range things {
		k := c.before(t)
		if !t.answer {
			keys, entries, knowns = append(keys, t.key), append(entries, t), append(knowns, k)
			continue
		}
		if value, ok := c.cache.Answer(t.key[:]); ok {
			c.check(t, k, value.([]byte))
		}
	}
	if len(keys) == 0 {
		return
	}
	for i, e := range c.cache.Get(context.Background(), keys) {
		if e == nil {
			continue
		}
		if e.Key != keys[i] || e.Labels != entries[i].labels {
			c.fail("read an entry of another key")
		}
		c.check(entries[i], knowns[i], e.Value)
	}
}

func (c *crowd) drop(s plugins.StoreSelection) {
	floor := int64(c.cache.Mark()) + 1 // the drop's mark is this or later
	if _, err := c.cache.Drop(context.Background(), s); err != nil {
		c.fail("dropping: %v", err)
	}
	for _, t := range c.things {
		if picks(s, t.labels) {
			for old := t.floor.Load(); old < floor && !t.floor.CompareAndSwap(old, floor); old = t.floor.Load() {
			}
		}
	}
}

// some returns up to n things, of one writer or of all.
func (c *crowd) some(r *rand.Rand, n, writer int) []*thing {
	const own = 2 * crowdDays
	list := make([]*thing, 1+r.IntN(n))
	for i := range list {
		if writer >= 0 {
			list[i] = c.things[writer*own+r.IntN(own)]
		} else {
			list[i] = c.things[r.IntN(len(c.things))]
		}
	}
	return list
}

// work does n operations as a writer.
func (c *crowd) work(writer, n int) {
	r := rand.New(rand.NewPCG(uint64(writer), 7))
	for i := 0; i < n && c.failed.Load() == nil; i++ {
		switch p := r.IntN(1000); {
		case p < 120:
			m := c.cache.Mark()
			things := c.some(r, 3, writer)
			if p < 8 { // the fetch takes a while
				c.read(c.some(r, 4, -1))
				c.drop(selection(r))
				i += 2
			}
			c.keep(m, things, r)
		case p < 122:
			c.drop(selection(r))
		case p < 130:
			c.clock.advance(time.Duration(r.IntN(100)) * time.Millisecond)
		case p == 999 && i%50 == 0:
			c.cache.Stats(context.Background())
		case p < 500:
			c.read(c.some(r, 3, writer)) // its own
		default:
			c.read(c.some(r, 3, -1))
		}
	}
}

// selection is mostly of few things, so that there is something to be found.
func selection(r *rand.Rand) plugins.StoreSelection {
	s := plugins.StoreSelection{Platform: fmt.Sprint("platform", r.IntN(crowdWriters))}
	if r.IntN(20) > 0 {
		day := int32(r.IntN(crowdDays))
		s.Days, s.From, s.To = true, day, day+int32(r.IntN(3))
	}
	if r.IntN(200) == 0 {
		s.Platform = ""
	}
	return s
}

// Ten to the sixth operations of many goroutines, with places that many keys share and a memory that is
// too small for all of them: no read gives what belongs to another key, what was dropped or replaced before the
// read began, or what has expired.
func TestNoReadGivesWhatItMustNot(t *testing.T) {
	store := newFake()
	for _, test := range []struct {
		name       string
		operations int
		open       func(context.Context) (plugins.Store, error)
	}{
		{"over a store", crowdOperations / 5, store.open},
		{"memory only", crowdOperations * 4 / 5, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := newClock()
			c := newCache(t, Config{
				Memory: 64 << 10, Open: test.open, Now: clock.now,
				Hash: func(key []byte) uint64 { return binary.LittleEndian.Uint64(key) % crowdPlaces },
			})
			if test.open != nil {
				stored(t, c)
			}
			crowd := newCrowd(c, clock)
			var group sync.WaitGroup
			for w := range crowdWriters {
				group.Go(func() { crowd.work(w, test.operations/crowdWriters) })
			}
			group.Wait()
			if text := crowd.failed.Load(); text != nil {
				t.Fatal(*text)
			}
			s := c.Stats(t.Context())
			t.Logf("%d values were found, %d entries and answers evicted, %d drops", crowd.found.Load(), s.Memory.Evicted, s.Drops)
			require.Greater(t, crowd.found.Load(), int64(test.operations/50), "something is found")
			require.Positive(t, s.Memory.Evicted)
			require.Greater(t, s.Drops, uint64(test.operations/1000))
		})
	}
	require.Positive(t, store.count("get"))
}
