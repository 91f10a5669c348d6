package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// checkReport is how the check of one account went.
type checkReport struct {
	// Status is ok, wrong, or unchecked where no call can be made.
	Status string `json:"status"`
	// Code is that of the problem, or clock_skew; null where nothing is wrong.
	Code *string `json:"code"`
	// Detail says what is wrong and what to do.
	Detail string `json:"detail,omitempty"`
	// Native is what the platform said, with secrets removed.
	Native *problem.Native `json:"native,omitempty"`
	// LatencyMS is how long the platform took to answer, in milliseconds; null
	// where it did not.
	LatencyMS *float64 `json:"latency_ms"`
	// ClockSkewMS is how far the platform's clock is ahead of the gateway's, in
	// milliseconds; null where it told no time. It is known but for ClockErrorMS
	// either way.
	ClockSkewMS  *int64 `json:"clock_skew_ms"`
	ClockErrorMS *int64 `json:"clock_error_ms"`
	// CheckedAt is when the check ended.
	CheckedAt time.Time `json:"checked_at"`
}

// The outcomes of a check.
const (
	checkOK        = "ok"
	checkWrong     = "wrong"
	checkUnchecked = "unchecked"
)

// clockSkew is the code of a clock that is wrong. No request can have it as its
// problem.
const clockSkew = "clock_skew"

// maxClockSkew is how far two clocks may be apart. Beyond it days end at
// different moments, and what is signed or expires does so too early or late.
const maxClockSkew = time.Minute

// pingOperation is the cheapest authenticated call that a mapping names.
const pingOperation = "platforms.ping"

// checkAll calls each account once, all side by side and each within the timeout.
func (a *App) checkAll(ctx context.Context, accounts []account, timeout time.Duration) ([]*checkReport, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	checks := make([]*checkReport, len(accounts))
	faults := make([]error, len(accounts))
	var running sync.WaitGroup
	for i, acc := range accounts {
		running.Go(func() { checks[i], faults[i] = a.check(ctx, acc) })
	}
	running.Wait()
	for i, err := range faults {
		if err != nil {
			return nil, fmt.Errorf("checking %s: %w", accounts[i].config.Name, err)
		}
	}
	return checks, nil
}

// check calls one account once. What the platform says of the credential, of our
// address and of its health counts as in any other call, and so does the call
// towards its rate.
func (a *App) check(ctx context.Context, acc account) (*checkReport, error) {
	report := &checkReport{Status: checkUnchecked}
	if acc.absent() {
		report.Detail, report.CheckedAt = "only clients have a credential for this platform", moment()
		return report, nil
	}
	watch := &watch{guest: acc.call.Transport}
	engine, err := a.checkEngine(acc, watch)
	if err != nil {
		return nil, err
	}
	operation := a.surface.Operation(pingOperation)
	params, refused := operation.Parse("", map[string]string{"platform": acc.config.Name})
	if len(refused) > 0 {
		return nil, fmt.Errorf("asking for %s: %v", pingOperation, refused)
	}
	_, p := engine.Ping(ctx, &query.Request{Params: params, Client: anyone})
	report.CheckedAt = moment()
	report.measure(watch)
	report.judge(p, acc.config.Name)
	return report, nil
}

// checkEngine makes an engine of one account that shares the account's state, is
// watched, and does not repeat a call that fails.
func (a *App) checkEngine(acc account, watch *watch) (*query.Engine, error) {
	config := acc.call
	config.Transport, config.Retries = watch, -1
	caller, err := exchange.New(config)
	if err != nil {
		return nil, err
	}
	return query.New(query.Config{
		Surface:   a.surface,
		Platforms: []*query.Platform{{Platform: acc.Platform.Platform, Caller: caller, State: acc.State, Health: caller.Health}},
		Secret:    a.cursors.value,
	})
}

// anyone is the client of a check: the operator may ask every platform.
var anyone query.Client = new(clientauth.Identity)

// judge says what the outcome of a call means.
func (r *checkReport) judge(p *problem.Problem, platform string) {
	r.Status = checkOK
	switch {
	case p != nil && p.Code == problem.UnsupportedByPlatform:
		r.Status, r.Detail = checkUnchecked, "the mapping names no call to check with ("+pingOperation+")"
	case p != nil:
		code := string(p.Code)
		r.Status, r.Code, r.Detail, r.Native = checkWrong, &code, p.Detail, p.Native
	case r.ClockSkewMS != nil && distance(*r.ClockSkewMS)-*r.ClockErrorMS > maxClockSkew.Milliseconds():
		code := clockSkew
		r.Status, r.Code = checkWrong, &code
		r.Detail = fmt.Sprintf("the clocks of the gateway and of %s are more than %s apart; set the gateway's by NTP, and tell the platform if its own is wrong", platform, maxClockSkew)
	}
}

func distance(n int64) int64 { return max(n, -n) }

func moment() time.Time { return time.Now().UTC().Truncate(time.Second) }

// measure takes over what was seen of the last native request that was answered.
func (r *checkReport) measure(w *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.answered {
		return
	}
	latency := float64(w.ended.Sub(w.began).Microseconds()/100) / 10
	r.LatencyMS = &latency
	date, err := http.ParseTime(w.date)
	if err != nil {
		return
	}
	sent := w.began
	if w.written.After(sent) && w.written.Before(w.ended) {
		sent = w.written
	}
	skew, within := skewOf(date, sent, w.ended)
	skewMS, withinMS := skew.Milliseconds(), within.Milliseconds()
	r.ClockSkewMS, r.ClockErrorMS = &skewMS, &withinMS
}

// skewOf returns how far the clock that wrote a Date is ahead, and how exactly
// that is known. The Date was written between sent and received, most likely in
// the middle; it has whole seconds (RFC 9110, section 5.6.7), so that the clock
// showed half a second more on average.
func skewOf(date, sent, received time.Time) (skew, within time.Duration) {
	half := received.Sub(sent) / 2
	return date.Add(time.Second / 2).Sub(sent.Add(half)), half + time.Second/2
}

// watch is a transport that looks at its last exchange.
type watch struct {
	guest http.RoundTripper

	mu                    sync.Mutex
	answered              bool
	began, written, ended time.Time
	date                  string
}

// RoundTrip implements http.RoundTripper.
func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	w.set(func() { w.answered, w.began, w.written = false, began, time.Time{} })
	// what came before the request, such as a connection and its TLS, is no part of the round trip
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) {
			now := time.Now()
			w.set(func() { w.written = now })
		},
	})
	resp, err := w.guest.RoundTrip(r.WithContext(ctx))
	ended := time.Now()
	if err == nil && resp != nil {
		w.set(func() { w.answered, w.ended, w.date = true, ended, resp.Header.Get("Date") })
	}
	return resp, err
}

// set changes what was seen; a request may still be written when its answer is there.
func (w *watch) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}
