package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sync/errgroup"
)

const (
	// floodMemory is the bound of the cache's memory under a flood, and floodOver what
	// the process may grow by above it.
	floodMemory = 64 << 20
	floodOver   = 64 << 20
)

// floods asks a gateway for so many different reports, and prints how its memory grew.
// All are made of the same year, so that the platform is asked once.
func floods(ctx context.Context, binary, dir string, reports, connections int) (err error) {
	c, err := startCaching(ctx, binary, filepath.Join(dir, "flood"), "64MiB")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if _, _, err := c.ready(ctx); err != nil {
		return err
	}
	today := time.Now().UTC()
	whole := floodReport(today.AddDate(0, 0, -nearest-starts), today.AddDate(0, 0, -nearest+lengths), limits)
	if _, _, err := ask(ctx, c.gateway+whole, http.Header{}); err != nil {
		return err
	}
	before, err := c.resident(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\na flood of %d different reports on a cache of %s\n", reports, humanize.IBytes(floodMemory))

	began, asked := time.Now(), c.sandbox.Counter().Total()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	most := make(chan float64, 1)
	go func() { most <- c.watch(watching, before) }()
	if err := c.flood(ctx, reports, connections); err != nil {
		return err
	}
	stop()
	highest := <-most
	fmt.Printf("took %s; native requests meanwhile: %d\n", time.Since(began).Round(time.Second), c.sandbox.Counter().Total()-asked)
	allowed := before + floodMemory + floodOver
	verdict := "within"
	if highest > allowed {
		verdict = "above"
	}
	fmt.Printf("resident before %s, at most %s; %s the %s that are the bound and %s more\n", humanize.IBytes(uint64(before)),
		humanize.IBytes(uint64(highest)), verdict, humanize.IBytes(uint64(allowed)), humanize.IBytes(floodOver))
	return nil
}

// flood asks for reports 0 to n, each once.
func (c *caching) flood(ctx context.Context, n, connections int) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	addr := strings.TrimPrefix(c.gateway, "http://")
	for range connections {
		group.Go(func() error {
			conn, err := dial(ctx, addr)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				request := "GET " + floodPath(int(i)) + " HTTP/1.1\r\nHost: " + addr + "\r\nAuthorization: Bearer " + clientKey + "\r\n\r\n"
				if err := conn.ask([]byte(request)); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// Reports of a flood differ in their first day, in how many days they have, or in their
// limit. The first of the latest is nearest days ago: what is that old stays fresh.
const (
	starts, lengths, limits = 300, 8, 1000
	maxFlood                = starts * lengths * limits
	nearest                 = 50
)

// floodPath is the path of one of maxFlood reports.
func floodPath(i int) string {
	from := time.Now().UTC().AddDate(0, 0, -nearest-i%starts)
	return floodReport(from, from.AddDate(0, 0, i/starts%lengths), 1+i/(starts*lengths)%limits)
}

func floodReport(from, to time.Time, limit int) string {
	return fmt.Sprintf("/v1/reports?from=%s&to=%s&timezone=Europe/London&group_by=date&metrics=conversions,order_value&limit=%d",
		from.Format(time.DateOnly), to.Format(time.DateOnly), limit)
}

// resident is the memory that the process of the gateway has, in bytes.
func (c *caching) resident(ctx context.Context) (float64, error) {
	return metric(ctx, c.admin, "process_resident_memory_bytes")
}

// watch returns the most memory that the gateway has had until ctx ends.
func (c *caching) watch(ctx context.Context, most float64) float64 {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return most
		case <-tick.C:
			if now, err := c.resident(ctx); err == nil {
				most = max(most, now)
			}
		}
	}
}
