package gateway

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
)

// cacheReport is what the admin API says of what is kept. It holds no secret.
type cacheReport struct {
	// Off tells that nothing is kept; nothing else is said then.
	Off    bool         `json:"off"`
	Memory memoryReport `json:"memory"`
	Store  storeReport  `json:"store"`
	// Operations are those of which something is kept, or was asked for since the gateway
	// started. By platform and operation; what answers for several has an empty word.
	Operations []operationReport `json:"operations"`
	Ledger     ledgerReport      `json:"ledger"`
}

type memoryReport struct {
	// ConfiguredBytes is what the configuration says. BoundBytes is the part of it for
	// answers, rows of reports, and rows read ahead of a page, UsedBytes what they take; the
	// rest is for the garbage collector.
	ConfiguredBytes int64  `json:"configured_bytes"`
	BoundBytes      int64  `json:"bound_bytes"`
	UsedBytes       int64  `json:"used_bytes"`
	Entries         int64  `json:"entries"`
	Evicted         uint64 `json:"evicted"`
}

type storeReport struct {
	// State is off, opening, ready or failing; Since is when it began.
	State string     `json:"state"`
	Since *time.Time `json:"since"`
	// Error says why the store is failing.
	Error   string `json:"error,omitempty"`
	Entries int64  `json:"entries"`
	Bytes   int64  `json:"bytes"`
	// Waiting is how many entries are not written yet; LeftOut is how many were not
	// written since too many waited.
	Waiting int64  `json:"waiting"`
	LeftOut uint64 `json:"left_out"`
	// PendingDrops is how many drops the store has still to carry out. What they pick is
	// not read from it.
	PendingDrops int `json:"pending_drops"`
}

type sizeReport struct {
	Entries int64 `json:"entries"`
	Bytes   int64 `json:"bytes"`
}

type operationReport struct {
	Platform  string `json:"platform"`
	Operation string `json:"operation"`
	// Memory are rows of reports; Answers are answers ready to send, and rows that were
	// read ahead of a page, in memory too.
	Memory  sizeReport `json:"memory"`
	Answers sizeReport `json:"answers"`
	Store   sizeReport `json:"store"`
	// How reports and lists were answered since the gateway started.
	Hits             uint64 `json:"hits"`
	Stale            uint64 `json:"stale"`
	Misses           uint64 `json:"misses"`
	Coalesced        uint64 `json:"coalesced"`
	NativeCallsSaved uint64 `json:"native_calls_saved"`
}

type ledgerReport struct {
	// InService tells whether the file is in use; Error says why not.
	InService bool   `json:"in_service"`
	Error     string `json:"error,omitempty"`
	// Bytes is the size of the file.
	Bytes    int64           `json:"bytes"`
	Accounts []accountLedger `json:"accounts"`
}

// accountLedger is what the ledger has of one account.
type accountLedger struct {
	Platform  string `json:"platform"`
	Operation string `json:"operation"`
	Rows      int64  `json:"rows"`
	Bytes     int64  `json:"bytes"`
	// CoveredFrom is from when on every row is kept; null for none. CoveredAll: from the beginning.
	CoveredFrom *time.Time `json:"covered_from"`
	CoveredAll  bool       `json:"covered_all"`
	// PulledAt is when changes were last asked for, WholeAt when all rows were; null: never.
	PulledAt *time.Time `json:"pulled_at"`
	WholeAt  *time.Time `json:"whole_at"`
}

// describeCache tells what is kept, of one platform or, where it is empty, of all.
func (a *App) describeCache(ctx context.Context, platform string) cacheReport {
	if a.Cache.off() {
		return cacheReport{Off: true, Store: storeReport{State: string(cache.Off)}, Operations: []operationReport{}, Ledger: ledgerReport{Accounts: []accountLedger{}}}
	}
	of := func(name string) bool { return platform == "" || name == platform }
	stats := a.answers.cache.Stats(ctx)
	r := cacheReport{
		Memory: memoryReport{ConfiguredBytes: a.Cache.memory(), BoundBytes: stats.Memory.Bound, UsedBytes: stats.Memory.Used, Evicted: stats.Memory.Evicted},
		Store: storeReport{
			State: string(stats.Store.State), Since: known(stats.Store.Since), Error: stats.Store.Error,
			Waiting: stats.Store.Waiting, LeftOut: stats.Store.LeftOut, PendingDrops: stats.Store.Undone,
		},
	}
	lines := map[subject]*operationReport{}
	line := func(platform, operation string) *operationReport {
		s := subject{platform, operation}
		if lines[s] == nil {
			lines[s] = &operationReport{Platform: platform, Operation: operation}
		}
		return lines[s]
	}
	for _, level := range []struct {
		usage  []cache.Usage
		target func(*operationReport) *sizeReport
		sum    func(cache.Usage)
	}{
		{stats.Memory.Entries, func(o *operationReport) *sizeReport { return &o.Memory }, func(u cache.Usage) { r.Memory.Entries += u.Entries }},
		{stats.Memory.Answers, func(o *operationReport) *sizeReport { return &o.Answers }, func(u cache.Usage) { r.Memory.Entries += u.Entries }},
		{stats.Store.Entries, func(o *operationReport) *sizeReport { return &o.Store }, func(u cache.Usage) {
			r.Store.Entries += u.Entries
			r.Store.Bytes += u.Bytes
		}},
	} {
		for _, u := range level.usage {
			level.sum(u)
			if of(u.Platform) {
				s := level.target(line(u.Platform, u.Operation))
				s.Entries += u.Entries
				s.Bytes += u.Bytes
			}
		}
	}
	counts.each(func(s subject, t *tally) {
		if !of(s.platform) {
			return
		}
		o := line(s.platform, s.operation)
		o.Hits, o.Stale, o.Misses, o.Coalesced = t.hits.Load(), t.stale.Load(), t.misses.Load(), t.coalesced.Load()
		o.NativeCallsSaved = t.saved.Load()
	})
	r.Operations = []operationReport{}
	for _, s := range slices.SortedFunc(maps.Keys(lines), compareSubjects) {
		r.Operations = append(r.Operations, *lines[s])
	}
	r.Ledger = describeLedger(ctx, a.ledger, of)
	return r
}

func describeLedger(ctx context.Context, l *ledger.Ledger, of func(platform string) bool) ledgerReport {
	stats, err := l.Stats(ctx)
	r := ledgerReport{InService: stats.InService && err == nil, Bytes: stats.Bytes, Accounts: []accountLedger{}}
	if err == nil {
		err = stats.Error
	}
	if err != nil {
		r.Error = err.Error()
	}
	for _, s := range stats.Scopes {
		if of(s.Platform) {
			r.Accounts = append(r.Accounts, accountLedger{
				Platform: s.Platform, Operation: s.Operation, Rows: s.Rows, Bytes: s.Bytes,
				CoveredFrom: known(s.Covered), CoveredAll: s.All, PulledAt: known(s.Pulled), WholeAt: known(s.Whole),
			})
		}
	}
	return r
}

// known returns a moment in whole seconds; nil for none.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
