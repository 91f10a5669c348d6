package cache

import (
	"encoding/binary"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// heap returns the bytes of the heap that are in use, and those of them that hold
// something, after everything unused was freed.
func heap() (inUse, live int64) {
	runtime.GC()
	runtime.GC() // what had a finalizer
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapInuse), int64(s.HeapAlloc)
}

// A million different keys leave the heap within the bound and 64 MiB, whatever is kept under them and though a
// store that hangs takes nothing off. The limit of the runtime is that as well: without
// it Go would let garbage take as much as what is kept.
func TestMemoryStaysWithinItsBoundInAFlood(t *testing.T) {
	const (
		bound = floodMemory
		above = 64 << 20
	)
	for _, test := range []struct {
		name string
		keys int
		size func(i int) int
	}{
		{"of values of all sizes", floodKeys, func(i int) int {
			if i%5000 == 0 {
				return 1 << 20
			}
			return i * 37 % 1500
		}},
		{"of empty values", floodKeys / 4, func(int) int { return 0 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := newFake()
			hanging := make(chan struct{})
			store.on(func(call string) error {
				if call == "put" {
					<-hanging
				}
				return nil
			})
			inUse, live := heap()
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(inUse + bound + above))

			c, err := New(Config{Memory: bound, Open: store.open, Now: newClock().now})
			require.NoError(t, err)
			c.Start()
			t.Cleanup(func() {
				close(hanging)
				c.Close()
			})
			var group sync.WaitGroup
			const workers = 2
			for w := range workers {
				group.Go(func() {
					for i := w; i < test.keys; i += workers {
						flood(c, i, test.size(i))
					}
				})
			}
			group.Wait()

			inUseNow, liveNow := heap()
			s := c.Stats(t.Context())
			t.Logf("%d MiB of heap, %d of them live, for %d of %d", (inUseNow-inUse)>>20, (liveNow-live)>>20, s.Memory.Used>>20, int64(bound)>>20)
			require.LessOrEqual(t, s.Memory.Used, int64(bound))
			require.Greater(t, s.Memory.Used, int64(bound)*3/4, "the memory is used")
			require.LessOrEqual(t, inUseNow-inUse, int64(bound+above))
			require.LessOrEqual(t, liveNow-live, int64(bound+2*maxWaiting), "what is kept and what waits for the store")
			require.LessOrEqual(t, s.Store.WaitingBytes, int64(maxWaiting))
			runtime.KeepAlive(c)
		})
	}
}

// flood keeps the i-th thing: an entry or an answer.
func flood(c *Cache, i, size int) {
	labels := Labels{"tracker", "reports.query", 1, 1}
	value := make([]byte, size)
	if i%2 == 0 {
		key := Key(binary.LittleEndian.AppendUint64(make([]byte, 24, 32), uint64(i)))
		c.Put(c.Mark(), []*Entry{{Key: key, Labels: labels, Value: value, Made: start, Expires: start.Add(time.Hour)}})
		return
	}
	key := binary.LittleEndian.AppendUint64(make([]byte, 40, 48), uint64(i))
	c.KeepAnswer(c.Mark(), key, []Labels{labels}, value, int64(size), start.Add(time.Hour))
}
