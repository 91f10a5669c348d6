package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ControlPath is where a sandbox takes faults at run time, if it is configured
// to: PUT a [Fault] as JSON, GET shows it, DELETE clears it. Loopback only.
const ControlPath = "/_sandbox/faults"

// Fault is what goes wrong with a request. Its parts add up: a delay comes
// first, then a dropped connection, an answer of the fault's own, or the
// platform's answer cut short.
type Fault struct {
	// Times is how many requests are hit; 0 means all until cleared.
	Times int `json:"times,omitempty"`
	// Path hits only requests whose path begins so; empty means all.
	Path string `json:"path,omitempty"`
	// Delay passes before anything else; the client going away ends it.
	Delay time.Duration `json:"-"`
	// Drop closes the connection: without an answer, or with Truncate in the
	// middle of one.
	Drop bool `json:"drop,omitempty"`
	// Truncate keeps this many bytes of the body. Without Drop the shorter
	// answer is whole as HTTP, only its content is cut. 0 means no cut.
	Truncate int `json:"truncate,omitempty"`
	// HTML answers a page of HTML with status 200, as proxies and hosters do.
	HTML bool `json:"html,omitempty"`
	// Status answers with this status, Header and Body instead of asking the
	// platform. 0 means the platform's own answer, unless Body is set (200).
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
}

// Faults stands before a sandbox and makes chosen requests go wrong. It is safe
// for concurrent use.
type Faults struct {
	next    http.Handler
	counter Counter

	mu    sync.Mutex
	fault *Fault
}

// NewFaults returns a wrapper of next that lets everything pass until Set.
func NewFaults(next http.Handler) *Faults { return &Faults{next: next} }

// Counter counts every request that arrives, those that go wrong too.
func (f *Faults) Counter() *Counter { return &f.counter }

// Set makes the requests from now on go wrong; it replaces an earlier fault.
func (f *Faults) Set(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = &fault
}

// Clear lets requests pass again.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = nil
}

// take returns the fault that hits a request of path, and counts it down.
func (f *Faults) take(path string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == nil || !strings.HasPrefix(path, f.fault.Path) {
		return Fault{}, false
	}
	fault := *f.fault
	if fault.Times > 0 {
		if f.fault.Times--; f.fault.Times == 0 {
			f.fault = nil
		}
	}
	return fault, true
}

// ServeHTTP implements http.Handler.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.counter.Count(r)
	fault, hit := f.take(r.URL.Path)
	if !hit {
		f.next.ServeHTTP(w, r)
		return
	}
	if fault.Delay > 0 && !Wait(r.Context(), fault.Delay) {
		panic(http.ErrAbortHandler) // the client gave up: leave no half answer
	}
	if fault.Drop && fault.Truncate == 0 {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.HTML:
		fault.Status = http.StatusOK
		fault.Header = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
		fault.Body = "<!DOCTYPE html>\n<html><head><title>Just a moment…</title></head><body><h1>Checking your browser</h1></body></html>\n"
	case fault.Status == 0 && fault.Body != "":
		fault.Status = http.StatusOK
	}
	answer := &recorded{header: http.Header{}, status: http.StatusOK}
	if fault.Status != 0 {
		maps.Copy(answer.header, fault.Header)
		answer.status = fault.Status
		answer.body.WriteString(fault.Body)
	} else {
		f.next.ServeHTTP(answer, r)
	}
	answer.send(w, fault)
}

// recorded holds an answer until it is known how much of it may leave.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorded) Header() http.Header         { return a.header }
func (a *recorded) WriteHeader(status int)      { a.status = status }
func (a *recorded) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *recorded) send(w http.ResponseWriter, fault Fault) {
	body := a.body.Bytes()
	announced := len(body)
	if fault.Truncate > 0 && fault.Truncate < len(body) {
		body = body[:fault.Truncate]
		if !fault.Drop {
			announced = len(body)
		}
	}
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(announced))
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the client has gone: nobody to tell
	if fault.Drop {
		_ = http.NewResponseController(w).Flush() // so that the half answer leaves
		panic(http.ErrAbortHandler)
	}
}

// Control serves [ControlPath]. It answers 404 to anyone but the loopback, so
// that a sandbox reachable from elsewhere cannot be broken from there.
func (f *Faults) Control() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, ok := Peer(r)
		if !ok || !peer.IsLoopback() {
			http.NotFound(w, r)
			return
		}
		switch r.Method {
		case http.MethodGet:
			f.show(w)
		case http.MethodPut:
			fault, err := ReadFault(http.MaxBytesReader(w, r.Body, 1<<20))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			f.Set(fault)
			w.WriteHeader(http.StatusNoContent)
		case http.MethodDelete:
			f.Clear()
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", "GET, PUT, DELETE")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		}
	})
}

// faultJSON is a Fault with its delay as people write durations.
type faultJSON struct {
	Fault
	Delay string `json:"delay,omitempty"`
}

func (f *Faults) show(w http.ResponseWriter) {
	f.mu.Lock()
	current := f.fault
	var shown any = struct{}{}
	if current != nil {
		j := faultJSON{Fault: *current}
		if current.Delay > 0 {
			j.Delay = current.Delay.String()
		}
		shown = j
	}
	f.mu.Unlock()
	Plain.Write(w, http.StatusOK, shown)
}

// ReadFault reads a Fault from JSON: its fields in lower case, the delay as a
// Go duration ("250ms"). Unknown fields and impossible values are errors.
func ReadFault(src io.Reader) (Fault, error) {
	var j faultJSON
	dec := json.NewDecoder(src)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return Fault{}, fmt.Errorf("reading fault: %w", err)
	}
	if j.Delay != "" {
		d, err := time.ParseDuration(j.Delay)
		if err != nil {
			return Fault{}, fmt.Errorf("reading fault delay: %w", err)
		}
		j.Fault.Delay = d
	}
	switch {
	case j.Times < 0, j.Truncate < 0, j.Fault.Delay < 0:
		return Fault{}, fmt.Errorf("reading fault: times, truncate and delay must not be negative")
	case j.Status != 0 && (j.Status < 200 || j.Status > 599):
		return Fault{}, fmt.Errorf("reading fault: status %d is not an HTTP status", j.Status)
	}
	return j.Fault, nil
}
