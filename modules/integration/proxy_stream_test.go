package integration

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// newPlatformFunc runs a platform until the test ends.
func newPlatformFunc(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	return s.URL
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const keitaroCredential = "credential api_key secret-of-keitaro"

// open sends a request to a platform that takes its time.
func (g *gateway) open(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, g.url+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Api-Key", key)
	return http.DefaultTransport.RoundTrip(r)
}

// The platform sends the second half of its answer only when the client has the first.
func TestNativeAnswersAreStreamed(t *testing.T) {
	received := make(chan struct{})
	platform := newPlatformFunc(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		<-received
		_, _ = io.WriteString(w, "second\n")
	})
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("keitaro", "", platform, keitaroCredential), nativeClient)
	resp, err := g.open(t.Context(), "GET", "/native/keitaro/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	reader := bufio.NewReader(resp.Body)
	if line, err := reader.ReadString('\n'); err != nil || line != "first\n" {
		t.Fatalf("%q, %v", line, err)
	}
	close(received)
	if rest := readAll(t, reader); rest != "second\n" {
		t.Errorf("then %q", rest)
	}
}

// The client sends the second half of its body only when the platform has the first.
func TestNativeRequestsAreStreamed(t *testing.T) {
	received := make(chan struct{})
	platform := newPlatformFunc(t, func(w http.ResponseWriter, r *http.Request) {
		reader := bufio.NewReader(r.Body)
		line, _ := reader.ReadString('\n')
		close(received)
		rest, _ := io.ReadAll(reader)
		_, _ = io.WriteString(w, line+string(rest))
	})
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("keitaro", "", platform, keitaroCredential), nativeClient)
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, "first\n")
		<-received
		_, _ = io.WriteString(writer, "second\n")
		_ = writer.Close()
	}()
	resp, err := g.open(t.Context(), "POST", "/native/keitaro/x", reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := readAll(t, resp.Body); got != "first\nsecond\n" {
		t.Errorf("the platform read %q", got)
	}
}

// Larger than any buffer on the way.
func TestNativeLargeBodies(t *testing.T) {
	platform := newPlatformFunc(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = w.Write(b)
	})
	// which bounds what the gateway itself reads
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("keitaro", "", platform, keitaroCredential+"\nmax_body 1KiB"), nativeClient)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB
	resp, err := g.open(t.Context(), "POST", "/native/keitaro/x", bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := readAll(t, resp.Body); got != string(sent) {
		t.Errorf("%d bytes came back of %d", len(got), len(sent))
	}
}

func TestNativeCallEndsWithItsClient(t *testing.T) {
	arrived, ended := make(chan struct{}), make(chan struct{})
	platform := newPlatformFunc(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(ended)
	})
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("keitaro", "", platform, keitaroCredential), nativeClient)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := g.open(ctx, "GET", "/native/keitaro/x", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-ended
}

// An answer that breaks off must not look like one that has ended.
func TestNativeAnswerThatBreaksOff(t *testing.T) {
	g, _ := proxied(t, "keitaro", keitaroCredential, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf")
	resp, err := g.open(t.Context(), "GET", "/native/keitaro/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if b, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", b, err)
	}
}

// A platform may take longer than its timeout for all of an answer, but not for a
// single piece, nor to begin.
func TestNativeTimeoutBoundsSilence(t *testing.T) {
	release := make(chan struct{})
	platform := newPlatformFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("keitaro", "", platform, keitaroCredential+"\ntimeout 200ms"), nativeClient)
	status, body := g.native("GET", "/native/keitaro/x", "", http.Header{"Api-Key": {key}})
	if status != http.StatusGatewayTimeout || body != `{"error":"keitaro did not answer in time; try again"}` {
		t.Errorf("%d %s", status, body)
	}
	resp, err := g.open(t.Context(), "GET", "/native/keitaro/half", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if b, err := io.ReadAll(resp.Body); string(b) != "half" || err == nil {
		t.Errorf("%q, %v", b, err)
	}
}

// A slow client is not a silent platform.
func TestNativeTimeoutLeavesSlowClientsAlone(t *testing.T) {
	platform := newPlatformFunc(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = w.Write(b)
	})
	const timeout = 100 * time.Millisecond
	g, _ := startSite(t, "platform_proxy /native/*", platformBlock("keitaro", "", platform, keitaroCredential+"\ntimeout 100ms"), nativeClient)
	reader, writer := io.Pipe()
	go func() {
		for range 3 {
			<-time.After(timeout)
			_, _ = io.WriteString(writer, "x")
		}
		_ = writer.Close()
	}()
	resp, err := g.open(t.Context(), "POST", "/native/keitaro/x", reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := readAll(t, resp.Body); got != "xxx" || resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, got)
	}
}

// Native calls take the places of the platform's concurrency until their answers have
// arrived whole, and give them back.
func TestNativeCallsShareThePlatformsConcurrency(t *testing.T) {
	release := make(chan struct{})
	platform := newPlatformFunc(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		for r.URL.Path == "/slow" {
			select {
			case <-release:
				return
			case <-time.After(20 * time.Millisecond): // never silent for its timeout
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
			}
		}
		_, _ = io.WriteString(w, "}")
	})
	g, _ := startSite(t, "unified_api /v1/*\nplatform_proxy /native/*",
		platformBlock("keitaro", "", platform, keitaroCredential+"\nconcurrency 1\ntimeout 300ms"),
		strings.Replace(nativeClient, "scopes native", "scopes native read", 1))
	resp, err := g.open(t.Context(), "GET", "/native/keitaro/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	status, body := g.native("GET", "/native/keitaro/x", "", http.Header{"Api-Key": {key}})
	if status != http.StatusGatewayTimeout || !strings.Contains(body, "all calls that keitaro is allowed at once were busy") {
		t.Errorf("beside another: %d %s", status, body)
	}
	close(release)
	_ = resp.Body.Close()
	status, body = g.native("GET", "/native/keitaro/x", "", http.Header{"Api-Key": {key}})
	if status != http.StatusOK || body != "{}" {
		t.Errorf("afterwards: %d %s", status, body)
	}
}
