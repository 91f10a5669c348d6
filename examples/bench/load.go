package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

//go:embed report.lua
var report []byte

// loader runs wrk.
type loader struct {
	wrk         string
	script      string
	connections int
	duration    time.Duration
}

func newLoader(wrk, dir string, o options) (*loader, error) {
	script := filepath.Join(dir, "report.lua")
	if err := os.WriteFile(script, report, 0o600); err != nil {
		return nil, err
	}
	return &loader{wrk: wrk, script: script, connections: o.connections, duration: o.duration}, nil
}

// measurement is what wrk has measured, as report.lua prints it.
type measurement struct {
	Requests int64 `json:"requests"`
	Duration int64 `json:"duration_us"`
	P50      int64 `json:"p50_us"`
	P99      int64 `json:"p99_us"`
	Failed   int64 `json:"failed"` // answers of 400 and above, and errors of connections
}

// rate is the number of requests a second.
func (m measurement) rate() float64 {
	return float64(m.Requests) / (float64(m.Duration) / 1e6)
}

// load asks for one URL as fast as the answers come, with these further fields.
func (l *loader) load(ctx context.Context, url string, d time.Duration, fields ...string) (measurement, error) {
	args := []string{
		"--threads", "1",
		"--connections", strconv.Itoa(l.connections),
		"--duration", strconv.Itoa(int(d/time.Second)) + "s",
		"--timeout", "10s",
		"--header", "Authorization: Bearer " + clientKey,
		"--script", l.script,
	}
	for _, field := range fields {
		args = append(args, "--header", field)
	}
	cmd := exec.CommandContext(ctx, l.wrk, append(args, url)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return measurement{}, fmt.Errorf("running wrk: %w\n%s", err, out)
	}
	m, err := parse(out)
	if err != nil {
		return measurement{}, fmt.Errorf("reading the output of wrk: %w\n%s", err, out)
	}
	if m.Failed > 0 || m.Requests == 0 {
		return m, fmt.Errorf("%d requests, and %d of them failed", m.Requests, m.Failed)
	}
	return m, nil
}

// parse reads the last line of what wrk has printed.
func parse(out []byte) (m measurement, err error) {
	out = bytes.TrimSpace(out)
	decoder := json.NewDecoder(bytes.NewReader(out[bytes.LastIndexByte(out, '\n')+1:]))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&m)
	return m, err
}
