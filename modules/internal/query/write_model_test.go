package query

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"
)

const everyMember = `mapping: v1
platform: every
server: https://ledger.example
timezone: America/New_York
currency: EUR
formats:
  moment: {datetime: "2006-01-02T15:04:05-07:00"}
resources:
  conversion:
    native_id: id
    external_id: order.number
    type: {from: kind, enum: {buy: sale, sale: sale, click: click, lead: lead}, write: {values: {sale: buy}}}
    status: {from: state, enum: {"0": pending, "1": approved, "2": rejected}, write: {emit: integer}}
    payment_status: {from: out, enum: {"true": paid, "false": unpaid}, write: {emit: boolean}}
    locked: {from: closed, write: {emit: bit}}
    occurred_at: {from: at, as: moment}
    amount: {money: {value: [sum, total], currency: cur}}
    commission: {money: cents, scale: 2}
    revenue: {money: earned, write: {emit: string}}
    campaign_id: {from: camp, write: {emit: integer}}
    offer_id: offer
    publisher.id: order.publisher
    sub_ids.1: p1
    sub_ids.2: extra.p2
    items: {from: lines, each: {id: id, name: label, amount: {money: {value: sum, currency: cur}}}}
    client.ips: ips
    client.user_agents: {from: agents, split: "|"}
operations:
  conversions.create: {call: POST /things, write: [external_id, type, status, payment_status, locked, occurred_at, amount, commission, revenue, campaign_id, offer_id, publisher, sub_ids, items, client], row: "@this"}
  conversions.update: {call: "PUT /things/{native_id}", write: [external_id, type, status, payment_status, locked, occurred_at, amount, commission, revenue, campaign_id, offer_id, publisher, sub_ids, items, client], row: "@this"}
  conversions.get: {call: "GET /things/{native_id}", row: "@this"}
`

// What is written and read again is what was written, for every kind of member.
func TestWrittenMembersReadTheSame(t *testing.T) {
	e := keeping(t, everyMember, map[string]*register{"every": {}})
	rapid.Check(t, func(t *rapid.T) {
		body := conversion(t)
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		op := e.surface.Operation("conversions.create")
		parsed, faults := op.ParseBody(text)
		if faults != nil {
			t.Fatalf("%s: %v", text, faults)
		}
		params, _ := op.Parse("", nil)
		o, p := e.Write(t.Context(), &WriteRequest{Params: params, Body: parsed, Client: person{}})
		if p != nil {
			t.Fatalf("%s: %v %v", text, p, p.Errors)
		}
		defer o.Close()
		sameMembers(t, gjson.ParseBytes(parsed.JSON), gjson.ParseBytes(o.JSON), "")
	})
}

// sameMembers compares what was written with what is read; other members are not looked at.
func sameMembers(t *rapid.T, written, read gjson.Result, path string) {
	written.ForEach(func(key, value gjson.Result) bool {
		at := path + "." + key.String()
		got := read.Get(gjson.Escape(key.String()))
		if written.IsArray() {
			got = read.Array()[int(key.Num)]
		}
		switch {
		case value.IsArray() && len(value.Array()) != len(got.Array()):
			t.Errorf("%s: wrote %s, read %s", at, value.Raw, got.Raw)
		case value.Type == gjson.JSON:
			sameMembers(t, value, got, at)
		case key.String() == "value" && got.Type == gjson.String && sameNumber(value.Str, got.Str):
			// an amount of cents is read with both decimal places
		case value.Type != got.Type || value.String() != got.String():
			t.Errorf("%s: wrote %s, read %s", at, value.Raw, got.Raw)
		}
		return true
	})
}

func sameNumber(a, b string) bool {
	x, ok := new(big.Rat).SetString(a)
	y, also := new(big.Rat).SetString(b)
	return ok && also && x.Cmp(y) == 0
}

func conversion(t *rapid.T) map[string]any {
	word := rapid.StringMatching(`[a-zA-Z0-9 "\\/äß{}.,:;-]{0,12}[a-z]`)
	money := func(places int) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			value := fmt.Sprint(rapid.Int64Range(-1e12, 1e12).Draw(t, "amount"))
			if n := rapid.IntRange(0, places).Draw(t, "places"); n > 0 {
				value += "." + rapid.StringMatching(fmt.Sprintf("[0-9]{%d}[1-9]", n-1)).Draw(t, "fraction")
			}
			return map[string]any{"value": value, "currency": "EUR"}
		})
	}
	all := map[string]*rapid.Generator[any]{
		"external_id":    word.AsAny(),
		"status":         rapid.SampledFrom([]string{"pending", "approved", "rejected"}).AsAny(),
		"payment_status": rapid.SampledFrom([]string{"paid", "unpaid"}).AsAny(),
		"locked":         rapid.Bool().AsAny(),
		"occurred_at": rapid.Custom(func(t *rapid.T) any {
			return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0).UTC().Format(time.RFC3339)
		}),
		"amount":      money(6),
		"commission":  money(2),
		"revenue":     money(6),
		"campaign_id": rapid.Map(rapid.IntRange(0, 1e9), func(n int) any { return fmt.Sprintf("every:%d", n) }),
		"offer_id":    rapid.Map(word, func(s string) any { return "every:" + s }),
		"publisher":   rapid.Map(word, func(s string) any { return map[string]any{"id": "every:" + s} }),
		"sub_ids":     rapid.Map(word, func(s string) any { return map[string]any{"1": s, "2": s + s} }),
		"items": rapid.Map(rapid.SliceOfN(word, 1, 3), func(names []string) any {
			var out []any
			for i, name := range names {
				out = append(out, map[string]any{"id": fmt.Sprint(i), "name": name, "amount": map[string]any{"value": fmt.Sprint(i, ".5"), "currency": "USD"}})
			}
			return out
		}),
		"client": rapid.Map(rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,5}( [a-z/0-9;()]{1,5})?`), 1, 3), func(texts []string) any {
			return map[string]any{"ips": []string{"203.0.113.7"}, "user_agents": texts}
		}),
	}
	body := map[string]any{"type": rapid.SampledFrom([]string{"sale", "lead", "click"}).Draw(t, "type")}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{
		"external_id", "status", "payment_status", "locked", "occurred_at", "amount", "commission", "revenue",
		"campaign_id", "offer_id", "publisher", "sub_ids", "items", "client",
	}), rapid.ID[string]).Draw(t, "members") {
		body[name] = all[name].Draw(t, name)
	}
	return body
}

func TestMergePutsMembersIntoTheWholeObject(t *testing.T) {
	l := &register{objects: map[string]string{"1": `{"id":1,"name":"old","key":"hush","more":{"a":[1]}}`}}
	text := strings.Replace(ledgerMapping, "write: [name, state, cost], row", "write: [name, state, cost], merge: campaigns.get, row", 1)
	e := keeping(t, text, map[string]*register{"a": l})
	changed(t, e, "campaigns.update", "a:1", `{"name":"new"}`)
	want := []string{"GET /things/1", `PUT /things/1 {"id":1,"name":"new","key":"hush","more":{"a":[1]}}`}
	if diff := cmp.Diff(want, l.requests()); diff != "" {
		t.Error(diff)
	}
	if _, p := e.Write(t.Context(), writing(t, e, "campaigns.update", "a:9", "", `{"name":"new"}`, person{})); p == nil || p.Status() != http.StatusNotFound {
		t.Errorf("an object that there is not: %v", p)
	}
}

const importBody = `{"conversions":[{"campaign_id":"a:1"}]}`

const jobs = `mapping: v1
platform: jobs
server: https://ledger.example
resources:
  import: {native_id: id, status: {from: state, enum: {waiting: pending, done: completed}}}
operations:
  imports.get: {call: "GET /things/{native_id}", row: "@this"}
  imports.create:
    call: POST /things
    fields: {conversions: {each: {campaign_id: camp}, write: rows}}
    row: "@this"
    poll: {operation: imports.get, until: status == "completed", every: 1ms, for: PATIENCE}
`

func TestPollWaitsUntilItIsDone(t *testing.T) {
	for _, test := range []struct{ name, patience, want string }{
		{"until it is done", "1h", "completed"},
		{"until its time is up", "0s", "pending"},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := 0
			l := &register{answer: func(method, _ string) (int, string) {
				if method == http.MethodPost {
					return 200, `{"id":"j1","state":"waiting"}`
				}
				if asked++; asked < 3 {
					return 200, `{"id":"j1","state":"waiting"}`
				}
				return 200, `{"id":"j1","state":"done"}`
			}}
			e := keeping(t, strings.Replace(jobs, "PATIENCE", test.patience, 1), map[string]*register{"a": l})
			got := changed(t, e, "imports.create", "", importBody)
			if status := gjson.Get(got, "status").String(); status != test.want || gjson.Get(got, "id").String() != "a:j1" {
				t.Errorf("got %s, want it %s", got, test.want)
			}
		})
	}
}
