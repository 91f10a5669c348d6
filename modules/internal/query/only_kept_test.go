package query

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/reportcache"
)

var onlyKept = report.Mode{OnlyKept: true}

// Who wants what is kept only is not answered with a native call: whatever needs one
// fails (RFC 9111, section 5.2.1.7).
func TestOnlyKeptMakesNoCall(t *testing.T) {
	f := &fake{name: "shop", paging: "page", max: 20, stop: "short_page", count: true, total: true, rows: sales(60)}
	e := engine(t, newCache(t), f)
	for name, query := range map[string]string{
		"a page":             "platform=shop&limit=5",
		"a page in an order": "platform=shop&limit=5&sort=-occurred_at",
		"a gathered page":    "platform=shop&limit=5&sort=-amount&status=approved",
		"a native count":     "platform=shop&limit=0",
		"a count of rows":    "platform=shop&limit=0&status=approved",
		"kept rows will do":  "platform=shop&consistency=cached",
	} {
		t.Run(name, func(t *testing.T) {
			for _, stream := range []bool{false, true} {
				r := request(t, e, "conversions.list", query, person{})
				r.Mode, r.Stream = onlyKept, stream
				if _, p := read(t.Context(), e, r); code(p) != problem.NotCached || p.Platform != "shop" {
					t.Errorf("got %v", p)
				}
			}
			if n := f.asked(); n != 0 {
				t.Errorf("%d native requests", n)
			}
		})
	}
	t.Run("calls for each object of another list", func(t *testing.T) {
		r := request(t, e, "streams.list", "platform=shop", person{})
		r.Mode = onlyKept
		if _, p := read(t.Context(), e, r); code(p) != problem.NotCached || f.asked() != 0 {
			t.Errorf("got %v", p)
		}
	})
	t.Run("an object of a list", func(t *testing.T) {
		params, faults := e.surface.Operation("conversions.get").Parse("", map[string]string{"id": "shop:1"})
		if faults != nil {
			t.Fatal(faults)
		}
		if _, p := e.Get(t.Context(), &Request{Params: params, Client: person{}, Mode: onlyKept}); code(p) != problem.NotCached || f.asked() != 0 {
			t.Errorf("got %v", p)
		}
	})
	t.Run("nothing is needed for what no row can match", func(t *testing.T) {
		r := request(t, e, "conversions.list", "platform=shop&campaign_id=shop:1&status=duplicate&type=lead", person{})
		r.Mode = onlyKept
		if a, p := read(t.Context(), e, r); p != nil || len(a.rows) != 0 || f.asked() != 0 {
			t.Errorf("got %d rows, %v", len(a.rows), p)
		}
	})
}

// What was read ahead for the next page is kept.
func TestOnlyKeptPagesOfAWalk(t *testing.T) {
	f := &fake{name: "shop", paging: "none", rows: sales(30)}
	kept := newCache(t)
	e := engine(t, kept, f)
	query := "platform=shop&limit=10&sort=-amount"
	first := list(t, e, query)
	f.asked()
	r := request(t, e, "conversions.list", query+"&cursor="+first.next, person{})
	r.Mode = onlyKept
	if a, p := read(t.Context(), e, r); p != nil || len(a.rows) != 10 || f.asked() != 0 {
		t.Errorf("got %d rows, %v", len(a.rows), p)
	}
	forget(t, kept)
	if _, p := read(t.Context(), e, r); code(p) != problem.NotCached || f.asked() != 0 {
		t.Errorf("got %v", p)
	}
}

// A part of a list is not what is kept of it.
func TestOnlyKeptOfSeveralPlatforms(t *testing.T) {
	s := openShop(t, 0)
	s.collect(t, "consistency=cached&platform=affjet&limit=1000")
	s.asked("affjet")
	r := request(t, s.Engine, "conversions.list", "consistency=cached&platform=affjet,affili", person{})
	r.Mode = onlyKept
	if _, p := read(t.Context(), s.Engine, r); code(p) != problem.NotCached || p.Platform != "affili" {
		t.Errorf("got %v", p)
	}
	if n := s.asked("affjet") + s.asked("affili"); n != 0 {
		t.Errorf("%d native requests", n)
	}
}

// Where the ledger steps aside its platform is not asked instead.
func TestOnlyKeptWithoutTheLedger(t *testing.T) {
	s := openShop(t, 0)
	lists := func(t *testing.T, queries ...string) {
		t.Helper()
		for _, query := range queries {
			r := request(t, s.Engine, "conversions.list", "consistency=cached&platform=affili&"+query, person{})
			r.Mode = onlyKept
			if _, p := read(t.Context(), s.Engine, r); code(p) != problem.NotCached {
				t.Errorf("%s: got %v", query, p)
			}
		}
		if n := s.asked("affili"); n != 0 {
			t.Errorf("%d native requests", n)
		}
	}
	s.collect(t, "consistency=cached&platform=affili&limit=1000")
	s.asked("affili")
	t.Run("filters that rows do not show", func(t *testing.T) { lists(t, "commission_min=1", "commission_min=1&limit=0") })
	s.book.Close()
	t.Run("out of use", func(t *testing.T) {
		lists(t, "limit=10", "limit=0", "sort=-amount", "limit=0&type=sale")
		if r := s.onlyKeptReport(t); code(r) != problem.NotCached || s.asked("affili") != 0 {
			t.Errorf("a report: %v", r)
		}
	})
}

func (s *shop) onlyKeptReport(t *testing.T) *problem.Problem {
	t.Helper()
	q, faults := report.ParseQuery(must(url.ParseQuery(yearByMonth)))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	q.Mode, q.RequireAll = onlyKept, true
	_, p := s.Report(t.Context(), q, person{})
	return p
}

// sharing gives the second row of the platform's list the identifier of the first.
type sharing struct{ http.Handler }

func (h sharing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		h.Handler.ServeHTTP(w, r)
		return
	}
	plain := httptest.NewRecorder()
	h.Handler.ServeHTTP(plain, r)
	body := plain.Body.String()
	if rows := gjson.Get(body, "data"); rows.IsArray() && len(rows.Array()) > 1 {
		body, _ = sjson.Set(body, "data.1.id", rows.Array()[0].Get("id").Value())
	}
	w.Header().Set("Content-Type", plain.Header().Get("Content-Type"))
	w.WriteHeader(plain.Code)
	_, _ = strings.NewReader(body).WriteTo(w)
}

// keepReports has the rows of reports kept.
func (s *shop) keepReports(t *testing.T) {
	t.Helper()
	kept, err := cache.New(cache.Config{Memory: 8 << 20, Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	keeper := reportcache.New(reportcache.Config{Cache: kept, Now: s.now})
	t.Cleanup(func() { keeper.Close(); kept.Close() })
	s.Engine.keeper = keeper
}

// The ledger gives up a list whose rows share identifiers. Reports from it are kept then as
// where there is no ledger.
func TestReportsOfAListThatTheLedgerGaveUp(t *testing.T) {
	s := openShop(t, 0)
	s.native["affili"].handler = sharing{s.affili}
	s.keepReports(t)
	r := s.reportOf(t, yearByMonth)
	r.check(t, "the first time", s.affili.Conversions())
	s.asked("affili")
	r = s.reportOf(t, yearByMonth)
	r.check(t, "the second time", s.affili.Conversions())
	if r.status.Cache != answer.Miss || s.asked("affili") == 0 || !r.fresh.Until.After(s.now()) {
		t.Errorf("the second time: %+v, %+v", r.status, r.fresh)
	}
	r = s.reportOf(t, yearByMonth)
	r.check(t, "afterwards", s.affili.Conversions())
	if n := s.asked("affili"); n != 0 || r.status.Cache != answer.Hit {
		t.Errorf("afterwards: %d native requests, %+v", n, r.status)
	}
	if p := s.onlyKeptReport(t); p != nil || s.asked("affili") != 0 {
		t.Errorf("what is kept only: %v", p)
	}
	asked := request(t, s.Engine, "conversions.list", "consistency=cached&platform=affili", person{})
	asked.Mode = onlyKept
	if _, p := read(t.Context(), s.Engine, asked); code(p) != problem.NotCached || s.asked("affili") != 0 {
		t.Errorf("a list: %v", p)
	}
}

// A list that the ledger begins to keep while a report is made is read natively for it:
// rows that the ledger has are not those of this moment.
func TestReportsWhileTheLedgerComesBack(t *testing.T) {
	s := openShop(t, 0)
	p := s.Engine.byName["affili"]
	source := &reportSource{reader: reader{engine: s.Engine, platform: p, operation: reportOperation}}
	book := s.Engine.ledger
	s.Engine.ledger = nil
	if source.Keeps("conversions.list") {
		t.Error("there is no ledger")
	}
	s.Engine.ledger = book
	s.collect(t, "consistency=cached&platform=affili&limit=1000")
	s.asked("affili")
	for _, test := range []struct {
		source *reportSource
		keeps  bool
	}{{source, false}, {&reportSource{reader: reader{engine: s.Engine, platform: p, operation: reportOperation}}, true}} {
		rows := 0
		keeps := test.source.Keeps("conversions.list")
		fresh, failed := test.source.List(t.Context(), "conversions.list", nil, []string{"id"}, func([][]byte) bool { rows++; return true })
		if failed != nil || rows != len(s.affili.Conversions()) || keeps != test.keeps || (fresh.State != "") != test.keeps || (s.asked("affili") == 0) != test.keeps {
			t.Errorf("kept %v: %d rows, %+v, %v", keeps, rows, fresh, failed)
		}
	}
}
