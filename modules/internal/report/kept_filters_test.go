package report_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// filtering answers by day, with countries by letter case.
func filtering(n native) (string, *problem.Problem) {
	body := gjson.Parse(n.body)
	clicks := map[string]string{"DE": "1", "de": "10", "AT": "100"}
	total := map[string]bool{}
	for c := range clicks {
		ok := true
		if f := body.Get("countries"); f.Exists() {
			ok = false
			for _, v := range f.Array() {
				ok = ok || v.String() == c
			}
		}
		if f := body.Get("campaigns"); f.Exists() && f.Get("0").String() != "1" {
			ok = false
		}
		if ok {
			total[c] = true
		}
	}
	var rows []string
	byCountry := strings.Contains(body.Get("by").Raw, "country")
	if byCountry {
		for c := range total {
			rows = append(rows, `{"day":"2026-01-01","country":"`+c+`","clicks":`+clicks[c]+`,"unique":1}`)
		}
	} else if len(total) > 0 {
		n := 0
		for c := range total {
			n += map[string]int{"DE": 1, "de": 10, "AT": 100}[c]
		}
		rows = append(rows, `{"day":"2026-01-01","clicks":`+strconv.Itoa(n)+`,"unique":1}`)
	}
	return `{"rows":[` + strings.Join(rows, ",") + `]}`, nil
}

// filteringTracker is a tracker that filters by country to the letter.
func filteringTracker(t *testing.T) *kept {
	t.Helper()
	text := strings.Replace(readSample(t, "tracker"), `campaign: {to: "body.campaigns[]", many: true}`,
		"campaign: {to: \"body.campaigns[]\", many: true}\n      country: {to: \"body.countries[]\", many: true}", 1)
	return keep(t, bind(t, &fake{answer: filtering}, []byte(text), mapping.Binding{Platform: "tracker"}))
}

// unkept returns the rows of a report for which nothing was kept.
func unkept(t *testing.T, body string) []string {
	t.Helper()
	_, rows, _ := filteringTracker(t).ask(parseBody(t, body))
	return rows
}

// Each filter of kept rows has to be one of the question, however often that names it.
func TestKeptRowsOfAFilterNamedTwice(t *testing.T) {
	const both = `{"from":"2026-01-01","to":"2026-01-01","group_by":["date"],"metrics":["clicks"],"filters":[
		{"field":"campaign","op":"eq","value":"tracker:1"},{"field":"country","op":"eq","value":"DE","case_sensitive":true}]}`
	const twice = `{"from":"2026-01-01","to":"2026-01-01","group_by":["date"],"metrics":["clicks"],"filters":[
		{"field":"campaign","op":"eq","value":"tracker:1"},{"field":"campaign","op":"eq","value":"tracker:1"}]}`
	want := unkept(t, twice)
	k := filteringTracker(t)
	_, first, _ := k.ask(parseBody(t, both))
	require.NotEqual(t, want, first)
	_, got, _ := k.ask(parseBody(t, twice))
	assert.Equal(t, want, got)
}

// Uniques do not add up, so that the platform has to filter, to the letter; clicks alone are
// filtered here, by any case.
func TestKeptRowsFilteredToTheLetter(t *testing.T) {
	const uniques = `{"from":"2026-01-01","to":"2026-01-01","group_by":["date"],"metrics":["clicks","unique_clicks"],"filters":[
		{"field":"country","op":"eq","value":"DE"}]}`
	const clicks = `{"from":"2026-01-01","to":"2026-01-01","group_by":["date"],"metrics":["clicks"],"filters":[
		{"field":"country","op":"eq","value":"DE"}]}`
	want := unkept(t, clicks)
	k := filteringTracker(t)
	_, first, _ := k.ask(parseBody(t, uniques))
	require.NotEqual(t, want, first)
	_, got, _ := k.ask(parseBody(t, clicks))
	assert.Equal(t, want, got)
}

// What is computed from a list may count otherwise than the platform's own report, in
// another currency above all.
func TestKeptRowsOfAListAreNotThoseOfAReport(t *testing.T) {
	fresh := func() *kept {
		source := &fake{
			answer: func(native) (string, *problem.Problem) {
				return `{"dataList":[{"date":"20260101","affiliateNetwork":1,"merchant":1,"totalCommission":"5"}]}`, nil
			},
			lists: map[string]string{"conversions.list": `[{"occurred_at":"2026-01-01T10:00:00Z","network_id":"affjet:1","merchant_id":"affjet:1","sub_ids":{"1":"x"},"sub_ids.1":"x","revenue":{"value":"4","currency":"USD"},"revenue.value":"4"}]`, "networks.list": `[]`},
		}
		return keep(t, bindAffjet(t, source, "UTC"))
	}
	const bySub = "from=2026-01-01&to=2026-01-02&group_by=sub_id_1&metrics=revenue"
	const plain = "from=2026-01-01&to=2026-01-02&metrics=revenue"
	_, want, _ := fresh().ask(parse(t, plain))
	k := fresh()
	_, first, _ := k.ask(parse(t, bySub))
	require.NotEqual(t, want, first)
	_, got, _ := k.ask(parse(t, plain))
	assert.Equal(t, want, got)
}
