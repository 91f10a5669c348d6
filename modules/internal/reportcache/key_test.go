package reportcache

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

func filteredQuestion(filters ...condition.Filter) *report.Question {
	return &report.Question{
		Platform: "tracker", Scope: "account", Operation: "reports.query",
		Series: report.Series{
			Report: "performance", Zone: "UTC", Grain: []string{"day", "country"}, Base: "day", Metrics: []string{"clicks", "cost"}, Filters: filters,
		},
	}
}

func TestEverythingThatChangesRowsChangesTheKey(t *testing.T) {
	window := report.Window{Range: report.Range{From: 10, To: 11}, Part: "p"}
	seen := map[cache.Key]string{}
	for _, c := range []struct {
		name   string
		change func(q *report.Question, w *report.Window)
	}{
		{"nothing", func(*report.Question, *report.Window) {}},
		{"platform", func(q *report.Question, _ *report.Window) { q.Platform = "other" }},
		{"scope", func(q *report.Question, _ *report.Window) { q.Scope = "other" }},
		{"platform and scope, run together", func(q *report.Question, _ *report.Window) { q.Platform, q.Scope = "trackera", "ccount" }},
		{"operation", func(q *report.Question, _ *report.Window) { q.Operation = "networks.list" }},
		{"report", func(q *report.Question, _ *report.Window) { q.Series.Report = "other" }},
		{"zone", func(q *report.Question, _ *report.Window) { q.Series.Zone = "Europe/Berlin" }},
		{"base", func(q *report.Question, _ *report.Window) { q.Series.Base = "hour" }},
		{"split", func(q *report.Question, _ *report.Window) { q.Series.Split = true }},
		{"hourly", func(q *report.Question, _ *report.Window) { q.Series.Hourly = true }},
		{"another dimension", func(q *report.Question, _ *report.Window) { q.Series.Grain = []string{"day"} }},
		{"dimensions in another order", func(q *report.Question, _ *report.Window) { q.Series.Grain = []string{"country", "day"} }},
		{"metrics in another order", func(q *report.Question, _ *report.Window) { q.Series.Metrics = []string{"cost", "clicks"} }},
		{"a metric as dimension", func(q *report.Question, _ *report.Window) {
			q.Series.Grain, q.Series.Metrics = []string{"day", "country", "clicks"}, []string{"cost"}
		}},
		{"a filter", func(q *report.Question, _ *report.Window) {
			q.Series.Filters = []condition.Filter{{Field: "country", Op: "eq", Values: []string{"DE"}}}
		}},
		{"its operator", func(q *report.Question, _ *report.Window) {
			q.Series.Filters = []condition.Filter{{Field: "country", Op: "ne", Values: []string{"DE"}}}
		}},
		{"its value", func(q *report.Question, _ *report.Window) {
			q.Series.Filters = []condition.Filter{{Field: "country", Op: "eq", Values: []string{"FR"}}}
		}},
		{"its letter case", func(q *report.Question, _ *report.Window) {
			q.Series.Filters = []condition.Filter{{Field: "country", Op: "eq", Values: []string{"DE"}, CaseSensitive: true}}
		}},
		{"first day", func(_ *report.Question, w *report.Window) { w.From = 9 }},
		{"last day", func(_ *report.Question, w *report.Window) { w.To = 12 }},
		{"a word", func(_ *report.Question, w *report.Window) { w.Interval = "p" }},
		{"a word instead of a part", func(_ *report.Question, w *report.Window) { w.Interval, w.Part = "p", "" }},
	} {
		q, w := filteredQuestion(), window
		c.change(q, &w)
		key := familyOf(q).window(&w)
		assert.Empty(t, seen[key], "%s has the same key", c.name)
		seen[key] = c.name
	}
}

func TestWhatAsksTheSameHasTheSameKey(t *testing.T) {
	in := func(values ...string) condition.Filter {
		return condition.Filter{Field: "country", Op: "in", Values: values}
	}
	between := func(a, b string) condition.Filter {
		return condition.Filter{Field: "clicks", Op: "between", Values: []string{a, b}}
	}
	for _, c := range []struct {
		name string
		a, b []condition.Filter
		same bool
	}{
		{"filters in another order", []condition.Filter{in("DE"), between("1", "2")}, []condition.Filter{between("1", "2"), in("DE")}, true},
		{"values in another order", []condition.Filter{in("DE", "FR")}, []condition.Filter{in("FR", "DE")}, true},
		{"a value twice", []condition.Filter{in("DE", "FR", "DE")}, []condition.Filter{in("FR", "DE")}, true},
		{"a filter twice", []condition.Filter{in("DE"), in("DE")}, []condition.Filter{in("DE")}, true},
		{"the ends of between", []condition.Filter{between("1", "2")}, []condition.Filter{between("2", "1")}, false},
		{"values cut elsewhere", []condition.Filter{in("a", "bc")}, []condition.Filter{in("ab", "c")}, false},
		{"values and filters", []condition.Filter{in("a", "b")}, []condition.Filter{in("a"), in("b")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := familyOf(filteredQuestion(c.a...)), familyOf(filteredQuestion(c.b...))
			assert.Equal(t, c.same, a.key == b.key)
		})
	}
}

func TestAKeyLeavesItsQuestionAsItIs(t *testing.T) {
	q := filteredQuestion(condition.Filter{Field: "country", Op: "in", Values: []string{"FR", "DE"}}, condition.Filter{Field: "a", Op: "set"})
	familyOf(q)
	assert.Equal(t, []string{"FR", "DE"}, q.Series.Filters[0].Values)
	assert.Equal(t, "country", q.Series.Filters[0].Field)
}
