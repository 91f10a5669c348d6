package cache

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sealed() (*Entry, []byte) {
	e := entry("tracker", "window", `{"rows":[1,2,3]}`)
	e.Labels.From, e.Labels.To = math.MinInt32, math.MaxInt32
	e.Made = time.Date(2026, time.July, 4, 1, 2, 3, 456789, time.UTC)
	return e, seal(e)
}

func TestASealedEntryIsReadBackWhole(t *testing.T) {
	e, b := sealed()
	got, err := unseal(b, e.Key)
	require.NoError(t, err)
	assert.Equal(t, e, got)

	for name, e := range map[string]*Entry{
		"empty":          {Key: e.Key, Value: []byte{}, Made: time.Unix(0, 0).UTC(), Expires: time.Unix(0, 0).UTC()},
		"of other times": {Key: e.Key, Value: []byte{0}, Made: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), Expires: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)},
	} {
		got, err := unseal(seal(e), e.Key)
		require.NoError(t, err, name)
		assert.Equal(t, e, got, name)
		assert.NotNil(t, got.Value, name)
	}
}

func TestADamagedRecordIsNotRead(t *testing.T) {
	e, b := sealed()
	for i := range b {
		for bit := range 8 {
			damaged := slices.Clone(b)
			damaged[i] ^= 1 << bit
			_, err := unseal(damaged, e.Key)
			require.Error(t, err, "bit %d of byte %d", bit, i)
		}
		_, err := unseal(b[:i], e.Key)
		require.Error(t, err, "cut at %d", i)
	}
	_, err := unseal(append(slices.Clone(b), 0), e.Key)
	require.ErrorIs(t, err, errChecksum)
}

func TestARecordOfSomethingElseIsNotRead(t *testing.T) {
	e, b := sealed()
	_, err := unseal(b, KeyOf("another"))
	require.ErrorIs(t, err, errOtherKey)
	b[0]++
	_, err = unseal(b, e.Key)
	require.ErrorIs(t, err, errVersion)
	_, err = unseal(nil, e.Key)
	require.ErrorIs(t, err, errVersion)
	_, err = unseal([]byte{envelopeVersion}, e.Key)
	require.ErrorIs(t, err, errForm)
}

// A record that was written with lengths beyond its end, checksum and all.
func TestARecordOfAnotherFormIsNotRead(t *testing.T) {
	e, b := sealed()
	for _, labels := range [][]byte{nil, {200}, {3, 'a', 'b'}, {1, 'a'}, {1, 'a', 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, {1, 'a', 9, 'b'}} {
		damaged := append(slices.Clone(b[:envelopeFixed]), labels...)
		resum(damaged)
		_, err := unseal(damaged, e.Key)
		require.ErrorIs(t, err, errForm, "%v", labels)
	}
}

func FuzzUnseal(f *testing.F) {
	e, b := sealed()
	f.Add(b, false)
	f.Add(b[:envelopeFixed], true)
	f.Add(append(slices.Clone(b[:envelopeFixed]), 255, 255, 255, 255, 15), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if mend && len(b) >= envelopeFixed { // past the checksum and the key
			b = slices.Clone(b)
			b[0] = envelopeVersion
			copy(b[envelopeHead:], e.Key[:])
			resum(b)
		}
		got, err := unseal(b, e.Key)
		if err != nil {
			require.Nil(t, got)
			return
		}
		require.Equal(t, e.Key, got.Key)
		again, err := unseal(seal(got), e.Key)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

// resum makes the checksum of a record right.
func resum(b []byte) { binary.LittleEndian.PutUint64(b[1:], xxhash.Sum64(b[envelopeHead:])) }
