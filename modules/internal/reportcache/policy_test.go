package reportcache

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/report"
)

func date(t *testing.T, s string) report.Date {
	t.Helper()
	d, err := report.ParseDate(s)
	require.NoError(t, err)
	return d
}

func TestLifeGoesByTheAgeOfTheWindowsEndWhenItWasFetched(t *testing.T) {
	p := DefaultPolicy()
	for _, c := range []struct {
		name     string
		zone     string
		from, to string
		made     string // RFC 3339
		want     time.Duration
	}{
		{"today", "UTC", "2026-11-20", "2026-11-20", "2026-11-20T12:00:00Z", p.Open},
		{"the first moment of today", "UTC", "2026-11-20", "2026-11-20", "2026-11-20T00:00:00Z", p.Open},
		{"10 s before the day is over it is open", "UTC", "2026-11-20", "2026-11-20", "2026-11-20T23:59:50Z", p.Open},
		{"when it is over it is not", "UTC", "2026-11-20", "2026-11-20", "2026-11-21T00:00:00Z", p.Recent},
		{"tomorrow", "UTC", "2026-11-21", "2026-11-21", "2026-11-20T12:00:00Z", p.Open},
		{"a range that ends today", "UTC", "2026-01-01", "2026-11-20", "2026-11-20T12:00:00Z", p.Open},
		{"a range that ends later", "UTC", "2026-01-01", "2026-12-31", "2026-11-20T12:00:00Z", p.Open},
		{"3 days ago", "UTC", "2026-11-17", "2026-11-17", "2026-11-20T23:59:59Z", p.Recent},
		{"4 days ago", "UTC", "2026-11-16", "2026-11-16", "2026-11-20T00:00:00Z", p.Month},
		{"35 days ago", "UTC", "2026-10-16", "2026-10-16", "2026-11-20T12:00:00Z", p.Month},
		{"36 days ago", "UTC", "2026-10-15", "2026-10-15", "2026-11-20T12:00:00Z", p.Old},
		{"a range goes by its end", "UTC", "2025-01-01", "2026-11-18", "2026-11-20T12:00:00Z", p.Recent},
		{"before 1970", "UTC", "1969-12-30", "1969-12-30", "2026-11-20T12:00:00Z", p.Old},
		{"still today in the west", "America/Los_Angeles", "2026-11-20", "2026-11-20", "2026-11-21T07:59:50Z", p.Open},
		{"not any more", "America/Los_Angeles", "2026-11-20", "2026-11-20", "2026-11-21T08:00:00Z", p.Recent},
		{"already tomorrow in the east", "Asia/Kathmandu", "2026-11-20", "2026-11-20", "2026-11-20T18:15:00Z", p.Recent},
		{"not yet", "Asia/Kathmandu", "2026-11-20", "2026-11-20", "2026-11-20T18:14:50Z", p.Open},
		// 2026-11-01 has 25 hours in New York, 2026-03-08 has 23
		{"10 s before the end of a long day", "America/New_York", "2026-11-01", "2026-11-01", "2026-11-02T04:59:50Z", p.Open},
		{"after a long day", "America/New_York", "2026-11-01", "2026-11-01", "2026-11-02T05:00:00Z", p.Recent},
		{"10 s before the end of a short day", "America/New_York", "2026-03-08", "2026-03-08", "2026-03-09T03:59:50Z", p.Open},
		{"after a short day", "America/New_York", "2026-03-08", "2026-03-08", "2026-03-09T04:00:00Z", p.Recent},
		{"3 days ago across a long day", "America/New_York", "2026-10-30", "2026-10-30", "2026-11-03T04:59:00Z", p.Recent},
		// the clocks skip midnight on 2026-09-06 in Santiago: the day begins at 01:00, which is 04:00 in UTC
		{"10 s before a day without midnight", "America/Santiago", "2026-09-05", "2026-09-05", "2026-09-06T03:59:50Z", p.Open},
		{"in a day without midnight", "America/Santiago", "2026-09-05", "2026-09-05", "2026-09-06T04:00:00Z", p.Recent},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			made, err := time.Parse(time.RFC3339, c.made)
			require.NoError(t, err)
			terms := newTerms(p, &report.Question{Zone: zone}, 7)
			got := terms.of(&report.Window{Range: report.Range{From: date(t, c.from), To: date(t, c.to)}}, made)
			life := got.fresh.Sub(made)
			assert.InDelta(t, float64(c.want), float64(life), float64(c.want)*0.1)
			assert.Equal(t, p.Stale, got.stale.Sub(got.fresh))
			assert.Equal(t, p.StaleOnError, got.last.Sub(got.fresh))
			assert.Equal(t, c.want != p.Old, got.early.IsZero(), "only old windows are fetched ahead")
		})
	}
}

func TestAWindowThatWasFetchedOpenStaysSo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.pass(12*time.Hour - 10*time.Second) // 10 s before midnight
		q := w.days(1, 0)
		w.ask(q)
		w.pass(40 * time.Second)
		assert.Equal(t, "hit", w.ask(q).State)
		assert.Equal(t, 1, w.platform.count())
		w.pass(30 * time.Second) // a window of yesterday would live for 15 min
		assert.Equal(t, "stale", w.ask(q).State)
		assert.Equal(t, 1, w.platform.count())
		w.pass(10 * time.Minute) // it has been fetched again, when the day was over
		assert.Equal(t, "hit", w.ask(q).State)
		assert.Zero(t, w.platform.count())
	})
}

func TestWindowsWithoutDays(t *testing.T) {
	p := DefaultPolicy()
	made := time.Date(2026, 11, 20, 23, 59, 30, 0, time.UTC)
	midnight := made.Add(30 * time.Second)
	t.Run("a word", func(t *testing.T) {
		terms := newTerms(p, &report.Question{}, 1)
		w := report.Window{Interval: "current_period"}
		got := terms.of(&w, made)
		assert.Equal(t, term{fresh: midnight, stale: midnight, last: midnight}, got, "tomorrow it means other days")
		morning := made.Add(-12 * time.Hour)
		got = terms.of(&w, morning)
		assert.InDelta(t, p.Open.Seconds(), got.fresh.Sub(morning).Seconds(), 6)
		assert.Equal(t, midnight, got.last)
	})
	t.Run("names", func(t *testing.T) {
		terms := newTerms(p, &report.Question{Steady: true}, 1)
		for _, w := range []report.Window{{}, {Interval: "all"}, {Range: report.Range{From: 1}}} {
			got := terms.of(&w, made)
			assert.InDelta(t, p.Month.Hours(), got.fresh.Sub(made).Hours(), 0.6)
			assert.Equal(t, p.StaleOnError, got.last.Sub(got.fresh))
			assert.Zero(t, got.early)
		}
	})
}

// What is remembered of a window must not be taken for another.
func TestTermsDoNotDependOnWhatWasAskedBefore(t *testing.T) {
	policy := Policy{Open: time.Hour, Recent: time.Hour, Month: time.Hour, Old: time.Hour, Stale: time.Hour, StaleOnError: day}
	rapid.Check(t, func(t *rapid.T) {
		used := newTerms(policy, &report.Question{}, 1)
		for range 10 {
			w := report.Window{Interval: rapid.SampledFrom([]string{"", "", "word"}).Draw(t, "word")}
			if w.Interval == "" {
				from := report.DateOf(noon) - report.Date(rapid.SampledFrom([]int{0, 1, 40, 100}).Draw(t, "ago"))
				w.Range = report.Range{From: from, To: from}
			}
			made := noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "made")) * 11 * time.Hour)
			unused := newTerms(policy, &report.Question{}, 1)
			if got, want := used.of(&w, made), unused.of(&w, made); got != want {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

func TestStaleOnErrorIsNeverShorterThanStale(t *testing.T) {
	terms := newTerms(Policy{Open: time.Minute, Stale: time.Hour}, &report.Question{}, 1)
	got := terms.of(&report.Window{Range: report.Range{From: 30000, To: 30000}}, noon)
	assert.Equal(t, got.stale, got.last)
}

func TestJitter(t *testing.T) {
	p := DefaultPolicy()
	least, most := math.Inf(1), math.Inf(-1)
	for seed := range uint64(100) {
		terms := newTerms(p, &report.Question{}, seed*0x9e3779b97f4a7c15)
		lives := map[report.Date]time.Duration{}
		for d := report.Date(-700); d < 19000; d += 7 {
			w := report.Window{Range: report.Range{From: d, To: d}}
			got := terms.of(&w, noon)
			ahead := terms.turn(&w, got.early)
			life := got.fresh.Sub(noon)
			scale := float64(life) / float64(p.Old)
			least, most = min(least, scale), max(most, scale)
			piece := report.Date(math.Floor(float64(d) / 30))
			if before, ok := lives[piece]; ok {
				require.Equal(t, before, life, "the days of a piece expire together")
			}
			lives[piece] = life
			require.False(t, ahead.Before(got.early) || !ahead.Before(got.fresh), "fetched ahead within its life")
			require.Greater(t, got.early.Sub(noon), day, "a day later nothing is fetched ahead")
		}
	}
	assert.GreaterOrEqual(t, least, 0.9)
	assert.Less(t, least, 0.901)
	assert.LessOrEqual(t, most, 1.1)
	assert.Greater(t, most, 1.099)
}

func TestThePiecesOfAYearAreFetchedAheadAllOverTheWeek(t *testing.T) {
	terms := newTerms(DefaultPolicy(), &report.Question{Joint: true, Longest: 30}, 12345)
	var parts []float64
	for piece := range report.Date(12) {
		d := 18000 + piece*30
		w := report.Window{Range: report.Range{From: d, To: d}}
		parts = append(parts, terms.turn(&w, terms.of(&w, noon).early).Sub(noon).Hours())
	}
	slices.Sort(parts)
	// from 30 h to 144 h: a fifth of 0.9 × 168 h, and three quarters more
	parts = append([]float64{30.24}, append(parts, 143.64)...)
	for i := 1; i < len(parts); i++ {
		assert.GreaterOrEqual(t, parts[i], parts[i-1])
		// twelve even steps would be 9.45 h each; those of the golden ratio are at most about twice as long
		assert.Less(t, parts[i]-parts[i-1], 18.0)
	}
}
