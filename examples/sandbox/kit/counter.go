package kit

import (
	"maps"
	"net/http"
	"sync"
)

// Counter counts requests by method and path, for tests and benchmarks that
// must know how often a platform was asked. The zero value is ready, and safe
// for concurrent use.
type Counter struct {
	mu    sync.Mutex
	total int
	by    map[string]int
}

// Count adds one request.
func (c *Counter) Count(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = make(map[string]int)
	}
	c.total++
	c.by[r.Method+" "+r.URL.Path]++
}

// Total returns the number of all requests.
func (c *Counter) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Of returns the number of requests of one "METHOD path", the path decoded and
// without its query: "GET /externalclient/merchant".
func (c *Counter) Of(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[key]
}

// All returns a copy of the counts by "METHOD path".
func (c *Counter) All() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.by)
}

// Reset sets every count to zero.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total, c.by = 0, nil
}
