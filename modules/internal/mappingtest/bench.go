package mappingtest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
)

// callTimeout is how long a native call may take in all. A platform that asks for a
// longer wait before a repetition is not asked again.
const callTimeout = 10 * time.Second

// Bench is a mapping with all that its tests need.
type Bench struct {
	Mapping *mapping.Mapping
	Suite   *mapping.Suite
	// Files is the folder of the tests, in which their bodies are.
	Files   fs.FS
	Surface *surface.Surface
	// Codecs finds the plugins that formats name. Nil: there are none.
	Codecs func(name string) (plugins.CodecProvider, error)
}

// Result is how the tests of a mapping ended.
type Result struct {
	Mapping  string
	Tests    []TestResult
	Coverage *Coverage
	// Attacks is the number of hostile answers that were given, and Wounds those that
	// were not answered as they have to be.
	Attacks int
	Wounds  []Wound
}

// TestResult is how one test ended.
type TestResult struct {
	Test *mapping.Test
	// Differences are what is other than expected; empty for a test that passed.
	Differences []Difference
}

// Failed tells whether a test or a hostile answer failed.
func (r *Result) Failed() bool {
	return len(r.Wounds) > 0 || slices.ContainsFunc(r.Tests, func(t TestResult) bool { return len(t.Differences) > 0 })
}

// Run runs the tests of a mapping one after the other, then the hostile answers of those
// that passed. The error is that of a mapping that does not compile.
func (b *Bench) Run(ctx context.Context) (*Result, error) {
	r, err := b.newRunner()
	if err != nil {
		return nil, err
	}
	defer r.kept.Close()
	if _, err := r.compile(mapping.Setting{}, time.Time{}); err != nil {
		return nil, err
	}
	out := &Result{Mapping: b.Mapping.Platform, Coverage: r.coverage}
	var passed []*trial
	for _, t := range b.Suite.Tests {
		trial := r.try(ctx, t)
		out.Tests = append(out.Tests, TestResult{Test: t, Differences: trial.differences})
		if len(trial.differences) == 0 {
			r.cover(trial)
			passed = append(passed, trial)
		}
	}
	r.attackAll(ctx, passed, out)
	return out, nil
}

// runner is a bench at work.
type runner struct {
	*Bench
	kept     *cache.Cache // rows read ahead of a page
	coverage *Coverage
	compiled map[string]*mapping.Platform // by setting and clock
}

func (b *Bench) newRunner() (*runner, error) {
	// tests have clocks of their own, by none of which anything expires
	kept, err := cache.New(cache.Config{Memory: 8 << 20, Now: func() time.Time { return time.Time{} }})
	if err != nil {
		return nil, err
	}
	return &runner{Bench: b, kept: kept, coverage: newCoverage(b.Mapping), compiled: map[string]*mapping.Platform{}}, nil
}

// compile binds the mapping to the setting of a test.
func (r *runner) compile(s mapping.Setting, now time.Time) (*mapping.Platform, error) {
	var key strings.Builder
	fmt.Fprintf(&key, "%s %s %s %v", s.Server, s.Zone, s.Currency, now)
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		fmt.Fprintf(&key, " %q=%q", name, s.Options[name])
	}
	if p := r.compiled[key.String()]; p != nil {
		return p, nil
	}
	if s.Server == "" && r.Mapping.Server == "" {
		s.Server = defaultServer
	}
	p, err := mapping.Compile(r.Mapping, r.Surface, mapping.Binding{
		Platform: r.Mapping.Platform, Server: s.Server, Zone: s.Zone, Currency: s.Currency, Options: s.Options,
		Codecs: r.Codecs, Now: func() time.Time { return now },
	})
	if err != nil {
		return nil, err
	}
	for _, op := range p.Operations() {
		if op.Change != nil && op.Change.Poll != nil {
			op.Change.Poll.Every = 1 // the clock of a test stands still
		}
	}
	r.compiled[key.String()] = p
	return p, nil
}

// defaultServer stands before the paths of a mapping whose server only a configuration
// tells.
const defaultServer = "https://platform.example"

// credentials gives every secret of a mapping a value by which tests can name it.
func credentials(p *mapping.Platform) map[string]string {
	out := map[string]string{}
	for _, name := range p.Credentials {
		out[name] = "credential-" + name
	}
	return out
}

// engine puts a platform that answers from a script behind an engine of its own.
func (r *runner) engine(p *mapping.Platform, s *script, w *watch, now time.Time) (*query.Engine, error) {
	auth, err := exchange.CompileAuth(p.Auth)
	if err != nil {
		return nil, err
	}
	clock := func() time.Time { return now }
	state := exchange.NewState()
	caller, err := exchange.New(exchange.Config{
		Platform: p.Name, Server: p.Server, Transport: s, Timeout: callTimeout, RetryDelay: 1,
		Breaker: exchange.Breaker{Failures: -1}, Auth: auth, Credentials: credentials(p), Rules: p.Rules,
		State: state, Now: clock,
	})
	if err != nil {
		return nil, err
	}
	return query.New(query.Config{
		Surface: r.Surface, Cache: r.kept, Secret: []byte("the cursors of tests"), Now: clock, Observer: w,
		Platforms: []*query.Platform{{Platform: p, Caller: caller, State: state}},
	})
}
