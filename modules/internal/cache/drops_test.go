package cache

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/plugins"
)

func TestSelectionsPick(t *testing.T) {
	days := func(from, to int32) Labels {
		return Labels{Platform: "a", Operation: "reports.query", From: from, To: to}
	}
	none := days(1, 0)
	for _, test := range []struct {
		name   string
		s      plugins.StoreSelection
		picked []Labels
		spared []Labels
	}{
		{"all", plugins.StoreSelection{}, []Labels{days(5, 6), none, {Platform: "b"}}, nil},
		{"a platform", plugins.StoreSelection{Platform: "a"}, []Labels{days(5, 6), none}, []Labels{{Platform: "b"}, {}}},
		{
			"an operation",
			plugins.StoreSelection{Operation: "reports.query"},
			[]Labels{days(5, 6), none},
			[]Labels{{Platform: "a", Operation: "networks.list"}},
		},
		{
			"days",
			plugins.StoreSelection{Days: true, From: 10, To: 12},
			[]Labels{days(10, 10), days(12, 12), days(1, 10), days(12, 30), days(1, 30), days(11, 11), none},
			[]Labels{days(1, 9), days(13, 13)},
		},
		{"days the other way round", plugins.StoreSelection{Days: true, From: 12, To: 10}, []Labels{none}, []Labels{days(11, 11), days(1, 30)}},
		{"days that are not asked for", plugins.StoreSelection{From: 10, To: 12}, []Labels{days(1, 2)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, l := range test.picked {
				assert.True(t, picks(test.s, l), "%+v", l)
			}
			for _, l := range test.spared {
				assert.False(t, picks(test.s, l), "%+v", l)
			}
		})
	}
}

func TestADropHoldsForWhatWasFetchedBeforeIt(t *testing.T) {
	c := newCache(t, Config{})
	before := c.Mark()
	kept, other := entry("a", "kept", "1"), entry("b", "other", "2")
	c.Put(before, []*Entry{kept, other})
	c.KeepAnswer(before, []byte("of a"), []Labels{kept.Labels}, "x", 1, kept.Expires)
	c.KeepAnswer(before, []byte("of both"), []Labels{other.Labels, kept.Labels}, "x", 1, kept.Expires)
	c.KeepAnswer(before, []byte("of b"), []Labels{other.Labels}, "x", 1, kept.Expires)

	n, err := c.Drop(t.Context(), onPlatform("a"))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	late := entry("a", "late", "3")
	c.Put(before, []*Entry{late, entry("b", "late", "4")}) // a fetch under way
	c.KeepAnswer(before, []byte("late of a"), []Labels{kept.Labels}, "x", 1, kept.Expires)

	assert.Equal(t, []string{"-", "2", "-", "4"}, values(t, c, kept.Key, other.Key, late.Key, KeyOf("b", "late")))
	for key, there := range map[string]bool{"of a": false, "of both": false, "of b": true, "late of a": false} {
		_, ok := c.Answer([]byte(key))
		assert.Equal(t, there, ok, key)
	}

	c.Put(c.Mark(), []*Entry{late})
	assert.Equal(t, []string{"3"}, values(t, c, late.Key), "what is fetched after the drop is kept")
}

func TestMarksGrowWithDropsOnly(t *testing.T) {
	c := newCache(t, Config{})
	first := c.Mark()
	c.Put(first, []*Entry{entry("a", "a", "1")})
	assert.Equal(t, first, c.Mark())
	_, err := c.Drop(t.Context(), onPlatform("nobody"))
	require.NoError(t, err)
	assert.Greater(t, c.Mark(), first)
	assert.Equal(t, uint64(1), c.Stats(t.Context()).Drops)
}

func genSelection(t *rapid.T) plugins.StoreSelection {
	s := plugins.StoreSelection{
		Platform:  rapid.SampledFrom([]string{"", "a", "a", "a", "b"}).Draw(t, "platform"),
		Operation: rapid.SampledFrom([]string{"", "x", "y", "z"}).Draw(t, "operation"),
		Days:      rapid.Bool().Draw(t, "days"),
	}
	if s.Days {
		s.From, s.To = rapid.Int32Range(0, 20).Draw(t, "from"), rapid.Int32Range(0, 20).Draw(t, "to")
	}
	return s
}

func genLabels(t *rapid.T) Labels {
	return Labels{
		Platform:  rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "platform"),
		Operation: rapid.SampledFrom([]string{"x", "y", "z", "w"}).Draw(t, "operation"),
		From:      rapid.Int32Range(0, 20).Draw(t, "from"), To: rapid.Int32Range(0, 20).Draw(t, "to"),
	}
}

// Compared with a list of all drops, what is remembered forgets no less; while there are few, no more either.
func TestWhatIsRememberedOfDropsForgetsNoLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d drops
		var all []drop
		n := rapid.SampledFrom([]int{3, maxDrops, 3 * maxDrops}).Draw(t, "n")
		for range n {
			s := genSelection(t)
			all = append(all, drop{s, d.add(s)})
		}
		for range 50 {
			l, after := genLabels(t), Mark(rapid.IntRange(0, n).Draw(t, "after"))
			want := slices.ContainsFunc(all, func(dr drop) bool { return dr.mark > after && picks(dr.StoreSelection, l) })
			got := d.picked(l, after)
			if want && !got || got && !want && n <= maxDrops {
				t.Fatalf("of %+v after %d it says %v, the drops say %v", l, after, got, want)
			}
		}
		// what the store has still to carry out picks the same
		after := Mark(rapid.IntRange(0, n).Draw(t, "after"))
		l := genLabels(t)
		todo := slices.ContainsFunc(d.after(after), func(dr drop) bool { return picks(dr.StoreSelection, l) })
		if todo != d.picked(l, after) {
			t.Fatalf("of %+v after %d the list says %v", l, after, todo)
		}
	})
}

func TestWhatIsRememberedOfDropsIsBounded(t *testing.T) {
	var d drops
	size := func() (n int) {
		d.lists.Range(func(_, list any) bool {
			n += len(*list.(*[]drop))
			return true
		})
		return n
	}
	for i := range int32(5 * maxDrops) {
		d.add(plugins.StoreSelection{Platform: "a", Operation: fmt.Sprint("op", i), Days: true, From: i, To: i})
		require.LessOrEqual(t, size(), maxDrops)
	}
	assert.True(t, d.picked(Labels{Platform: "a", Operation: "op0", From: 0, To: 0}, 0))
	assert.False(t, d.picked(Labels{Platform: "b", Operation: "op0"}, 0), "other platforms are not touched")
	last := int32(5*maxDrops - 1)
	assert.False(t, d.picked(Labels{Platform: "a", Operation: "op0", From: last, To: last}, d.now()-10), "the latest are as they were")

	for i := range 3 * maxPlatforms {
		d.add(onPlatform(fmt.Sprint("platform", i)))
		require.LessOrEqual(t, size(), maxDrops+maxPlatforms)
	}
	for i := range 3 * maxPlatforms {
		require.True(t, d.picked(Labels{Platform: fmt.Sprint("platform", i)}, 0))
	}
}

func TestTheSameDropAgainTakesNoRoom(t *testing.T) {
	var d drops
	for range 1000 {
		d.add(plugins.StoreSelection{Platform: "a", Days: true, From: 3, To: 5})
		d.add(plugins.StoreSelection{Platform: "a", Days: true, From: 4, To: 4})
	}
	assert.Len(t, d.list("a"), 2)
	d.add(plugins.StoreSelection{Platform: "a"})
	assert.Len(t, d.list("a"), 1)
	d.add(plugins.StoreSelection{})
	assert.Empty(t, d.list("a"))
	assert.Len(t, d.after(0), 1)
}
