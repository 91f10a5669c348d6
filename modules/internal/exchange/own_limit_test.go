package exchange

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// clocked is a platform that answers at once and notes when it was asked.
type clocked struct {
	mu     sync.Mutex
	began  time.Time
	asked  []time.Duration
	status []int // of the first answers; then 200
}

func (p *clocked) RoundTrip(*http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, time.Since(p.began).Round(time.Millisecond)) // rates are floating-point numbers
	status := http.StatusOK
	if len(p.status) > 0 {
		status, p.status = p.status[0], p.status[1:]
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

// caller makes a caller of the platform; the clock starts now.
func (p *clocked) caller(t *testing.T, options ...func(*Config)) *Caller {
	t.Helper()
	p.began = time.Now()
	cfg := Config{Platform: "acme", Server: &url.URL{Scheme: "https", Host: "acme.example"}, Transport: p, Timeout: time.Hour, RetryDelay: time.Millisecond}
	for _, o := range options {
		o(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	return c
}

// limited is a call of a kind that the platform takes once in ten seconds.
func limited(call string) *Request {
	r := *get
	r.Limit = Limit{Call: call, Rate: Rate{Requests: 1, Per: 10 * time.Second}}
	return &r
}

func TestOwnLimitIsKeptBesideTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(clocked)
		c := p.caller(t, func(cfg *Config) { cfg.Rate = Rate{Requests: 1, Per: time.Second} })
		for _, r := range []*Request{get, limited("GET /a"), limited("GET /b"), get, limited("GET /a"), limited("GET /a")} {
			_, refused := c.Do(t.Context(), r)
			require.Nil(t, refused)
		}
		// one a second of all, and ten seconds from one turn of a kind to the next
		require.Equal(t, []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 10 * time.Second, 20 * time.Second}, p.asked)
	})
}

func TestOwnLimitIsOfTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, state := new(clocked), NewState()
		for range 2 {
			c := p.caller(t, func(cfg *Config) { cfg.State, cfg.Timeout = state, time.Second })
			_, refused := c.Do(t.Context(), limited("GET /a"))
			if len(p.asked) == 1 && refused == nil {
				continue
			}
			requireCode(t, problem.PlatformRateLimited, refused)
			require.Equal(t, "the rate set for GET /a of acme, 1 requests per 10s, is used up", refused.Detail)
			require.Equal(t, 10*time.Second, refused.RetryAfter)
		}
		require.Len(t, p.asked, 1)
		other := p.caller(t, func(cfg *Config) { cfg.Timeout = time.Second })
		_, refused := other.Do(t.Context(), limited("GET /a"))
		require.Nil(t, refused, "another account has its own")
	})
}

func TestOwnLimitCountsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &clocked{status: []int{503, 503}}
		_, refused := p.caller(t).Do(t.Context(), limited("GET /a"))
		require.Nil(t, refused)
		require.Len(t, p.asked, 3)
		for i, at := range p.asked {
			require.GreaterOrEqual(t, at, time.Duration(i)*10*time.Second)
		}
	})
}

// Calls that wait for their own limit must not take the places of all others.
func TestOwnLimitLeavesPlacesToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(clocked)
		c := p.caller(t, func(cfg *Config) { cfg.Concurrency = 2 })
		var waiting sync.WaitGroup
		for range 4 {
			waiting.Go(func() {
				if _, refused := c.Do(t.Context(), limited("GET /a")); refused != nil {
					t.Error(refused)
				}
			})
		}
		synctest.Wait()
		_, refused := c.Do(t.Context(), get)
		require.Nil(t, refused)
		waiting.Wait()
		require.Equal(t, []time.Duration{0, 0, 10 * time.Second, 20 * time.Second, 30 * time.Second}, p.asked)
	})
}

// Whoever cannot have a turn in its time is told so, and the turn goes on to the next.
func TestOwnLimitEndsWithTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(clocked)
		c := p.caller(t, func(cfg *Config) { cfg.Timeout = 12 * time.Second })
		var calls sync.WaitGroup
		var mu sync.Mutex
		refusals := map[problem.Code]int{}
		for range 4 {
			calls.Go(func() {
				if _, refused := c.Do(t.Context(), limited("GET /a")); refused != nil {
					mu.Lock()
					refusals[refused.Code]++
					mu.Unlock()
				}
			})
		}
		calls.Wait()
		require.Equal(t, []time.Duration{0, 10 * time.Second}, p.asked)
		require.Equal(t, map[problem.Code]int{problem.PlatformRateLimited: 2}, refusals)
		_, refused := c.Do(t.Context(), limited("GET /a"))
		require.Nil(t, refused)
	})
}
