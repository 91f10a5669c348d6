package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

const decimals = `mapping: v1
platform: shop
server: https://shop.example
formats: {day: {date: "2006-01-02"}}
reports:
  - name: build
    call: POST /report
    rows: rows
    range: {from: body.from, to: body.to, as: day}
    group: {to: "body.by[]"}
    filters:
      "*": {to: "body.filters[]", item: {name: "{name}", op: "{operator}", value: "{value}"}, operators: {gt: ">", in: in}}
    metrics: {clicks: {from: clicks, adds: true}}
    native: {dimensions: {price: {type: decimal}}}
`

// A dimension that holds amounts is ordered and filtered by its number, and asked for with
// one.
func TestDimensionsThatAreDecimals(t *testing.T) {
	source := answers(`{"rows":[{"price":10,"clicks":1},{"price":"9.50","clicks":2},{"price":null,"clicks":3},{"price":1e1,"clicks":4}]}`)
	shop := bind(t, source, []byte(decimals), mapping.Binding{Platform: "shop"})
	ask := func(filters string) []string {
		_, rows := run(t, parseBody(t, `{"from":"2026-11-01","to":"2026-11-02","group_by":["shop.price"],"metrics":["clicks"],"sort":["shop.price"],"filters":[`+filters+`]}`), shop)
		return rows
	}
	sorted := []string{row(`"shop.price":"9.50"`, `"clicks":2`), row(`"shop.price":"10"`, `"clicks":5`), row(`"shop.price":null`, `"clicks":3`)}
	assert.Equal(t, sorted, ask(""))
	assert.Equal(t, sorted[1:2], ask(`{"field":"shop.price","op":"gte","value":"9.6"}`), "which the platform cannot, so it is done here")
	for filter, want := range map[string]string{
		`"op":"gt","value":"1.5"`:       `{"name":"price","op":">","value":1.5}`,
		`"op":"in","value":[1.5,"2.0"]`: `{"name":"price","op":"in","value":[1.5,2.0]}`,
	} {
		ask(`{"field":"shop.price",` + filter + `}`)
		sent := source.requests[len(source.requests)-1].body
		assert.JSONEq(t, `{"from":"2026-11-01","to":"2026-11-02","by":["price"],"filters":[`+want+`]}`, sent)
	}
	broken := bind(t, answers(`{"rows":[{"price":"dear","clicks":1}]}`), []byte(decimals), mapping.Binding{Platform: "shop"})
	_, p := report.Run(t.Context(), []report.Platform{broken}, parse(t, "from=2026-11-01&to=2026-11-02&group_by=shop.price&metrics=clicks"), report.Options{Now: noon})
	require.NotNil(t, p)
	assert.Equal(t, problem.PlatformInvalidResponse, p.Code)
}
