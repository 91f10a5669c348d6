package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/span"
)

// Defaults of [Config].
const (
	DefaultTimeout         = 30 * time.Second
	DefaultMaxBody         = 64 << 20
	DefaultRetries         = 2
	DefaultRetryDelay      = 200 * time.Millisecond
	DefaultBreakerFailures = 10
	DefaultBreakerDelay    = 10 * time.Second
)

// Config is what a [Caller] is made of.
type Config struct {
	// Platform is the platform's name, for problems and logs. Required.
	Platform string
	// Server is the absolute URL that stands before a request's path, without
	// query, fragment and user. Required.
	Server *url.URL
	// Transport makes the HTTP exchange. It must not follow redirects; it may panic. Required.
	Transport http.RoundTripper
	// Timeout is the time for a whole call: waiting for rate and concurrency,
	// all attempts, and their bodies. Default: 30 s.
	Timeout time.Duration
	// MaxBody is the limit of a response's body in bytes, after decompression. Default: 64 MiB.
	MaxBody int64
	// Retries is how often an idempotent call is repeated. Default: 2; negative for never.
	Retries int
	// RetryDelay is the time before the first repetition, give or take a half;
	// it doubles with each further one, up to 5 s. Default: 200 ms.
	RetryDelay time.Duration
	// Rate limits native requests, retries included. Default: no limit.
	Rate Rate
	// Concurrency limits calls at the same time. Default: no limit.
	Concurrency int
	// Breaker says when the platform gets a pause.
	Breaker Breaker
	// Auth says where the credentials go.
	Auth []Auth
	// Session says how the token of places with {token} is got. Default: none have it.
	Session *SessionSpec
	// Credentials holds the platform's secrets by name.
	Credentials map[string]string
	// Rules are the mapping's error rules. Default: none.
	Rules *Rules
	// EgressAddresses are the gateway's own addresses as platforms see them.
	EgressAddresses []string
	// State is what outlives this configuration. Default: a new one.
	State *State
	// Now is the clock of rates and of dates in Retry-After. Default: time.Now.
	Now func() time.Time
	// Logger takes panics of the transport and pauses of the platform. Default: none.
	Logger *slog.Logger
	// UserAgent is sent with every request. Default: tributary.
	UserAgent string
}

// Caller makes the native calls of one platform with one set of credentials.
// Safe for concurrent use.
type Caller struct {
	platform    string
	server      url.URL
	basePath    string // escaped, without a slash at its end
	transport   http.RoundTripper
	timeout     time.Duration
	maxBody     int64
	maxRetries  int
	retries     retrypolicy.RetryPolicy[outcome]
	limiter     *rate.Limiter
	rate        Rate
	bulkhead    bulkhead.Bulkhead[any]
	breaker     circuitbreaker.CircuitBreaker[any]
	limits      Breaker
	auth        []Auth
	resolved    *resolvedAuth
	scrubber    scrubber
	secrets     scrubber // of what is for programs to read
	session     *source  // nil without a session
	tokened     atomic.Pointer[tokened]
	fingerprint uint64
	rules       *Rules
	egress      []string
	state       *State
	now         func() time.Time
	logger      *slog.Logger
	common      []headerField
}

// New checks a configuration and makes its Caller. It makes no call.
func New(cfg Config) (*Caller, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuring platform %q: %w", cfg.Platform, err)
	}
	cfg.setDefaults()
	credentials := cfg.Credentials
	if cfg.Session != nil {
		credentials = withToken(credentials, "none yet")
	}
	resolved, err := resolveAuth(cfg.Auth, credentials)
	if err == nil && cfg.Session != nil {
		err = cfg.Session.check(cfg.Credentials)
	}
	if err != nil {
		return nil, fmt.Errorf("configuring platform %q: %w", cfg.Platform, err)
	}
	c := &Caller{
		platform:    cfg.Platform,
		server:      *cfg.Server,
		basePath:    strings.TrimRight(cfg.Server.EscapedPath(), "/"),
		transport:   cfg.Transport,
		timeout:     cfg.Timeout,
		maxBody:     cfg.MaxBody,
		maxRetries:  cfg.Retries,
		retries:     newRetryPolicy(&cfg),
		limiter:     cfg.State.limiter(cfg.Rate),
		rate:        cfg.Rate,
		bulkhead:    cfg.State.bulkhead(cfg.Concurrency),
		breaker:     cfg.State.breaker(cfg.Breaker),
		limits:      cfg.Breaker,
		auth:        cfg.Auth,
		resolved:    resolved,
		scrubber:    newScrubber(cfg.Credentials, resolved),
		secrets:     newScrubber(long(cfg.Credentials), resolved),
		fingerprint: fingerprint(cfg.Credentials),
		rules:       cfg.Rules,
		egress:      cfg.EgressAddresses,
		state:       cfg.State,
		now:         cfg.Now,
		logger:      cfg.Logger,
		common: []headerField{
			{"Accept", []string{"application/json"}},
			{"Accept-Encoding", []string{"gzip"}},
			{"User-Agent", []string{cfg.UserAgent}},
		},
	}
	c.tokened.Store(&tokened{resolvedAuth: resolved})
	if cfg.Session != nil {
		c.openSession(cfg.Session, cfg.Credentials)
	}
	return c, nil
}

func (cfg *Config) check() error {
	switch {
	case cfg.Platform == "":
		return errors.New("the platform's name is missing")
	case cfg.Transport == nil:
		return errors.New("transport is missing")
	case cfg.Server == nil:
		return errors.New("server is missing")
	case cfg.Server.Scheme != "http" && cfg.Server.Scheme != "https", cfg.Server.Host == "":
		return errors.New("server has to be an absolute URL of http or https")
	case cfg.Server.User != nil:
		return errors.New("server holds a user; credentials belong into credential")
	case cfg.Server.RawQuery != "", cfg.Server.Fragment != "":
		return errors.New("server cannot hold a query or a fragment")
	case cfg.Rate.Requests < 0, cfg.Rate.Requests > 0 && cfg.Rate.Per <= 0:
		return errors.New("rate needs a positive number of requests and a positive time")
	case cfg.Concurrency < 0, cfg.Timeout < 0, cfg.MaxBody < 0, cfg.RetryDelay < 0, cfg.Breaker.Delay < 0:
		return errors.New("a limit is negative")
	}
	return nil
}

func (cfg *Config) setDefaults() {
	orElse(&cfg.Timeout, DefaultTimeout)
	orElse(&cfg.MaxBody, DefaultMaxBody)
	orElse(&cfg.Retries, DefaultRetries)
	cfg.Retries = max(cfg.Retries, 0)
	orElse(&cfg.RetryDelay, DefaultRetryDelay)
	orElse(&cfg.Breaker.Failures, DefaultBreakerFailures)
	orElse(&cfg.Breaker.Delay, DefaultBreakerDelay)
	orElse(&cfg.UserAgent, "tributary")
	if cfg.State == nil {
		cfg.State = NewState()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
}

func orElse[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

// Auth returns where the credentials go.
func (c *Caller) Auth() []Auth { return c.auth }

// State returns what outlives the caller's configuration.
func (c *Caller) State() *State { return c.state }

// Do makes one call: as many native requests as it takes. The response is
// never nil; beside a problem it has no body, but tells the status (0 for no
// answer), the matched error rule and the number of requests.
//
// A call that ends because ctx was canceled (its client has gone) returns
// platform_unavailable with the Cause context.Canceled; nobody is left to read
// it, and it says nothing about the platform.
func (c *Caller) Do(ctx context.Context, req *Request) (*Response, *problem.Problem) {
	ctx, s := span.Start(ctx, span.Exchange, trace.SpanKindClient)
	c.describe(s, req.Operation, req.Method)
	resp, p := c.do(ctx, req)
	tellOutcome(s, resp.Status, resp.Requests, len(resp.Body), p)
	s.End()
	return resp, p
}

func (c *Caller) do(ctx context.Context, req *Request) (*Response, *problem.Problem) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	if leavesPath(req.Path) {
		return unsent(c.problem(problem.InvalidRequest, "an identifier cannot hold the path segments . and .."))
	}
	if c.breaker != nil && c.breaker.IsOpen() && c.breaker.RemainingDelay() > 0 {
		return unsent(c.open())
	}
	if p := c.admit(ctx, req); p != nil {
		return unsent(p)
	}
	defer c.leave()
	// The permit comes last: one that is taken has to be followed by an outcome.
	if c.breaker != nil && !c.breaker.TryAcquirePermit() {
		return unsent(c.open())
	}

	o, requests := c.attempt(ctx, req), 1
	if o.repeatable(req) && c.maxRetries > 0 && c.inTime(ctx, o.wait) {
		o, requests = c.retry(ctx, req, o)
	}
	if o.problem != nil && errors.Is(ctx.Err(), context.Canceled) {
		o = c.interrupted(ctx, req)
	}
	if o.uncertain(req) {
		o.problem.Doubt()
	}
	o.tellUndone()
	c.record(&o)
	o.response.Requests = requests + o.renewed
	return o.response, o.problem
}

func unsent(p *problem.Problem) (*Response, *problem.Problem) {
	p.Undone = true
	return &Response{Rule: -1}, p
}

func (c *Caller) problem(code problem.Code, format string, args ...any) *problem.Problem {
	p := problem.New(code, format, args...)
	p.Platform = c.platform
	return p
}
