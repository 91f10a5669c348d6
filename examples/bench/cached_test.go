package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

func TestCaddyfilesOfTheCachedReportAreValid(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	for name, text := range map[string]string{"cached": cachedCaddyfile, "bare": bareCaddyfile} {
		t.Run(name, func(t *testing.T) {
			filled, err := fill(text, map[string]string{
				"Admin": "127.0.0.1:1", "Gateway": "127.0.0.1:2", "Bare": "127.0.0.1:3", "Platform": "127.0.0.1:4",
				"Dir": dir, "Memory": "64MiB", "Plain": "xxxx", "Gzip": "xx",
			})
			require.NoError(t, err)
			out, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(filled), map[string]any{"filename": "Caddyfile"})
			require.NoError(t, err)
			assert.Empty(t, warnings)
			c := new(caddy.Config)
			require.NoError(t, caddy.StrictUnmarshalJSON(out, c))
			require.NoError(t, caddy.Validate(c))
		})
	}
}

func TestNginxHasItsFilesBelowItsFolder(t *testing.T) {
	text, err := nginxConfig("/the/folder", "127.0.0.1:1", "127.0.0.1:2")
	require.NoError(t, err)
	for line := range strings.Lines(text) {
		if name, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok && (name == "pid" || strings.HasSuffix(name, "_path")) {
			assert.True(t, strings.HasPrefix(rest, "/the/folder/"), line)
		}
	}
	assert.Contains(t, text, "listen 127.0.0.1:1;")
	assert.Contains(t, text, "proxy_pass http://127.0.0.1:2;")
	assert.Equal(t, os.Geteuid() == 0, strings.Contains(text, "user root;"))
}

func TestReportsOfAFloodAreDifferent(t *testing.T) {
	seen := map[string]bool{}
	for i := range 50_000 {
		seen[floodPath(i)] = true
	}
	assert.Len(t, seen, 50_000)
	assert.NotEqual(t, floodPath(0), floodPath(maxFlood-1))
}

func TestPercentilesAreByNearestRank(t *testing.T) {
	var ten []time.Duration
	for i := range 10 {
		ten = append(ten, time.Duration(i+1))
	}
	assert.EqualValues(t, 5, percentile(ten, 50))
	assert.EqualValues(t, 10, percentile(ten, 99))
	assert.EqualValues(t, 1, percentile(ten[:1], 50))
}

func TestSharesAreOfEachRound(t *testing.T) {
	assert.Equal(t, "0.500 (0.250 to 1.000)", share([]float64{1, 2, 8}, []float64{4, 4, 8}))
}

// A paced load sends what the rate wants, and takes nothing but whole answers for one.
func TestPace(t *testing.T) {
	asked := make(chan http.Header, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header
		switch r.URL.Path {
		case "/whole":
			_, _ = w.Write([]byte("whole"))
		case "/chunked":
			_ = http.NewResponseController(w).Flush()
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	p, err := pace(t.Context(), server.URL+"/whole", 50, 2, 200*time.Millisecond, "Accept-Encoding: gzip")
	require.NoError(t, err)
	assert.Equal(t, 10, p.requests)
	assert.Len(t, asked, 10)
	first := <-asked
	assert.Equal(t, "gzip", first.Get("Accept-Encoding"))
	assert.Equal(t, "Bearer "+clientKey, first.Get("Authorization"))
	assert.LessOrEqual(t, p.p50, p.p99)

	_, err = pace(t.Context(), server.URL+"/chunked", 50, 1, 100*time.Millisecond)
	require.ErrorContains(t, err, "length")
	_, err = pace(t.Context(), server.URL+"/else", 50, 1, 100*time.Millisecond)
	require.ErrorContains(t, err, "404")
}
