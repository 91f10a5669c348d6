package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// modelClicks are clicks of two campaigns and two countries, on every third day of a
// year from 2025-11-20.
func modelClicks() []click {
	var out []click
	for i := range 122 {
		out = append(out, click{
			at: time.Date(2025, 11, 20+3*i, 10, 0, 0, 0, time.UTC), campaign: 1 + i%2,
			country: []string{"DE", "AT", "DE"}[i%3], visitor: i % 5, sold: i%4 == 0, cents: int64(i), currency: "EUR",
		})
	}
	return out
}

// kept makes reports of one platform with one keeper.
type kept struct {
	testing.TB
	source   *fake
	platform report.Platform
	options  report.Options
	shelf    *shelf
}

func keep(t testing.TB, p report.Platform) *kept {
	t.Helper()
	s := newShelf()
	p.Scope = "account"
	k := &kept{TB: t, platform: p, shelf: s, options: report.Options{Now: noon, Keeper: s, Crowded: new(report.Crowded)}}
	switch source := p.Source.(type) {
	case *fake:
		k.source = source
	case *limitedList:
		k.source = source.fake
	}
	return k
}

// ask makes a report and returns it, its rows and how many native calls it took.
func (k *kept) ask(q *report.Query) (*report.Result, []string, int) {
	k.Helper()
	before := k.source.Requests()
	r, p := report.Run(k.Context(), []report.Platform{k.platform}, q, k.options)
	require.Nil(k, p)
	var rows []string
	for i := range r.Rows {
		rows = append(rows, string(r.AppendRow(nil, &r.Rows[i])))
	}
	return r, rows, k.source.Requests() - before
}

func keptTracker(t testing.TB) *kept {
	return keep(t, sample(t, "tracker", "tracker", &fake{answer: build(modelClicks())}))
}

func TestARangeIsMadeOfDays(t *testing.T) {
	k := keptTracker(t)
	_, _, calls := k.ask(parse(t, "from=2025-11-20&to=2026-11-19&group_by=month&metrics=clicks,conversions"))
	require.Equal(t, 1, calls)
	assert.JSONEq(t, `{"from":"2025-11-20","to":"2026-11-19","zone":"UTC","by":["day"],"metrics":["clicks","conversions"]}`, k.source.requests[0].body)
	for name, c := range map[string]struct {
		query string
		calls int
	}{
		"the same again":            {"from=2025-11-20&to=2026-11-19&group_by=month&metrics=clicks,conversions", 0},
		"some of the days":          {"from=2026-02-03&to=2026-02-10&group_by=date&metrics=clicks,conversions", 0},
		"weeks":                     {"from=2026-02-03&to=2026-05-10&group_by=week,weekday&metrics=clicks,conversions", 0},
		"the metrics the other way": {"from=2026-02-03&to=2026-05-10&metrics=conversions,clicks", 0},
		"fewer metrics":             {"from=2026-02-03&to=2026-05-10&metrics=conversions", 0},
		"a rate of them":            {"from=2026-02-03&to=2026-05-10&metrics=cr", 0},
		"a relative range":          {"interval=yesterday&group_by=date&metrics=clicks,conversions", 0},
	} {
		t.Run(name, func(t *testing.T) {
			q := parse(t, c.query)
			r, rows, calls := k.ask(q)
			assert.Equal(t, c.calls, calls)
			_, want := run(t, q, sample(t, "tracker", "tracker", &fake{answer: build(modelClicks())}))
			assert.Equal(t, want, rows)
			assert.Equal(t, answer.Hit, r.Platforms[0].Cache)
			assert.Zero(t, r.Platforms[0].NativeRequests-k.source.Requests(), "the source is the test's own, of all reports")
		})
	}
	t.Run("a total of nothing is asked for whole", func(t *testing.T) {
		q := parse(t, "interval=yesterday&metrics=clicks,conversions")
		_, want := run(t, q, sample(t, "tracker", "tracker", &fake{answer: build(modelClicks())}))
		for _, calls := range []int{1, 0} {
			_, rows, made := k.ask(q)
			assert.Equal(t, calls, made)
			assert.Equal(t, want, rows)
		}
	})
	t.Run("a day more is one call for that day", func(t *testing.T) {
		r, _, calls := k.ask(parse(t, "from=2025-11-21&to=2026-11-20&group_by=month&metrics=clicks,conversions"))
		assert.Equal(t, 1, calls)
		last := gjson.Parse(k.source.requests[len(k.source.requests)-1].body)
		assert.Equal(t, "2026-11-20 2026-11-20", last.Get("from").String()+" "+last.Get("to").String())
		assert.Equal(t, answer.Miss, r.Platforms[0].Cache)
	})
}

// A day without rows is known to have none, and is not asked for again.
func TestEmptyDaysAreKept(t *testing.T) {
	k := keep(t, sample(t, "tracker", "tracker", answers(`{"rows":[]}`)))
	q := parse(t, "from=2026-01-01&to=2026-01-31&group_by=date&metrics=clicks")
	_, rows, calls := k.ask(q)
	assert.Equal(t, 1, calls)
	assert.Empty(t, rows)
	_, rows, calls = k.ask(q)
	assert.Zero(t, calls)
	assert.Empty(t, rows)
}

// Joint days are asked for within the longest range of a call.
func TestDaysAreFetchedWithinTheCap(t *testing.T) {
	k := keep(t, sample(t, "shop", "shop", &fake{answer: dated}))
	q := parse(t, "from=2026-01-01&to=2026-02-15&timezone=America/New_York&group_by=month&metrics=conversions,order_value")
	_, rows, calls := k.ask(q)
	assert.Equal(t, 5, calls, "46 days of at most 10 a call")
	_, want := run(t, q, sample(t, "shop", "shop", &fake{answer: dated}))
	assert.Equal(t, want, rows)
	_, _, calls = k.ask(parse(t, "from=2026-01-01&to=2026-02-15&timezone=America/New_York&group_by=date&metrics=order_value"))
	assert.Zero(t, calls, "the other metrics of an answer are kept with it")
	require.NotEmpty(t, k.shelf.questions)
	assert.Equal(t, 10, k.shelf.questions[0].Longest)
	assert.Len(t, k.shelf.questions[0].Windows, 46)
	assert.Equal(t, "America/New_York", k.shelf.questions[0].Zone.String())
}

func TestFinerRowsAnswerCoarserQuestions(t *testing.T) {
	const finest = "from=2026-01-01&to=2026-03-31&group_by=campaign,country,date&metrics=clicks,conversions,unique_clicks"
	for _, c := range []struct {
		name, query string
		calls       int
	}{
		{"countries and months", "from=2026-01-01&to=2026-03-31&group_by=country,month&metrics=clicks", 0},
		{"fewer days", "from=2026-01-05&to=2026-01-20&group_by=weekday&metrics=conversions,clicks", 0},
		{"a filter that is applied here", "from=2026-01-01&to=2026-03-31&group_by=month&metrics=clicks&country=DE", 0},
		{"a filter that the platform would apply", "from=2026-01-01&to=2026-03-31&group_by=month&metrics=clicks&campaign=tracker:1", 0},
		{"uniques of the very rows", "from=2026-01-01&to=2026-03-31&group_by=campaign,country,date&metrics=unique_clicks", 0},
		{"uniques of more than a row", "from=2026-01-01&to=2026-03-31&group_by=country,date&metrics=unique_clicks", 1},
		{"uniques of rows that a filter adds up, which cannot be had at all", "from=2026-01-01&to=2026-03-31&group_by=campaign,date&metrics=unique_clicks&country=DE", 0},
		{"another metric", "from=2026-01-01&to=2026-03-31&group_by=country,month&metrics=clicks,revenue", 1},
		{"a dimension that is not there", "from=2026-01-01&to=2026-03-31&group_by=hour&metrics=clicks", 1},
		{"days that are not kept", "from=2026-01-01&to=2026-04-01&group_by=country,month&metrics=clicks", 1},
		{"days of another zone", "from=2026-01-01&to=2026-03-31&group_by=country,month&metrics=clicks&timezone=Asia/Tokyo", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := keptTracker(t)
			_, _, calls := k.ask(parse(t, finest))
			require.Equal(t, 1, calls)
			q := parse(t, c.query)
			r, rows, calls := k.ask(q)
			assert.Equal(t, c.calls, calls)
			want, wantRows := run(t, q, sample(t, "tracker", "tracker", &fake{answer: build(modelClicks())}))
			assert.Equal(t, wantRows, rows)
			assert.Equal(t, want.Platforms[0].Unsupported, r.Platforms[0].Unsupported)
		})
	}

	t.Run("but not rows that lack what other filters leave out", func(t *testing.T) {
		k := keptTracker(t)
		for _, c := range []struct {
			filter string
			calls  int
		}{{"&campaign=tracker:1", 1}, {"", 1}, {"&campaign=tracker:2", 0}, {"&campaign=tracker:1", 0}} {
			q := parse(t, "from=2026-01-01&to=2026-03-31&group_by=campaign,date&metrics=clicks"+c.filter)
			_, rows, calls := k.ask(q)
			assert.Equal(t, c.calls, calls, c.filter)
			_, want := run(t, q, sample(t, "tracker", "tracker", &fake{answer: build(modelClicks())}))
			assert.Equal(t, want, rows)
		}
	})
}

// Days that a platform can only be asked for singly make months, once they are kept.
func TestSplitDaysMakeMonths(t *testing.T) {
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		return `{"rows":[{"break":"DE","stats":{"visitor":5}}]}`, nil
	}}
	k := keep(t, bundled(t, "trackfinity", source, mapping.Binding{}))
	_, _, calls := k.ask(parse(t, "from=2026-01-30&to=2026-02-02&group_by=date,country&metrics=clicks"))
	require.Equal(t, 4, calls)
	require.Equal(t, "2026-01-31", k.shelf.questions[0].Windows[1].Part)
	assert.False(t, k.shelf.questions[0].Joint)
	_, rows, calls := k.ask(parse(t, "from=2026-01-30&to=2026-02-02&group_by=month&metrics=clicks"))
	assert.Zero(t, calls)
	assert.Equal(t, []string{row(`"month":"2026-01"`, `"clicks":10`), row(`"month":"2026-02"`, `"clicks":10`)}, rows)

	t.Run("a month that was asked for is one window", func(t *testing.T) {
		k := keep(t, bundled(t, "trackfinity", source, mapping.Binding{}))
		q := parse(t, "from=2026-01-30&to=2026-02-02&group_by=month&metrics=clicks")
		_, _, calls := k.ask(q)
		require.Equal(t, 2, calls)
		assert.Equal(t, "2026-02", k.shelf.questions[0].Windows[1].Part)
		_, _, calls = k.ask(q)
		assert.Zero(t, calls)
	})
}

func TestWordsThatOnlyThePlatformKnowsAreWindows(t *testing.T) {
	k := keep(t, bundled(t, "trackfinity", answers(`{"rows":[{"break":"2026","stats":{"visitor":5}}]}`), mapping.Binding{}))
	for _, want := range []int{1, 0} {
		_, _, calls := k.ask(parse(t, "interval=current_period&metrics=clicks"))
		assert.Equal(t, want, calls)
	}
	assert.Equal(t, []report.Window{{Interval: "current_period"}}, k.shelf.questions[0].Windows)
}

// What has too many rows by day is asked for as before, and not by day again for a while.
func TestTooManyRowsByDay(t *testing.T) {
	now := noon()
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		if strings.Contains(n.body, `"day"`) {
			return "", problem.New(problem.ScanLimitExceeded, "too many")
		}
		return `{"rows":[{"country":"DE","clicks":7}]}`, nil
	}}
	k := keep(t, sample(t, "tracker", "tracker", source))
	k.options.Now = func() time.Time { return now }
	const query = "&group_by=country&metrics=clicks"
	r, rows, calls := k.ask(parse(t, "from=2026-01-01&to=2026-03-31"+query))
	assert.Equal(t, []string{row(`"country":"DE"`, `"clicks":7`)}, rows)
	assert.Equal(t, answer.OK, r.Platforms[0].Status)
	assert.True(t, r.Whole)
	assert.Equal(t, 2, calls)
	_, _, calls = k.ask(parse(t, "from=2026-01-01&to=2026-04-01"+query))
	assert.Equal(t, 1, calls, "a longer range is not tried by day")
	_, _, calls = k.ask(parse(t, "from=2026-01-01&to=2026-01-05"+query))
	assert.Equal(t, 2, calls, "a shorter one is")
	now = now.Add(7 * time.Hour)
	_, _, calls = k.ask(parse(t, "from=2026-01-02&to=2026-04-01"+query))
	assert.Equal(t, 2, calls, "and after some hours any")
}

// Rows that are of no asked day would be kept in the wrong place, or lost. They are taken
// as the platform gives them, and kept for the whole range alone.
func TestRowsOfOtherDaysAreNotKeptByDay(t *testing.T) {
	for name, day := range map[string]string{"before": `"2025-12-31"`, "after": `"2026-02-01"`, "none": "null"} {
		t.Run(name, func(t *testing.T) {
			source := answers(fmt.Sprintf(`{"rows":[{"day":"2026-01-05","clicks":1},{"day":%s,"clicks":2}]}`, day))
			k := keep(t, sample(t, "tracker", "tracker", source))
			q := parse(t, "from=2026-01-01&to=2026-01-31&group_by=date&metrics=clicks")
			r, rows, calls := k.ask(q)
			_, want := run(t, q, sample(t, "tracker", "tracker", answers(source.answerTo(t))))
			assert.Equal(t, want, rows)
			assert.Equal(t, answer.OK, r.Platforms[0].Status)
			assert.Equal(t, 2, calls)
			_, rows, calls = k.ask(q)
			assert.Equal(t, want, rows)
			assert.Zero(t, calls)
			for _, question := range k.shelf.known {
				assert.False(t, question.Joint, "no days are kept")
			}
		})
	}
}

func (f *fake) answerTo(t testing.TB) string {
	t.Helper()
	body, p := f.answer(native{})
	require.Nil(t, p)
	return body
}

// The year of a report that a capped and an uncapped native report can give is one call,
// and by day.
func TestTheWayByDayOfFewestCallsIsTaken(t *testing.T) {
	source := &fake{answer: func(native) (string, *problem.Problem) {
		return `{"dataList":[{"date":"20260105","merchant":{"id":1,"affiliateNetwork":{"id":7}},"transactionNumber":5}]}`, nil
	}, lists: map[string]string{"networks.list": affjetNetworks, "merchants.list": `[]`}}
	k := keep(t, bindAffjet(t, source, "UTC"))
	_, rows, _ := k.ask(parse(t, "from=2026-01-01&to=2026-11-20&group_by=month&metrics=conversions"))
	assert.Equal(t, []string{row(`"month":"2026-01"`, `"conversions":5`)}, rows)
	assert.Equal(t, "/overview", k.source.requests[0].path)
	assert.True(t, k.shelf.questions[0].Joint)
	_, rows, calls := k.ask(parse(t, "from=2026-01-01&to=2026-11-20&group_by=date&metrics=order_value,conversions&network=affjet:7"))
	assert.Zero(t, calls, "networks and days are in the rows anyway")
	assert.Equal(t, []string{row(`"date":"2026-01-05"`, `"order_value":null,"conversions":5`)}, rows)
	_, rows, calls = k.ask(parse(t, "from=2026-01-01&to=2026-01-07&group_by=date&metrics=conversions"))
	assert.Zero(t, calls, "although another native report would be asked for a week")
	assert.Equal(t, []string{row(`"date":"2026-01-05"`, `"conversions":5`)}, rows)
}

// Hours of the platform's own days are no days of another zone.
func TestNativeDaysAreNotMadeOfHoursOfOtherDays(t *testing.T) {
	// clicks at 21:00 of the platform's days, which is the next day in the other zone
	var late []click
	for _, c := range modelClicks() {
		c.at = c.at.Add(16 * time.Hour)
		late = append(late, c)
	}
	source := &fake{answer: ledger(t, late)}
	k := keep(t, sample(t, "shop", "shop", source))
	k.ask(parse(t, "from=2026-01-01&to=2026-01-31&timezone=America/New_York&group_by=hour&metrics=conversions"))
	// five hours and a half ahead of UTC: no hour of the platform begins with one of the zone
	q := parse(t, "from=2026-01-01&to=2026-01-31&timezone=Asia/Kolkata&group_by=date&metrics=conversions")
	r, rows, _ := k.ask(q)
	assert.Equal(t, "America/New_York", r.Platforms[0].Timezone)
	_, want := run(t, q, sample(t, "shop", "shop", &fake{answer: source.answer}))
	assert.Equal(t, want, rows)
}

// Days are not bought at any price.
func TestTheWayByDayMayNotCostTooMuch(t *testing.T) {
	const totals = `
  - name: totals
    call: GET /totals
    rows: rows
    range: {from: query.from, to: query.to, as: day}
    group: {to: query.by, join: ",", by: {country: country}}
    dimensions: {country: country}
    metrics:
      conversions: {from: n, adds: true}
`
	capped := strings.Replace(readSample(t, "shop"), "max: 10d", "max: 2d", 1)
	for name, text := range map[string]string{"first": strings.Replace(capped, "\nreports:", "\nreports:"+totals, 1), "last": capped + totals} {
		t.Run(name, func(t *testing.T) {
			k := keep(t, bind(t, answers(`{"rows":[{"country":"DE","n":7}]}`), []byte(text), mapping.Binding{Platform: "shop"}))
			_, rows, calls := k.ask(parse(t, "from=2026-01-01&to=2026-12-31&timezone=America/New_York&group_by=country&metrics=conversions"))
			assert.Equal(t, []string{row(`"country":"DE"`, `"conversions":7`)}, rows)
			assert.Equal(t, 1, calls, "where 183 calls would give each day")
		})
	}
}
