package gateway

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/reportcache"
)

func policiesOf(t *testing.T, text string) *policies {
	t.Helper()
	s, err := loadSurface()
	require.NoError(t, err)
	p := &policies{surface: s}
	if text != "" {
		require.NoError(t, json.Unmarshal([]byte(text), &p.cache))
	}
	return p
}

func TestPolicies(t *testing.T) {
	const day = 24 * time.Hour
	defaults := reportcache.Policy{Open: time.Minute, Recent: 15 * time.Minute, Month: 6 * time.Hour, Old: 7 * day, Stale: 10 * time.Minute, StaleOnError: 7 * day}
	with := func(change func(*reportcache.Policy)) reportcache.Policy {
		p := defaults
		change(&p)
		return p
	}
	const levels = `{"stale": 1000000000, "platforms": {"a": {"stale": 2000000000, "fresh": {"today": 0}, "operations": {"reports.query": {"stale": 0}}}}}`
	tests := []struct {
		name, cache, platform, operation string
		want                             reportcache.Policy
	}{
		{"nothing said", ``, "a", "reports.query", defaults},
		{"of all", levels, "b", "reports.query", with(func(p *reportcache.Policy) { p.Stale = time.Second })},
		{"of the platform", levels, "a", "networks.list", with(func(p *reportcache.Policy) { p.Stale, p.Open = 2*time.Second, 0 })},
		{"of the operation", levels, "a", "reports.query", with(func(p *reportcache.Policy) { p.Stale, p.Open = 0, 0 })},
		{
			"everything", `{"fresh": {"today": 1, "days_3": 2, "days_35": 3, "older": 4}, "stale": 5, "stale_if_error": 6}`, "a", "reports.query",
			reportcache.Policy{Open: 1, Recent: 2, Month: 3, Old: 4, Stale: 5, StaleOnError: 6},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, policiesOf(t, tt.cache).rows(tt.platform, tt.operation))
		})
	}
}

func TestListsThatAreKept(t *testing.T) {
	const some = `{"lists": 60000000000, "platforms": {
		"a": {"lists": 0},
		"b": {"operations": {"conversions.list": {"lists": 5000000000}, "merchants.list": {"lists": 0}}}}}`
	tests := []struct {
		name, cache, platform, operation string
		want                             time.Duration
	}{
		{"nothing said", ``, "a", "networks.list", 0},
		{"of all", some, "c", "networks.list", time.Minute},
		{"what happens", some, "c", "conversions.list", 0},
		{"clicks", some, "c", "clicks.list", 0},
		{"logs", some, "c", "logs.list", 0},
		{"what happens, by name", some, "b", "conversions.list", 5 * time.Second},
		{"not of one platform", some, "a", "networks.list", 0},
		{"not of one operation", some, "b", "merchants.list", 0},
		{"no list", some, "c", "networks.get", 0},
		{"no operation", some, "c", "nothing.list", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, policiesOf(t, tt.cache).lists(tt.platform, tt.operation))
		})
	}
}

func TestLedgersThatAreKept(t *testing.T) {
	tests := []struct {
		name, cache string
		want        bool
	}{
		{"nothing said", ``, true},
		{"nothing said of it", `{}`, true},
		{"off", `{"ledger": false}`, false},
		{"off for the platform", `{"platforms": {"a": {"ledger": false}}}`, false},
		{"off for another", `{"platforms": {"b": {"ledger": false}}}`, true},
		{"on again for the platform", `{"ledger": false, "platforms": {"a": {"ledger": true}}}`, true},
		{"nothing is kept", `{"off": true}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := policiesOf(t, tt.cache)
			assert.Equal(t, tt.want, p.ledger("a"))
			assert.Equal(t, tt.want, p.ledgerOf("a") != nil)
		})
	}
}

func TestFreshnessThatIsPromised(t *testing.T) {
	tests := []struct {
		name, cache, operation string
		want                   time.Duration
	}{
		{"reports", ``, "reports.query", time.Minute},
		{"reports of the platform", `{"platforms": {"a": {"fresh": {"today": 5000000000}}}}`, "reports.query", 5 * time.Second},
		{"a list", ``, "networks.list", 0},
		{"a list that is kept", `{"lists": 30000000000}`, "networks.list", 30 * time.Second},
		{"a change", `{"lists": 30000000000}`, "campaigns.update", 0},
		{"nothing is kept", `{"off": true}`, "reports.query", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, policiesOf(t, tt.cache).fresh("a", tt.operation))
		})
	}
}

// What the Caddyfile refuses JSON cannot say either.
func TestRefusedCaches(t *testing.T) {
	kept := func(d time.Duration) *caddy.Duration {
		v := caddy.Duration(d)
		return &v
	}
	tests := []struct {
		name  string
		cache *Cache
		want  string
	}{
		{"off, and more", &Cache{Off: true, Memory: 8 << 20}, "a cache that is off has no other settings"},
		{"off, and a duration", &Cache{Off: true, PlatformKeeping: PlatformKeeping{Keeping: Keeping{Stale: kept(1)}}}, "a cache that is off has no other settings"},
		{"too little memory", &Cache{Memory: 1}, "cache: memory is a size from 1.0 MiB to 1.0 TiB, not 1 B"},
		{"negative memory", &Cache{Memory: -1}, "cache: memory is a size from 1.0 MiB to 1.0 TiB, not -1 B"},
		{"memory only, and a store", &Cache{MemoryOnly: true, StoreRaw: json.RawMessage(`{"module":"shelf"}`)}, "a cache in memory only has no store"},
		{"unknown store", &Cache{StoreRaw: json.RawMessage(`{"module":"pigeon"}`)}, "cache: loading store: "},
		{"store that is none", &Cache{StoreRaw: json.RawMessage(`{"module":"hollow"}`)}, "cache: loading store: *gateway.hollow opens none"},
		{"negative duration", &Cache{PlatformKeeping: PlatformKeeping{Keeping: Keeping{Lists: kept(-1)}}}, "cache: lists: a duration from 0s"},
		{
			"negative life", &Cache{PlatformKeeping: PlatformKeeping{Keeping: Keeping{Fresh: &Fresh{Older: kept(-1)}}}},
			"cache: fresh: a duration from 0s",
		},
		{"platform", &Cache{Platforms: map[string]*PlatformCache{"plan": {DeclaredAt: "Caddyfile:7"}}}, `cache: there is no platform "plan"; did you mean "plain"?, at Caddyfile:7`},
		{"platform without anything", &Cache{Platforms: map[string]*PlatformCache{"plain": nil}}, "cache: platform plain: nothing is said of it"},
		{
			"operation", &Cache{Platforms: map[string]*PlatformCache{"plain": {Operations: map[string]*OperationCache{"network.list": {DeclaredAt: "Caddyfile:8"}}}}},
			`cache: platform plain: there is no operation "network.list"; did you mean "networks.list"?, at Caddyfile:8`,
		},
		{
			"lists of a report", &Cache{Platforms: map[string]*PlatformCache{"plain": {Operations: map[string]*OperationCache{"reports.query": {Keeping: Keeping{Lists: kept(1)}}}}}},
			"lists is about lists, and reports.query is none",
		},
		{
			"fresh of clicks", &Cache{Platforms: map[string]*PlatformCache{"plain": {Operations: map[string]*OperationCache{"clicks.list": {Keeping: Keeping{Fresh: new(Fresh)}}}}}},
			"fresh is about reports, the names in them, and conversions; how long clicks.list is kept, lists says",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t)
			a.Cache = tt.cache
			require.ErrorContains(t, provision(t, a), tt.want)
		})
	}
}
