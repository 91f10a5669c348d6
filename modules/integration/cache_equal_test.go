package integration

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// anyReport makes a question of reports, as random as they come.
func anyReport(r *rand.Rand) string {
	pick := func(most int, names ...string) []string {
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		return names[:r.IntN(min(most, len(names))+1)]
	}
	from := 1 + r.IntN(28)
	month := 1 + r.IntN(11)
	to := fmt.Sprintf("2026-%02d-%02d", min(11, month+r.IntN(3)), max(from, 1+r.IntN(20)))
	q := map[string]any{
		"from": fmt.Sprintf("2026-%02d-%02d", month, from), "to": to,
		"timezone": []string{"UTC", "UTC", "Europe/London", "America/New_York", "Asia/Kolkata"}[r.IntN(5)],
		"group_by": pick(3, "platform", "date", "month", "week", "weekday", "campaign", "country", "network", "merchant", "publisher", "offer", "device_type", "sub_id_1"),
		"metrics":  append(pick(4, "conversions", "revenue", "commission", "cost", "profit", "approved", "order_value", "unique_clicks", "cr", "epc"), "clicks"),
		"platform": pick(3, "affili", "affjet", "keitaro", "trackfinity", "trackier"),
		"limit":    1000,
	}
	if len(q["platform"].([]string)) == 0 {
		delete(q, "platform")
	}
	var filters []map[string]any
	for _, name := range pick(2, "country", "device_type", "date", "clicks") {
		switch f := map[string]any{"field": name}; name {
		case "country":
			f["op"], f["value"], f["case_sensitive"] = "in", []string{"GB", "de", "US"}, r.IntN(2) == 0
			filters = append(filters, f)
		case "device_type":
			f["op"], f["value"] = "ne", "mobile"
			filters = append(filters, f)
		case "date":
			f["op"], f["value"] = "gte", fmt.Sprintf("2026-%02d-15", month)
			filters = append(filters, f)
		case "clicks":
			f["op"], f["value"] = "gt", 1
			filters = append(filters, f)
		}
	}
	if filters != nil {
		q["filters"] = filters
	}
	b, err := json.Marshal(q)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Reports are the same whether something is kept or not, and whatever was asked before:
// the expected ones come from a gateway that keeps nothing.
func TestReportsAreTheSameWithAndWithoutACache(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	lines := []string{client}
	for _, name := range []string{"affili", "affjet", "keitaro", "trackfinity", "trackier"} {
		lines = append(lines, p.native[name].caddyfile())
	}
	const several = 80
	questions := make([]string, several)
	for i := range questions {
		questions[i] = anyReport(rand.New(rand.NewPCG(1, uint64(i))))
	}
	// nothing was clicked yet on the first of these days
	questions = append(questions,
		`{"from":"2030-01-01","to":"2030-01-02","metrics":["clicks","revenue"],"platform":["keitaro"]}`,
		`{"from":"2030-01-01","to":"2030-01-02","group_by":["platform"],"metrics":["clicks","conversions","revenue"]}`,
		`{"from":"2030-01-01","to":"2030-01-02","group_by":["sub_id_2"],"metrics":["conversions","order_value_approved"]}`,
		`{"from":"2030-01-01","to":"2030-01-02","group_by":["date"],"metrics":["clicks"],"platform":["keitaro"]}`)
	g := start(t, append(lines, "cache off")...)
	type said struct {
		Data   json.RawMessage `json:"data"`
		Totals json.RawMessage `json:"totals"`
		status int
	}
	ask := func(question string) said {
		a := g.post("/v1/reports", question)
		if a.status != 200 && a.status != 422 {
			t.Fatalf("%s: %d %s", question, a.status, a.body)
		}
		s := said{status: a.status}
		if a.status == 200 {
			s = decode[said](t, a.body)
			s.status = 200
		}
		return s
	}
	want := make([]said, len(questions))
	answered := 0
	for i, question := range questions {
		if want[i] = ask(question); want[i].status == 200 && string(want[i].Data) != "[]" {
			answered++
		}
	}
	if answered < several/2 {
		t.Fatalf("only %d of %d have rows", answered, several)
	}
	for round, rest := range []string{"", "", noLedger, noLedger} {
		if round%2 == 0 {
			g.restart(append(slices.Clone(lines), rest)...) // a reload would leave connections to what ran before
		}
		order := rand.New(rand.NewPCG(2, uint64(round))).Perm(len(questions))
		for _, i := range order {
			got := ask(questions[i])
			if got.status != want[i].status || string(got.Data) != string(want[i].Data) || string(got.Totals) != string(want[i].Totals) {
				t.Errorf("round %d: %s\ngot  %d %s %s\nwant %d %s %s", round, questions[i],
					got.status, got.Data, got.Totals, want[i].status, want[i].Data, want[i].Totals)
			}
		}
	}
}
