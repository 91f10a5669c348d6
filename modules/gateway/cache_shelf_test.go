package gateway

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/tributary-gateway/tributary/plugins"
)

func init() {
	caddy.RegisterModule(shelf{})
	caddy.RegisterModule(hollow{})
}

// shelf is the module of a store for tests, in the memory of the process.
type shelf struct {
	Label string `json:"label,omitempty"`
}

func (shelf) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "tributary.stores.shelf", New: func() caddy.Module { return new(shelf) }}
}

func (s *shelf) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	for d.NextBlock(0) {
		if d.Val() != "label" {
			return d.Errf("unrecognized subdirective '%s'", d.Val())
		}
		if !d.AllArgs(&s.Label) {
			return d.ArgErr()
		}
	}
	return nil
}

func (s *shelf) StoreKey(dir string) string { return "shelf " + s.Label + " in " + dir }

func (s *shelf) OpenStore(_ context.Context, dir string) (plugins.Store, error) {
	return shelves.open(s.StoreKey(dir), s.Label)
}

// hollow is a module of the namespace that opens nothing.
type hollow struct{}

func (hollow) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "tributary.stores.hollow", New: func() caddy.Module { return new(hollow) }}
}

func (*hollow) UnmarshalCaddyfile(*caddyfile.Dispenser) error { return nil }

// shelves are the stores of a test, by key. They outlive being closed, as a disk does.
var shelves rack

type rack struct {
	mu     sync.Mutex
	stores map[string]*shelfStore
}

// broken is the label of a shelf that cannot be opened.
const broken = "broken"

func (r *rack) open(key, label string) (plugins.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if label == broken {
		return nil, errors.New("the shelf is broken")
	}
	if r.stores == nil {
		r.stores = make(map[string]*shelfStore)
	}
	s := r.stores[key]
	if s == nil {
		s = &shelfStore{records: make(map[string]plugins.StoreRecord)}
		r.stores[key] = s
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.openNow {
		return nil, errors.New("the shelf is open already")
	}
	s.openNow = true
	s.opens++
	return s, nil
}

// shelf returns the store of a data directory, which has to have been opened.
func (r *rack) shelf(t testing.TB, label, dir string) *shelfStore {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stores[(&shelf{Label: label}).StoreKey(dir)]
	if s == nil {
		t.Fatal("the store was never opened")
	}
	return s
}

// shelfStore is a store.
type shelfStore struct {
	mu      sync.Mutex
	records map[string]plugins.StoreRecord
	openNow bool
	opens   int
}

func (s *shelfStore) Get(_ context.Context, keys [][]byte) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make([][]byte, len(keys))
	for i, k := range keys {
		found[i] = s.records[string(k)].Value
	}
	return found, nil
}

func (s *shelfStore) Put(_ context.Context, records []plugins.StoreRecord) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		r.Key, r.Value = append([]byte(nil), r.Key...), append([]byte(nil), r.Value...)
		s.records[string(r.Key)] = r
	}
	return nil
}

func (s *shelfStore) Delete(_ context.Context, selection plugins.StoreSelection) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.records)
	maps.DeleteFunc(s.records, func(_ string, r plugins.StoreRecord) bool {
		return (selection.Platform == "" || selection.Platform == r.Platform) &&
			(selection.Operation == "" || selection.Operation == r.Operation) &&
			(!selection.Days || r.From > r.To || r.From <= selection.To && r.To >= selection.From)
	})
	return before - len(s.records), nil
}

func (s *shelfStore) Stats(context.Context) ([]plugins.StoreStats, error) { return nil, nil }

func (s *shelfStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openNow = false
	return nil
}

// use tells how often the store was opened, and whether it is open now.
func (s *shelfStore) use() (opens int, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opens, s.openNow
}
