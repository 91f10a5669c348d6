package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
)

// keptMetrics shows what is counted and kept. It is one for the process, as the
// counters are, and looks for what is kept each time.
type keptMetrics struct{}

// collecting is how long one collection waits for a store.
const collecting = 2 * time.Second

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName("tributary", "", name), help, labels, nil)
}

var (
	cacheRequests  = describe("cache_requests_total", "Reports and lists by how they were answered: hit, stale, miss or coalesced.", "platform", "operation", "outcome")
	cacheSaved     = describe("cache_native_calls_saved_total", "Native calls that were not made since their answer was kept or under way.", "platform", "operation")
	cacheBytes     = describe("cache_bytes", "Size of what is kept, by level: memory or store.", "level", "platform", "operation")
	cacheEntries   = describe("cache_entries", "Number of what is kept, by level: memory or store.", "level", "platform", "operation")
	cacheEvictions = describe("cache_evictions_total", "Entries that were left out for want of room: in memory, or waiting for the store.", "level")
	cacheErrors    = describe("cache_store_errors_total", "What the store did not do: opening, reading, writing, dropping.", "doing")
	cacheUp        = describe("cache_store_up", "Whether the store is in use (1) or not (0). Without a store there is no such line.")

	ledgerRequests = describe("ledger_requests_total", "Reads of the ledger of conversions by how they were answered: hit, stale, coalesced, or miss after a pull.", "platform", "operation", "outcome")
	ledgerSaved    = describe("ledger_native_calls_saved_total", "Native calls that were not made since the ledger had the rows.", "platform", "operation")
	ledgerRows     = describe("ledger_rows", "Rows of the ledger.", "platform", "operation")
	ledgerBytes    = describe("ledger_bytes", "Size of the rows of the ledger.", "platform", "operation")
	ledgerPulled   = describe("ledger_pulled_timestamp_seconds", "When changes were last pulled into the ledger, of the account for which that is longest ago.", "platform", "operation")
	ledgerErrors   = describe("ledger_store_errors_total", "What could not be done with the file of the ledger: opening, reading, writing, dropping.", "doing")
	ledgerUp       = describe("ledger_store_up", "Whether the file of the ledger is in use (1) or not (0).")
)

// Describe implements prometheus.Collector.
func (keptMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		cacheRequests, cacheSaved, cacheBytes, cacheEntries, cacheEvictions, cacheErrors, cacheUp,
		ledgerRequests, ledgerSaved, ledgerRows, ledgerBytes, ledgerPulled, ledgerErrors, ledgerUp,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (keptMetrics) Collect(out chan<- prometheus.Metric) {
	c := collection{out}
	c.counters(counts, cacheRequests, cacheSaved, cacheErrors)
	for level, n := range counts.evicted.all() {
		c.counter(cacheEvictions, float64(n), level)
	}
	c.counters(ledgerCounts, ledgerRequests, ledgerSaved, ledgerErrors)

	ctx, cancel := context.WithTimeout(context.Background(), collecting)
	defer cancel()
	kept := others(nil)
	memory, stored := usage{}, usage{}
	up := -1.0
	for _, s := range kept {
		stats := s.cache.Stats(ctx)
		memory.add(stats.Memory.Entries)
		memory.add(stats.Memory.Answers)
		if stats.Store.State == cache.Off {
			continue
		}
		// two have the same store while one replaces the other
		stored = usage{}
		stored.add(stats.Store.Entries)
		up = max(up, boolean(stats.Store.State == cache.Ready))
	}
	c.usage("memory", memory)
	c.usage("store", stored)
	if up >= 0 {
		c.gauge(cacheUp, up)
	}
	c.ledgers(ctx, ledgers())
}

// ledgers returns those that are in use.
func ledgers() (found []*ledger.Ledger) {
	shared.Range(func(_, value any) bool {
		if v, ok := value.(pooled[*ledger.Ledger]); ok {
			found = append(found, v.value)
		}
		return true
	})
	return found
}

// collection is where collected metrics go.
type collection struct{ out chan<- prometheus.Metric }

func (c collection) counter(d *prometheus.Desc, v float64, labels ...string) {
	c.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

func (c collection) gauge(d *prometheus.Desc, v float64, labels ...string) {
	c.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (c collection) counters(from *counters, requests, saved, failed *prometheus.Desc) {
	from.each(func(s subject, t *tally) {
		c.counter(requests, float64(t.hits.Load()), s.platform, s.operation, outcomeHit)
		c.counter(requests, float64(t.stale.Load()), s.platform, s.operation, outcomeStale)
		c.counter(requests, float64(t.misses.Load()), s.platform, s.operation, outcomeMiss)
		c.counter(requests, float64(t.coalesced.Load()), s.platform, s.operation, outcomeCoalesced)
		c.counter(saved, float64(t.saved.Load()), s.platform, s.operation)
	})
	for doing, n := range from.failed.all() {
		c.counter(failed, float64(n), doing)
	}
}

// usage is what is kept of each operation of each platform.
type usage map[subject]cache.Usage

func (u usage) add(lines []cache.Usage) {
	for _, l := range lines {
		s := subject{l.Platform, l.Operation}
		sum := u[s]
		sum.Entries += l.Entries
		sum.Bytes += l.Bytes
		u[s] = sum
	}
}

func (c collection) usage(level string, u usage) {
	for s, l := range u {
		c.gauge(cacheBytes, float64(l.Bytes), level, s.platform, s.operation)
		c.gauge(cacheEntries, float64(l.Entries), level, s.platform, s.operation)
	}
}

// ledgers shows the ledgers, of which there are several only while one replaces the
// other. Accounts of one platform are shown as one.
func (c collection) ledgers(ctx context.Context, all []*ledger.Ledger) {
	up := -1.0
	kept := map[subject]ledger.ScopeStats{}
	for l, stats := range countedLedgers.of(ctx, all) {
		up = max(up, boolean(l.InService()))
		for _, s := range stats.Scopes {
			at := subject{s.Platform, s.Operation}
			sum, known := kept[at]
			sum.Rows += s.Rows
			sum.Bytes += s.Bytes
			if !known || s.Pulled.Before(sum.Pulled) {
				sum.Pulled = s.Pulled
			}
			kept[at] = sum
		}
	}
	if up >= 0 {
		c.gauge(ledgerUp, up)
	}
	for at, s := range kept {
		c.gauge(ledgerRows, float64(s.Rows), at.platform, at.operation)
		c.gauge(ledgerBytes, float64(s.Bytes), at.platform, at.operation)
		if !s.Pulled.IsZero() {
			c.gauge(ledgerPulled, float64(s.Pulled.UnixMilli())/1000, at.platform, at.operation)
		}
	}
}

// countEvery is how long what a ledger holds is not counted again: it takes the longer
// the more there is.
const countEvery = 15 * time.Second

// countedLedgers remembers what ledgers held when they were counted last.
var countedLedgers ledgerMemo

type ledgerMemo struct {
	mu    sync.Mutex
	known map[*ledger.Ledger]countedLedger
}

type countedLedger struct {
	at    time.Time
	stats ledger.Stats
}

// of returns what ledgers hold, and forgets all others.
func (m *ledgerMemo) of(ctx context.Context, all []*ledger.Ledger) map[*ledger.Ledger]ledger.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, found := map[*ledger.Ledger]countedLedger{}, map[*ledger.Ledger]ledger.Stats{}
	for _, l := range all {
		c, ok := m.known[l]
		if !ok || time.Since(c.at) >= countEvery {
			if stats, err := l.Stats(ctx); err == nil {
				c = countedLedger{time.Now(), stats}
			}
		}
		known[l], found[l] = c, c.stats
	}
	m.known = known
	return found
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
