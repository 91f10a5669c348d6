package integration

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/inventory"
)

// These tests walk the coverage table of each platform, row by row: the native endpoints
// with what reaches them. A row that has no case fails, and so does a case without a row.
//
// Each row is tried at three accounts of one platform that begin alike. The first is
// asked directly and the second through the native proxy: the same requests have to give
// the same bytes, in the form of the document's samples. The third stands behind the
// unified API, whose answers have to be what the account's data says.

// sandbox is one account of a platform.
type sandbox interface {
	http.Handler
	Counter() *kit.Counter
}

// scene is one way in which a platform is set up, and the rows that are tried there.
type scene struct {
	name    string
	path    string // of the server, as the configuration has it
	block   string // further lines of the platform's block
	secret  string
	place   func(r *http.Request, key string) // puts a key where the platform's clients do
	account func() sandbox                    // makes the same account each time
	unified sandbox                           // the one behind the unified API
	// volatile is what differs between two answers to the same request, beside the
	// group that it keeps.
	volatile *regexp.Regexp
	state    func(sandbox) any // what an account holds, where requests can change it
	rows     []tableRow

	direct, proxied *standing
}

// tableRow is the case of one row of the table.
type tableRow struct {
	call   string // as the table has it
	native nativeCall
	uses   []unifiedCall // one for each operation that the table names
}

// nativeCall is one native request. What is left out is as the row has it.
type nativeCall struct {
	method string
	path   string // from the root of the host, with the query
	body   string
	status int // default: 200
}

// unifiedCall calls one operation of the unified API and judges the answer.
type unifiedCall struct {
	operation string
	check     func(g *gateway)
}

// standing is a sandbox behind a server of its own.
type standing struct {
	sandbox
	url string
}

func stands(t *testing.T, a sandbox) *standing {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return &standing{a, server.URL}
}

// lacking is a sandbox without some of its paths.
type lacking struct {
	sandbox
	paths *regexp.Regexp
}

func (l lacking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.paths.MatchString(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	l.sandbox.ServeHTTP(w, r)
}

// walkerKey is the key of the client of the native proxy.
const walkerKey = "walker-key"

// start runs a gateway, which keeps nothing, with the unified API before one account and
// the native proxy before another.
func (s *scene) start(t *testing.T, platform string) *gateway {
	t.Helper()
	s.direct, s.proxied = stands(t, s.account()), stands(t, s.account())
	g, _ := startSite(t, "unified_api /v1/*\nplatform_proxy /native/*",
		"cache off", // what is kept would be asked for in another way, or not at all
		platformBlock(platform, "", stands(t, s.unified).url+s.path, s.block),
		platformBlock("walked", platform, s.proxied.url+s.path, s.block),
		"client tester {\nkey_sha256 "+keyDigest+"\nplatforms "+platform+"\nscopes read write admin\n}",
		"client walker {\nkey_sha256 "+digest(walkerKey)+"\nplatforms walked\nscopes native\n}")
	return g
}

// walkCoverage tries every row of a platform's table.
func walkCoverage(t *testing.T, platform string, scenes ...*scene) {
	t.Helper()
	table := coverageTable(t, platform)
	samples := readSamples(t, platform, table)
	known := map[string]bool{}
	for _, line := range table {
		known[line.Call] = true
	}
	natively, unified := map[string]bool{}, map[string]bool{}
	for _, s := range scenes {
		rows := map[string]tableRow{}
		for _, r := range s.rows {
			if !known[r.call] {
				t.Errorf("%s: the table has no such row", r.call)
			}
			if _, twice := rows[r.call]; twice {
				t.Errorf("%s: there are two cases", r.call)
			}
			rows[r.call] = r
		}
		t.Run(s.name, func(t *testing.T) {
			g := s.start(t, platform)
			if shown := decode[struct{ Endpoints []inventory.Line }](t, g.get("/v1/platforms/"+platform).body).Endpoints; !reflect.DeepEqual(shown, table) {
				t.Errorf("the gateway shows another table: %v", shown)
			}
			for _, line := range table {
				r, ok := rows[line.Call]
				if !ok {
					continue
				}
				t.Run(strings.ReplaceAll(line.Call, "/", "\u2215"), func(t *testing.T) {
					s.walkNative(g.in(t), r, samples)
					natively[line.Call] = true
					if s.walkUnified(g.in(t), r, line); len(line.Operations) > 0 {
						unified[line.Call] = true
					}
				})
			}
			if s.state != nil && !reflect.DeepEqual(s.state(s.proxied.sandbox), s.state(s.direct.sandbox)) {
				t.Error("the account behind the proxy is not as the one that was asked directly")
			}
		})
	}
	reached := 0
	for _, line := range table {
		if !natively[line.Call] {
			t.Errorf("%s: not tried through the native proxy", line.Call)
		}
		if len(line.Operations) == 0 {
			continue
		}
		if reached++; !unified[line.Call] {
			t.Errorf("%s: not tried through the unified API", line.Call)
		}
	}
	t.Logf("%s: %d rows, %d tried through the native proxy, %d of %d through the unified API", platform, len(table), len(natively), len(unified), reached)
}

// coverageTable is the table as mappings/README.md and GET /v1/platforms/{platform} show it.
func coverageTable(t *testing.T, platform string) []inventory.Line {
	t.Helper()
	label := func(int) string { return "bundled" }
	set, err := inventory.Load(label, fs.FS(mappings.Bundled))
	if err != nil {
		t.Fatal(err)
	}
	table := set[platform].Coverage()
	if len(table) == 0 {
		t.Fatalf("no table of %s", platform)
	}
	return table
}

// walkNative sends a row's request to the account that is asked directly and, through
// the proxy, to its twin.
func (s *scene) walkNative(g *gateway, r tableRow, samples *samples) {
	g.t.Helper()
	q := r.native
	method, path, _ := strings.Cut(r.call, " ")
	q.method, q.path, q.status = cmp.Or(q.method, method), cmp.Or(q.path, path), cmp.Or(q.status, http.StatusOK)
	if asked, _, _ := strings.Cut(q.path, "?"); !pathOf(r.call).MatchString(q.method + " " + asked) {
		g.t.Errorf("%s %s is not of this row", q.method, q.path)
	}
	s.direct.Counter().Reset()
	s.proxied.Counter().Reset()
	status, kind, want := s.ask(g.t, s.direct.url, q, s.secret)
	if status != q.status {
		g.t.Fatalf("%s %s: the platform answers %d %.300s", q.method, q.path, status, want)
	}
	gotStatus, gotKind, got := s.ask(g.t, g.url+"/native/walked", q, walkerKey)
	if gotStatus != status || gotKind != kind || s.lasting(got) != s.lasting(want) {
		g.t.Errorf("%s %s through the proxy: %d %q %.300s\nwant %d %q %.300s", q.method, q.path, gotStatus, gotKind, got, status, kind, want)
	}
	if asked, through := s.direct.Counter().All(), s.proxied.Counter().All(); !maps.Equal(asked, through) {
		g.t.Errorf("%s %s: the platform saw %v through the proxy, want %v", q.method, q.path, through, asked)
	}
	if status < 300 {
		samples.judge(g.t, r.call, got)
	}
}

// ask sends one request with a key, as the platform's own clients do.
func (s *scene) ask(t *testing.T, base string, q nativeCall, key string) (status int, kind, body string) {
	t.Helper()
	var content io.Reader
	if q.body != "" {
		content = strings.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), q.method, base+q.path, content)
	if err != nil {
		t.Fatal(err)
	}
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	s.place(r, key)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

// lasting is what two answers to the same request share.
func (s *scene) lasting(body string) string {
	if s.volatile == nil {
		return body
	}
	return s.volatile.ReplaceAllString(body, "$1")
}

// walkUnified calls the operations that the table has for a row, each of which has to
// make the row's native request.
func (s *scene) walkUnified(g *gateway, r tableRow, line inventory.Line) {
	g.t.Helper()
	var operations []string
	for _, u := range r.uses {
		operations = append(operations, u.operation)
	}
	slices.Sort(operations)
	if want := slices.Sorted(slices.Values(line.Operations)); !slices.Equal(operations, want) {
		g.t.Errorf("tried by %v, while the table has %v", operations, want)
	}
	if (line.Unreached == nil) != (len(line.Operations) > 0) || line.Unreached != nil && *line.Unreached == "" {
		g.t.Errorf("the table has %v and the reason %v", line.Operations, line.Unreached)
	}
	endpoint := pathOf(r.call)
	for _, u := range r.uses {
		s.unified.Counter().Reset()
		u.check(g)
		if asked := slices.Collect(maps.Keys(s.unified.Counter().All())); !slices.ContainsFunc(asked, endpoint.MatchString) {
			g.t.Errorf("%s does not reach the row: it asks for %v", u.operation, asked)
		}
	}
}

// placeholder is one in a path of a document, in any of the ways they are written: quoted
// for a regular expression. The first is of numbers alone.
var (
	numberPlaceholder = regexp.MustCompile(`\\\[i:[^/]*\\\]`)
	placeholder       = regexp.MustCompile(`\\\[[^/]*\\\]|\\\{[^/]*\\\}|<<[^/]*>>|:[A-Za-z]\w*`)
)

// pathOf matches "METHOD path" of the requests that a row is of.
func pathOf(call string) *regexp.Regexp {
	path := numberPlaceholder.ReplaceAllString(regexp.QuoteMeta(call), `[0-9]+`)
	return regexp.MustCompile("^" + placeholder.ReplaceAllString(path, `[^/]+`) + "$")
}

// gets is a use of an operation that gives one object, which is all that the path gives.
func gets(operation, path string, want func() object) unifiedCall {
	return unifiedCall{operation, func(g *gateway) { g.t.Helper(); same(g.t, g.one(path), want()) }}
}

// lists is a use of an operation that lists exactly the rows that are wanted.
func lists(operation, path string, want func() []object) unifiedCall {
	return unifiedCall{operation, func(g *gateway) {
		g.t.Helper()
		rows, _ := g.walk(paged(path))
		if len(rows) == 0 {
			g.t.Errorf("%s lists nothing, which proves nothing", path)
		}
		sameRows(g.t, rows, want())
	}}
}

// pings is a use of the operation that tries whether the platform answers.
func pings(platform string) unifiedCall {
	return unifiedCall{"platforms.ping", func(g *gateway) {
		g.t.Helper()
		pong := g.one(fmt.Sprintf("/v1/platforms/%s/ping", platform))
		if pong["platform"] != platform || pong["status"] != "ok" {
			g.t.Errorf("got %v", pong)
		}
	}}
}

// reportCall is a query of a report, what it is grouped by, and the sums of its metrics, by
// the values of those dimensions.
type reportCall struct {
	query      string
	dimensions []string
	want       func() sums
}

// reports is a use of reports: their metrics add up to what is wanted.
func reports(list ...reportCall) unifiedCall {
	return unifiedCall{"reports.query", func(g *gateway) {
		g.t.Helper()
		for _, r := range list {
			path := "/v1/reports?limit=1000&" + r.query
			if len(r.dimensions) > 0 {
				path += "&group_by=" + strings.Join(r.dimensions, ",")
			}
			got := sums{}
			for _, line := range g.report(path).Data {
				var key []string
				for _, name := range r.dimensions {
					key = append(key, dimension(line.Dimensions[name]))
				}
				got.addMetrics(g.t, strings.Join(key, " "), line.Metrics)
			}
			want := r.want().texts()
			if d := gocmp.Diff(want, got.texts()); d != "" || len(want) == 0 {
				g.t.Errorf("%s is not what the data says (-want +got):\n%.4000s", path, d)
			}
		}
	}}
}

// dimension is the value of a dimension as the keys of sums have it: an object is its
// identifier and its name.
func dimension(v any) string {
	if o, ok := v.(map[string]any); ok {
		return fmt.Sprint(o["id"], " ", o["name"])
	}
	return fmt.Sprint(v)
}
