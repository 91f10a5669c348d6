package integration

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// NDJSON has a row on each line and the platforms on the last, and with limit=all
// everything, in the form that JSON pages have.
func TestNDJSON(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), p.native["keitaro"].caddyfile(), client)
	pages, _ := g.walk("/v1/conversions?limit=1000")
	for name, a := range map[string]answer{
		"format=ndjson": g.get("/v1/conversions?limit=all&format=ndjson"),
		"Accept":        g.do("GET", "/v1/conversions?limit=all", http.Header{"Accept": {"application/x-ndjson"}}, nil),
	} {
		if got := a.header.Get("Content-Type"); got != "application/x-ndjson" {
			t.Errorf("%s: content type %q", name, got)
		}
		lines := bytes.Split(bytes.TrimSuffix(a.body, []byte("\n")), []byte("\n"))
		if len(lines) != len(pages)+1 {
			t.Fatalf("%s: %d lines, want %d rows and the platforms", name, len(lines), len(pages))
		}
		for i, row := range pages {
			if got := decode[map[string]any](t, lines[i]); fmt.Sprint(got) != fmt.Sprint(row) {
				t.Fatalf("%s: line %d is %s, the page has %v", name, i, lines[i], row)
			}
		}
		last := decode[page](t, lines[len(lines)-1])
		if len(last.Platforms) != 2 || last.Platforms[0].Rows+last.Platforms[1].Rows != len(pages) {
			t.Errorf("%s: the last line is %s", name, lines[len(lines)-1])
		}
	}
}

// A platform may break its rows over lines; a line of NDJSON is a row all the same.
func TestNDJSONOfNativeRowsWithLineBreaks(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	p.native["affjet"].faults.Set(kit.Fault{Body: "{\"result\": 0, \"dataList\": [\n{\n\"id\": 1,\r\n\"name\": \"a\\nb\"\n}\n]}"})
	a := g.get("/v1/networks?format=ndjson&include=native")
	lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"native":{"id":1,"name":"a\nb"}`) {
		t.Errorf("got %d lines: %s", len(lines), a.body)
	}
}

// CSV has a header, money as amount and currency, and what RFC 4180 asks for around
// quotes and commas; the platforms are in a trailer.
func TestCSV(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	req, err := http.NewRequestWithContext(t.Context(), "GET", g.url+"/v1/conversions?limit=all&sort=occurred_at&fields=id,amount,sub_ids&format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	records, err := csv.NewReader(bufio.NewReader(resp.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], " "); got != "id amount amount.currency sub_ids" {
		t.Errorf("the header is %q", got)
	}
	rows := map[string][]string{}
	for _, r := range records[1:] {
		rows[r[0]] = r
	}
	transactions := p.affjet.Transactions()
	if len(rows) != len(transactions) {
		t.Errorf("%d rows, want %d", len(rows), len(transactions))
	}
	for _, tx := range transactions {
		r := rows["affjet:"+tx.UniqueID]
		if r == nil {
			t.Fatalf("no row of %q", tx.UniqueID)
		}
		if r[2] != "EUR" || hundredths(r[1]) != fmt.Sprint(tx.Amount) {
			t.Fatalf("%q: amount %s %s, the data has %d hundredths", tx.UniqueID, r[1], r[2], tx.Amount)
		}
		var subs map[string]string
		if r[3] != "" {
			if err := json.Unmarshal([]byte(r[3]), &subs); err != nil {
				t.Fatal(err)
			}
		}
		if subs["1"] != tx.CustomID {
			t.Fatalf("%q: sub_ids %s, the data has %q", tx.UniqueID, r[3], tx.CustomID)
		}
	}
	if trailer := resp.Trailer.Get("Tributary-Platforms"); !strings.Contains(trailer, `"status":"ok"`) {
		t.Errorf("the trailer is %q", trailer)
	}
}

// hundredths writes a decimal as a whole number of hundredths.
func hundredths(decimal string) string {
	whole, fraction, _ := strings.Cut(decimal, ".")
	n, ok := new(big.Int).SetString(whole+(fraction + "00")[:2], 10)
	if !ok {
		return decimal
	}
	return n.String()
}

// The form that Accept gives the highest weight is answered (RFC 9110, section 12.5.1).
func TestAccept(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	for accept, want := range map[string]string{
		"":                                 "application/json",
		"*/*":                              "application/json",
		"text/csv":                         "text/csv; charset=utf-8; header=present",
		"text/csv;q=0.1, application/json": "application/json",
		"application/json;q=0.5, application/x-ndjson;q=0.9": "application/x-ndjson",
		"text/csv;q=0": "application/json",
		"image/png":    "application/json",
		";;;":          "application/json",
	} {
		a := g.do("GET", "/v1/networks?limit=1", http.Header{"Accept": {accept}}, nil)
		if got := a.header.Get("Content-Type"); a.status != 200 || got != want {
			t.Errorf("Accept %q: %d %s, want %s", accept, a.status, got, want)
		}
	}
}

// A query by body answers what the same parameters in the URL answer, and takes
// filters that a URL cannot say.
func TestQueryByBody(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	query := func(body string) page {
		t.Helper()
		a := g.post("/v1/conversions/query", body)
		if a.status != 200 {
			t.Fatalf("%s: %d %s", body, a.status, a.body)
		}
		return decode[page](t, a.body)
	}
	byURL := g.list("/v1/conversions?status=pending,rejected&limit=20&sort=-amount&network_id=affjet:12")
	byBody := query(`{"status":["pending","rejected"],"limit":20,"sort":"-amount","network_id":"affjet:12"}`)
	if fmt.Sprint(ids(byURL.Data)) != fmt.Sprint(ids(byBody.Data)) || len(byBody.Data) == 0 {
		t.Errorf("got %v, want %v", ids(byBody.Data), ids(byURL.Data))
	}
	var want []string
	for _, tx := range p.affjet.Transactions() {
		if tx.Amount > 90000 && strings.Contains(strings.ToLower(tx.CustomID), "clickref") && tx.Status != affjet.Declined {
			want = append(want, "affjet:"+tx.UniqueID)
		}
	}
	got := query(`{"limit":1000,"filters":[
		{"field":"amount","op":"gt","value":900},
		{"field":"sub_ids.1","op":"contains","value":"CLICKREF"},
		{"field":"status","op":"ne","value":"rejected"}]}`)
	sameSet(t, ids(got.Data), want)
	if len(want) == 0 {
		t.Error("the data has nothing to find")
	}
}

// fields selects members; an object keeps its shape all the same.
func TestFieldsAndHead(t *testing.T) {
	p := newPlatforms(t)
	g := start(t, p.native["affjet"].caddyfile(), client)
	whole := g.list("/v1/conversions?limit=5")
	some := g.list("/v1/conversions?limit=5&fields=status,amount")
	for i, row := range some.Data {
		if len(row) != len(whole.Data[i]) {
			t.Errorf("%d members, want %d", len(row), len(whole.Data[i]))
		}
		for member, v := range row {
			switch member {
			case "id", "platform", "native_id", "status", "amount":
				if fmt.Sprint(v) != fmt.Sprint(whole.Data[i][member]) || v == nil {
					t.Errorf("%s: got %v, want %v", member, v, whole.Data[i][member])
				}
			default:
				if v != nil {
					t.Errorf("%s was not asked for and is %v", member, v)
				}
			}
		}
	}
	head := g.do("HEAD", "/v1/conversions?limit=5", nil, nil)
	if head.status != 200 || len(head.body) != 0 || head.header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d with %d bytes, length %q", head.status, len(head.body), head.header.Get("Content-Length"))
	}
	if link := g.get("/v1/conversions?limit=5").header.Get("Link"); !strings.HasSuffix(link, `>; rel="next"`) {
		t.Errorf("Link is %q", link)
	} else {
		next := strings.TrimPrefix(strings.TrimSuffix(link, `>; rel="next"`), "<"+g.url)
		if page := g.list(next); fmt.Sprint(ids(page.Data)) == fmt.Sprint(ids(whole.Data)) || len(page.Data) != 5 {
			t.Error("the link does not lead to the next page")
		}
	}
}
