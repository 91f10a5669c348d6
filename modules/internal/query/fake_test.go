package query

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// sale is a native row of the fake platforms. Nil pointers are JSON nulls.
type sale struct {
	ID     int     `json:"id"`
	Name   string  `json:"name"`
	State  string  `json:"state"`
	Time   *string `json:"time"`
	Sum    *string `json:"sum"`
	Cur    string  `json:"cur"`
	Camp   *int    `json:"camp"`
	Ref    *string `json:"ref"`
	Locked *bool   `json:"locked"`

	hidden bool // counted in pages, but not shown
}

// fake is a platform in memory, with an API that is as able as a test wants it to be.
type fake struct {
	name   string
	paging string // page, offset, cursor, unsized (pages of the platform's choice) or none
	max    int    // the largest page, as the mapping has it
	clamp  int    // the largest page in truth; 0: as the mapping has it
	stop   string // of the mapping
	total  bool   // the answer says how many rows match
	count  bool   // there is a call that counts
	sorts  bool   // it orders by time and sum
	lies   bool   // … but does not do it
	states bool   // it filters by state
	camps  bool   // … by campaign
	times  bool   // … by time
	refs   bool   // … by ref, whatever the letter case
	exact  bool   // … or to the letter

	rows []sale
	// before may change a call, or fail it.
	before func(path string, q url.Values) *problem.Problem

	mu       sync.Mutex
	requests []string
}

const fakeSize = 7 // rows of a page where the platform chooses

// mapping is the fake's mapping.
func (f *fake) mapping() string {
	var b strings.Builder
	b.WriteString(`mapping: v1
platform: fake
server: https://fake.example
currency: EUR
formats:
  instant: {datetime: rfc3339}
resources:
  conversion:
    native_id: id
    external_id: name
    status: {from: state, enum: {ok: approved, open: pending, shut: approved, no: rejected}}
    occurred_at: {from: time, as: instant}
    amount: {money: {value: sum, currency: cur}}
    campaign_id: camp
    sub_ids.1: ref
    locked: locked
  campaign:
    native_id: id
    name: name
    state: {from: state, enum: {ok: active, no: deleted}}
    token: name
  stream:
    native_id: id
    campaign_id: camp
    name: name
    state: {from: state, enum: {ok: active, no: deleted}}
operations:
  campaigns.list:
    call: GET /camps
    rows: items
  streams.list:
    call: GET /camps/{camp}/streams
    rows: items
    for_each: {as: camp, operation: campaigns.list, parameter: campaign_id}
  streams.get: {via: streams.list}
  conversions.get: {via: conversions.list}
  conversions.list:
    call: GET /sales
    rows: items
`)
	if f.total {
		b.WriteString("    total: total\n")
	}
	if f.count {
		b.WriteString("    count: {query: {only: count}, read: total}\n")
	}
	size := fmt.Sprintf("size: query.size, max: %d, ", f.max)
	switch f.paging {
	case "page":
		fmt.Fprintf(&b, "    paging: {page: query.page, %sstop: %s}\n", size, f.stop)
	case "offset":
		fmt.Fprintf(&b, "    paging: {offset: query.offset, %sstop: %s}\n", size, f.stop)
	case "cursor":
		fmt.Fprintf(&b, "    paging: {cursor: query.after, %snext: next}\n", size)
	case "unsized":
		b.WriteString("    paging: {page: query.page}\n")
	}
	filters := map[bool]string{}
	for _, x := range []struct {
		on   bool
		text string
	}{
		{f.states, "      status: {to: query.state, many: true}\n"},
		{f.camps, "      campaign_id: query.camp\n"},
		{f.times, "      occurred_from: {to: query.from, as: instant}\n      occurred_to: {to: query.until, as: instant, edge: before}\n"},
		{f.refs, "      sub_id_1: {to: query.ref, narrows: true}\n"},
	} {
		if x.on {
			filters[true] += x.text
		}
	}
	if filters[true] != "" {
		b.WriteString("    filters:\n" + filters[true])
	}
	if f.sorts {
		b.WriteString(`    sort: {to: query.order, item: "{field} {direction}", join: ",", directions: {asc: asc, desc: desc}, fields: {occurred_at: time, amount: sum}}` + "\n")
	}
	return b.String()
}

// Do implements Caller.
func (f *fake) Do(ctx context.Context, req *exchange.Request) (*exchange.Response, *problem.Problem) {
	f.mu.Lock()
	f.requests = append(f.requests, req.Path+"?"+req.Query)
	f.mu.Unlock()
	if ctx.Err() != nil {
		return nil, problem.New(problem.PlatformTimeout, "the client has gone")
	}
	q, err := url.ParseQuery(req.Query)
	if err != nil {
		return nil, problem.New(problem.Internal, "%v", err)
	}
	if f.before != nil {
		if p := f.before(req.Path, q); p != nil {
			return nil, p
		}
	}
	var answer map[string]any
	switch camp, ok := strings.CutSuffix(strings.TrimPrefix(req.Path, "/camps/"), "/streams"); {
	case ok:
		n, _ := strconv.Atoi(camp)
		var own []sale
		for _, r := range f.rows {
			if r.Camp != nil && *r.Camp == n {
				own = append(own, r)
			}
		}
		if own == nil {
			code := problem.PlatformError
			if req.Single {
				code = problem.NotFound
			}
			return nil, problem.New(code, "no such campaign")
		}
		answer = map[string]any{"items": own}
	case req.Path == "/camps":
		camps := map[int]sale{}
		for _, r := range f.rows {
			if r.Camp != nil {
				camps[*r.Camp] = sale{ID: *r.Camp, Name: fmt.Sprint("camp ", *r.Camp), State: "ok"}
			}
		}
		var list []sale
		for _, id := range slices.Sorted(maps.Keys(camps)) {
			list = append(list, camps[id])
		}
		answer = map[string]any{"items": list}
	default:
		answer = f.sales(q)
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, problem.New(problem.Internal, "%v", err)
	}
	return &exchange.Response{Status: 200, Body: body, Requests: 1}, nil
}

func (f *fake) sales(q url.Values) map[string]any {
	var rows []sale
	for _, r := range f.rows {
		if f.matches(r, q) {
			rows = append(rows, r)
		}
	}
	total := 0
	for _, r := range rows {
		if !r.hidden {
			total++
		}
	}
	if order := q.Get("order"); order != "" && !f.lies {
		f.sort(rows, strings.Split(order, ","))
	}
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(q.Get(name)); err == nil {
			return n
		}
		return otherwise
	}
	size := number("size", fakeSize)
	if f.clamp > 0 {
		size = min(size, f.clamp)
	}
	from := 0
	switch f.paging {
	case "page", "unsized":
		from = (number("page", 1) - 1) * size
	case "offset":
		from = number("offset", 0)
	case "cursor":
		from = number("after", 0)
	case "none":
		size = len(rows)
	}
	from = min(from, len(rows))
	to := min(from+size, len(rows))
	answer := map[string]any{"total": total}
	if to < len(rows) {
		answer["next"] = strconv.Itoa(to)
	}
	items := []sale{}
	for _, r := range rows[from:to] {
		if !r.hidden {
			items = append(items, r)
		}
	}
	answer["items"] = items
	return answer
}

func (f *fake) matches(r sale, q url.Values) bool {
	switch {
	case q.Has("state") && !slices.Contains(strings.Split(q.Get("state"), ","), r.State),
		q.Has("camp") && (r.Camp == nil || strconv.Itoa(*r.Camp) != q.Get("camp")),
		q.Has("from") && (r.Time == nil || *r.Time < q.Get("from")),
		q.Has("until") && (r.Time == nil || *r.Time > q.Get("until")),
		q.Has("ref") && (r.Ref == nil || !strings.EqualFold(*r.Ref, q.Get("ref")) || f.exact && *r.Ref != q.Get("ref")):
		return false
	}
	return true
}

// sort orders rows as a database does that puts nulls last, whatever the direction.
func (f *fake) sort(rows []sale, order []string) {
	slices.SortStableFunc(rows, func(a, b sale) int {
		for _, o := range order {
			field, direction, _ := strings.Cut(o, " ")
			x, y := a.Time, b.Time
			if field == "sum" {
				x, y = a.Sum, b.Sum
			}
			c := 0
			switch {
			case x == nil && y == nil:
			case x == nil:
				c = 1
			case y == nil:
				c = -1
			case field == "sum":
				i, _ := strconv.ParseFloat(*x, 64)
				j, _ := strconv.ParseFloat(*y, 64)
				if c = int(100*i) - int(100*j); direction == "desc" {
					c = -c
				}
			default:
				if c = strings.Compare(*x, *y); direction == "desc" {
					c = -c
				}
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// asked is the number of native requests since the last time.
func (f *fake) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.requests)
	f.requests = nil
	return n
}
