package storetest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// stats are without lines of nothing, which a store may have, and in order.
func stats(t *testing.T, s plugins.Store) []plugins.StoreStats {
	t.Helper()
	all, err := s.Stats(t.Context())
	require.NoError(t, err)
	all = slices.DeleteFunc(slices.Clone(all), func(s plugins.StoreStats) bool { return s.Entries == 0 && s.Bytes == 0 })
	slices.SortFunc(all, func(a, b plugins.StoreStats) int {
		return cmp.Or(strings.Compare(a.Platform, b.Platform), strings.Compare(a.Operation, b.Operation))
	})
	return all
}

// about is a record whose key and value say what it is about.
func about(platform, operation string, from, to int32) plugins.StoreRecord {
	key := fmt.Sprintf("%s %s %d %d", platform, operation, from, to)
	r := record(key, "value of "+key)
	r.Platform, r.Operation, r.From, r.To = platform, operation, from, to
	return r
}

func testSelections(t *testing.T, s plugins.Store) {
	const first, last = math.MinInt32, math.MaxInt32
	records := []plugins.StoreRecord{
		about("a", "reports.run", 10, 10),
		about("a", "reports.run", 11, 20),
		about("a", "reports.run", 0, 30),
		about("a", "reports.run", -5, -1),
		about("a", "reports.run", 1, 0), // no days
		about("a", "reports.run", first, last),
		about("a", "networks.list", 1, 0),
		about("a", "networks.list", last, first), // no days either
		about("A", "reports.run", 10, 10),
		about("ab", "c", 10, 10),
		about("a", "bc", 10, 10),
		about("", "", 10, 10),
	}
	tests := []struct {
		name      string
		selection plugins.StoreSelection
		picks     []int // of records
	}{
		{"all", plugins.StoreSelection{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{"days that are not asked about", plugins.StoreSelection{From: 10, To: 10, Platform: "A"}, []int{8}},
		{"a platform", plugins.StoreSelection{Platform: "a"}, []int{0, 1, 2, 3, 4, 5, 6, 7, 10}},
		{"an operation", plugins.StoreSelection{Operation: "reports.run"}, []int{0, 1, 2, 3, 4, 5, 8}},
		{"an operation of a platform", plugins.StoreSelection{Platform: "a", Operation: "networks.list"}, []int{6, 7}},
		{"a platform that has none", plugins.StoreSelection{Platform: "b"}, nil},
		{"an operation that has none", plugins.StoreSelection{Platform: "a", Operation: "c"}, nil},
		{"a day", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: 10, To: 10}, []int{0, 2, 4, 5}},
		{"the day after", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: 11, To: 11}, []int{1, 2, 4, 5}},
		{"the last day of a range", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: 20, To: 25}, []int{1, 2, 4, 5}},
		{"days within a range", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: 21, To: 29}, []int{2, 4, 5}},
		{"days around ranges", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: -100, To: 100}, []int{0, 1, 2, 3, 4, 5}},
		{"days before 1970", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: -3, To: -2}, []int{3, 4, 5}},
		{"all days there are", plugins.StoreSelection{Platform: "a", Operation: "reports.run", Days: true, From: first, To: last}, []int{0, 1, 2, 3, 4, 5}},
		{"a day of any platform", plugins.StoreSelection{Days: true, From: 15, To: 15}, []int{1, 2, 4, 5, 6, 7}},
		{"no days", plugins.StoreSelection{Days: true, From: 12, To: 11}, []int{4, 6, 7}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			put(t, s, records...)
			n, err := s.Delete(t.Context(), test.selection)
			require.NoError(t, err)
			assert.Equal(t, len(test.picks), n)
			for i, r := range records {
				value := get(t, s, string(r.Key))[0]
				if slices.Contains(test.picks, i) {
					assert.Nil(t, value, "%q is picked", r.Key)
				} else {
					assert.Equal(t, string(r.Value), string(value), "%q is not picked", r.Key)
				}
			}
			n, err = s.Delete(t.Context(), test.selection)
			require.NoError(t, err)
			assert.Zero(t, n, "there is nothing left")
		})
	}
}

func testPutAfterDelete(t *testing.T, s plugins.Store) {
	for range 3 {
		put(t, s, record("a", "1"), record("b", "2"))
		n, err := s.Delete(t.Context(), plugins.StoreSelection{Platform: "tracker"})
		require.NoError(t, err)
		assert.Equal(t, 2, n)
		want(t, s, []string{"a", "b"}, "", "")
	}
	put(t, s, record("b", "3"))
	want(t, s, []string{"a", "b"}, "", "3")
}

func testStats(t *testing.T, s plugins.Store) {
	sized := func(value string, r plugins.StoreRecord) plugins.StoreRecord {
		r.Value = []byte(value)
		return r
	}
	put(t, s,
		sized("12345678", about("a", "reports.run", 10, 10)),
		sized("123456", about("a", "reports.run", 11, 11)),
		sized("1234567", about("a", "networks.list", 1, 0)),
		sized("1", about("b", "reports.run", 10, 10)),
		sized("12345", about("b", "reports.run", 9, 9)),
	)
	assert.Equal(t, []plugins.StoreStats{
		{Platform: "a", Operation: "networks.list", Entries: 1, Bytes: 7},
		{Platform: "a", Operation: "reports.run", Entries: 2, Bytes: 14},
		{Platform: "b", Operation: "reports.run", Entries: 2, Bytes: 6},
	}, stats(t, s))

	put(t, s, sized("123", about("b", "reports.run", 9, 9)))
	_, err := s.Delete(t.Context(), plugins.StoreSelection{Platform: "a", Days: true, From: 11, To: 11})
	require.NoError(t, err)
	assert.Equal(t, []plugins.StoreStats{
		{Platform: "a", Operation: "reports.run", Entries: 1, Bytes: 8},
		{Platform: "b", Operation: "reports.run", Entries: 2, Bytes: 4},
	}, stats(t, s))

	_, err = s.Delete(t.Context(), plugins.StoreSelection{})
	require.NoError(t, err)
	assert.Empty(t, stats(t, s))
}

// testConcurrency has several write the same keys, and others read them: whatever is
// found is what one of them has put there.
func testConcurrency(t *testing.T, s plugins.Store) {
	const writers, rounds, keys = 4, 10, 8
	value := func(writer, round, key int) string {
		return strings.Repeat(fmt.Sprintf("writer %d round %d key %d,", writer, round, key), 1+round%5*50)
	}
	valid := make([]map[string]bool, keys)
	names := make([]string, keys)
	for key := range keys {
		names[key] = keyNumber(key)
		valid[key] = make(map[string]bool)
		for writer := range writers {
			for round := range rounds {
				valid[key][value(writer, round, key)] = true
			}
		}
	}
	var writing, reading sync.WaitGroup
	for writer := range writers {
		writing.Go(func() {
			for round := range rounds {
				own := fmt.Sprintf("own %d", writer)
				records := []plugins.StoreRecord{record(own, fmt.Sprint(round))}
				for key := range keys {
					records = append(records, record(names[key], value(writer, round, key)))
				}
				assert.NoError(t, s.Put(t.Context(), records))
				got, err := s.Get(t.Context(), [][]byte{[]byte(own)})
				if assert.NoError(t, err) && assert.Len(t, got, 1) {
					assert.Equal(t, fmt.Sprint(round), string(got[0]), "what was just put")
				}
			}
		})
	}
	ended := make(chan struct{})
	for range 2 {
		reading.Go(func() {
			for more := true; more; {
				select {
				case <-ended:
					more = false // but once more, when all is written
				default:
				}
				all := make([][]byte, keys)
				for key := range keys {
					all[key] = []byte(names[key])
				}
				got, err := s.Get(t.Context(), all)
				if !assert.NoError(t, err) || !assert.Len(t, got, keys) {
					return
				}
				for key, v := range got {
					assert.True(t, v == nil || valid[key][string(v)], "%q has %.60q", names[key], v)
					assert.True(t, more || v != nil, "%q is not there", names[key])
				}
				_, err = s.Stats(t.Context())
				assert.NoError(t, err)
			}
		})
	}
	writing.Wait()
	close(ended)
	reading.Wait()
}

// testConcurrentDelete deletes while others put: what a writer put before its deletion
// began is gone after it, and what it puts afterwards is there.
func testConcurrentDelete(t *testing.T, s plugins.Store) {
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			platform := fmt.Sprintf("platform %d", worker)
			for round := range int32(20) {
				r := about(platform, "reports.run", round, round)
				assert.NoError(t, s.Put(t.Context(), []plugins.StoreRecord{r}))
				got, err := s.Get(t.Context(), [][]byte{r.Key})
				if assert.NoError(t, err) && assert.Len(t, got, 1) {
					assert.Equal(t, string(r.Value), string(got[0]))
				}
				n, err := s.Delete(t.Context(), plugins.StoreSelection{Platform: platform})
				assert.NoError(t, err)
				assert.Equal(t, 1, n)
				got, err = s.Get(t.Context(), [][]byte{r.Key})
				if assert.NoError(t, err) && assert.Len(t, got, 1) {
					assert.Nil(t, got[0])
				}
			}
		})
	}
	all.Wait()
}
