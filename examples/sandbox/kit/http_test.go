package kit_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func from(t *testing.T, peer, method, path, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr = peer
	return r
}

func TestAllowed(t *testing.T) {
	prefixes := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	tests := []struct {
		name, peer string
		prefixes   []netip.Prefix
		want       bool
	}{
		{"no list", "198.51.100.1:5", nil, true},
		{"in the list", "203.0.113.9:5", prefixes, true},
		{"in the list as an IPv6 address", "[::ffff:203.0.113.9]:5", prefixes, true},
		{"IPv6", "[2001:db8::1]:5", prefixes, true},
		{"not in the list", "198.51.100.1:5", prefixes, false},
		{"nobody", "127.0.0.1:5", []netip.Prefix{kit.Nobody}, false},
		{"no address", "@", prefixes, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, kit.Allowed(test.prefixes, from(t, test.peer, http.MethodGet, "/", "")))
		})
	}
}

func TestSameSecret(t *testing.T) {
	require.True(t, kit.SameSecret("a", "a"))
	require.False(t, kit.SameSecret("a", "b"))
	require.False(t, kit.SameSecret("", ""), "no secret is no open door")
}

func TestCounter(t *testing.T) {
	var c kit.Counter
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				c.Count(from(t, "127.0.0.1:1", http.MethodGet, "/a%2Fb?x=1", ""))
			}
			c.Count(from(t, "127.0.0.1:1", http.MethodPost, "/a/b", ""))
		})
	}
	wg.Wait()
	require.Equal(t, 408, c.Total())
	require.Equal(t, 400, c.Of("GET /a/b"))
	require.Equal(t, map[string]int{"GET /a/b": 400, "POST /a/b": 8}, c.All())
	c.Reset()
	require.Zero(t, c.Total())
	require.Zero(t, c.Of("GET /a/b"))
}

// platform is a server whose answer is known, behind a wrapper for faults.
func platform(t *testing.T) (*kit.Faults, *httptest.Server) {
	t.Helper()
	faults := kit.NewFaults(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Platform", "yes")
		kit.Plain.Write(w, http.StatusOK, "0123456789")
	}))
	server := httptest.NewServer(faults)
	t.Cleanup(server.Close)
	return faults, server
}

// get returns the status, the body and the error of reading either.
func get(t *testing.T, url string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil) // POST: the transport does not repeat it
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer, string(body), err
}

func TestFaults(t *testing.T) {
	const whole = `"0123456789"`
	tests := []struct {
		name    string
		fault   kit.Fault
		status  int
		body    string
		failure error // of reading
	}{
		{"delay", kit.Fault{Delay: time.Millisecond}, http.StatusOK, whole, nil},
		{"drop", kit.Fault{Drop: true}, 0, "", io.EOF},
		{"truncate", kit.Fault{Truncate: 4}, http.StatusOK, `"012`, nil},
		{"truncate more than there is", kit.Fault{Truncate: 400}, http.StatusOK, whole, nil},
		{"drop in the middle", kit.Fault{Truncate: 4, Drop: true}, http.StatusOK, `"012`, io.ErrUnexpectedEOF},
		{"status", kit.Fault{Status: http.StatusBadGateway}, http.StatusBadGateway, "", nil},
		{"status and body", kit.Fault{Status: http.StatusTooManyRequests, Body: "slow down"}, http.StatusTooManyRequests, "slow down", nil},
		{"body alone", kit.Fault{Body: "[]"}, http.StatusOK, "[]", nil},
		{"truncated body", kit.Fault{Body: "[1,2]", Truncate: 3}, http.StatusOK, "[1,", nil},
		{"other path", kit.Fault{Path: "/other", Drop: true}, http.StatusOK, whole, nil},
		{"same path", kit.Fault{Path: "/a", Body: "x"}, http.StatusOK, "x", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			faults, server := platform(t)
			faults.Set(test.fault)
			answer, body, err := get(t, server.URL+"/a/b")
			require.ErrorIs(t, err, test.failure)
			if answer != nil {
				require.Equal(t, test.status, answer.StatusCode)
			}
			require.Equal(t, test.body, body)

			faults.Clear()
			_, body, err = get(t, server.URL+"/a/b")
			require.NoError(t, err)
			require.Equal(t, whole, body)
			require.Equal(t, 2, faults.Counter().Total(), "requests that go wrong count too")
		})
	}
}

func TestHTMLWithStatus200(t *testing.T) {
	faults, server := platform(t)
	faults.Set(kit.Fault{HTML: true})
	answer, body, err := get(t, server.URL)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", answer.Header.Get("Content-Type"))
	require.Contains(t, body, "<html>")
}

func TestFaultHeaderAndPlatformHeader(t *testing.T) {
	faults, server := platform(t)
	faults.Set(kit.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"7"}}})
	answer, _, err := get(t, server.URL)
	require.NoError(t, err)
	require.Equal(t, "7", answer.Header.Get("Retry-After"))

	faults.Set(kit.Fault{Truncate: 3})
	answer, _, err = get(t, server.URL)
	require.NoError(t, err)
	require.Equal(t, "yes", answer.Header.Get("X-Platform"))
}

func TestFaultHitsTheNextRequestsOnly(t *testing.T) {
	faults, server := platform(t)
	faults.Set(kit.Fault{Times: 2, Status: http.StatusInternalServerError})
	var seen []int
	for range 4 {
		answer, _, err := get(t, server.URL)
		require.NoError(t, err)
		seen = append(seen, answer.StatusCode)
	}
	require.Equal(t, []int{500, 500, 200, 200}, seen)
}

func TestDelayEndsWhenTheClientGoes(t *testing.T) {
	ended := make(chan struct{})
	faults := kit.NewFaults(http.NotFoundHandler())
	faults.Set(kit.Fault{Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		defer func() { _ = recover() }() // the connection is aborted
		faults.ServeHTTP(httptest.NewRecorder(), from(t, "127.0.0.1:1", http.MethodGet, "/", "").WithContext(ctx))
	}()
	cancel()
	<-ended
}

func TestControl(t *testing.T) {
	faults := kit.NewFaults(http.NotFoundHandler())
	control := func(peer, method, body string) (int, string) {
		w := httptest.NewRecorder()
		faults.Control().ServeHTTP(w, from(t, peer, method, kit.ControlPath, body))
		return w.Code, w.Body.String()
	}
	hit := func() int {
		w := httptest.NewRecorder()
		faults.ServeHTTP(w, from(t, "127.0.0.1:1", http.MethodGet, "/", ""))
		return w.Code
	}
	status, _ := control("[::1]:9", http.MethodPut, `{"status":502,"delay":"1ms"}`)
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, http.StatusBadGateway, hit())
	status, body := control("127.0.0.1:9", http.MethodGet, "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"status":502,"delay":"1ms"}`, body)

	status, _ = control("127.0.0.1:9", http.MethodPut, `{"state":502}`)
	require.Equal(t, http.StatusBadRequest, status)
	status, _ = control("127.0.0.1:9", http.MethodPost, "{}")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	status, _ = control("192.0.2.1:9", http.MethodDelete, "")
	require.Equal(t, http.StatusNotFound, status, "the control is for the loopback")
	require.Equal(t, http.StatusBadGateway, hit(), "none of these changed anything")

	status, _ = control("127.0.0.1:9", http.MethodDelete, "")
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, http.StatusNotFound, hit())
	_, body = control("127.0.0.1:9", http.MethodGet, "")
	require.JSONEq(t, `{}`, body)
}

func TestReadFault(t *testing.T) {
	tests := []struct{ name, text, failure string }{
		{"everything", `{"times":3,"path":"/a","delay":"250ms","drop":true,"truncate":9,"html":true,"status":503,"header":{"A":["b"]},"body":"x"}`, ""},
		{"nothing", `{}`, ""},
		{"not JSON", `drop`, "reading fault"},
		{"unknown field", `{"slow":true}`, "unknown field"},
		{"delay as a number", `{"delay":5}`, "reading fault"},
		{"delay without a unit", `{"delay":"5"}`, "reading fault delay"},
		{"negative delay", `{"delay":"-5s"}`, "must not be negative"},
		{"negative times", `{"times":-1}`, "must not be negative"},
		{"status of no answer", `{"status":99}`, "not an HTTP status"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := kit.ReadFault(strings.NewReader(test.text))
			if test.failure == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.failure)
		})
	}
	fault, err := kit.ReadFault(strings.NewReader(tests[0].text))
	require.NoError(t, err)
	require.Equal(t, kit.Fault{
		Times: 3, Path: "/a", Delay: 250 * time.Millisecond, Drop: true, Truncate: 9, HTML: true,
		Status: 503, Header: http.Header{"A": {"b"}}, Body: "x",
	}, fault)
}

func FuzzReadFault(f *testing.F) {
	f.Add(`{"times":3,"delay":"250ms","status":503}`)
	f.Add(`{"times":-3}`)
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := kit.ReadFault(strings.NewReader(text))
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, fault.Times, 0)
		require.GreaterOrEqual(t, fault.Truncate, 0)
		require.GreaterOrEqual(t, fault.Delay, time.Duration(0))
		require.True(t, fault.Status == 0 || fault.Status >= 200 && fault.Status <= 599)
	})
}

func TestWait(t *testing.T) {
	require.True(t, kit.Wait(t.Context(), 0))
	require.True(t, kit.Wait(t.Context(), time.Microsecond))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, kit.Wait(gone, 0))
	require.False(t, kit.Wait(gone, time.Hour))
}
