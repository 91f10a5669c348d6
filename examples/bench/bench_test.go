package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/tributary-gateway/tributary/modules/standard"
)

func TestNativeAnswersHaveTheirSizes(t *testing.T) {
	var list struct {
		Rows []json.RawMessage `json:"dataList"`
	}
	require.NoError(t, json.Unmarshal(transactions(), &list))
	assert.Len(t, list.Rows, 100)
	assert.InDelta(t, 60_000, len(transactions()), 3_000)

	require.True(t, json.Valid(network()))
	assert.InDelta(t, 2_000, len(network()), 100)
}

func TestPlatformAnswersWithItsCredentialOnly(t *testing.T) {
	p, err := startPlatform()
	require.NoError(t, err)
	for _, w := range workloads {
		body, err := get(t.Context(), "http://"+p.addr+w.native)
		require.NoError(t, err)
		assert.True(t, json.Valid(body))
	}
	_, err = get(t.Context(), "http://"+p.addr+"/externalclient/transaction")
	require.ErrorContains(t, err, http.StatusText(http.StatusUnauthorized))
	assert.EqualValues(t, len(workloads)+1, p.requests.Load())
	require.NoError(t, p.Close())
}

func TestCaddyfileIsValid(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	text, err := config(dir, "127.0.0.1:4", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")
	require.NoError(t, err)
	out, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	require.NoError(t, err)
	assert.Empty(t, warnings)
	c := new(caddy.Config)
	require.NoError(t, caddy.StrictUnmarshalJSON(out, c))
	require.NoError(t, caddy.Validate(c))
}

func TestParseReadsTheLastLineOfWrk(t *testing.T) {
	out, err := os.ReadFile("testdata/wrk.txt")
	require.NoError(t, err)
	m, err := parse(out)
	require.NoError(t, err)
	assert.EqualValues(t, 4729, m.Requests)
	assert.InDelta(t, 4297.98, m.rate(), 0.01, "what wrk says itself")
	assert.Equal(t, 4488*time.Microsecond, micros(m.P99))
	assert.Zero(t, m.Failed)
}

func TestParseRefusesAReportWithoutTheLine(t *testing.T) {
	_, err := parse([]byte("Running 1s test\nunable to connect\n"))
	assert.Error(t, err)
}

func TestCPUIsReadFromTheMetrics(t *testing.T) {
	s := &server{admin: serve(t, "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 12.25\n")}
	cpu, err := s.cpu(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 12250*time.Millisecond, cpu)

	s.admin = serve(t, "process_open_fds 12\n")
	_, err = s.cpu(t.Context())
	assert.Error(t, err)
}

func TestCheckRefusesAnswersThatAreNotWhole(t *testing.T) {
	list, single, passed := workload{rows: 2}, workload{}, workload{passed: true}
	for _, tc := range []struct {
		name   string
		work   workload
		answer string
		whole  bool
	}{
		{"all rows", list, `{"data":[{},{}],"platforms":[{"status":"ok"}]}`, true},
		{"too few rows", list, `{"data":[{}],"platforms":[{"status":"ok"}]}`, false},
		{"rows of a platform that is not well", list, `{"data":[{},{}],"platforms":[{"status":"partial"}]}`, false},
		{"an object", single, `{"id":"affjet:12"}`, true},
		{"an object without an id", single, `{}`, false},
		{"not JSON", single, `{"id":`, false},
		{"the native answer", passed, "native", true},
		{"another answer than the native one", passed, "Native", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &server{proxy: serve(t, "native"), gateway: serve(t, tc.answer)}
			native, gateway, err := s.check(t.Context(), tc.work)
			if !tc.whole {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, len("native"), native)
			assert.Equal(t, len(tc.answer), gateway)
		})
	}
}

// serve answers everything with a body and returns the URL of who does.
func serve(t *testing.T, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, body)
		assert.NoError(t, err)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestMedian(t *testing.T) {
	assert.InDelta(t, 2, median([]float64{3, 1, 2}), 0)
	assert.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
}
