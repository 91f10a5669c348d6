package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// clientKey is the key of the gateway's one client.
const clientKey = "bench-client-key"

//go:embed bench.Caddyfile
var caddyfile string

// process is a server in a process of its own.
type process struct {
	name   string
	pid    int
	cancel context.CancelFunc
	exited chan error
	log    bytes.Buffer // to be read when the process has exited
}

// startProcess starts a server and returns when it answers at a URL.
func startProcess(ctx context.Context, cmd func(context.Context) *exec.Cmd, name, ready string) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{name: name, cancel: cancel, exited: make(chan error, 1)}
	c := cmd(ctx)
	c.Stdout, c.Stderr = &p.log, &p.log
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	if err := c.Start(); err != nil {
		cancel()
		return nil, err
	}
	p.pid = c.Process.Pid
	go func() { p.exited <- c.Wait() }()
	if err := p.awaitReady(ctx, ready); err != nil {
		return nil, fmt.Errorf("%w\n%s", errors.Join(err, p.stop()), p.log.Bytes())
	}
	return p, nil
}

// awaitReady returns when the server answers at a URL.
func (p *process) awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, fmt.Errorf("%s was not ready within 30s", p.name))
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := get(ctx, url); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case err := <-p.exited:
			p.exited <- err
			return fmt.Errorf("%s exited", p.name)
		case <-tick.C:
		}
	}
}

// stop asks the server to exit and tells what made it exit otherwise.
func (p *process) stop() error {
	p.cancel()
	if err := <-p.exited; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// server is a Caddy with the two sites that are compared.
type server struct {
	*process
	admin   string // URLs without a path
	proxy   string
	gateway string
}

// build builds the gateway of the module that the working directory is in.
func build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "tributary")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/tributary-gateway/tributary")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return binary, cmd.Run()
}

// config writes the Caddyfile. Addresses are host:port.
func config(dir, platform, admin, proxy, gateway string) (string, error) {
	t, err := template.New("Caddyfile").Parse(caddyfile)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(clientKey))
	var b strings.Builder
	err = t.Execute(&b, map[string]string{
		"Admin": admin, "Proxy": proxy, "Gateway": gateway, "Platform": platform,
		"Dir": dir, "NativeKey": nativeKey, "KeySHA256": hex.EncodeToString(sum[:]),
	})
	return b.String(), err
}

// startServer starts Caddy and returns when the gateway is ready.
func startServer(ctx context.Context, binary, dir, platform string) (*server, error) {
	addrs, err := freeAddrs(3)
	if err != nil {
		return nil, err
	}
	text, err := config(dir, platform, addrs[0], addrs[1], addrs[2])
	if err != nil {
		return nil, err
	}
	s := &server{admin: "http://" + addrs[0], proxy: "http://" + addrs[1], gateway: "http://" + addrs[2]}
	s.process, err = startCaddy(ctx, binary, dir, "the gateway", text, s.gateway+"/v1/readyz")
	return s, err
}

// startCaddy starts Caddy with a Caddyfile, and keeps what it writes below dir.
func startCaddy(ctx context.Context, binary, dir, name, caddyfile, ready string) (*process, error) {
	return startProcess(ctx, func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, binary, "run", "--config", "-", "--adapter", "caddyfile")
		cmd.Stdin = strings.NewReader(caddyfile)
		cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return cmd
	}, name, ready)
}

// check asks both sites for a workload and returns the sizes of the native answer and
// of the gateway's. A gateway that answers fast with a problem, or with
// too little, has not done the work.
func (s *server) check(ctx context.Context, w workload) (native, gateway int, err error) {
	proxied, err := get(ctx, s.proxy+w.native)
	if err != nil {
		return 0, 0, err
	}
	body, err := get(ctx, s.gateway+w.asked)
	if err != nil {
		return 0, 0, err
	}
	if w.passed {
		if !bytes.Equal(body, proxied) {
			return 0, 0, fmt.Errorf("the gateway's answer is not the platform's: %.500s", body)
		}
		return len(proxied), len(body), nil
	}
	var answer struct {
		ID        string            `json:"id"`
		Data      []json.RawMessage `json:"data"`
		Platforms []struct {
			Status string `json:"status"`
		} `json:"platforms"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, 0, err
	}
	whole := answer.ID != ""
	if w.rows > 0 {
		whole = len(answer.Data) == w.rows && len(answer.Platforms) == 1 && answer.Platforms[0].Status == "ok"
	}
	if !whole {
		return 0, 0, fmt.Errorf("the gateway's answer is not whole: %.500s", body)
	}
	return len(proxied), len(body), nil
}

// cpu is the CPU time that Caddy has taken so far, as its metrics tell.
func (s *server) cpu(ctx context.Context) (time.Duration, error) {
	seconds, err := metric(ctx, s.admin, "process_cpu_seconds_total")
	return time.Duration(seconds * float64(time.Second)), err
}

// metric reads a metric without labels of a Caddy.
func metric(ctx context.Context, admin, name string) (float64, error) {
	body, err := get(ctx, admin+"/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if text, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(text), 64)
		}
	}
	return 0, fmt.Errorf("the metrics have no %s", name)
}

// get asks with the client's key and refuses every answer but 200.
func get(ctx context.Context, url string) ([]byte, error) {
	body, _, err := ask(ctx, url, http.Header{})
	return body, err
}

// ask is get with further fields; it returns those of the answer, too. The body is as it
// was sent, compressed where the fields allow it.
func ask(ctx context.Context, url string, fields http.Header) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header = fields.Clone()
	r.Header.Set("Authorization", "Bearer "+clientKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s: %.500s", r.URL.Path, answer.Status, body)
	}
	return body, answer.Header, err
}

// freeAddrs are different addresses on the loopback that nobody listens on now.
func freeAddrs(n int) ([]string, error) {
	addrs := make([]string, n)
	for i := range addrs {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		addrs[i] = listener.Addr().String()
	}
	return addrs, nil
}
