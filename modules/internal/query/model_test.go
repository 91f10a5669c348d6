package query

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Rare combinations want more tries than the default.
func TestMain(m *testing.M) {
	_ = flag.Set("rapid.checks", "500") // the command line may say otherwise
	m.Run()
}

// Whatever a platform can do and however it divides its rows into pages, lists are what
// a plain evaluation of filters and orders over all rows gives: page after page, also
// when what was kept between the pages is gone, and in a stream.
func TestListsEqualAPlainModel(t *testing.T) {
	kept := newCache(t)
	rapid.Check(t, func(t *rapid.T) {
		forget(t, kept)
		fakes := drawFakes(t)
		e := engine(t, kept, fakes...)
		q := drawQuery(t, fakes)
		want := q.evaluate(fakes)

		got, total := q.walk(t, e, kept)
		if lying := slices.ContainsFunc(fakes, func(f *fake) bool { return f.lies }); lying {
			// an order that is not kept may only be noticed late, but no row is lost for it
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("walk of %s\n got %v\nwant %v", q, got, want)
		}
		if total >= 0 && total != len(want) {
			t.Fatalf("%s: the total is %d, want %d", q, total, len(want))
		}
		a, p := read(t.Context(), e, q.request(t, e, "limit=0"))
		if p != nil || len(a.ids) > 0 || a.total != len(want) {
			t.Fatalf("%s: limit=0 counts %d, want %d: %v", q, a.total, len(want), p)
		}
	})
}

// drawFakes makes one to three platforms.
func drawFakes(t *rapid.T) []*fake {
	fakes := make([]*fake, rapid.IntRange(1, 3).Draw(t, "platforms"))
	yes := rapid.Bool()
	for i := range fakes {
		f := &fake{
			name:   string(rune('a' + i)),
			paging: rapid.SampledFrom([]string{"page", "page", "offset", "cursor", "unsized", "none"}).Draw(t, "paging"),
			max:    rapid.IntRange(2, 12).Draw(t, "max"), stop: "empty_page",
			total: yes.Draw(t, "total"), count: yes.Draw(t, "count"), sorts: yes.Draw(t, "sorts"),
			states: yes.Draw(t, "states"), camps: yes.Draw(t, "camps"), times: yes.Draw(t, "times"), refs: yes.Draw(t, "refs"), exact: yes.Draw(t, "exact"),
		}
		switch {
		case rapid.IntRange(0, 3).Draw(t, "clamps") == 0:
			f.clamp = rapid.IntRange(1, f.max).Draw(t, "clamp")
		case yes.Draw(t, "exact"):
			f.stop = rapid.SampledFrom([]string{"short_page", "total"}).Draw(t, "stop")
			f.total = f.total || f.stop == "total"
		}
		f.lies = f.sorts && rapid.IntRange(0, 5).Draw(t, "lies") == 0
		f.rows = drawRows(t, f)
		fakes[i] = f
	}
	return fakes
}

func drawRows(t *rapid.T, f *fake) []sale {
	maybe := func(name string, g *rapid.Generator[string]) *string {
		return rapid.Ptr(g, true).Draw(t, name)
	}
	minute := rapid.Custom(func(t *rapid.T) string {
		return moment.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "minute")) * time.Minute).Format(time.RFC3339)
	})
	// A platform that divides before it leaves rows out has pages of any length. The end
	// of such a list cannot be told from a page without rows, so there is none.
	uneven := f.paging == "page" && f.stop == "empty_page" && f.clamp == 0 && f.max > 2 &&
		!f.sorts && !f.states && !f.camps && !f.times && !f.refs
	rows := make([]sale, rapid.IntRange(0, 40).Draw(t, "rows"))
	for i := range rows {
		rows[i] = sale{
			ID: i + 1, Name: rapid.SampledFrom([]string{"Anna", "ÄRA", "ära", `a"b`, `a\b`, "50%", "a_b", ""}).Draw(t, "name"),
			State: rapid.SampledFrom([]string{"ok", "open", "shut", "no", "odd"}).Draw(t, "state"),
			Time:  maybe("time", minute), Sum: maybe("sum", rapid.SampledFrom([]string{"-1", "0", "0.50", "0.5", "9.99", "10"})),
			Cur:  rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "cur"),
			Camp: rapid.Ptr(rapid.IntRange(1, 4), true).Draw(t, "camp"), Ref: maybe("ref", rapid.SampledFrom([]string{"x", "X", "y,z"})),
			Locked: rapid.Ptr(rapid.Bool(), true).Draw(t, "locked"),
		}
		rows[i].hidden = uneven && i%3 == 1 && rapid.IntRange(0, 3).Draw(t, "hidden") == 0
	}
	return rows
}

// query is one list request, in words and as a function.
type query struct {
	text  string   // ends in &
	body  []string // filters of a query's body
	keep  []func(platform string, r sale) bool
	order []string
	limit int
	named bool
}

func (q *query) String() string { return fmt.Sprintf("%slimit=%d %v", q.text, q.limit, q.body) }

// request makes the request for a page.
func (q *query) request(t fataler, e *Engine, page string) *Request {
	t.Helper()
	r := request(t, e, "conversions.list", q.text+page, person{})
	var faults []problem.FieldError
	if r.Filters, faults = ParseFilters(r.Params.Operation(), json.RawMessage("["+strings.Join(q.body, ",")+"]")); faults != nil {
		t.Fatalf("%s: %v", q, faults)
	}
	return r
}

// condition adds a filter of the body with some chance.
func (q *query) condition(t *rapid.T, field string, ops []string, g *rapid.Generator[string], keep func(op, value, platform string, r sale) bool) {
	if rapid.IntRange(0, 7).Draw(t, field+" in the body?") > 0 {
		return
	}
	op, v := rapid.SampledFrom(ops).Draw(t, field+" operator"), g.Draw(t, field+" in the body")
	value, _ := json.Marshal(v)
	switch op {
	case "in", "not_in":
		value, _ = json.Marshal(strings.Split(v, "|"))
	case "between":
		value, _ = json.Marshal([]string{v, v})
	}
	q.body = append(q.body, fmt.Sprintf(`{"field":%q,"op":%q,"value":%s}`, field, op, value))
	q.keep = append(q.keep, func(platform string, r sale) bool { return keep(op, v, platform, r) })
}

// conditions adds filters of the body, of which some say what a parameter could.
func (q *query) conditions(t *rapid.T) {
	minute := rapid.Custom(func(t *rapid.T) string {
		return moment.Add(time.Duration(rapid.IntRange(-10, 10).Draw(t, "half minute")) * 30 * time.Second).Format(time.RFC3339)
	})
	words := rapid.SampledFrom[[]string]
	ordered := []string{"gt", "gte", "lt", "lte", "between", "eq", "ne"}
	holds := func(op string, order int) bool {
		return map[string]bool{"gt": order > 0, "gte": order >= 0, "lt": order < 0, "lte": order <= 0, "between": order == 0, "eq": order == 0, "ne": order != 0}[op]
	}
	among := func(op, v string, given *string, equal func(a, b string) bool) bool {
		if given == nil {
			return op == "ne" || op == "not_in"
		}
		is := slices.ContainsFunc(strings.Split(v, "|"), func(one string) bool { return equal(one, *given) })
		return is == (op == "eq" || op == "in")
	}
	exact := func(a, b string) bool { return a == b }
	q.condition(t, "status", []string{"in", "not_in"}, words([]string{"approved", "approved|pending", "unknown", "refunded|rejected"}),
		func(op, v, _ string, r sale) bool { return among(op, v, new(statuses[r.State]), exact) })
	q.condition(t, "campaign_id", []string{"in", "not_in"}, words([]string{"a:1", "a:1|b:2", "z:9", "a"}), func(op, v, p string, r sale) bool {
		if r.Camp == nil {
			return op == "not_in"
		}
		return among(op, v, new(fmt.Sprintf("%s:%d", p, *r.Camp)), exact)
	})
	q.condition(t, "sub_id_1", []string{"eq", "ne", "in"}, words([]string{"x", "X", "y,z", "7"}), func(op, v, _ string, r sale) bool { return among(op, v, r.Ref, strings.EqualFold) })
	q.condition(t, "occurred_at", ordered, minute, func(op, v, _ string, r sale) bool {
		if r.Time == nil {
			return op == "ne"
		}
		return holds(op, strings.Compare(*r.Time, v))
	})
	q.condition(t, "amount", ordered, words([]string{"-1", "0.50", "5e-1", "9.990", "11"}), func(op, v, _ string, r sale) bool {
		if r.Sum == nil {
			return op == "ne"
		}
		x, _ := strconv.ParseFloat(*r.Sum, 64)
		y, _ := strconv.ParseFloat(v, 64)
		return holds(op, cmp.Compare(x, y))
	})
	q.condition(t, "locked", []string{"eq", "ne"}, words([]string{"true", "false"}), func(op, v, _ string, r sale) bool {
		if r.Locked == nil {
			return op == "ne"
		}
		return (strconv.FormatBool(*r.Locked) == v) == (op == "eq")
	})
}

// filter adds a filter with some chance, and returns its value; empty without one.
func (q *query) filter(t *rapid.T, name string, g *rapid.Generator[string], keep func(value, platform string, r sale) bool) string {
	if rapid.IntRange(0, 5).Draw(t, name+"?") > 0 {
		return ""
	}
	v := g.Draw(t, name)
	q.text += name + "=" + url.QueryEscape(v) + "&"
	q.keep = append(q.keep, func(platform string, r sale) bool { return keep(v, platform, r) })
	return v
}

var statuses = map[string]string{"ok": "approved", "open": "pending", "shut": "approved", "no": "rejected", "odd": "unknown"}

func drawQuery(t *rapid.T, fakes []*fake) *query {
	q := &query{limit: rapid.IntRange(1, 30).Draw(t, "limit"), named: len(fakes) > 1}
	among := func(list, v string) bool { return slices.Contains(strings.Split(list, ","), v) }
	minute := rapid.Custom(func(t *rapid.T) string {
		return moment.Add(time.Duration(rapid.IntRange(-10, 10).Draw(t, "half minute")) * 30 * time.Second).Format(time.RFC3339)
	})
	amount := func(s *string) float64 { f, _ := strconv.ParseFloat(*s, 64); return f }
	q.filter(t, "status", rapid.SampledFrom([]string{"approved", "pending", "approved,rejected", "unknown", "refunded", "pending,unknown"}),
		func(v, _ string, r sale) bool { return among(v, statuses[r.State]) })
	camps := []string{"a:1", "a:1,a:2"}
	if len(fakes) > 1 { // identifiers of no platform are refused
		camps = append(camps, "b:2", "a:1,b:2")
	}
	q.filter(t, "campaign_id", rapid.SampledFrom(camps),
		func(v, p string, r sale) bool { return r.Camp != nil && among(v, fmt.Sprintf("%s:%d", p, *r.Camp)) })
	from := q.filter(t, "occurred_from", minute, func(v, _ string, r sale) bool { return r.Time != nil && *r.Time >= v })
	notBefore := rapid.Map(minute, func(v string) string { return max(v, from) })
	q.filter(t, "occurred_to", notBefore, func(v, _ string, r sale) bool { return r.Time != nil && *r.Time < v })
	q.filter(t, "amount_min", rapid.SampledFrom([]string{"0.5", "9.99", "-2"}), func(v, _ string, r sale) bool { return r.Sum != nil && amount(r.Sum) >= amount(&v) })
	q.filter(t, "amount_max", rapid.SampledFrom([]string{"0.5", "9.990", "0"}), func(v, _ string, r sale) bool { return r.Sum != nil && amount(r.Sum) <= amount(&v) })
	q.filter(t, "sub_id_1", rapid.SampledFrom([]string{"x", "y,z"}), func(v, _ string, r sale) bool { return r.Ref != nil && *r.Ref == v })
	q.filter(t, "currency", rapid.SampledFrom([]string{"EUR", "USD,GBP"}), func(v, _ string, r sale) bool { return r.Sum != nil && among(v, r.Cur) })
	q.filter(t, "locked", rapid.SampledFrom([]string{"true", "false"}), func(v, _ string, r sale) bool { return r.Locked != nil && strconv.FormatBool(*r.Locked) == v })
	q.filter(t, "q", rapid.SampledFrom([]string{"ära", "%", "_", `"`, "A"}), func(v, _ string, r sale) bool {
		return strings.Contains(strings.ToLower(r.Name), strings.ToLower(v)) || strings.Contains(strconv.Itoa(r.ID), v)
	})
	q.conditions(t)
	members := []string{"occurred_at", "amount", "external_id", "status", "campaign_id", "original.amount"}
	for _, m := range rapid.SliceOfNDistinct(rapid.SampledFrom(members), 0, 2, rapid.ID[string]).Draw(t, "sort") {
		q.order = append(q.order, rapid.SampledFrom([]string{"", "-"}).Draw(t, "direction")+m)
	}
	if len(q.order) > 0 {
		q.text += "sort=" + strings.Join(q.order, ",") + "&"
	}
	if rapid.IntRange(0, 3).Draw(t, "fields?") == 0 {
		q.text += "fields=id,type&" // of the members that tell rows apart only the identifier
	}
	return q
}

// evaluate gives the identifiers of the rows that the query is for, in order.
func (q *query) evaluate(fakes []*fake) []string {
	type unified struct {
		id string
		sale
		platform string
	}
	var rows []unified
	for _, f := range fakes {
		for _, r := range f.rows {
			kept := !r.hidden
			for _, keep := range q.keep {
				kept = kept && keep(f.name, r)
			}
			if kept {
				rows = append(rows, unified{fmt.Sprintf("%s:%d", f.name, r.ID), r, f.name})
			}
		}
	}
	order := q.order
	if len(order) == 0 && len(fakes) > 1 {
		order = []string{"-occurred_at"}
	}
	if len(order) > 0 {
		slices.SortFunc(rows, func(a, b unified) int {
			for _, o := range order {
				member, descending := strings.CutPrefix(o, "-")
				if c := compareModel(a.sale, b.sale, a.platform, b.platform, member, descending); c != 0 {
					return c
				}
			}
			return strings.Compare(a.id, b.id)
		})
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids
}

// compareModel compares two rows by a member, nulls last.
func compareModel(a, b sale, pa, pb, member string, descending bool) int {
	text := func(r sale, p string) *string {
		switch member {
		case "occurred_at":
			return r.Time
		case "external_id":
			if r.Name == "" {
				return nil
			}
			return &r.Name
		case "status":
			return new(statuses[r.State])
		case "campaign_id":
			if r.Camp != nil {
				return new(fmt.Sprintf("%s:%d", p, *r.Camp))
			}
		case "amount":
			return r.Sum
		}
		return nil
	}
	x, y := text(a, pa), text(b, pb)
	if x == nil || y == nil {
		return cmp.Compare(btoi(x == nil), btoi(y == nil))
	}
	c := strings.Compare(*x, *y)
	if member == "amount" {
		i, _ := strconv.ParseFloat(*x, 64)
		j, _ := strconv.ParseFloat(*y, 64)
		c = cmp.Compare(i, j)
	}
	if descending {
		return -c
	}
	return c
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// walk reads the list in pages of changing sizes or as a stream, now and then without
// what was kept. A platform that does not keep the order may make it start again once.
func (q *query) walk(t *rapid.T, e *Engine, kept *cache.Cache) (ids []string, total int) {
	if rapid.IntRange(0, 4).Draw(t, "stream") == 0 {
		r := q.request(t, e, "limit=all")
		r.Stream = true
		a, p := read(t.Context(), e, r)
		if p == nil && slices.ContainsFunc(a.statuses, disordered) {
			a, p = read(t.Context(), e, r)
		}
		if p != nil {
			t.Fatalf("%s: %v", q, p)
		}
		return a.ids, a.total
	}
	cursor, again := "", false
	for range 500 {
		text := fmt.Sprintf("limit=%d", q.limit)
		if cursor != "" {
			text += "&cursor=" + cursor
		}
		a, p := read(t.Context(), e, q.request(t, e, text))
		if !again && (p != nil && p.Code == problem.PlatformInvalidResponse || slices.ContainsFunc(a.statuses, disordered)) {
			ids, cursor, again = nil, "", true
			continue
		}
		if p != nil {
			t.Fatalf("%s: %v: %s", text, p.Code, p.Detail)
		}
		ids = append(ids, a.ids...)
		if a.next == "" {
			return ids, a.total
		}
		cursor = a.next
		switch rapid.IntRange(0, 5).Draw(t, "between pages") {
		case 0:
			forget(t, kept)
		case 1:
			q.limit = rapid.IntRange(1, 30).Draw(t, "limit")
		case 2:
			again, p := read(t.Context(), e, q.request(t, e, text))
			if p != nil || !slices.Equal(again.ids, a.ids) {
				t.Fatalf("%s: asked again it gives %v, %v, not %v", text, again.ids, p, a.ids)
			}
		}
	}
	t.Fatalf("%s: the list goes on after 500 pages", q)
	return nil, 0
}

func disordered(s answer.Status) bool {
	return s.Problem != nil && s.Problem.Code == problem.PlatformInvalidResponse
}
