package reportcache

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

func TestKnownSeriesAreListedByUse(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		by := func(grain string) *report.Question {
			q := w.days(1, 0)
			q.Series.Grain = []string{grain}
			return q
		}
		grains := func(scope, name string) (out []string) {
			for _, s := range w.Known(scope, name) {
				out = append(out, s.Grain...)
			}
			return out
		}
		for _, grain := range []string{"country", "browser", "campaign", "country", "country"} {
			w.ask(by(grain))
		}
		assert.Equal(t, []string{"country", "campaign", "browser"}, grains("account", "performance"))
		assert.Empty(t, grains("another", "performance"))
		assert.Empty(t, grains("account", "another"))

		for i := range 50 {
			w.ask(by(fmt.Sprint(i)))
		}
		known := grains("account", "performance")
		assert.Len(t, known, 32)
		assert.Equal(t, []string{"49", "48"}, known[:2])
		assert.Equal(t, "18", known[31])

		names := by("name")
		names.Steady = true
		w.ask(names)
		word := by("word")
		word.Windows = []report.Window{{Interval: "all_time"}}
		w.ask(word)
		assert.Equal(t, "49", grains("account", "performance")[0], "what is not kept by days is of no use to other questions")
	})
}

func TestScopesThatWereNotUsedForLongAreForgotten(t *testing.T) {
	r := newRegister()
	use := func(scope string) {
		q := filteredQuestion()
		q.Scope = scope
		r.use(q, familyOf(q))
	}
	for i := range maxShelves {
		use(fmt.Sprint(i))
	}
	use("0")
	use("one more")
	assert.Len(t, r.shelves, maxShelves)
	assert.Len(t, r.list("0", "performance"), 1)
	assert.Empty(t, r.list("1", "performance"))
	assert.Len(t, r.list("one more", "performance"), 1)
}

func TestAKnownSeriesDoesNotChangeWithItsQuestion(t *testing.T) {
	r := newRegister()
	q := filteredQuestion(condition.Filter{Field: "country", Op: "eq", Values: []string{"DE"}})
	r.use(q, familyOf(q))
	q.Series.Grain[0], q.Series.Filters[0].Values[0] = "changed", "changed"
	got := r.list("account", "performance")[0]
	assert.Equal(t, []string{"day", "country"}, got.Grain)
	assert.Equal(t, []string{"DE"}, got.Filters[0].Values)
}
