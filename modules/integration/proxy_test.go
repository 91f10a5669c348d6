package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// nativeClient may speak every dialect, with the key of all tests.
const nativeClient = "client tester {\nkey_sha256 " + keyDigest + "\nscopes native\n}\n"

// startSite runs a gateway whose site has the given directives. Everything that Caddy
// logs, accesses included and at the most talkative level, goes to the returned file,
// through the filter that the shipped Caddyfile has unless filter is false.
func startSite(t *testing.T, site string, lines ...string) (g *gateway, log string) {
	t.Helper()
	g = &gateway{t: t, address: freeAddress(t), data: t.TempDir()}
	g.url = "http://" + g.address
	log = filepath.Join(g.data, "log")
	g.loadSite(site, log, lines...)
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping the gateway: %v", err)
		}
	})
	return g, log
}

func (g *gateway) loadSite(site, log string, lines ...string) {
	g.t.Helper()
	if err := g.tryLoadSite(site, log, lines...); err != nil {
		g.t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func (g *gateway) tryLoadSite(site, log string, lines ...string) error {
	caddyfile := fmt.Sprintf("{\nadmin off\nauto_https off\npersist_config off\nlog {\noutput file %s\nlevel DEBUG\n%s\n}\ntributary {\ndata_dir %s\n%s\n}\n}\n%s {\nlog\n%s\n}\n",
		log, shippedLogFormat(g.t), g.data, strings.Join(lines, "\n"), g.url, site)
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return fmt.Errorf("adapting: %w", err)
	}
	return caddy.Load(config, true)
}

// shippedLogFormat is the format of the log in the Caddyfile for production.
func shippedLogFormat(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../caddyfile/production.Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\t\tformat filter {\n")
	block, _, ended := strings.Cut(rest, "\n\t\t}\n")
	if !ok || !ended {
		t.Fatal("found no log format in the Caddyfile for production")
	}
	return "format filter {\n" + block + "\n}"
}

// block is a platform's block of a Caddyfile.
func platformBlock(name, mapping, server, rest string) string {
	return fmt.Sprintf("platform %s %s {\nserver %s\n%s\n}\n", name, mapping, server, rest)
}

// rawPlatform is a platform of which every byte counts: it answers each request on a
// connection of its own with the same bytes, and keeps what it was sent.
type rawPlatform struct {
	url      string
	answer   string // is set before the first request
	mu       sync.Mutex
	requests []string
}

func newRawPlatform(t *testing.T, answer string) *rawPlatform {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &rawPlatform{url: "http://" + l.Addr().String(), answer: answer}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(conn) })
		}
	})
	return p
}

func (p *rawPlatform) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var seen bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &seen))
	r, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	if r.Header.Get("Expect") != "" {
		_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	p.mu.Lock()
	p.requests = append(p.requests, seen.String())
	p.mu.Unlock()
	_, _ = io.WriteString(conn, p.answer)
}

// last is the last request, as it was sent.
func (p *rawPlatform) last(t *testing.T) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.requests) == 0 {
		t.Fatal("the platform was not asked")
	}
	return p.requests[len(p.requests)-1]
}

func (p *rawPlatform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

// sendRaw sends a request as it is written, save that the gateway's address takes the
// place of gateway.example, and returns the whole answer.
func (g *gateway) sendRaw(request string) string {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "gateway.example", g.address)); err != nil {
		g.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		g.t.Fatal(err)
	}
	return string(answer)
}

// header returns a field of a request or an answer as it was sent; false for none.
func header(message, name string) (string, bool) {
	head, _, _ := strings.Cut(message, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if field, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(field, name) {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// body returns what follows the header of a message.
func bodyOf(message string) string {
	_, body, _ := strings.Cut(message, "\r\n\r\n")
	return body
}

func firstLine(message string) string {
	line, _, _ := strings.Cut(message, "\r\n")
	return line
}

const emptyAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
