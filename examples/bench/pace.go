package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// paced is what a load at a fixed rate has measured. Latencies are from the writing of
// a request until its answer has been read whole, and hold what this process needs
// for that; it shares the machine's cores with the server.
type paced struct {
	requests int
	p50, p99 time.Duration
	// late is by how much, at the 99th percentile, requests were sent later than the rate
	// wanted, because every connection was busy or this process had not its turn.
	late time.Duration
}

// pace asks for a URL rate times a second over a number of connections. Whatever an
// answer takes, the next request is due when the rate says so.
func pace(ctx context.Context, address string, rate float64, connections int, d time.Duration, fields ...string) (paced, error) {
	u, err := url.Parse(address)
	if err != nil {
		return paced{}, err
	}
	request := []byte("GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: Bearer " + clientKey + "\r\n" +
		strings.Join(append(fields, "\r\n"), "\r\n"))
	total := int64(rate * d.Seconds())
	start := time.Now()
	var next atomic.Int64
	latencies, lates := make([][]time.Duration, connections), make([][]time.Duration, connections)
	group, ctx := errgroup.WithContext(ctx)
	for i := range connections {
		group.Go(func() error {
			c, err := dial(ctx, u.Host)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			for n := next.Add(1) - 1; n < total && ctx.Err() == nil; n = next.Add(1) - 1 {
				due := start.Add(time.Duration(float64(n) / rate * float64(time.Second)))
				time.Sleep(time.Until(due))
				sent := time.Now()
				if err := c.ask(request); err != nil {
					return err
				}
				latencies[i] = append(latencies[i], time.Since(sent))
				lates[i] = append(lates[i], sent.Sub(due))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return paced{}, err
	}
	all := slices.Sorted(slices.Values(slices.Concat(latencies...)))
	late := slices.Sorted(slices.Values(slices.Concat(lates...)))
	if len(all) == 0 {
		return paced{}, errors.New("the rate and duration leave no request")
	}
	return paced{len(all), percentile(all, 50), percentile(all, 99), max(0, percentile(late, 99))}, nil
}

// percentile of sorted values, by nearest rank.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[(len(sorted)*p+99)/100-1]
}

// conn is one connection of HTTP/1.1 that costs its process little: answers have to
// announce their length.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(ctx context.Context, addr string) (*conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// ask sends a request and reads its answer, which has to be a 200.
func (c *conn) ask(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	length := -1
	for first := true; ; first = false {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("reading an answer: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("the answer is %s", line)
		}
		if len(line) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return fmt.Errorf("reading an answer: %w", err)
			}
		}
	}
	if length < 0 {
		return errors.New("the answer does not announce its length")
	}
	_, err := io.CopyN(io.Discard, c.r, int64(length))
	return err
}
