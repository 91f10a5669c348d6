package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

const explained = `mapping: v1
platform: acme
server: https://acme.example
currency: EUR
formats:
  day: {date: "20060102"}
  instant: {datetime: rfc3339}
resources:
  conversion:
    native_id: [uid, id]
    status: {from: state, enum: {"1": approved, "2": rejected, else: pending}}
    occurred_at: {from: at, as: instant}
    amount: {money: {value: sum, currency: USD}}
    commission: {money: fee, }
    cost: {money: {value: cost, else: none}, scale: 2}
    campaign_id: "@outer.campaign"
    locked: {from: flags.locked}
    type: {const: sale}
    external_id: {expr: '(row.a ?? "") + (row.b ?? "")'}
    items: {from: parts, each: {name: title, amount: {money: price}}}
operations:
  conversions.list:
    call: GET /sales
    rows: [data.rows, rows]
    keyed: true
reports:
  - name: sums
    call: GET /sums
    rows: rows
    range: {from: query.from, to: query.to, as: day}
    group: {to: query.by, join: ",", by: {date: day}}
    dimensions:
      date: {from: day, as: day}
    metrics:
      clicks: {from: [hits, clicks], adds: true}
      cost: {sum_of: [a, b], adds: true}
    native:
      dimensions:
        kind: {from: kind, enum: {x: ex}}
`

func explainedPlatform(t *testing.T) *mapping.Platform {
	t.Helper()
	m, err := mapping.Parse("mapping.yaml", []byte(explained))
	require.NoError(t, err)
	p, err := mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "acme"})
	require.NoError(t, err)
	return p
}

// said is what is said about a value.
type said struct{ value, from, native, rule string }

func byMember(row []mapping.Reading) map[string]said {
	out := map[string]said{}
	for _, r := range row {
		out[r.Member] = said{r.Value, r.From, r.Native, r.Rule}
	}
	return out
}

func TestExplain(t *testing.T) {
	call := explainedPlatform(t).Operation("conversions.list").Calls[0]
	rows, err := call.Explain([]byte(`{"rows":{"k1":{"id":7,"state":2,"at":"2026-01-05T10:00:00Z","sum":"1.50","fee":2,"cost":1230,
		"flags":[{"locked":true}],"a":"x","b":"y","parts":[{"title":"one","price":3},{"title":"two"}]},"k2":{"state":"9"}}}`), [][]byte{[]byte(`"12"`)})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	got := byMember(rows[0])
	for member, want := range map[string]said{
		"id":              {`"acme:7"`, "id", "7", "identifier: the platform's name and the native one"},
		"native_id":       {`"7"`, "id", "7", "text"},
		"status":          {`"rejected"`, "state", "2", "enum: 2 reads as rejected"},
		"native_status":   {`"2"`, "state", "2", "as the platform wrote it"},
		"occurred_at":     {`"2026-01-05T10:00:00Z"`, "at", `"2026-01-05T10:00:00Z"`, "as instant"},
		"amount":          {`{"value":"1.50","currency":"USD"}`, "sum", `"1.50"`, "money, always in USD"},
		"commission":      {`{"value":"2","currency":"EUR"}`, "fee", "2", "money in the platform's currency, EUR"},
		"cost":            {`{"value":"12.30","currency":null}`, "cost", "1230", "money without a currency, in units of 10^-2"},
		"campaign_id":     {`"acme:12"`, "@outer.campaign", `"12"`, "id"},
		"locked":          {"true", "flags.locked", "true", "boolean"},
		"type":            {`"sale"`, "", "", "constant"},
		"external_id":     {`"xy"`, "", "", `expr: (row.a ?? "") + (row.b ?? "")`},
		"items[0].name":   {`"one"`, "parts[0].title", `"one"`, "text"},
		"items[1].name":   {`"two"`, "parts[1].title", `"two"`, "text"},
		"items[0].amount": {`{"value":"3","currency":"EUR"}`, "parts[0].price", "3", "money in the platform's currency, EUR"},
		"items[1].amount": {"null", "", "", "money in the platform's currency, EUR"},
	} {
		assert.Equal(t, want, got[member], member)
	}
	second := byMember(rows[1])
	assert.Equal(t, said{`"pending"`, "state", `"9"`, "enum: any other reads as pending"}, second["status"])
	assert.Equal(t, said{"null", "", "", "text"}, second["native_id"])

	for _, r := range rows[0] {
		if r.Member == "items[1].name" {
			assert.Equal(t, "items.name", r.Declared)
			assert.Equal(t, "mapping.yaml:20:33", r.At.String())
		}
		if r.Member == "status" {
			assert.Equal(t, "mapping.yaml:11:49", r.Entry.String())
		}
	}
	_, err = call.Explain(nil, nil)
	require.Error(t, err, "an empty answer has no rows")
	layout := call.Layout()
	assert.Equal(t, [][]string{{"data", "rows", "*"}, {"rows", "*"}}, layout.Rows)
	assert.Equal(t, [][]string{{"state"}}, layout.Enums)
}

func TestExplainReport(t *testing.T) {
	p := explainedPlatform(t)
	report := p.Reports[0]
	rows, err := report.Explain([]byte(`{"rows":[{"day":20260105,"clicks":"3","a":1.5,"b":"2.25","kind":"X"},{"kind":"z","a":null}]}`))
	require.NoError(t, err)
	require.Len(t, rows, 2)
	assert.Equal(t, map[string]said{
		"date":      {`"2026-01-05"`, "day", "20260105", "as day"},
		"acme.kind": {`"ex"`, "kind", `"X"`, "enum: x reads as ex"},
		"clicks":    {`"3"`, "clicks", `"3"`, "metric"},
		"cost":      {"3.75", "a + b", `1.5 + "2.25"`, "metric, the sum of a + b"},
	}, byMember(rows[0]))
	assert.Equal(t, said{`"unknown"`, "kind", `"z"`, "enum: not in the table, so it reads as unknown"}, byMember(rows[1])["acme.kind"])
	assert.Equal(t, said{"null", "", "", "metric, the sum of a + b"}, byMember(rows[1])["cost"])
	assert.Same(t, report, p.ReportOf(report.Call))
	assert.Nil(t, p.ReportOf(p.Operation("conversions.list").Calls[0]))
	assert.Equal(t, mapping.Layout{Rows: [][]string{{"rows"}}, Enums: [][]string{{"kind"}}}, report.Layout())
	for _, body := range []string{`{"rows":[`, `{"rows":{}}`, `{}`} {
		_, err := report.Explain([]byte(body))
		require.Error(t, err, body)
	}
}
