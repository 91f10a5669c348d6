package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// register is a platform in memory whose objects can be changed. It answers like a server.
type register struct {
	mu      sync.Mutex
	objects map[string]string // JSON by identifier
	asked   []string          // method and path, with the body where there is one
	// answer may answer a request in place of the ledger; status zero leaves it.
	answer func(method, path string) (status int, body string)
	// failure is what comes of every request in place of an answer; nil for none.
	failure error
}

// RoundTrip implements http.RoundTripper.
func (l *register) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	l.asked = append(l.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
	if l.failure != nil {
		return nil, l.failure
	}
	status, answer := 0, ""
	if l.answer != nil {
		status, answer = l.answer(r.Method, r.URL.Path)
	}
	if status == 0 {
		status, answer = l.serve(r.Method, r.URL.Path, body)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func (l *register) serve(method, path string, body []byte) (int, string) {
	id := strings.TrimPrefix(path, "/things/")
	object, found := l.objects[id]
	switch {
	case path == "/things" && method == http.MethodGet:
		var all []string
		for i := 1; i <= len(l.objects); i++ {
			all = append(all, l.objects[fmt.Sprint(i)])
		}
		return 200, "[" + strings.Join(all, ",") + "]"
	case path == "/things" && method == http.MethodPost:
		id = fmt.Sprint(len(l.objects) + 1)
		made, _ := sjson.SetBytes(body, "id", id)
		l.objects[id] = string(made)
		return 200, string(made)
	case !found:
		return 404, `{"error":"no such thing"}`
	case method == http.MethodGet:
		return 200, object
	case method == http.MethodPut:
		gjson.ParseBytes(body).ForEach(func(k, v gjson.Result) bool {
			object, _ = sjson.SetRaw(object, k.Str, v.Raw)
			return true
		})
		l.objects[id] = object
		return 200, "[" + object + "]"
	}
	return 405, `{"error":"method"}`
}

// requests returns what was asked since the last time.
func (l *register) requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.asked
	l.asked = nil
	return out
}

const ledgerMapping = `mapping: v1
platform: ledger
server: https://ledger.example
currency: EUR
errors:
  - {when: status == 422, problem: invalid_request, message: body.error}
resources:
  campaign:
    native_id: id
    name: name
    alias: alias
    state: {from: state, enum: {on: active, off: disabled}}
    cost.value: {money: {value: cost, currency: currency}}
    group_id: group
    token: key
  stream_event: {native_id: id, message: text}
  log_entry: {message: text}
  stream: {native_id: id, campaign_id: camp, name: name}
  import: {native_id: id, status: {from: status, enum: {pending: pending, done: completed}}}
operations:
  campaigns.list: {call: GET /things, rows: "@this"}
  campaigns.get: {call: "GET /things/{native_id}", row: "@this"}
  campaigns.create: {call: POST /things, write: [name, alias, state, cost, group_id], required: [alias], row: "@this"}
  campaigns.update: {call: "PUT /things/{native_id}", write: [name, state, cost], row: "@this"}
  campaigns.archive: {call: ["DELETE /things/{native_id}", "POST /things/{native_id}/archive"], answer: none}
  campaigns.enable: {call: "POST /things/{native_id}/on", fetch: campaigns.get}
  streams.copy: {call: POST /copy, fields: {stream_ids: {write: ids}, campaign_id: {write: camp}}, answer: none}
  logs.clear: {call: "DELETE /logs/{type}", filters: {type: path.type}, answer: none}
  streams.events: {call: ["GET /streams/{native_id}/events", "GET /stream/{native_id}/events"], rows: "@this", filters: {id: path.native_id}}
`

// keeping makes an engine of ledgers, by name, behind a mapping.
func keeping(t testing.TB, text string, ledgers map[string]*register) *Engine {
	t.Helper()
	c := Config{Surface: loadSurface(t), Secret: secret, Cache: newCache(t)}
	for name, l := range ledgers {
		if l.objects == nil {
			l.objects = map[string]string{}
		}
		p := platform(t, name, text, nil)
		rules, err := exchange.CompileRules([]exchange.RuleSpec{{When: "status == 422", Problem: "invalid_request", Message: "body.error"}})
		if err != nil {
			t.Fatal(err)
		}
		if p.Caller, err = exchange.New(exchange.Config{Platform: name, Server: &url.URL{Scheme: "https", Host: "ledger.example"}, Transport: l, Rules: rules, Retries: -1}); err != nil {
			t.Fatal(err)
		}
		c.Platforms = append(c.Platforms, p)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// writing is a request to change something; id and body may be empty.
func writing(t testing.TB, e *Engine, operation, id, query, body string, client Client) *WriteRequest {
	t.Helper()
	op := e.surface.Operation(operation)
	path := map[string]string{}
	if id != "" {
		path["id"] = id
	}
	params, faults := op.Parse(query, path)
	if faults != nil {
		t.Fatalf("%s: %v", operation, faults)
	}
	r := &WriteRequest{Params: params, Client: client}
	if body != "" {
		if r.Body, faults = op.ParseBody([]byte(body)); faults != nil {
			t.Fatalf("%s: %v", operation, faults)
		}
	}
	return r
}

// changed makes a change that has to succeed; the answer is empty where there is no object.
func changed(t testing.TB, e *Engine, operation, id, body string) string {
	t.Helper()
	o, p := e.Write(t.Context(), writing(t, e, operation, id, "", body, person{}))
	if p != nil {
		t.Fatalf("%s: %v: %s %v", operation, p.Code, p.Detail, p.Errors)
	}
	if o.JSON == nil {
		return ""
	}
	defer o.Close()
	var kept bytes.Buffer
	if err := json.Compact(&kept, o.JSON); err != nil {
		t.Fatal(err)
	}
	return kept.String()
}

func TestWriteAnswersTheObject(t *testing.T) {
	l := &register{}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	made := changed(t, e, "campaigns.create", "", `{"name":"n","alias":"x","state":"active","cost":{"value":{"value":"1.50","currency":"USD"}},"group_id":"a:7"}`)
	for path, want := range map[string]string{"id": "a:1", "name": "n", "alias": "x", "state": "active", "cost.value.value": "1.5", "cost.value.currency": "USD", "group_id": "a:7"} {
		if got := gjson.Get(made, path).String(); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := gjson.Get(changed(t, e, "campaigns.update", "a:1", `{"state":"disabled"}`), "state").String(); got != "disabled" {
		t.Errorf("the state is %q", got)
	}
	want := []string{`POST /things {"name":"n","alias":"x","state":"on","cost":1.5,"currency":"USD","group":"7"}`, `PUT /things/1 {"state":"off"}`}
	if diff := cmp.Diff(want, l.requests()); diff != "" {
		t.Error(diff)
	}
	l.answer = func(method, _ string) (int, string) {
		if method == http.MethodPost {
			return 200, ""
		}
		return 0, ""
	}
	if got := gjson.Get(changed(t, e, "campaigns.enable", "a:1", ""), "name").String(); got != "n" {
		t.Errorf("the object that was fetched is called %q", got)
	}
	if diff := cmp.Diff([]string{"POST /things/1/on", "GET /things/1"}, l.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteHidesWhatTheClientMayNotSee(t *testing.T) {
	l := &register{objects: map[string]string{"1": `{"id":1,"name":"n","key":"hush"}`}}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	for _, client := range []person{{}, {scopes: []string{"secrets"}}} {
		o, p := e.Write(t.Context(), writing(t, e, "campaigns.update", "a:1", "", `{"name":"m"}`, client))
		if p != nil {
			t.Fatal(p)
		}
		if got, want := gjson.GetBytes(o.JSON, "token").String() == "hush", client.scopes != nil; got != want {
			t.Errorf("with the scopes %v the token shows: %v", client.scopes, got)
		}
		o.Close()
	}
}

func TestWriteRefusesBeforeAnythingIsSent(t *testing.T) {
	l := &register{}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	_, p := e.Write(t.Context(), writing(t, e, "campaigns.create", "", "", `{"name":"n","position":1,"group_id":"a:1","cost":{"model":"CPC"}}`, person{}))
	want := []problem.FieldError{
		{Parameter: "alias", Detail: "is missing, and a needs it"},
		{Parameter: "position", Detail: "a does not take it"},
		{Parameter: "cost.model", Detail: "a does not take it"},
	}
	if code(p) != problem.InvalidRequest || cmp.Diff(want, p.Errors) != "" {
		t.Errorf("got %v", cmp.Diff(want, p.Errors))
	}
	if want := "Refused: alias, position, cost.model. The member errors says why. Nothing was changed."; p.Detail != want {
		t.Errorf("got %q, want %q", p.Detail, want)
	}
	if asked := l.requests(); asked != nil {
		t.Errorf("the platform was asked: %v", asked)
	}
}

func TestWriteChoosesThePlatform(t *testing.T) {
	for _, test := range []struct {
		name, operation, id, query, body string
		client                           person
		want                             problem.Code
		detail                           string
	}{
		{"the path's identifier", "campaigns.update", "b:1", "", `{"name":"x"}`, person{}, "", ""},
		{"the body's member", "campaigns.create", "", "", `{"platform":"b","name":"n","alias":"x"}`, person{}, "", ""},
		{"the query", "campaigns.create", "", "platform=b", `{"name":"n","alias":"x"}`, person{}, "", ""},
		{"both", "campaigns.create", "", "platform=b", `{"platform":"b","name":"n","alias":"x"}`, person{}, "", ""},
		{"an identifier in the body", "campaigns.create", "", "", `{"name":"n","alias":"x","group_id":"b:7"}`, person{}, "", ""},
		{"identifiers in a list", "streams.copy", "", "", `{"stream_ids":["b:1"],"campaign_id":"b:2"}`, person{}, "", ""},
		{"the only one that the client may use", "campaigns.create", "", "", `{"name":"n","alias":"x"}`, person{platforms: []string{"b"}}, "", ""},
		{"none", "campaigns.create", "", "", `{"name":"n","alias":"x"}`, person{}, problem.InvalidRequest, "has to be one of a, b"},
		{"two in the body", "streams.copy", "", "", `{"stream_ids":["b:1","a:3"],"campaign_id":"b:2"}`, person{}, problem.InvalidRequest, "is of a, but stream_ids[0] is of b"},
		{"another in the query", "campaigns.create", "", "platform=a", `{"platform":"b","name":"n","alias":"x"}`, person{}, problem.InvalidRequest, "is b in the body and a in the query"},
		{"an identifier of another", "campaigns.create", "", "", `{"platform":"b","name":"n","alias":"x","group_id":"a:7"}`, person{}, problem.InvalidRequest, `"a:7" is no id of b`},
		{"an unknown one", "campaigns.create", "", "", `{"platform":"c","name":"n","alias":"x"}`, person{}, problem.InvalidRequest, "there is no platform"},
		{"one that the client may not use", "campaigns.create", "", "", `{"platform":"b","name":"n","alias":"x"}`, person{platforms: []string{"a"}}, problem.Forbidden, ""},
		{"one that cannot do it", "offers.archive", "b:1", "", "", person{}, problem.UnsupportedByPlatform, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := &register{}, &register{objects: map[string]string{"1": `{"id":1}`}}
			b.answer = func(_, path string) (int, string) {
				if path == "/copy" {
					return 200, ""
				}
				return 0, ""
			}
			e := keeping(t, ledgerMapping, map[string]*register{"a": a, "b": b})
			_, p := e.Write(t.Context(), writing(t, e, test.operation, test.id, test.query, test.body, test.client))
			if test.want == "" {
				if p != nil || len(b.requests()) != 1 || a.requests() != nil {
					t.Fatalf("not made at b: %v", p)
				}
				return
			}
			if code(p) != test.want {
				t.Fatalf("got %v, want %s", p, test.want)
			}
			if all := fmt.Sprint(p.Errors); !strings.Contains(all, test.detail) {
				t.Errorf("got %s, want %s", all, test.detail)
			}
			if len(a.requests())+len(b.requests()) != 0 {
				t.Error("a platform was asked")
			}
		})
	}
}

// Parameters of the path beside the identifier go into the call.
func TestWriteTakesParametersOfThePath(t *testing.T) {
	l := &register{answer: func(_, _ string) (int, string) { return 200, "" }}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	params, faults := e.surface.Operation("logs.clear").Parse("platform=a", map[string]string{"type": "system"})
	if faults != nil {
		t.Fatal(faults)
	}
	if _, p := e.Write(t.Context(), &WriteRequest{Params: params, Client: person{}}); p != nil {
		t.Fatalf("%v: %v", p, p.Cause)
	}
	if diff := cmp.Diff([]string{"DELETE /logs/system"}, l.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestRefusalOfThePlatform(t *testing.T) {
	l := &register{objects: map[string]string{"1": `{"id":1}`}, answer: func(_, _ string) (int, string) { return 422, `{"error":"the name is taken"}` }}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	_, p := e.Write(t.Context(), writing(t, e, "campaigns.update", "a:1", "", `{"name":"x"}`, person{}))
	if code(p) != problem.InvalidRequest || p.Native == nil || p.Native.Message != "the name is taken" || p.Platform != "a" {
		t.Errorf("got %+v", p)
	}
	if asked := l.requests(); len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
}

// A list that goes on after a change does not show the rows that were kept from before it.
func TestChangeEndsKeptRows(t *testing.T) {
	l := &register{objects: map[string]string{}}
	for i := 1; i <= 6; i++ {
		l.objects[fmt.Sprint(i)] = fmt.Sprintf(`{"id":%d,"name":"before %d"}`, i, i)
	}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	first := get(t, e, "campaigns.list", "limit=2&sort=name")
	changed(t, e, "campaigns.update", "a:3", `{"name":"before 3 changed"}`)
	second := get(t, e, "campaigns.list", "limit=2&sort=name&cursor="+first.next)
	if !slices.ContainsFunc(second.rows, func(row string) bool { return strings.Contains(row, "before 3 changed") }) {
		t.Errorf("the list shows %v", second.rows)
	}
	l.requests()
	third := get(t, e, "campaigns.list", "limit=2&sort=name&cursor="+second.next)
	if len(third.ids) != 2 || l.requests() != nil {
		t.Errorf("rows that were read after the change are not kept: %v", third.ids)
	}
}

// Labels have no identifier: what one is after a change is read from the list, by the
// names that the body gives.
func TestChangeAnsweredByAList(t *testing.T) {
	text := strings.Replace(ledgerMapping, "operations:\n", `  label: {campaign_id: camp, ref_name: ref, label_name: name, items: values}
operations:
  labels.list: {call: GET /labels, rows: "@this", filters: {campaign_id: query.camp, ref_name: query.ref, label_name: query.name}}
  labels.update: {call: POST /labels, write: [campaign_id, ref_name, label_name, items], fetch: labels.list}
`, 1)
	const body = `{"campaign_id":"a:7","ref_name":"ip","label_name":"blacklist","items":["203.0.113.7"]}`
	t.Run("shown", func(t *testing.T) {
		l := &register{answer: func(method, path string) (int, string) {
			if method == http.MethodGet && path == "/labels" {
				return 200, `[{"camp":7,"ref":"ip","name":"blacklist","values":["203.0.113.6","203.0.113.7"]}]`
			}
			return 200, `{"success":true}`
		}}
		e := keeping(t, text, map[string]*register{"a": l})
		label := changed(t, e, "labels.update", "", body)
		for member, want := range map[string]string{"campaign_id": `"a:7"`, "ref_name": `"ip"`, "label_name": `"blacklist"`, "items": `["203.0.113.6","203.0.113.7"]`} {
			if got := gjson.Get(label, member).Raw; got != want {
				t.Errorf("%s is %s, want %s", member, got, want)
			}
		}
		want := []string{`POST /labels {"camp":"7","ref":"ip","name":"blacklist","values":["203.0.113.7"]}`, "GET /labels"}
		if got := l.requests(); !slices.Equal(got, want) {
			t.Errorf("asked %q, want %q", got, want)
		}
	})
	t.Run("not shown", func(t *testing.T) {
		l := &register{answer: func(string, string) (int, string) { return 200, `[]` }}
		e := keeping(t, text, map[string]*register{"a": l})
		_, p := e.Write(t.Context(), writing(t, e, "labels.update", "", "", body, person{}))
		if p == nil || p.Code != problem.PlatformInvalidResponse || !strings.Contains(p.Detail, "change was made") {
			t.Errorf("got %v", p)
		}
	})
}
