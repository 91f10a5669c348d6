package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// Run tries a store. open opens one that is empty, holds 128 MiB without forgetting any
// of it, and belongs to one test, which closes it.
func Run(t *testing.T, open func(t *testing.T) plugins.Store) {
	t.Helper()
	tests := []struct {
		name string
		test func(*testing.T, plugins.Store)
	}{
		{"an empty store", testEmpty},
		{"values come in the order of their keys", testOrder},
		{"keys are any bytes", testKeys},
		{"values are any bytes", testValues},
		{"a value of 64 MiB", testLargest},
		{"a later value replaces an earlier one", testOverwrite},
		{"keys are found wherever else they belong to", testMove},
		{"buffers of the caller are its own", testBuffers},
		{"all records of a put or none", testAllOrNone},
		{"expired records do no harm", testExpired},
		{"a selection picks what it says", testSelections},
		{"what was deleted can be put again", testPutAfterDelete},
		{"statistics", testStats},
		{"concurrent use", testConcurrency},
		{"concurrent deletion", testConcurrentDelete},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			test.test(t, s)
			require.NoError(t, s.Close())
		})
	}
}

// record is one about no days that does not expire during the test.
func record(key, value string) plugins.StoreRecord {
	return plugins.StoreRecord{
		Key: []byte(key), Value: []byte(value),
		Platform: "tracker", Operation: "reports.run",
		From: 1, To: 0,
		Expires: time.Now().Add(24 * time.Hour),
	}
}

func put(t *testing.T, s plugins.Store, records ...plugins.StoreRecord) {
	t.Helper()
	require.NoError(t, s.Put(t.Context(), records))
}

// get returns the values of keys; nil stays nil.
func get(t *testing.T, s plugins.Store, keys ...string) [][]byte {
	t.Helper()
	all := make([][]byte, len(keys))
	for i, key := range keys {
		all[i] = []byte(key)
	}
	values, err := s.Get(t.Context(), all)
	require.NoError(t, err)
	require.Len(t, values, len(keys), "a value or nil for every key")
	return values
}

// want compares what is under keys with texts; an empty one means that nothing is.
func want(t *testing.T, s plugins.Store, keys []string, texts ...string) {
	t.Helper()
	got := make([]string, len(keys))
	for i, value := range get(t, s, keys...) {
		assert.True(t, value == nil || len(value) > 0, "value %d is there and empty", i)
		got[i] = string(value)
	}
	assert.Equal(t, texts, got, "%q", keys)
}

// randomBytes are the same in every run.
func randomBytes(seed uint64, n int) []byte {
	random := rand.NewChaCha8([32]byte{0: byte(seed), 1: byte(seed >> 8)})
	b := make([]byte, n)
	_, _ = random.Read(b) // has no error
	return b
}

func keyNumber(i int) string { return fmt.Sprintf("key %d", i) }
