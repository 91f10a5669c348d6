package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

//go:embed cached.Caddyfile
var cachedCaddyfile string

//go:embed bare.Caddyfile
var bareCaddyfile string

// target is a server that is asked for one thing.
type target struct {
	name    string
	process *process
	url     string
	fields  []string
}

// form is how the bytes are sent. All servers send as many.
type form struct {
	name    string
	targets []target // the gateway first
}

// fill makes a Caddyfile of a template.
func fill(text string, values map[string]string) (string, error) {
	t, err := template.New("Caddyfile").Parse(text)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(clientKey))
	values["NativeKey"], values["KeySHA256"] = nativeKey, hex.EncodeToString(sum[:])
	var b strings.Builder
	err = t.Execute(&b, values)
	return b.String(), err
}

// caching is a gateway that keeps reports, and the platform behind it.
type caching struct {
	*process
	admin, gateway string // URLs without a path
	sandbox        *affjet.Server
	platform       *httptest.Server
}

// startCaching starts a gateway with so much memory for its cache.
func startCaching(ctx context.Context, binary, dir, memory string) (*caching, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sandbox := affjet.New(affjet.Config{Key: nativeKey, Seed: 1})
	c := &caching{sandbox: sandbox, platform: httptest.NewServer(sandbox)}
	addrs, err := freeAddrs(2)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	c.admin, c.gateway = "http://"+addrs[0], "http://"+addrs[1]
	text, err := fill(cachedCaddyfile, map[string]string{
		"Admin": addrs[0], "Gateway": addrs[1], "Platform": c.platform.Listener.Addr().String(), "Dir": dir, "Memory": memory,
	})
	if err == nil {
		c.process, err = startCaddy(ctx, binary, dir, "the gateway", text, c.gateway+"/v1/readyz")
	}
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *caching) stop() (err error) {
	if c.process != nil {
		err = c.process.stop()
	}
	c.platform.Close()
	return err
}

// reportDays make a report of about 60 KB.
const reportDays = 280

// reportPath is the path of a report by day. Its days ended 40 days ago: what is that old
// stays fresh for longer than a load takes.
func reportPath() string {
	to := time.Now().UTC().AddDate(0, 0, -40)
	return fmt.Sprintf("/v1/reports?from=%s&to=%s&timezone=Europe/London&group_by=date&metrics=conversions,order_value,revenue,commission&limit=1000",
		to.AddDate(0, 0, 1-reportDays).Format(time.DateOnly), to.Format(time.DateOnly))
}

// cachedReport compares a report that is ready in the gateway's memory, with a client
// key and rate checked, with nginx's cache and with a Caddy that does nothing but respond.
func cachedReport(ctx context.Context, l *loader, binary, dir string, rounds int) (err error) {
	nginx, err := findNginx()
	if err != nil {
		return err
	}
	c, err := startCaching(ctx, binary, filepath.Join(dir, "cached"), "256MiB")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	plain, zipped, err := c.ready(ctx)
	if err != nil {
		return err
	}

	// what stands before nginx's cache has the gateway's bytes
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := plain
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/gzip" {
			body = zipped
			w.Header().Set("Content-Encoding", "gzip")
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
	defer origin.Close()
	addrs, err := freeAddrs(2)
	if err != nil {
		return err
	}
	cache, err := startNginx(ctx, nginx, dir, addrs[0], origin.Listener.Addr().String(), "http://"+addrs[0]+"/plain")
	if err != nil {
		return fmt.Errorf("starting nginx: %w", err)
	}
	defer func() { err = errors.Join(err, cache.stop()) }()
	// no braces, in which respond would look for placeholders at every request
	text, err := fill(bareCaddyfile, map[string]string{
		"Bare": addrs[1], "Plain": strings.Repeat("x", len(plain)), "Gzip": strings.Repeat("x", len(zipped)),
	})
	if err != nil {
		return err
	}
	bare, err := startCaddy(ctx, binary, filepath.Join(dir, "bare"), "the bare Caddy", text, "http://"+addrs[1]+"/plain")
	if err != nil {
		return fmt.Errorf("starting a bare Caddy: %w", err)
	}
	defer func() { err = errors.Join(err, bare.stop()) }()

	url, none := c.gateway+reportPath(), "Accept-Encoding: identity"
	forms := []form{
		{"plain", []target{{"gateway", c.process, url, []string{none}}, {"respond", bare, "http://" + addrs[1] + "/plain", []string{none}}, {"nginx", cache, "http://" + addrs[0] + "/plain", []string{none}}}},
		{"gzip", []target{{"gateway", c.process, url, []string{"Accept-Encoding: gzip"}}, {"respond", bare, "http://" + addrs[1] + "/gzip", []string{none}}, {"nginx", cache, "http://" + addrs[0] + "/gzip", []string{"Accept-Encoding: gzip"}}}},
	}
	fmt.Printf("\na cached report: %d bytes, %d with gzip\n", len(plain), len(zipped))
	before := c.sandbox.Counter().Total()
	if err := compareCached(ctx, l, forms, rounds); err != nil {
		return err
	}
	fmt.Printf("native requests meanwhile: %d\n", c.sandbox.Counter().Total()-before)
	return nil
}

// ready asks for the report until it comes from the cache, and returns its two forms.
func (c *caching) ready(ctx context.Context) (plain, zipped []byte, err error) {
	url := c.gateway + reportPath()
	for range 2 { // the second is made of what the first has fetched
		if plain, _, err = ask(ctx, url, http.Header{"Accept-Encoding": {"identity"}}); err != nil {
			return nil, nil, err
		}
	}
	var body struct {
		Data      []json.RawMessage `json:"data"`
		Platforms []struct{ Status, Cache string }
	}
	if err := json.Unmarshal(plain, &body); err != nil {
		return nil, nil, err
	}
	if len(body.Data) != reportDays || len(body.Platforms) != 1 || body.Platforms[0].Status != "ok" || body.Platforms[0].Cache != "hit" {
		return nil, nil, fmt.Errorf("the gateway's answer is not a whole report of its cache: %d rows of %d, %+v", len(body.Data), reportDays, body.Platforms)
	}
	zipped, fields, err := ask(ctx, url, http.Header{"Accept-Encoding": {"gzip"}})
	if err != nil {
		return nil, nil, err
	}
	if fields.Get("Content-Encoding") != "gzip" {
		return nil, nil, errors.New("the gateway's answer is not compressed")
	}
	if _, err := gzip.NewReader(bytes.NewReader(zipped)); err != nil {
		return nil, nil, err
	}
	return plain, zipped, nil
}

// compareCached loads all servers in turns, both forms in each round, and prints what came
// of it: requests a second, the gateway's share of the others', and what an answer
// takes when the load is half of what the gateway can do.
func compareCached(ctx context.Context, l *loader, forms []form, rounds int) error {
	for _, f := range forms {
		for _, t := range f.targets {
			if _, err := l.load(ctx, t.url, warmUp, t.fields...); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	rates := map[string][]float64{} // by form and target, a value for each round
	cpu, requests := map[string]time.Duration{}, map[string]int64{}
	for range rounds {
		for _, f := range forms {
			for _, t := range f.targets {
				before := t.process.cpuTime()
				m, err := l.load(ctx, t.url, l.duration, t.fields...)
				if err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
				key := f.name + t.name
				rates[key] = append(rates[key], m.rate())
				cpu[key] += t.process.cpuTime() - before
				requests[key] += m.Requests
			}
		}
	}
	fmt.Printf("%8s%10s%14s%12s%28s\n", "", "", "requests/s", "cpu", "gateway's share")
	for _, f := range forms {
		gateway := rates[f.name+"gateway"]
		for _, t := range f.targets {
			key := f.name + t.name
			fmt.Printf("%8s%10s%14.0f%12s%28s\n", f.name, t.name, median(rates[key]), perRequest(cpu[key], requests[key]), share(gateway, rates[key]))
		}
	}
	fmt.Printf("%8s%10s%14s%12s%28s\n", "gzip", "to plain", "", "", share(rates["gzipgateway"], rates["plaingateway"]))

	fmt.Printf("\nat half of the gateway's load, over %d connections; with what this process takes to ask and read, beside the server\n", l.connections)
	fmt.Printf("%8s%10s%14s%12s%12s%16s\n", "", "", "requests/s", "p50", "p99", "sent late p99")
	for _, f := range forms {
		rate := median(rates[f.name+"gateway"]) / 2
		for _, t := range f.targets {
			p, err := pace(ctx, t.url, rate, l.connections, l.duration, t.fields...)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			fmt.Printf("%8s%10s%14.0f%12s%12s%16s\n", f.name, t.name, rate, round(p.p50), round(p.p99), round(p.late))
		}
	}
	return nil
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// share is the median of the rounds' ratios with their range.
func share(of, to []float64) string {
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / to[i]
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}
