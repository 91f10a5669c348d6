package reportcache

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// A year by day, all of it kept and fresh.
func BenchmarkWindowsOfAYearKept(b *testing.B) {
	c, err := cache.New(cache.Config{Memory: 64 << 20})
	require.NoError(b, err)
	defer c.Close()
	k := New(Config{Cache: c, Now: func() time.Time { return noon }})
	defer k.Close()
	w := &world{watch: watch{now: noon}, platform: &tracker{}}
	q := w.days(365, 30)
	require.Equal(b, "miss", k.Windows(b.Context(), q).State)
	require.Equal(b, "hit", k.Windows(b.Context(), q).State)
	b.ReportAllocs()
	for b.Loop() {
		if kept := k.Windows(b.Context(), q); kept.State != "hit" {
			b.Fatal(kept.State)
		}
	}
}

func BenchmarkSpansOfAYearWithGaps(b *testing.B) {
	windows := daysOf(20000, 20364)
	roles := make([]role, len(windows))
	for i := range roles {
		if i%5 != 0 {
			roles[i] = wanted
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(spans(windows, roles, true, 30)) == 0 {
			b.Fatal("no call")
		}
	}
}

var _ report.Keeper = (*Keeper)(nil)
