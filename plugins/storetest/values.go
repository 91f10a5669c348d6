package storetest

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

func testEmpty(t *testing.T, s plugins.Store) {
	want(t, s, []string{"a", "b"}, "", "")
	assert.Empty(t, get(t, s))
	require.NoError(t, s.Put(t.Context(), nil))
	n, err := s.Delete(t.Context(), plugins.StoreSelection{})
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Empty(t, stats(t, s))
}

func testOrder(t *testing.T, s plugins.Store) {
	put(t, s, record("b", "2"), record("a", "1"), record("c", "3"))
	want(t, s, []string{"c", "x", "a", "b", "y"}, "3", "", "1", "2", "")
	want(t, s, []string{"a", "a", "x", "a"}, "1", "1", "", "1")

	// a year of days in one go, each with a neighbour that is not there
	const days = 365
	records := make([]plugins.StoreRecord, days)
	keys := make([]string, 0, 2*days)
	texts := make([]string, 0, 2*days)
	for i := range days {
		records[i] = record(keyNumber(i), "value "+keyNumber(i))
		keys = append(keys, keyNumber(days-1-i), keyNumber(days+i))
		texts = append(texts, "value "+keyNumber(days-1-i), "")
	}
	put(t, s, records...)
	want(t, s, keys, texts...)
}

func testKeys(t *testing.T, s plugins.Store) {
	keys := []string{
		"\x00", "\x00\x00", "\x00a", "a", "a\x00", "A", "aa", "ä", "\xff", "\xff\xff", "\xc3\x28",
		"1", "01", "1.0", "%", "_", "'", "\"", " ", "a ", "../a", "a/b",
		strings.Repeat("k", 63), strings.Repeat("k", 64), strings.Repeat("\x00", 64), string(randomBytes(1, 64)),
	}
	for i := range 256 {
		keys = append(keys, string([]byte{'b', byte(i)}))
	}
	records := make([]plugins.StoreRecord, len(keys))
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = keyNumber(i)
		records[i] = record(key, texts[i])
	}
	put(t, s, records...)
	want(t, s, keys, texts...)
	want(t, s, []string{"b", "B\x01", "\x00\x00\x00", strings.Repeat("k", 62)}, "", "", "", "")
}

func testValues(t *testing.T, s plugins.Store) {
	values := []string{
		"\x00", "0", "\xff", "null", "\x00\x00\x00", "a\x00b", "\xc3\x28", "  a  ", "\r\n",
		string(randomBytes(1, 1<<20)), strings.Repeat("\x00", 1<<20),
	}
	for shift := range 20 { // around powers of two, where formats have their limits
		values = append(values, string(randomBytes(2, 1<<shift)), string(randomBytes(3, 1<<shift+1)))
	}
	records := make([]plugins.StoreRecord, len(values))
	keys := make([]string, len(values))
	for i, value := range values {
		keys[i] = keyNumber(i)
		records[i] = record(keys[i], value)
	}
	put(t, s, records...)
	for i, value := range get(t, s, keys...) {
		assert.True(t, string(value) == values[i], "a value of %d bytes", len(values[i])) //nolint:testifylint // a difference of a MiB is of no use
	}
}

func testLargest(t *testing.T, s plugins.Store) {
	r := record("large", "")
	r.Value = randomBytes(4, 64<<20)
	put(t, s, r)
	assert.True(t, bytes.Equal(r.Value, get(t, s, "large")[0]))
}

func testOverwrite(t *testing.T, s plugins.Store) {
	put(t, s, record("a", "first"), record("b", "other"))
	put(t, s, record("a", "a second, longer one"))
	want(t, s, []string{"a", "b"}, "a second, longer one", "other")
	put(t, s, record("a", "3"))
	want(t, s, []string{"a", "b"}, "3", "other")
	put(t, s, record("a", "4"), record("a", "the last of one put"))
	want(t, s, []string{"a", "b"}, "the last of one put", "other")
	assert.Equal(t, []plugins.StoreStats{{Platform: "tracker", Operation: "reports.run", Entries: 2, Bytes: 24}}, stats(t, s))
}

func testMove(t *testing.T, s plugins.Store) {
	r := record("a", "1")
	put(t, s, r)
	r.Platform, r.Operation, r.From, r.To, r.Value = "other", "networks.list", 5, 6, []byte("22")
	put(t, s, r)
	want(t, s, []string{"a"}, "22")
	assert.Equal(t, []plugins.StoreStats{{Platform: "other", Operation: "networks.list", Entries: 1, Bytes: 2}}, stats(t, s))
	n, err := s.Delete(t.Context(), plugins.StoreSelection{Platform: "tracker"})
	require.NoError(t, err)
	assert.Zero(t, n, "where it was before")
	want(t, s, []string{"a"}, "22")
}

func testBuffers(t *testing.T, s plugins.Store) {
	key, value := []byte("key"), []byte("value")
	r := record("", "")
	r.Key, r.Value = key, value
	records := []plugins.StoreRecord{r}
	put(t, s, records...)
	copy(key, "KEY")
	copy(value, "VALUE")
	records[0] = plugins.StoreRecord{}
	want(t, s, []string{"key", "KEY"}, "value", "")

	keys := [][]byte{[]byte("key"), []byte("none")}
	values, err := s.Get(t.Context(), keys)
	require.NoError(t, err)
	copy(keys[0], "xyz")
	keys[1] = nil
	put(t, s, record("key", "VALUE"))
	want(t, s, []string{"key"}, "VALUE")
	assert.Equal(t, "value", string(values[0]), "what was read before")
	assert.Nil(t, values[1])
}

// testAllOrNone gives puts less and less time, so that some of them are ended midway
// where the store listens to its context at all.
func testAllOrNone(t *testing.T, s plugins.Store) {
	const size = 100
	keys := make([]string, size)
	records := make([]plugins.StoreRecord, size)
	for i := range size {
		keys[i] = keyNumber(i)
		records[i] = record(keys[i], "before")
	}
	put(t, s, records...)
	value := "before"
	for patience := 16 * time.Millisecond; patience > 0; patience /= 2 {
		next := patience.String()
		for i := range records {
			records[i].Value = []byte(next)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := s.Put(ctx, records)
		cancel()
		got := get(t, s, keys...)
		if err == nil {
			value = next
		} else if string(got[0]) == next {
			value = next // it was done, only too late to say so
		}
		for i := range got {
			require.Equal(t, value, string(got[i]), "%q after a put that had %s: %v", keys[i], patience, err)
		}
	}
}

func testExpired(t *testing.T, s plugins.Store) {
	for _, expires := range []time.Time{{}, time.Unix(0, 0), time.Now().Add(-time.Second), time.Unix(math.MaxInt32+1, 0)} {
		r := record("expiring", "value")
		r.Expires = expires
		put(t, s, r, record("other", "value"))
		if value := get(t, s, "expiring")[0]; value != nil {
			assert.Equal(t, "value", string(value))
		}
		want(t, s, []string{"other"}, "value")
	}
	want(t, s, []string{"expiring"}, "value") // the last one has years to go
}
