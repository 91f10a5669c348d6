package integration

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

func ids(rows []map[string]any) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i], _ = r["id"].(string)
	}
	return out
}

func sorted(list []string) []string {
	out := append([]string(nil), list...)
	sort.Strings(out)
	return out
}

func sameSet(t *testing.T, got, want []string) {
	t.Helper()
	if fmt.Sprint(sorted(got)) != fmt.Sprint(sorted(want)) {
		t.Errorf("got %d rows, want %d, or other ones", len(got), len(want))
	}
}

// A walk in pages gives every row once, and asks a platform for little more than it
// would have to be asked for at once: the sandbox gives 10,000 rows a page, so one
// request is the fewest possible.
func TestWalkGivesEveryRowOnce(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	var all []string
	for _, tx := range p.affjet.Transactions() {
		all = append(all, "affjet:"+tx.UniqueID)
	}
	for _, query := range []string{"limit=100", "limit=97&sort=-occurred_at", "limit=250&sort=amount,-commission", "limit=333&sort=status,native_id", "limit=1000&sort=-updated_at"} {
		t.Run(query, func(t *testing.T) {
			p.affjet.Counter().Reset()
			rows, requests := g.walk("/v1/conversions?" + query)
			sameSet(t, ids(rows), all)
			if n := p.affjet.Counter().Total(); n > 2 || n != requests["affjet"] {
				t.Errorf("%d native requests, of which %d were told; 1 is the fewest possible", n, requests["affjet"])
			}
		})
	}
}

// Filters and orders that the platform lacks are done by the gateway; what comes out is
// what the sandbox's data says.
func TestFiltersEqualTheData(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	from, to := now.AddDate(0, -3, 0), now.AddDate(0, -1, 0)
	span := fmt.Sprintf("occurred_from=%s&occurred_to=%s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	for _, test := range []struct {
		query string
		keep  func(tx affjet.Transaction) bool
	}{
		{span, func(tx affjet.Transaction) bool { return !tx.Date.Before(from) && tx.Date.Before(to) }},
		{"status=approved", func(tx affjet.Transaction) bool { return tx.Status == affjet.Confirmed || tx.Status == affjet.Paid }},
		{"status=approved&payment_status=paid", func(tx affjet.Transaction) bool { return tx.Status == affjet.Paid }},
		{"status=pending,rejected&" + span, func(tx affjet.Transaction) bool {
			return (tx.Status == affjet.Pending || tx.Status == affjet.Declined) && !tx.Date.Before(from) && tx.Date.Before(to)
		}},
		{"status=refunded", func(affjet.Transaction) bool { return false }},
		{"type=bonus", func(tx affjet.Transaction) bool { return tx.Type == affjet.Bonus }},
		{"amount_min=100&amount_max=250.5", func(tx affjet.Transaction) bool { return tx.Amount >= 10000 && tx.Amount <= 25050 }},
		{"network_id=affjet:12,affjet:23", func(tx affjet.Transaction) bool { return tx.Network == 12 || tx.Network == 23 }},
		{"network_id=affjet:12&amount_min=1000", func(tx affjet.Transaction) bool { return tx.Network == 12 && tx.Amount >= 100000 }},
		{"updated_from=" + from.Format(time.RFC3339), func(tx affjet.Transaction) bool { return !tx.Updated.Before(from) }},
	} {
		t.Run(test.query, func(t *testing.T) {
			var want []string
			for _, tx := range p.affjet.Transactions() {
				if test.keep(tx) {
					want = append(want, "affjet:"+tx.UniqueID)
				}
			}
			rows, _ := g.walk("/v1/conversions?limit=200&" + test.query)
			sameSet(t, ids(rows), want)
			if count := g.list("/v1/conversions?limit=0&" + test.query); count.Page.Total == nil || *count.Page.Total != len(want) {
				t.Errorf("limit=0 counts %v, want %d", count.Page.Total, len(want))
			}
		})
	}
}

// Identifiers with slashes, percent signs and other letters are found again by the
// identifier that a list gave.
func TestEveryListedObjectCanBeGot(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	got := 0
	for _, tx := range p.affjet.Transactions() {
		if !strings.ContainsFunc(tx.UniqueID, func(r rune) bool { return r < '0' || r > '9' }) && len(tx.UniqueID) < 16 {
			continue // plain numbers need no test each
		}
		a := g.get("/v1/conversions/" + url.PathEscape("affjet:"+tx.UniqueID))
		if a.status != 200 {
			t.Fatalf("%q: %d %s", tx.UniqueID, a.status, a.body)
		}
		if row := decode[map[string]any](t, a.body); row["native_id"] != tx.UniqueID {
			t.Errorf("asked for %q, got %v", tx.UniqueID, row["native_id"])
		}
		if got++; got == 40 {
			break
		}
	}
	if got == 0 {
		t.Fatal("the sandbox has no awkward identifiers")
	}
}

// Rows of several platforms come in one order, and a walk over them gives each once.
func TestSeveralPlatformsInOneOrder(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), p.native["keitaro"].caddyfile(), p.native["affili"].caddyfile(), p.native["trackier"].caddyfile(), p.native["trackfinity"].caddyfile(), client)
	var want []string
	for _, tx := range p.affjet.Transactions() {
		want = append(want, "affjet:"+tx.UniqueID)
	}
	for _, c := range p.keitaro.Data().Conversions {
		want = append(want, fmt.Sprintf("keitaro:%d", c.ID))
	}
	for _, c := range p.affili.Conversions() {
		want = append(want, "affili:"+c.ID)
	}
	for _, c := range p.trackier.Data().Conversions {
		want = append(want, "trackier:"+c.ID)
	}
	for _, e := range p.trackfinity.Events() {
		if e.Kind != trackfinity.Visit {
			want = append(want, fmt.Sprintf("trackfinity:%d", e.Transaction))
		}
	}
	for _, query := range []string{"limit=300", "limit=1000&sort=occurred_at", "limit=700&sort=-updated_at,status", "limit=900&sort=status,-revenue"} {
		t.Run(query, func(t *testing.T) {
			rows, requests := g.walk("/v1/conversions?" + query)
			sameSet(t, ids(rows), want)
			if !strings.Contains(query, "sort=") || strings.Contains(query, "occurred_at") {
				var times []string
				for _, r := range rows {
					times = append(times, r["occurred_at"].(string))
				}
				if !strings.Contains(query, "sort=") {
					slices.Reverse(times)
				}
				if !slices.IsSorted(times) {
					t.Error("the rows are not in the order of their time")
				}
			}
			// the fewest possible: 10,000 rows a page; 1,677 in pages of the platform's
			// choice; one; 500 a page
			for platform, most := range map[string]int{"affjet": 2, "affili": 4, "trackier": 2*2 + 2} {
				if requests[platform] > most {
					t.Errorf("%s was asked %d times, want at most %d", platform, requests[platform], most)
				}
			}
		})
	}
}

// A cursor is all that is needed to go on: also after a restart, when nothing that was
// read before is left.
func TestCursorsSurviveARestart(t *testing.T) {
	p := newPlatforms(t)
	lines := []string{p.native["affjet"].caddyfile(), p.native["keitaro"].caddyfile(), client}
	g := start(t, lines...)
	for _, query := range []string{"limit=400", "limit=400&sort=status"} {
		var rows []map[string]any
		next := "/v1/conversions?" + query
		for {
			page := g.list(next)
			rows = append(rows, page.Data...)
			if page.Page.NextCursor == nil {
				break
			}
			next = "/v1/conversions?" + query + "&cursor=" + *page.Page.NextCursor
			if err := caddy.Stop(); err != nil {
				t.Fatal(err)
			}
			g.load(lines...)
		}
		var want []string
		for _, tx := range p.affjet.Transactions() {
			want = append(want, "affjet:"+tx.UniqueID)
		}
		for _, c := range p.keitaro.Data().Conversions {
			want = append(want, fmt.Sprintf("keitaro:%d", c.ID))
		}
		sameSet(t, ids(rows), want)
	}
}

// A cursor may be used again, as by a client that lost the answer.
func TestAPageCanBeAskedForAgain(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	first := g.list("/v1/conversions?limit=100&sort=status")
	next := "/v1/conversions?limit=100&sort=status&cursor=" + *first.Page.NextCursor
	second := g.list(next)
	third := g.list("/v1/conversions?limit=100&sort=status&cursor=" + *second.Page.NextCursor)
	again := g.list(next)
	if fmt.Sprint(ids(again.Data)) != fmt.Sprint(ids(second.Data)) {
		t.Error("the same cursor gave other rows")
	}
	if slices.ContainsFunc(ids(third.Data), func(id string) bool { return slices.Contains(ids(second.Data), id) }) {
		t.Error("the third page repeats rows of the second")
	}
}

// A dead platform, and one that does not answer in time, are problems beside the rows
// of the others, whose own calls take no longer for it.
func TestDeadAndSlowPlatformsBesideOthers(t *testing.T) {
	p := newPlatforms(t)
	p.native["keitaro"].block += "\ntimeout 1s"
	p.native["affili"].block += "\ntimeout 1s"
	g := start(t, p.native["affjet"].caddyfile(), p.native["keitaro"].caddyfile(), p.native["affili"].caddyfile(), client)
	p.native["keitaro"].faults.Set(kit.Fault{Drop: true})
	p.native["affili"].faults.Set(kit.Fault{Delay: 5 * time.Second})
	page := g.list("/v1/conversions?limit=50")
	if len(page.Data) != 50 {
		t.Errorf("%d rows of the platform that is alive", len(page.Data))
	}
	want := map[string]string{"affjet": "", "keitaro": "platform_unavailable", "affili": "platform_timeout"}
	for _, s := range page.Platforms {
		switch code := want[s.Platform]; {
		case code == "" && s.Status != "ok":
			t.Errorf("%+v is not ok", s)
		case code != "" && (s.Status != "failed" || s.Problem == nil || s.Problem.Code != code):
			t.Errorf("%+v, want failed with %s", s, code)
		case code == "" && s.ElapsedMS >= 1000:
			t.Errorf("%s waited %v ms for the slow one", s.Platform, s.ElapsedMS)
		}
	}
	g.problem(g.get("/v1/conversions?limit=50&require=all"), "platform_timeout", 504)
}

func TestScanLimitIsTold(t *testing.T) {
	p := newPlatforms(t)
	big := affjet.New(affjet.Config{Key: "affjet-secret", Seed: 1, Now: clock, Rows: 60_000})
	p.add(t, "affjet", big, big.Counter(), "/externalclient", "credential api_key affjet-secret")
	g := start(t, p.native["affjet"].caddyfile(), client)
	problem := g.problem(g.get("/v1/conversions?sort=status"), "scan_limit_exceeded", 422)
	if detail, _ := problem["detail"].(string); !strings.Contains(detail, "occurred_from") {
		t.Errorf("%q does not say what would narrow the request", detail)
	}
	if page := g.list("/v1/conversions?sort=-occurred_at&limit=10"); len(page.Data) != 10 {
		t.Error("an order that the platform has needs no scan")
	}
}

// include=native adds the native row byte for byte.
func TestNativeRows(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	a := g.get("/v1/conversions?limit=3&include=native")
	direct, err := http.Get(p.native["affjet"].url + "/transaction?apikey=affjet-secret&pageSize=3")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = direct.Body.Close() }()
	body, err := io.ReadAll(direct.Body)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range gjson.GetBytes(body, "dataList").Array() {
		if got := gjson.GetBytes(a.body, fmt.Sprintf("data.%d.native", i)).Raw; got != row.Raw {
			t.Errorf("row %d: got %s, want %s", i, got, row.Raw)
		}
	}
}

// A native value that the mapping does not know reads as unknown, with the native text
// beside it, and is counted.
func TestUnknownEnumValues(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	counted := func() string {
		for line := range strings.Lines(string(g.get("/metrics").body)) {
			if n, ok := strings.CutPrefix(line, `tributary_unknown_enum_values_total{platform="affjet"} `); ok {
				return strings.TrimSpace(n)
			}
		}
		return "0"
	}
	before, err := strconv.Atoi(counted())
	if err != nil {
		t.Fatal(err)
	}
	p.native["affjet"].faults.Set(kit.Fault{Body: `{"result":0,"dataList":[{"uniqueId":"1","status":"Frozen","type":"transaction"}]}`})
	row := g.list("/v1/conversions?limit=1").Data[0]
	if row["status"] != "unknown" || row["native_status"] != "Frozen" || row["type"] != "other" {
		t.Errorf("status %v, native_status %v, type %v", row["status"], row["native_status"], row["type"])
	}
	// status, and the payment_status that is read from the same native member
	if got := counted(); got != strconv.Itoa(before+2) {
		t.Errorf("%s values counted, want %d", got, before+2)
	}
}
