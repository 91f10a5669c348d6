package disk

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

// windows are records as a report leaves them: one a day, of 4 KiB that cannot be
// compressed, under keys that are spread evenly.
func windows(n int) ([]plugins.StoreRecord, [][]byte) {
	random := rand.NewChaCha8([32]byte{1})
	records, keys := make([]plugins.StoreRecord, n), make([][]byte, n)
	for i := range records {
		keys[i] = make([]byte, 32)
		value := make([]byte, 4096)
		_, _ = random.Read(keys[i])
		_, _ = random.Read(value)
		records[i] = plugins.StoreRecord{
			Key: keys[i], Value: value, Platform: "tracker", Operation: "reports.run",
			From: int32(i), To: int32(i), Expires: time.Now().Add(time.Hour),
		}
	}
	return records, keys
}

// BenchmarkGet reads a year of days.
func BenchmarkGet(b *testing.B) {
	s := openAt(b, b.TempDir())
	records, keys := windows(10 * 365)
	require.NoError(b, s.Put(b.Context(), records))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		year := i % 10 * 365
		values, err := s.Get(b.Context(), keys[year:year+365])
		if err != nil || values[364] == nil {
			b.Fatal(err, values[364])
		}
	}
}

// BenchmarkPut writes a month of days that are not there yet.
func BenchmarkPut(b *testing.B) {
	s := openAt(b, b.TempDir())
	records, keys := windows(30)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		for k := range keys {
			binary.NativeEndian.PutUint64(keys[k], i*0x9e3779b97f4a7c15+uint64(k))
		}
		if err := s.Put(b.Context(), records); err != nil {
			b.Fatal(err)
		}
	}
}
