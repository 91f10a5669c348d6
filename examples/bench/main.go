package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// options are what the flags set.
type options struct {
	rounds      int
	duration    time.Duration
	connections int
	binary      string
	cpuProfile  string
	only        string
	flood       int
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how often each site is loaded")
	flag.DurationVar(&o.duration, "duration", 4*time.Second, "how long a load lasts, in whole seconds")
	flag.IntVar(&o.connections, "connections", 16, "how many connections a load keeps busy")
	flag.StringVar(&o.binary, "binary", "", "a built gateway (default: built here with go build)")
	flag.StringVar(&o.only, "only", "", "`reads` or `cached`: one of the two comparisons (default: both)")
	flag.IntVar(&o.flood, "flood", 0, "instead: ask for so many different reports, such as 1000000, and tell how the gateway's memory grows")
	flag.StringVar(&o.cpuProfile, "cpuprofile", "", "a `file` for a CPU profile of the gateway under one more load of the list")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.rounds < 1 || o.connections < 1 || o.duration < time.Second || o.duration%time.Second != 0 {
		return errors.New("rounds and connections are at least 1, duration is a number of whole seconds")
	}
	if o.only != "" && o.only != "reads" && o.only != "cached" {
		return errors.New("only is reads or cached")
	}
	if o.flood < 0 || o.flood > maxFlood {
		return fmt.Errorf("a flood has 0 to %d reports", maxFlood)
	}
	dir, err := os.MkdirTemp("", "tributary-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.binary == "" {
		fmt.Println("building the gateway")
		if o.binary, err = build(ctx, dir); err != nil {
			return fmt.Errorf("building the gateway: %w", err)
		}
	}
	if o.flood > 0 {
		return floods(ctx, o.binary, dir, o.flood, o.connections)
	}
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		return fmt.Errorf("finding wrk, which makes the load (Debian's package is called wrk): %w", err)
	}
	loader, err := newLoader(wrk, dir, o)
	if err != nil {
		return err
	}
	if o.only != "cached" {
		if err := reads(ctx, loader, dir, o); err != nil {
			return err
		}
	}
	if o.only == "reads" {
		return nil
	}
	if err := cachedReport(ctx, loader, o.binary, dir, o.rounds); err != nil {
		return fmt.Errorf("comparing a cached report: %w", err)
	}
	return nil
}

// reads compares what is read from the platform for each request.
func reads(ctx context.Context, loader *loader, dir string, o options) (err error) {
	native, err := startPlatform()
	if err != nil {
		return fmt.Errorf("starting the platform: %w", err)
	}
	defer func() { err = errors.Join(err, native.Close()) }()
	server, err := startServer(ctx, o.binary, dir, native.addr)
	if err != nil {
		return fmt.Errorf("starting the gateway: %w", err)
	}
	defer func() { err = errors.Join(err, server.stop()) }()

	for _, w := range workloads {
		if err := compare(ctx, loader, native, server, w, o.rounds); err != nil {
			return fmt.Errorf("comparing %s: %w", w.name, err)
		}
	}
	if o.cpuProfile != "" {
		if err := profile(ctx, loader, server, workloads[0], o.cpuProfile); err != nil {
			return fmt.Errorf("profiling: %w", err)
		}
	}
	return nil
}
