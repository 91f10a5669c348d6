package ready_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/ready"
)

var (
	asOf = time.Date(2026, 11, 20, 9, 30, 0, 250_000_000, time.UTC)
	vary = []string{"Accept"}
	long = []byte(strings.Repeat(`{"a":"b"},`, 200))
)

func request(t testing.TB, method string, fields ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func TestServe(t *testing.T) {
	content := ready.Content{
		Type: "application/json", Body: []byte(`{"a":1}`), Tag: `W/"t1"`, AsOf: asOf, Expires: asOf.Add(60*time.Second + time.Millisecond),
		Next: "/reports?cursor=x", Fields: http.Header{"Link": {`<https://a.example>; rel="deprecation"`}},
	}
	hit := func(after time.Duration) ready.Request {
		return ready.Request{Now: asOf.Add(after), Vary: vary, Hit: true, Base: "http://g.example/v1"}
	}
	miss := ready.Request{Now: asOf.Add(500 * time.Millisecond), Vary: vary, Status: "tributary; fwd=miss; stored", Base: "http://g.example/v1"}
	links := []string{`<https://a.example>; rel="deprecation"`, `<http://g.example/v1/reports?cursor=x>; rel="next"`}
	whole := func(fields http.Header) http.Header {
		fields["Content-Type"], fields["Content-Length"], fields["Link"] = []string{"application/json"}, []string{"7"}, links
		fields["Etag"], fields["Vary"] = []string{`W/"t1"`}, vary
		return fields
	}
	control := []string{"private, max-age=60"}
	tests := []struct {
		name   string
		r      *http.Request
		q      ready.Request
		status int
		body   string
		want   http.Header
	}{
		{"a hit", request(t, "GET"), hit(3900 * time.Millisecond), 200, `{"a":1}`, whole(http.Header{
			"Cache-Control": control, "Age": {"3"}, "Cache-Status": {"tributary; hit; ttl=57"},
		})},
		{"a hit in its first second", request(t, "GET"), hit(0), 200, `{"a":1}`, whole(http.Header{
			"Cache-Control": control, "Age": {"0"}, "Cache-Status": {"tributary; hit; ttl=60"},
		})},
		{"past its life", request(t, "GET"), hit(time.Minute + 30*time.Second), 200, `{"a":1}`, whole(http.Header{
			"Cache-Control": control, "Age": {"90"}, "Cache-Status": {"tributary; hit; ttl=-30"},
		})},
		{"before its time, by another clock", request(t, "GET"), hit(-time.Hour), 200, `{"a":1}`, whole(http.Header{
			"Cache-Control": control, "Age": {"0"}, "Cache-Status": {"tributary; hit; ttl=60"},
		})},
		// an answer without Age was made for the request, RFC 9111 section 5.1
		{"made now", request(t, "GET"), miss, 200, `{"a":1}`, whole(http.Header{
			"Cache-Control": control, "Cache-Status": {"tributary; fwd=miss; stored"},
		})},
		{"HEAD", request(t, "HEAD"), hit(0), 200, "", whole(http.Header{
			"Cache-Control": control, "Age": {"0"}, "Cache-Status": {"tributary; hit; ttl=60"},
		})},
		// RFC 9110 section 15.4.5
		{"known to the client", request(t, "GET", "If-None-Match", `"t1"`), hit(5 * time.Second), 304, "", http.Header{
			"Cache-Control": control, "Age": {"5"}, "Cache-Status": {"tributary; hit; ttl=55"}, "Etag": {`W/"t1"`}, "Vary": vary,
		}},
		{"made now, and known", request(t, "GET", "If-None-Match", `"x"`, "If-None-Match", `W/"t1"`), miss, 304, "", http.Header{
			"Cache-Control": control, "Cache-Status": {"tributary; fwd=miss; stored"}, "Etag": {`W/"t1"`}, "Vary": vary,
		}},
		{"another is known", request(t, "GET", "If-None-Match", `"x"`), hit(0), 200, `{"a":1}`, whole(http.Header{
			"Cache-Control": control, "Age": {"0"}, "Cache-Status": {"tributary; hit; ttl=60"},
		})},
	}
	a := ready.New(content)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			require.NoError(t, a.Serve(w, tt.r, tt.q))
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.want, w.Header())
			assert.Equal(t, tt.body, w.Body.String())
		})
	}
}

// What earlier handlers have said stays: Cache-Status is appended to (RFC 9211, section 2).
func TestServeAddsToFields(t *testing.T) {
	a := ready.New(ready.Content{AsOf: asOf, Expires: asOf.Add(time.Minute)})
	for range 2 {
		w := httptest.NewRecorder()
		w.Header()["Cache-Status"] = append(make([]string, 0, 8), "Origin; hit")
		w.Header()["Vary"] = append(make([]string, 0, 8), "Origin")
		require.NoError(t, a.Serve(w, request(t, "GET"), ready.Request{Now: asOf, Vary: vary, Hit: true}))
		assert.Equal(t, []string{"Origin; hit", "tributary; hit; ttl=60"}, w.Header()["Cache-Status"])
		assert.Equal(t, []string{"Origin", "Accept"}, w.Header()["Vary"])
	}
}

func TestControl(t *testing.T) {
	for _, tt := range []struct {
		name    string
		content ready.Content
		want    string
	}{
		{"a life", ready.Content{AsOf: asOf, Expires: asOf.Add(90 * time.Second)}, "private, max-age=90"},
		{"a long life", ready.Content{AsOf: asOf, Expires: asOf.Add(90 * time.Minute)}, "private, max-age=105"},
		{"a life that is over", ready.Content{AsOf: asOf, Expires: asOf.Add(-time.Hour)}, "private, max-age=0"},
		{"unknown", ready.Content{AsOf: asOf}, "private, no-cache"},
		{"not to be kept", ready.Content{AsOf: asOf, Expires: asOf.Add(time.Minute), NoStore: true}, "private, no-store"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, []string{tt.want}, ready.New(tt.content).Control(asOf.Add(45*time.Second)))
		})
	}
}

func TestSatisfies(t *testing.T) {
	a := ready.New(ready.Content{AsOf: asOf, Expires: asOf.Add(time.Minute)})
	unknown := ready.New(ready.Content{AsOf: asOf})
	tests := []struct {
		name       string
		answer     *ready.Answer
		directives ready.Directives
		after      time.Duration
		want       bool
	}{
		{"anything goes", a, ready.Directives{}, time.Hour, true},
		{"no-cache", a, ready.Directives{NoCache: true}, 0, false},
		{"max-age=0", a, ready.Directives{Aged: true}, 0, false},
		{"no-store may be answered with what is kept", a, ready.Directives{NoStore: true}, 0, true},
		{"young enough", a, ready.Directives{Aged: true, MaxAge: 30 * time.Second}, 30 * time.Second, true},
		{"too old", a, ready.Directives{Aged: true, MaxAge: 30 * time.Second}, 31 * time.Second, false},
		// section 5.2.1.1: without max-stale no stale answer is wanted
		{"past its life", a, ready.Directives{Aged: true, MaxAge: time.Hour}, 61 * time.Second, false},
		{"of unknown life", unknown, ready.Directives{Aged: true, MaxAge: time.Hour}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, tt.answer.Satisfies(tt.directives, asOf.Add(tt.after)))
		})
	}
}

// The gzip form is made once, however many ask for it, and holds the same.
func TestCompressOnce(t *testing.T) {
	a := ready.New(ready.Content{Body: long, AsOf: asOf, Expires: asOf.Add(time.Minute)})
	before := a.Size()
	made := make(chan bool, 50)
	var wg sync.WaitGroup
	for range cap(made) {
		wg.Go(func() { made <- a.Compress() })
	}
	wg.Wait()
	close(made)
	n := 0
	for m := range made {
		if m {
			n++
		}
	}
	assert.Equal(t, 1, n)
	assert.Greater(t, a.Size(), before)

	w := httptest.NewRecorder()
	require.NoError(t, a.Serve(w, request(t, "GET"), ready.Request{Now: asOf, Gzip: true}))
	assert.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	assert.Less(t, w.Body.Len(), len(long))
	z, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(long, plain))

	w = httptest.NewRecorder()
	require.NoError(t, a.Serve(w, request(t, "GET"), ready.Request{Now: asOf}))
	assert.Empty(t, w.Header().Get("Content-Encoding"))
	assert.Equal(t, long, w.Body.Bytes())
}

func TestSmallBodiesStayPlain(t *testing.T) {
	a := ready.New(ready.Content{Body: []byte(`{"a":1}`), AsOf: asOf})
	assert.False(t, a.Compress())
	w := httptest.NewRecorder()
	require.NoError(t, a.Serve(w, request(t, "GET"), ready.Request{Now: asOf, Gzip: true}))
	assert.Empty(t, w.Header().Get("Content-Encoding"))
	assert.Equal(t, `{"a":1}`, w.Body.String())
}

// A body with trailers has no length, since trailers need chunks (RFC 9112, section 7.1.2).
func TestTrailers(t *testing.T) {
	a := ready.New(ready.Content{Type: "text/csv", Body: []byte("a,b\r\n"), AsOf: asOf, Trailers: http.Header{"X-After": {"1"}}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, a.Serve(w, r, ready.Request{Now: asOf, Hit: true}))
	}))
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, "a,b\r\n", string(body))
	assert.Equal(t, http.Header{"X-After": {"1"}}, resp.Trailer)
	assert.Equal(t, int64(-1), resp.ContentLength)
}

type nowhere http.Header

func (n nowhere) Header() http.Header         { return http.Header(n) }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

func BenchmarkServe(b *testing.B) {
	a := ready.New(ready.Content{Type: "application/json", Body: long, Tag: `W/"t1"`, AsOf: asOf, Expires: asOf.Add(time.Minute)})
	r := request(b, "GET", "If-None-Match", `"x"`)
	w := nowhere{}
	b.ReportAllocs()
	for b.Loop() {
		clear(w)
		if err := a.Serve(w, r, ready.Request{Now: asOf.Add(time.Second), Vary: vary, Hit: true}); err != nil {
			b.Fatal(err)
		}
	}
}
