package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// reportHead is a mapping up to its reports.
const reportHead = `mapping: v1
platform: sample
server: https://sample.example
timezone: Europe/London
currency: EUR
formats:
  day: {date: "20060102"}
  second: {datetime: "2006-01-02 15:04:05"}
resources:
  network: {native_id: id, name: name}
  conversion:
    native_id: id
    occurred_at: {from: at, as: second}
    status: {from: status, enum: {ok: approved, no: rejected}}
    amount: {money: amount}
    network_id: network
    sub_ids.1: sub
operations:
  networks.list: {call: GET /networks, rows: data}
  conversions.list: {call: GET /conversions, rows: data}
reports:
`

func compileReports(t *testing.T, reports string) (*mapping.Platform, error) {
	t.Helper()
	m, err := mapping.Parse("sample.yaml", []byte(reportHead+reports))
	if err != nil {
		return nil, err
	}
	return mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop"})
}

func TestReportFaults(t *testing.T) {
	const start = `  - {name: a, call: GET /a, rows: data, range: {from: query.f, to: query.t, as: day}`
	for _, c := range []struct{ name, reports, fault string }{
		{"no call", `  - {name: a}`, "wants `call`, or `from`"},
		{"both", `  - {name: a, call: GET /a, rows: data, from: conversions.list, range: {from: query.f, to: query.t, as: day}}`, "wants either `call` or `from`"},
		{"no range", `  - {name: a, call: GET /a, rows: data}`, `the key "range" is missing`},
		{"no format of days", `  - {name: a, call: GET /a, rows: data, range: {from: query.f, to: query.t}}`, "wants `as`"},
		{"a zone and moments", `  - {name: a, call: GET /a, rows: data, range: {from: query.f, to: query.t, as: second, zone: query.z}}`, "of the kind `date`"},
		{"a spelling with a hole", `  - {name: a, call: [GET /a, "GET /{b}"], rows: data, range: {from: query.f, to: query.t, as: day}}`, "nothing gives {b}"},
		{"a key of calls that reports have not", start + `, for_each: {as: x, values: [a]}}`, "a report has no `for_each`"},
		{"misspelt key", start + `, dimension: {}}`, "unknown key \"dimension\"; did you mean \"dimensions\"?"},
		{"misspelt dimension", start + `, group: {fixed: [merchnt]}, dimensions: {merchnt: m}}`, `no dimension "merchnt"; did you mean "merchant"?`},
		{"misspelt metric", start + `, metrics: {commision: {from: c}}}`, `no metric "commision"; did you mean "commission"?`},
		{"ungrouped dimension", start + `, dimensions: {merchant: m}}`, "merchant is neither in `group.by` nor in `group.fixed`"},
		{"grouping without a place", start + `, group: {by: {merchant: m}}, dimensions: {merchant: m}}`, "`by` and `none` want `to`"},
		{"grouping by what rows have not", start + `, group: {to: query.g, by: {merchant: m}}}`, `by: the report has no dimension "merchant"`},
		{"a date without a format", start + `, group: {fixed: [date]}, dimensions: {date: d}}`, "date is a time: say with `as`"},
		{"label of nothing with an id", start + `, group: {fixed: [country]}, dimensions: {country: {from: c, label: d}}}`, "country has no id"},
		{"names from a list that is not there", start + `, group: {fixed: [network]}, dimensions: {network: {from: n, label_of: network.list}}}`, `label_of names "network.list", which this mapping does not have; did you mean "networks.list"?`},
		{"split by another unit", `  - {name: a, call: GET /a, rows: data, range: {from: query.f, to: query.t, as: day, split: {month: day}}}`, "month by month"},
		{"two ways to a metric", start + `, metrics: {clicks: {from: a, sum_of: [b, c]}}}`, "wants exactly one of from, money, sum_of, rate, count and sum"},
		{"counting what is not a list", start + `, metrics: {clicks: {count: true}}}`, "count and sum are for reports computed from a list"},
		{"a rate of its own", start + `, metrics: {cr: {rate: [sales, clicks]}}}`, "cr is made of [conversions, clicks] everywhere"},
		{"a rate that adds up", start + `, metrics: {cr: {from: cr, adds: true}}}`, "it does not add up"},
		{"a rate of what is not there", start + `, native: {metrics: {ctr: {rate: [hits, views]}}}}`, `the report has no metric "hits" to make it of`},
		{"an operator that is not there", start + `, filters: {merchant: {to: query.m, operators: {equals: eq}}}}`, `no operator "equals"`},
		{"a filter on anything without a template", start + `, filters: {"*": query.f}}`, "a filter on any field wants `item`"},
		{"a condition with an unknown name", `  - {name: a, call: GET /a, rows: data, when: day > 30, range: {from: query.f, to: query.t, as: day}}`, "when:"},
		{"no such list", `  - {name: a, from: conversion.list}`, `from names "conversion.list", which is no list of this mapping; did you mean "conversions.list"?`},
		{"no such member", `  - {name: a, from: conversions.list, dimensions: {merchant: merchant_id}}`, `conversion never has the member "merchant_id" on this platform`},
		{"a date of no moment", `  - {name: a, from: conversions.list, dimensions: {date: status}}`, "date wants a time by which conversions.list can be asked for a range"},
		{"a condition on no member", `  - {name: a, from: conversions.list, metrics: {sales: {count: true, where: {type: sale}}}}`, `never has the member "type"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := compileReports(t, c.reports)
			require.ErrorContains(t, err, c.fault)
			assert.Contains(t, err.Error(), "sample.yaml:")
		})
	}
}

const trackerReport = `  - name: build
    call: POST /report
    body: {kind: full}
    rows: rows
    range: {from: body.range.from, to: body.range.to, as: day, zone: body.range.timezone, intervals: {last_period: {body: {range: {interval: previous}}}}}
    group: {to: "body.grouping[]", by: {date: day, campaign: [campaign_id, campaign], os: os}}
    select: "body.metrics[]"
    filters:
      "*":
        to: "body.filters[]"
        item: {name: "{name}", operator: "{operator}", expression: "{value}"}
        case: ignored
        operators: {eq: EQUALS, in: IN_LIST, set: IS_SET, has_label: HAS_LABEL}
    dimensions: {date: {from: day, as: day}, campaign: {from: campaign_id, label: campaign}, os: os}
    metrics:
      clicks: {from: clicks, adds: true}
      approved: {sum_of: [sales, rebills], adds: true}
      revenue: {money: revenue, adds: true}
    native:
      dimensions: [isp, {is_bot: {type: boolean}}]
      metrics: {lp_clicks: {type: integer, adds: true}, lp_share: {rate: [lp_clicks, clicks]}, score: {percent: true}}
`

func TestReportNames(t *testing.T) {
	p, err := compileReports(t, trackerReport)
	require.NoError(t, err)
	r := p.Reports[0]
	for name, kind := range map[string]field.Type{
		"date": field.Date, "campaign": field.Entity, "os": field.Text,
		"shop.day": field.Date, "shop.campaign_id": field.Text, "shop.campaign": field.Text, "shop.os": field.Text,
		"shop.isp": field.Text, "shop.is_bot": field.Boolean,
	} {
		require.Contains(t, r.Dimensions, name)
		assert.Equal(t, kind, r.Dimensions[name].Type, name)
	}
	assert.Len(t, r.Dimensions, 9)
	for name, kind := range map[string]field.Type{
		"clicks": field.Integer, "approved": field.Integer, "revenue": field.Money,
		"shop.clicks": field.Integer, "shop.sales": field.Integer, "shop.rebills": field.Integer, "shop.revenue": field.Money,
		"shop.lp_clicks": field.Integer, "shop.lp_share": field.Rate, "shop.score": field.Decimal,
	} {
		require.Contains(t, r.Metrics, name)
		assert.Equal(t, kind, r.Metrics[name].Type, name)
	}
	assert.Len(t, r.Metrics, 10)
	assert.Equal(t, []string{"shop.lp_clicks", "clicks"}, r.Metrics["shop.lp_share"].Rate)
	assert.Equal(t, "EUR", r.Metrics["revenue"].Fixed)
	assert.Equal(t, [][]string{{"campaign"}}, r.Dimensions["shop.campaign"].From)
}

// draft makes a request and returns its query, or its body.
func draft(t *testing.T, r *mapping.ReportPlan, c mapping.ReportCall) string {
	t.Helper()
	d, err := r.Draft(c)
	require.NoError(t, err)
	req, err := r.Call.Request(d, nil)
	require.NoError(t, err)
	if req.Body != nil {
		return string(req.Body)
	}
	return req.Query
}

func TestReportDraftOfABody(t *testing.T) {
	p, err := compileReports(t, trackerReport)
	require.NoError(t, err)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	got := draft(t, p.Reports[0], mapping.ReportCall{
		From: "2026-01-01", To: "2026-01-31", Zone: berlin,
		Group: []string{"campaign", "shop.isp"}, Metrics: []string{"approved", "shop.sales", "revenue"},
		Filters: []condition.Filter{
			{Field: "campaign", Op: "in", Values: []string{"shop:7", "other:8", "shop:9007199254740993"}},
			{Field: "os", Op: "eq", Values: []string{"10"}},
			{Field: "shop.isp", Op: "set"},
			{Field: "campaign", Op: "has_label", Values: []string{"whitelist"}},
		},
	})
	assert.JSONEq(t, `{"kind":"full","range":{"from":"20260101","to":"20260131","timezone":"Europe/Berlin"},
		"grouping":["campaign_id","campaign","isp"],"metrics":["sales","rebills","revenue"],
		"filters":[{"name":"campaign_id","operator":"IN_LIST","expression":[7,9007199254740993]},
			{"name":"os","operator":"EQUALS","expression":"10"},{"name":"isp","operator":"IS_SET","expression":null},
			{"name":"campaign_id","operator":"HAS_LABEL","expression":"whitelist"}]}`, got)

	got = draft(t, p.Reports[0], mapping.ReportCall{Interval: "last_period", Zone: berlin})
	assert.JSONEq(t, `{"kind":"full","range":{"interval":"previous","timezone":"Europe/Berlin"}}`, got)
}

func TestReportDraftOfAQuery(t *testing.T) {
	for _, c := range []struct{ name, report, query string }{
		{"names are joined, days included", `{from: query.f, to: query.t, as: day}, group: {to: query.by, join: "|", by: {merchant: m, country: c}}`, "f=20260101&t=20260131&by=m%7Cc"},
		{"names repeat", `{from: query.f, to: query.t, as: day}, group: {to: "query.by[]", by: {merchant: m, country: c}}`, "f=20260101&t=20260131&by[]=m&by[]=c"},
		{"the day after the last", `{from: query.f, to: query.t, as: day, edge: excluded}, group: {to: query.by, by: {merchant: m, country: c}}`, "f=20260101&t=20260201&by=m,c"},
		{"to the last second", `{from: query.f, to: query.t, as: second}, group: {to: query.by, by: {merchant: m, country: c}}`, "f=2026-01-01+00:00:00&t=2026-01-31+23:59:59&by=m,c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := compileReports(t, `  - {name: a, call: GET /a, rows: data, dimensions: {merchant: m, country: c}, range: `+c.report+`}`)
			require.NoError(t, err)
			assert.Equal(t, c.query, draft(t, p.Reports[0], mapping.ReportCall{From: "2026-01-01", To: "2026-01-31", Group: []string{"merchant", "country"}}))
		})
	}
	t.Run("a word for no grouping", func(t *testing.T) {
		p, err := compileReports(t, `  - {name: a, call: GET /a, rows: data, range: {from: query.f, to: query.t, as: day}, group: {to: query.view, none: year}}`)
		require.NoError(t, err)
		assert.Equal(t, "f=20260101&t=20260101&view=year", draft(t, p.Reports[0], mapping.ReportCall{From: "2026-01-01", To: "2026-01-01"}))
	})
}

func TestCanFilter(t *testing.T) {
	p, err := compileReports(t, trackerReport+`  - name: plain
    call: GET /plain
    rows: rows
    range: {from: query.f, to: query.t, as: day}
    group: {fixed: [merchant, country, device_type, date]}
    dimensions: {date: {from: d, as: day}, merchant: m, country: c, device_type: {from: d, enum: {pc: desktop, mac: desktop, phone: mobile}}}
    filters: {merchant: query.m, country: {to: "query.c[]", many: true}, device_type: query.d}
`)
	require.NoError(t, err)
	for _, c := range []struct {
		report int
		field  string
		op     string
		values string
		exact  bool
		want   mapping.Filtering
	}{
		{0, "os", "eq", "x", false, mapping.FiltersWhole},
		{0, "os", "eq", "x", true, mapping.CannotFilter}, // the platform ignores letter case
		{0, "os", "contains", "x", false, mapping.CannotFilter},
		{0, "campaign", "eq", "shop:1", false, mapping.FiltersWhole},
		{0, "campaign", "eq", "other:1", false, mapping.FiltersAll},
		{0, "campaign", "contains", "x", false, mapping.CannotFilter},
		{0, "date", "eq", "2026-01-01", false, mapping.CannotFilter},
		{0, "nothing", "eq", "x", false, mapping.CannotFilter},
		{1, "merchant", "eq", "shop:1", false, mapping.FiltersWhole},
		{1, "merchant", "in", "shop:1 other:2", false, mapping.FiltersWhole},
		{1, "merchant", "in", "shop:1 shop:2", false, mapping.CannotFilter},
		{1, "merchant", "ne", "shop:1", false, mapping.CannotFilter},
		{1, "country", "in", "DE FR", true, mapping.FiltersWhole},
		{1, "country", "in", "DE FR", false, mapping.FiltersExactly},
		{1, "device_type", "eq", "mobile", false, mapping.FiltersWhole},
		{1, "device_type", "eq", "desktop", false, mapping.CannotFilter}, // two native values, and it takes one
		{1, "device_type", "eq", "unknown", false, mapping.CannotFilter},
	} {
		t.Run(strings.Join([]string{c.field, c.op, c.values}, " "), func(t *testing.T) {
			got := p.Reports[c.report].CanFilter(condition.Filter{Field: c.field, Op: c.op, Values: strings.Fields(c.values), CaseSensitive: c.exact})
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReportConditions(t *testing.T) {
	p, err := compileReports(t, `  - {name: a, when: '"merchant" in dimensions and days > 30 and len(filters) == 0', call: GET /a, rows: data, range: {from: query.f, to: query.t, as: day}}`)
	require.NoError(t, err)
	for _, c := range []struct {
		scope mapping.ReportScope
		want  bool
	}{
		{mapping.ReportScope{Dimensions: []string{"date", "merchant"}, Days: 31}, true},
		{mapping.ReportScope{Dimensions: []string{"merchant"}, Days: 30}, false},
		{mapping.ReportScope{Dimensions: []string{"date"}, Days: 31}, false},
		{mapping.ReportScope{Dimensions: []string{"merchant"}, Days: 31, Filters: []string{"country"}}, false},
	} {
		got, err := p.Reports[0].Applies(c.scope)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%v", c.scope)
	}
}

func TestComputedReport(t *testing.T) {
	p, err := compileReports(t, `  - name: conversions
    from: conversions.list
    dimensions: {date: occurred_at, network: network_id, sub_id_1: sub_ids.1}
    metrics: {conversions: {count: true}, approved: {count: true, where: {status: approved}}, order_value: {sum: amount}}
    native: {dimensions: {status: native_status}, metrics: {amount: {sum: amount, type: money}}}
`)
	require.NoError(t, err)
	r := p.Reports[0]
	assert.Nil(t, r.Call)
	assert.Equal(t, "occurred_at", r.Instant)
	assert.Equal(t, "network_id", r.Parameter("network_id"))
	assert.Equal(t, "sub_id_1", r.Parameter("sub_ids.1"))
	assert.Empty(t, r.Parameter("amount"))
	assert.True(t, r.Metrics["conversions"].Adds, "rows can always be counted on")
	assert.Contains(t, r.Dimensions, "shop.status")
	assert.Equal(t, field.Money, r.Metrics["shop.amount"].Type)
	assert.Equal(t, mapping.CannotFilter, r.CanFilter(condition.Filter{Field: "network", Op: "eq", Values: []string{"shop:1"}}))
}
