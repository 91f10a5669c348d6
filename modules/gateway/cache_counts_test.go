package gateway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
)

func TestCounters(t *testing.T) {
	c := new(counters)
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			for range 100 {
				c.Served("a", fmt.Sprintf("operation %d", i%2), "hit", 2)
				c.Served("b", "one", "miss", 0)
				c.Evicted("memory", 3)
			}
		})
	}
	running.Wait()
	c.Served("b", "one", "stale", 0)
	c.Served("b", "one", "coalesced", 1)
	c.Served("b", "one", "unheard of", -1)
	c.StoreFailed("reading")

	var lines []string
	c.each(func(s subject, n *tally) {
		lines = append(lines, fmt.Sprintf("%s %s: %d %d %d %d saved %d", s.platform, s.operation,
			n.hits.Load(), n.stale.Load(), n.misses.Load(), n.coalesced.Load(), n.saved.Load()))
	})
	assert.Equal(t, []string{
		"a operation 0: 400 0 0 0 saved 800",
		"a operation 1: 400 0 0 0 saved 800",
		"b one: 0 1 800 1 saved 1",
	}, lines)
	assert.Equal(t, map[string]uint64{"memory": 2400}, c.evicted.all())
	assert.Equal(t, map[string]uint64{"reading": 1}, c.failed.all())
}

func BenchmarkServed(b *testing.B) {
	c := new(counters)
	b.ReportAllocs()
	for b.Loop() {
		c.Served("platform", "reports.query", "hit", 1)
	}
}

// gathered are the lines of a registry's metrics whose names begin with a prefix.
func gathered(t *testing.T, registry *prometheus.Registry, prefix string) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	found := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), prefix) {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := make([]string, len(m.GetLabel()))
			for i, l := range m.GetLabel() {
				labels[i] = l.GetName() + "=" + l.GetValue()
			}
			found[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = value(m)
		}
	}
	return found
}

func value(m *dto.Metric) float64 {
	if m.GetCounter() != nil {
		return m.GetCounter().GetValue()
	}
	return m.GetGauge().GetValue()
}

func TestMetricsOfWhatIsKept(t *testing.T) {
	a := newApp(t)
	a.Cache = &Cache{Memory: 8 << 20, MemoryOnly: true}
	defer started(t, a)()
	registry := prometheus.NewRegistry()
	require.NoError(t, registerMetrics(registry))
	require.NoError(t, registerMetrics(registry), "the same collectors again, as after a reload")

	before := gathered(t, registry, "tributary_cache_")
	assert.NotContains(t, before, "tributary_cache_store_up{}", "there is no store")
	e := keptEntry("plain", "rows")
	a.Kept().Put(a.Kept().Mark(), []*cache.Entry{e})
	a.Kept().KeepAnswer(a.Kept().Mark(), []byte("key"), []cache.Labels{e.Labels}, "ready", 1000, time.Now().Add(time.Hour))
	a.Observer().Served("plain", "reports.query", "hit", 3)
	after := gathered(t, registry, "tributary_")

	const of = "{level=memory,operation=reports.query,platform=plain}"
	assert.InDelta(t, 2, after["tributary_cache_entries"+of]-before["tributary_cache_entries"+of], 0)
	assert.Greater(t, after["tributary_cache_bytes"+of], 1000.0)
	const hits = "tributary_cache_requests_total{operation=reports.query,outcome=hit,platform=plain}"
	assert.InDelta(t, 1, after[hits]-before[hits], 0)
	const saved = "tributary_cache_native_calls_saved_total{operation=reports.query,platform=plain}"
	assert.InDelta(t, 3, after[saved]-before[saved], 0)
	assert.Contains(t, after, "tributary_ledger_store_up{}")

	r := a.describeCache(t.Context(), "plain")
	require.Len(t, r.Operations, 1)
	o := r.Operations[0]
	assert.Equal(t, "reports.query", o.Operation)
	assert.EqualValues(t, 1, o.Memory.Entries)
	assert.EqualValues(t, 1, o.Answers.Entries)
	assert.Equal(t, uint64(after[hits]), o.Hits)
	assert.Equal(t, "off", r.Store.State)
	assert.Empty(t, a.describeCache(t.Context(), "nobody").Operations)
}

// Two configurations that replace one another show one line for each thing.
func TestMetricsWhileConfigurationsChange(t *testing.T) {
	a := newApp(t)
	defer started(t, a)()
	b := newApp(t)
	defer started(t, b)()
	for _, of := range []*App{a, b} {
		of.Kept().Put(of.Kept().Mark(), []*cache.Entry{keptEntry("both", "rows")})
	}
	registry := prometheus.NewRegistry()
	require.NoError(t, registerMetrics(registry))
	lines := gathered(t, registry, "tributary_cache_entries")
	assert.InDelta(t, 2, lines["tributary_cache_entries{level=memory,operation=reports.query,platform=both}"], 0)
}

func TestEveryMetricIsDescribed(t *testing.T) {
	descs := make(chan *prometheus.Desc, 100)
	keptMetrics{}.Describe(descs)
	close(descs)
	var names []string
	for d := range descs {
		names = append(names, d.String())
	}
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(names))), 14)
}
