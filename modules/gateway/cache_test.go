package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/plugins"
)

// started provisions an app and starts it; the returned function ends it as Caddy does.
func started(t testing.TB, a *App) (end func()) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	require.NoError(t, a.Provision(ctx))
	require.NoError(t, a.Start())
	return func() {
		require.NoError(t, a.Stop())
		cancel()
		require.NoError(t, a.Cleanup())
	}
}

// another returns an app with the data directory of one before it.
func another(t testing.TB, before *App) *App {
	t.Helper()
	next := newApp(t)
	next.DataDir = before.DataDir
	return next
}

// keptEntry is something to keep of a platform, about no days.
func keptEntry(platform, text string) *cache.Entry {
	return &cache.Entry{
		Key:    cache.KeyOf(platform, text),
		Labels: cache.Labels{Platform: platform, Operation: "reports.query", From: 1, To: 0},
		Value:  []byte(text), Made: time.Now(), Expires: time.Now().Add(time.Hour),
	}
}

// has tells whether an app has an entry.
func has(t testing.TB, a *App, e *cache.Entry) bool {
	t.Helper()
	found := a.Kept().Get(t.Context(), []cache.Key{e.Key})
	return found[0] != nil
}

func TestWhatIsKeptOutlivesReloads(t *testing.T) {
	first := newApp(t)
	first.Cache = &Cache{Memory: 8 << 20, MemoryOnly: true}
	endFirst := started(t, first)
	e := keptEntry("plain", "rows")
	first.Kept().Put(first.Kept().Mark(), []*cache.Entry{e})
	require.True(t, has(t, first, e))

	stale := caddy.Duration(5 * time.Second)
	second := another(t, first)
	second.Cache = &Cache{Memory: 8 << 20, MemoryOnly: true, PlatformKeeping: PlatformKeeping{Keeping: Keeping{Stale: &stale}}}
	endSecond := started(t, second)
	endFirst()
	assert.Same(t, first.Kept(), second.Kept())
	assert.True(t, has(t, second, e))
	assert.Equal(t, 5*time.Second, second.answers.present.Load().rows("plain", "reports.query").Stale, "how long is what the present configuration says")

	third := another(t, first)
	third.Cache = &Cache{Memory: 16 << 20, MemoryOnly: true}
	endThird := started(t, third)
	endSecond()
	assert.NotSame(t, second.Kept(), third.Kept())
	assert.False(t, has(t, third, e), "another bound of memory begins empty")
	endThird()
}

// A configuration whose start fails gives way to the one before it.
func TestPoliciesOfAConfigurationThatIsGivenUp(t *testing.T) {
	first := newApp(t)
	defer started(t, first)()
	second := another(t, first)
	endSecond := started(t, second)
	assert.Same(t, second.policies, first.answers.present.Load())
	endSecond()
	assert.Same(t, first.policies, first.answers.present.Load())
}

func TestStoreIsSharedWhileConfigurationsChange(t *testing.T) {
	first := newApp(t)
	first.Cache = &Cache{Memory: 8 << 20, StoreRaw: json.RawMessage(`{"module":"shelf"}`)}
	endFirst := started(t, first)
	opened(t, first)
	e := keptEntry("plain", "rows")
	first.Kept().Put(first.Kept().Mark(), []*cache.Entry{e})

	second := another(t, first)
	second.Cache = &Cache{Memory: 16 << 20, StoreRaw: json.RawMessage(`{"module":"shelf"}`)}
	endSecond := started(t, second)
	opened(t, second)
	store := shelves.shelf(t, "", first.DataDir)
	opens, open := store.use()
	assert.Equal(t, 1, opens, "what is open already is opened once")
	assert.True(t, open)

	endFirst() // which writes what waited
	assert.True(t, has(t, second, e), "what was written with one bound of memory is found with another")
	_, open = store.use()
	assert.True(t, open)
	endSecond()
	_, open = store.use()
	assert.False(t, open)

	third := another(t, first)
	third.Cache = &Cache{Memory: 16 << 20, StoreRaw: json.RawMessage(`{"module":"shelf"}`)}
	defer started(t, third)()
	opened(t, third)
	assert.True(t, has(t, third, e), "after a restart too")
}

// An answer that is ready lives as long as the settings said by which it was made: those
// of other settings are not found.
func TestReadyAnswersBelongToTheSettings(t *testing.T) {
	identity := func(text string) string {
		a := newApp(t)
		a.Cache = nil
		if text != "" {
			require.NoError(t, json.Unmarshal([]byte(text), &a.Cache))
		}
		return newScopes([]byte("secret")).engine("acme", nil, a.Cache)
	}
	plain := identity("")
	for _, same := range []string{`{}`, `{"memory": 8388608}`, `{"memory_only": true}`} {
		assert.Equal(t, plain, identity(same), same)
	}
	seen := map[string]string{plain: "nothing"}
	for _, other := range []string{
		`{"fresh": {"today": 0}}`, `{"lists": 60000000000}`, `{"stale": 0}`, `{"ledger": false}`,
		`{"platforms": {"plain": {"lists": 60000000000}}}`,
		`{"platforms": {"plain": {"operations": {"networks.list": {"lists": 60000000000}}}}}`,
	} {
		assert.Empty(t, seen[identity(other)], other)
		seen[identity(other)] = other
	}
	at := `{"platforms": {"plain": {"stale": 0, "declared_at": "Caddyfile:%d"}}}`
	assert.Equal(t, identity(fmt.Sprintf(at, 7)), identity(fmt.Sprintf(at, 8)), "where it stands in a file does not count")
}

// What was changed while a store was not in use it must not be asked for.
func TestStoresForgetWhatTheyWereNotToldOf(t *testing.T) {
	shelf := func(label string) *Cache {
		return &Cache{Memory: 8 << 20, StoreRaw: json.RawMessage(`{"module":"shelf","label":"` + label + `"}`)}
	}
	tests := []struct {
		name      string
		meanwhile *Cache
		changed   bool
		kept      bool
	}{
		{"off, and nothing was changed", &Cache{Off: true}, false, true},
		{"off, and something was", &Cache{Off: true}, true, false},
		{"memory alone", &Cache{Memory: 8 << 20, MemoryOnly: true}, true, false},
		{"another store", shelf("other"), true, false},
		{"a store that fails", shelf(broken), true, false},
		{"the same store", shelf("told"), true, true}, // which forgot what the change touched
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := newApp(t)
			e := keptEntry("plain", "rows")
			run := func(with *Cache, do func(*App)) {
				a := another(t, first)
				a.Cache = with
				end := started(t, a)
				defer end()
				do(a)
			}
			keep := func(a *App) {
				opened(t, a)
				a.Kept().Put(a.Kept().Mark(), []*cache.Entry{e})
			}
			run(shelf("told"), keep)
			run(tt.meanwhile, func(a *App) {
				if tt.changed {
					a.Changed("plane", query.Touched{})
				}
			})
			run(shelf("told"), func(a *App) {
				opened(t, a)
				assert.Equal(t, tt.kept, has(t, a, e))
				keep(a)
			})
			run(shelf("told"), func(a *App) { assert.True(t, has(t, a, e), "it forgets once") })
		})
	}
}

// opened waits until the store of an app is open.
func opened(t testing.TB, a *App) {
	t.Helper()
	require.Eventually(t, func() bool {
		return a.Kept().Stats(t.Context()).Store.State == cache.Ready
	}, 5*time.Second, time.Millisecond)
}

func TestValidatingTouchesNothing(t *testing.T) {
	a := newApp(t)
	a.Cache = &Cache{StoreRaw: json.RawMessage(`{"module":"shelf","label":"untouched"}`)}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	require.NoError(t, a.Provision(ctx))
	cancel()
	require.NoError(t, a.Cleanup())
	assert.NoDirExists(t, a.DataDir)
	shelves.mu.Lock()
	defer shelves.mu.Unlock()
	assert.NotContains(t, shelves.stores, (&shelf{Label: "untouched"}).StoreKey(a.DataDir))
}

func TestGatewayRunsWithABrokenStore(t *testing.T) {
	failed := func() uint64 { return counts.failed.all()["opening"] }
	before := failed()
	a := newApp(t)
	a.Cache = &Cache{StoreRaw: json.RawMessage(`{"module":"shelf","label":"broken"}`)}
	defer started(t, a)()
	require.Eventually(t, func() bool { return failed() > before }, 5*time.Second, time.Millisecond)
	e := keptEntry("plain", "rows")
	a.Kept().Put(a.Kept().Mark(), []*cache.Entry{e})
	assert.True(t, has(t, a, e))
	r := a.describeCache(t.Context(), "")
	assert.Equal(t, "failing", r.Store.State)
	assert.Contains(t, r.Store.Error, "the shelf is broken")
}

func TestNothingIsKeptWhereTheCacheIsOff(t *testing.T) {
	a := newApp(t)
	a.Cache = &Cache{Off: true}
	defer started(t, a)()
	assert.Nil(t, a.Kept())
	assert.NotNil(t, a.Observer())
	assert.Zero(t, a.ListsFor("plain", "networks.list"))
	assert.Nil(t, a.Engine("acme").Platform("plain").Ledger)
	assert.True(t, a.describeCache(t.Context(), "").Off)
	a.Changed("plain", query.Touched{Uncertain: true}) // reaches what others keep
	assert.NoFileExists(t, filepath.Join(a.DataDir, ledgerFile))
}

func TestScopes(t *testing.T) {
	first := newApp(t)
	first.Clients = append(first.Clients, clientauth.Client{
		Name: "own", KeySHA256: []string{clientauth.HashKey("own")}, Credentials: map[string]map[string]string{"plain": {"api_key": "other"}},
	})
	require.NoError(t, provision(t, first))
	require.NoError(t, first.cursors.save())
	scope := func(a *App, client string) string { return a.Engine(client).Platform("plain").Scope }
	assert.NotEqual(t, scope(first, ""), scope(first, "own"))
	assert.NotEqual(t, first.Engine("").Identity(), first.Engine("own").Identity())
	assert.NotContains(t, scope(first, "own"), "other")

	tests := []struct {
		name   string
		change func(a *App)
		same   bool
	}{
		{"nothing", func(*App) {}, true},
		{"how it is called", func(a *App) {
			a.Platforms[0].Concurrency, a.Platforms[0].Timeout, a.Platforms[0].DeclaredAt = 2, caddy.Duration(time.Second), "Caddyfile:9"
		}, true},
		{"another platform", func(a *App) {
			a.Platforms = append(a.Platforms, &Platform{Name: "second", Mapping: "plain", Credentials: map[string]string{"api_key": "k"}})
		}, true},
		{"another mapping's text", func(a *App) { writeMapping(t, a, "other", "") }, true},
		{"the mapping's text", func(a *App) { writeMapping(t, a, "plain", "    total: total\n") }, false},
		{"the credential", func(a *App) { a.Platforms[0].Credentials["api_key"] = "K" }, false},
		{"the server", func(a *App) { a.Platforms[0].Server = "https://plain.example/api2" }, false},
		{"the zone", func(a *App) { a.Platforms[0].Timezone = "Asia/Tokyo" }, false},
		{"the currency", func(a *App) { a.Platforms[0].Currency = "EUR" }, false},
		{"the name", func(a *App) { a.Platforms[0].Name, a.Platforms[0].Mapping = "renamed", "plain" }, false},
		{"the secret", func(a *App) { a.DataDir = t.TempDir() }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := another(t, first)
			tt.change(next)
			require.NoError(t, provision(t, next))
			got := next.Engine("").Platforms()
			assert.Equal(t, tt.same, got[0].Scope == scope(first, ""))
			if len(got) > 1 {
				assert.NotEqual(t, got[0].Scope, got[1].Scope, "two platforms of one mapping and credential")
			}
		})
	}
}

// writeMapping writes the plain mapping under a name, with more at its end.
func writeMapping(t *testing.T, a *App, name, more string) {
	t.Helper()
	dir := filepath.Join(a.Mappings[0], name)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	text := "mapping: v1\nplatform: " + name + plainMapping[len("mapping: v1\nplatform: plain"):] + more
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mapping.yaml"), []byte(text), 0o600))
}

// A secret that cannot be saved lasts as long as the process, and so does what is kept by it.
func TestUnsavedSecretOutlivesReloads(t *testing.T) {
	first := newApp(t)
	require.NoError(t, provision(t, first))
	second := another(t, first)
	require.NoError(t, provision(t, second))
	assert.Equal(t, first.Engine("").Platform("plain").Scope, second.Engine("").Platform("plain").Scope)
}

func TestChangesDropWhatTheyTouch(t *testing.T) {
	day := func(from, to int32) *cache.Entry {
		e := keptEntry("plain", fmt.Sprint(from))
		e.Labels.From, e.Labels.To = from, to
		return e
	}
	tests := []struct {
		name     string
		platform string
		touched  query.Touched
		dropped  []string
	}{
		{"the platform", "plain", query.Touched{}, []string{"early", "late", "dayless"}},
		{"some days", "plain", query.Touched{Days: true, From: 12, To: 15}, []string{"late", "dayless"}},
		{"another platform", "plane", query.Touched{}, []string{"foreign"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t)
			a.Cache = &Cache{Memory: 8 << 20, MemoryOnly: true}
			defer started(t, a)()
			// a configuration on its way out, with other memory
			b := another(t, a)
			b.Cache = &Cache{Memory: 16 << 20, MemoryOnly: true}
			defer started(t, b)()

			all := map[string]*cache.Entry{"early": day(10, 11), "late": day(12, 12), "dayless": keptEntry("plain", "dayless"), "foreign": keptEntry("plane", "x")}
			for _, of := range []*App{a, b} {
				for _, e := range all {
					of.Kept().Put(of.Kept().Mark(), []*cache.Entry{e})
				}
			}
			late := a.Kept().Mark()
			a.Changed(tt.platform, tt.touched)
			for name, e := range all {
				for _, of := range []*App{a, b} {
					assert.Equal(t, !slices.Contains(tt.dropped, name), has(t, of, e), name)
				}
			}
			// what was fetched before the drop is not kept after it
			a.Kept().Put(late, []*cache.Entry{all["late"]})
			assert.Equal(t, !slices.Contains(tt.dropped, "late"), has(t, a, all["late"]))
		})
	}
}

func TestUncertainChangesDropAgain(t *testing.T) {
	days := func(from, to int32) plugins.StoreSelection {
		return plugins.StoreSelection{Platform: "plain", Days: true, From: from, To: to}
	}
	all := plugins.StoreSelection{Platform: "plain"}
	synctest.Test(t, func(t *testing.T) {
		drops := make(chan plugins.StoreSelection, 10)
		g := &again{after: time.Minute, drop: func(s plugins.StoreSelection) { drops <- s }}
		// after is what is dropped while some time passes
		after := func(d time.Duration) (dropped []plugins.StoreSelection) {
			time.Sleep(d)
			synctest.Wait()
			for len(drops) > 0 {
				dropped = append(dropped, <-drops)
			}
			return dropped
		}
		g.later(days(3, 4))
		assert.Empty(t, after(20*time.Second))
		g.later(days(6, 8))
		assert.Empty(t, after(39*time.Second))
		assert.Equal(t, []plugins.StoreSelection{days(3, 8)}, after(2*time.Second), "both, when the first is surely done")
		assert.Equal(t, []plugins.StoreSelection{days(3, 8)}, after(20*time.Second), "and when the second is")
		assert.Empty(t, after(time.Hour))

		g.later(days(1, 2))
		g.later(all)
		assert.Contains(t, after(time.Hour), all, "everything is more than some days")

		g.later(all)
		g.close()
		g.later(all)
		assert.Empty(t, after(time.Hour))
	})
}
