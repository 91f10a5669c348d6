package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// warmUp is how long each site is loaded before anything counts.
const warmUp = time.Second

// compare loads both sites in turns and prints what came of it.
func compare(ctx context.Context, l *loader, p *platform, s *server, w workload, rounds int) error {
	native, gateway, err := s.check(ctx, w)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: %d bytes native, %d from the gateway\n", w.name, native, gateway)
	proxyURL, gatewayURL := s.proxy+w.native, s.gateway+w.asked
	for _, url := range []string{proxyURL, gatewayURL} {
		if _, err := l.load(ctx, url, warmUp); err != nil {
			return err
		}
	}

	fmt.Printf("%8s%38s%38s\n", "", "reverse_proxy", "gateway")
	fmt.Printf("%8s%14s%12s%12s%14s%12s%12s%10s%10s\n", "round", "requests/s", "p99", "cpu", "requests/s", "p99", "cpu", "ratio", "native")
	var proxied, mapped, ratios []float64
	for round := range rounds {
		a, err := s.measure(ctx, l, proxyURL)
		if err != nil {
			return fmt.Errorf("reverse_proxy: %w", err)
		}
		before := p.requests.Load()
		b, err := s.measure(ctx, l, gatewayURL)
		if err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
		asked := float64(p.requests.Load()-before) / float64(b.Requests)
		ratio := b.rate() / a.rate()
		proxied, mapped, ratios = append(proxied, a.rate()), append(mapped, b.rate()), append(ratios, ratio)
		fmt.Printf("%8d%14.0f%12s%12s%14.0f%12s%12s%10.3f%10.2f\n",
			round+1, a.rate(), micros(a.P99), a.cpu, b.rate(), micros(b.P99), b.cpu, ratio, asked)
	}
	fmt.Printf("%8s%14.0f%38.0f%34.3f (%.3f to %.3f)\n", "median",
		median(proxied), median(mapped), median(ratios), slices.Min(ratios), slices.Max(ratios))
	return nil
}

// sample is a measurement with the CPU time that Caddy took for a request.
type sample struct {
	measurement
	cpu time.Duration
}

func (s *server) measure(ctx context.Context, l *loader, url string) (sample, error) {
	before, err := s.cpu(ctx)
	if err != nil {
		return sample{}, err
	}
	m, err := l.load(ctx, url, l.duration)
	if err != nil {
		return sample{}, err
	}
	after, err := s.cpu(ctx)
	if err != nil {
		return sample{}, err
	}
	return sample{m, ((after - before) / time.Duration(m.Requests)).Round(time.Microsecond)}, nil
}

// profile writes a CPU profile of Caddy while the gateway serves a workload.
func profile(ctx context.Context, l *loader, s *server, w workload, file string) error {
	seconds := strconv.Itoa(int(l.duration / time.Second))
	fmt.Printf("\nprofiling %s for %ss\n", w.name, seconds)
	var samples []byte
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := l.load(ctx, s.gateway+w.asked, l.duration)
		return err
	})
	group.Go(func() (err error) {
		samples, err = get(ctx, s.admin+"/debug/pprof/profile?seconds="+seconds)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if err := os.WriteFile(file, samples, 0o600); err != nil {
		return err
	}
	fmt.Printf("go tool pprof -top -nodecount=30 %s\n", file)
	return nil
}

// micros is a number of microseconds as a duration.
func micros(n int64) time.Duration {
	return time.Duration(n) * time.Microsecond
}

// median is the middle of the values, of an even number the mean of the two.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
