package integration

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// faulty is a platform that goes wrong in ways that a handler alone cannot: it refuses
// connections, and breaks them off in the middle of an answer.
type faulty struct {
	t       *testing.T
	address string
	next    *kit.Faults

	mu     sync.Mutex
	server *http.Server // nil while connections are refused
	breaks func(w http.ResponseWriter, r *http.Request, whole []byte)
}

// standFaulty puts a sandbox behind a faulty server, in place of its own.
func (p *platforms) standFaulty(t *testing.T, name string, h http.Handler, path string) *faulty {
	t.Helper()
	f := &faulty{t: t, next: kit.NewFaults(h)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = l.Addr().String()
	f.serve(l)
	t.Cleanup(f.refuse)
	n := p.native[name]
	n.url, n.faults = "http://"+f.address+path, f.next
	return f
}

func (f *faulty) serve(l net.Listener) {
	server := &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
	f.mu.Lock()
	f.server = server
	f.mu.Unlock()
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			f.t.Errorf("serving a platform: %v", err)
		}
	}()
}

// refuse ends all connections and refuses new ones.
func (f *faulty) refuse() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.server != nil {
		_ = f.server.Close()
		f.server = nil
	}
}

// accept takes connections again, on the same port.
func (f *faulty) accept() {
	f.mu.Lock()
	open := f.server != nil
	f.mu.Unlock()
	if open {
		return
	}
	l, err := net.Listen("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.serve(l)
}

// breakWith makes answers go through a function, which is given the platform's own, until
// heal.
func (f *faulty) breakWith(breaks func(w http.ResponseWriter, r *http.Request, whole []byte)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.breaks = breaks
}

// heal makes the platform work again.
func (f *faulty) heal() {
	f.breakWith(nil)
	f.next.Clear()
	f.accept()
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	breaks := f.breaks
	f.mu.Unlock()
	if breaks == nil {
		f.next.ServeHTTP(w, r)
		return
	}
	whole := httptest.NewRecorder()
	f.next.ServeHTTP(whole, r)
	breaks(w, r, whole.Body.Bytes())
}

// hijack answers with bytes of its own and ends the connection, with a reset if abrupt.
func hijack(w http.ResponseWriter, answer []byte, abrupt bool) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buffered.Write(answer)
	_ = buffered.Flush()
	if tcp, ok := conn.(*net.TCPConn); ok && abrupt {
		_ = tcp.SetLinger(0) // what is not read yet is lost, as with a crash of the platform
	}
	_ = conn.Close()
}

const jsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// fault is a way in which a platform goes wrong.
type fault struct {
	name string
	// cause makes the platform go wrong until it is healed.
	cause func(f *faulty, platform string)
	// code is that of the problem; empty where it depends on the platform.
	code string
}

func half(whole []byte) []byte { return whole[:len(whole)/2] }

// said is what platforms say in their own ways when something went wrong, with the
// status of a success.
var said = map[string]string{
	"affili":      `{"status":"error","errors":{"msg":"INTERNAL"}}`,
	"affjet":      `{"result":400,"time":0.1,"errors":["An internal error has occurred"]}`,
	"keitaro":     `{"error":"Internal error"}`,
	"trackfinity": `{"error":"Something went wrong"}`,
	"trackier":    `{"success":false,"error":{"code":51,"message":"Internal error"}}`,
}

// broken makes a fault that breaks answers off.
func broken(breaks func(w http.ResponseWriter, r *http.Request, whole []byte)) func(*faulty, string) {
	return func(f *faulty, _ string) { f.breakWith(breaks) }
}

// kitFault makes a fault of one that the sandboxes know.
func kitFault(fault kit.Fault) func(*faulty, string) {
	return func(f *faulty, _ string) { f.next.Set(fault) }
}

// withStatus makes a fault that is an HTTP status.
func withStatus(code int) func(*faulty, string) {
	return kitFault(kit.Fault{Status: code, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"message":"no"}`})
}

// faults are all ways in which a platform goes wrong.
var faults = []fault{
	{"a refused connection", func(f *faulty, _ string) { f.refuse() }, "platform_unavailable"},
	{"a connection closed without an answer", kitFault(kit.Fault{Drop: true}), "platform_unavailable"},
	{"a reset in the middle", broken(func(w http.ResponseWriter, _ *http.Request, whole []byte) {
		hijack(w, fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n%s", jsonHead, len(whole), half(whole)), true)
	}), ""},
	{"fewer bytes than announced", broken(func(w http.ResponseWriter, _ *http.Request, whole []byte) {
		hijack(w, fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n%s", jsonHead, len(whole), half(whole)), false)
	}), "platform_invalid_response"},
	{"chunks without an end", broken(func(w http.ResponseWriter, _ *http.Request, whole []byte) {
		hijack(w, fmt.Appendf(nil, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", jsonHead, len(half(whole)), half(whole)), false)
	}), "platform_invalid_response"},
	{"half a body that announces nothing", broken(func(w http.ResponseWriter, _ *http.Request, whole []byte) {
		hijack(w, fmt.Appendf(nil, "%sConnection: close\r\n\r\n%s", jsonHead, half(whole)), false)
	}), "platform_invalid_response"},
	{"half a body that is whole as HTTP", broken(func(w http.ResponseWriter, _ *http.Request, whole []byte) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(half(whole))
	}), "platform_invalid_response"},
	{"a web page", kitFault(kit.Fault{HTML: true}), "platform_invalid_response"},
	{"an error with the status of a success", func(f *faulty, platform string) {
		f.next.Set(kit.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: said[platform]})
	}, ""},
	{"another shape", kitFault(kit.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"result":0,"dataList":{"a":1},"rows":"none","data":7}`}), "platform_invalid_response"},
	{"a bad request", withStatus(400), ""},
	{"a refused credential", withStatus(401), "platform_credentials_rejected"},
	{"a failure", withStatus(500), "platform_error"},
	{"a gateway's failure", withStatus(502), "platform_error"},
	{"no service", withStatus(503), "platform_unavailable"},
	{"too many requests", withStatus(429), "platform_rate_limited"},
	{"silence", kitFault(kit.Fault{Delay: time.Hour}), "platform_timeout"},
}
