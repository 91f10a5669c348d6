package report_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

var sameQuery = cmp.Options{
	cmpopts.IgnoreUnexported(condition.Condition{}),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
}

func TestBothFormsGiveTheSameQuery(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	day := func(s string) report.Date {
		d, err := report.ParseDate(s)
		require.NoError(t, err)
		return d
	}
	want := &report.Query{
		Platforms: []string{"a", "b"},
		Range:     report.Range{From: day("2026-01-01"), To: day("2026-03-31")},
		Zone:      berlin,
		GroupBy:   []string{"platform", "date", "a.isp"},
		Metrics:   []string{"conversions", "commission", "b.lp_ctr"},
		Filters: []condition.Condition{
			{Filter: condition.Filter{Field: "country", Op: "in", Values: []string{"DE", "FR"}}},
			{Filter: condition.Filter{Field: "merchant", Op: "in", Values: []string{"a:1"}}},
		},
		Sort:       []report.SortKey{{Name: "commission", Descending: true}, {Name: "date"}},
		Limit:      50,
		Cursor:     "abc",
		RequireAll: true,
	}
	get := parse(t, "platform=a,b&from=2026-01-01&to=2026-03-31&timezone=Europe/Berlin&group_by=platform,date,a.isp&metrics=conversions,commission,b.lp_ctr"+
		"&country=DE,FR&merchant=a:1&sort=-commission,date&limit=50&cursor=abc&require=all")
	assert.Empty(t, cmp.Diff(want, get, sameQuery))
	post := parseBody(t, `{"platform":["a","b"],"from":"2026-01-01","to":"2026-03-31","timezone":"Europe/Berlin","group_by":["platform","date","a.isp"],
		"metrics":["conversions","commission","b.lp_ctr"],"filters":[{"field":"country","op":"in","value":["DE","FR"]},{"field":"merchant","op":"in","value":["a:1"]}],
		"sort":["-commission","date"],"limit":50,"cursor":"abc","require":"all"}`)
	assert.Empty(t, cmp.Diff(want, post, sameQuery))
}

func TestDefaults(t *testing.T) {
	q := parse(t, "interval=today")
	assert.Equal(t, report.DefaultMetrics, q.Metrics)
	assert.Equal(t, 100, q.Limit)
	assert.Equal(t, time.UTC, q.Zone)
	assert.False(t, q.RequireAll)
	assert.Equal(t, report.All, parse(t, "interval=today&limit=all").Limit)
	assert.Equal(t, report.All, parseBody(t, `{"interval":"today","limit":"all"}`).Limit)
	assert.Zero(t, parseBody(t, `{"interval":"today","limit":0}`).Limit)
}

func TestQueryFaults(t *testing.T) {
	for _, c := range []struct {
		name, query string
		faults      []problem.FieldError
	}{
		{"nothing", "", []problem.FieldError{
			{Parameter: "from", Detail: "is missing; give from and to, or interval"},
			{Parameter: "to", Detail: "is missing; give from and to, or interval"},
		}},
		{"all at once", "form=2026-01-01&interval=last_7days&group_by=dat,date,date&metrics=comission&sort=merchant&limit=1001&require=some&timezone=Berlin&network=7&format=xml", []problem.FieldError{
			{Parameter: "form", Detail: `there is no such parameter; did you mean "from"?`},
			{Parameter: "network", Detail: `"7" is not a unified id, which begins with the name of a platform and a colon`},
			{Parameter: "timezone", Detail: "has to be an IANA name such as Europe/Berlin"},
			{Parameter: "interval", Detail: `has to be one of today, yesterday, last_7_days, this_week, last_month, this_month, last_year, this_year, all_time, current_period, last_period; did you mean "last_7_days"?`},
			{Parameter: "group_by", Detail: `there is no "dat"; did you mean "date"?`},
			{Parameter: "group_by", Detail: `"date" is there twice`},
			{Parameter: "metrics", Detail: `there is no "comission"; did you mean "commission"?`},
			{Parameter: "sort", Detail: `rows are not grouped by "merchant"`},
			{Parameter: "limit", Detail: "has to be a whole number from 0 to 1000, or all"},
			{Parameter: "require", Detail: "has to be one of any, all"},
			{Parameter: "format", Detail: "has to be one of json, ndjson, csv"},
		}},
		{"another spelling of a time zone", "interval=today&timezone=Europe//Berlin", []problem.FieldError{{Parameter: "timezone", Detail: "has to be an IANA name such as Europe/Berlin"}}},
		{"backwards", "from=2026-02-01&to=2026-01-31", []problem.FieldError{{Parameter: "to", Detail: "is before from"}}},
		{"both ranges", "from=2026-02-01&interval=today", []problem.FieldError{{Parameter: "interval", Detail: "stands for from and to; give either"}}},
		{"no days", "from=2026-02-30&to=31.3.2026", []problem.FieldError{
			{Parameter: "from", Detail: "has to be a day such as 2026-01-31"},
			{Parameter: "to", Detail: "has to be a day such as 2026-01-31"},
		}},
		{"empty days", "from=&to=", []problem.FieldError{{Parameter: "from", Detail: "is empty"}, {Parameter: "to", Detail: "is empty"}}},
		{"several days", "from=x&from=y&to=2026-01-01", []problem.FieldError{{Parameter: "from", Detail: "is there 2 times; it takes one value"}}},
		{"an empty interval", "interval=", []problem.FieldError{{Parameter: "interval", Detail: "is empty"}}},
		{"several wrong words", "interval=today&format=xml&format=html&limit=x&limit=y&timezone=x&timezone=y", []problem.FieldError{
			{Parameter: "format", Detail: "is there 2 times; it takes one value"},
			{Parameter: "limit", Detail: "is there 2 times; it takes one value"},
			{Parameter: "timezone", Detail: "is there 2 times; it takes one value"},
		}},
		{"the same name again", "interval=today&metrics=weather,weather&sort=weather,-weather&platform=,", []problem.FieldError{
			{Parameter: "platform", Detail: "an empty name"},
			{Parameter: "metrics", Detail: `there is no "weather"`},
			{Parameter: "sort", Detail: `there is no "weather"`},
		}},
		{"days that no platform can have", "from=0001-01-01&to=9999-12-31", []problem.FieldError{
			{Parameter: "from", Detail: "has to be a day from 1900-01-01 to 2199-12-31"},
			{Parameter: "to", Detail: "has to be a day from 1900-01-01 to 2199-12-31"},
		}},
		{"a day too early and one too late", "from=1899-12-31&to=2200-01-01", []problem.FieldError{
			{Parameter: "from", Detail: "has to be a day from 1900-01-01 to 2199-12-31"},
			{Parameter: "to", Detail: "has to be a day from 1900-01-01 to 2199-12-31"},
		}},
		{"twice", "interval=today&interval=yesterday", []problem.FieldError{{Parameter: "interval", Detail: "is there 2 times; it takes one value"}}},
		{"a time as a filter", "interval=today&month=2026-01", []problem.FieldError{{Parameter: "month", Detail: "there is no such parameter"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			values, err := url.ParseQuery(c.query)
			require.NoError(t, err)
			q, faults := report.ParseQuery(values)
			assert.Nil(t, q)
			assert.Equal(t, c.faults, faults)
		})
	}
}

func TestBodyFaults(t *testing.T) {
	for _, c := range []struct {
		name, body string
		faults     []problem.FieldError
	}{
		{"not JSON", `{"from":`, []problem.FieldError{{Parameter: "body", Detail: "is not JSON: unexpected end of JSON input, at byte 8"}}},
		{"a list", `[]`, []problem.FieldError{{Parameter: "body", Detail: "has to be a JSON object, not a list"}}},
		{"null", `null`, []problem.FieldError{{Parameter: "body", Detail: "has to be a JSON object, not null"}}},
		{"nothing", ``, []problem.FieldError{{Parameter: "body", Detail: "is empty, but has to be a JSON object"}}},
		{"given twice", `{"interval":"today","interval":"yesterday"}`, []problem.FieldError{{Parameter: "interval", Detail: "is given more than once"}}},
		{"types", `{"from":20260101,"to":"","group_by":"date","metrics":[1],"sort":null,"limit":"50","platform":{},"filters":{}}`, []problem.FieldError{
			{Parameter: "filters", Detail: "has to be a list of objects"},
			{Parameter: "from", Detail: "has to be text"},
			{Parameter: "group_by", Detail: "has to be a list of texts"},
			{Parameter: "limit", Detail: "has to be a whole number, or all"},
			{Parameter: "metrics[0]", Detail: "has to be text"},
			{Parameter: "platform", Detail: "has to be a list of texts"},
			{Parameter: "sort", Detail: "has to be a list of texts"},
			{Parameter: "to", Detail: "has to be text"},
		}},
		{"days that no platform can have", `{"from":"0001-01-01","to":"9999-12-31","limit":""}`, []problem.FieldError{
			{Parameter: "limit", Detail: "has to be text"},
			{Parameter: "from", Detail: "has to be a day from 1900-01-01 to 2199-12-31"},
			{Parameter: "to", Detail: "has to be a day from 1900-01-01 to 2199-12-31"},
		}},
		{"unknown member", `{"interval":"today","filter":[]}`, []problem.FieldError{{Parameter: "filter", Detail: `unknown member; did you mean "filters"?`}}},
		{"a fraction as the limit", `{"interval":"today","limit":1.5}`, []problem.FieldError{{Parameter: "limit", Detail: "has to be a whole number from 0 to 1000, or all"}}},
		{"filters", `{"interval":"today","filters":[1,{"field":"contry","op":"eq","value":"DE"},{"field":"country","op":"equals","value":"DE"},{"op":"eq","value":1},
			{"field":"country","op":"in","value":"DE"},{"field":"country","op":"between","value":[1]},{"field":"country","op":"set","value":true},
			{"field":"country","op":"eq"},{"field":"country","op":"matches","value":"("},{"field":"clicks","op":"gt","value":"many"},
			{"field":"clicks","op":"contains","value":1},{"field":"merchant","op":"eq","value":"7"},{"field":"country","op":"eq","value":{}},
			{"field":"country","op":"eq","value":"DE","case":true},{"field":"country","op":"eq","value":"DE","case_sensitive":"yes"}]}`, []problem.FieldError{
			{Parameter: "filters[0]", Detail: "has to be an object with field, op and value"},
			{Parameter: "filters[1].field", Detail: `there is no "contry"; did you mean "country"?`},
			{Parameter: "filters[2].op", Detail: `there is no operator "equals"`},
			{Parameter: "filters[3].field", Detail: "is missing"},
			{Parameter: "filters[4].value", Detail: "in takes a list of values"},
			{Parameter: "filters[5].value", Detail: "between takes a list of two values"},
			{Parameter: "filters[6].value", Detail: "set takes no value"},
			{Parameter: "filters[7].value", Detail: "eq takes one value"},
			{Parameter: "filters[8].value", Detail: "is not a regular expression of RE2: error parsing regexp: missing closing ): `(?i)(`"},
			{Parameter: "filters[9].value", Detail: `"many" is not a number`},
			{Parameter: "filters[10].op", Detail: "contains is for texts, and clicks is a number"},
			{Parameter: "filters[11].value", Detail: `"7" is not a unified id, which begins with the name of a platform and a colon`},
			{Parameter: "filters[12].value", Detail: "has to be text, a number, true or false"},
			{Parameter: "filters[13].case", Detail: "unknown member"},
			{Parameter: "filters[14].case_sensitive", Detail: "has to be true or false"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, faults := report.ParseBody([]byte(c.body))
			assert.Nil(t, q)
			assert.Equal(t, c.faults, faults)
		})
	}
}

// Whatever the body, either the query or the faults come out, and a query can be asked.
func FuzzParseBody(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `{"interval":"today"}`, `{"from":"2026-01-01","to":"2026-01-31","filters":[{"field":"country","op":"in","value":["DE",1,true,null]}]}`,
		`{"interval":"last_7_days","filters":[{"field":"clicks","op":"between","value":[1,1e400]},{"field":"os","op":"matches","value":"a{1000}"}],"limit":"all"}`,
		`{"interval":"today","filters":[{"field":"merchant","op":"eq","value":":"},{"field":"x.y","op":"has_label","value":"w"}],"sort":["-clicks"]}`,
	} {
		f.Add([]byte(seed))
	}
	platform := bundled(f, "affjet", &fake{answer: func(native) (string, *problem.Problem) { return `{"dataList":[]}`, nil }, lists: map[string]string{"conversions.list": affjetConversions}}, mapping.Binding{Zone: "UTC"})
	f.Fuzz(func(t *testing.T, body []byte) {
		q, faults := report.ParseBody(body)
		require.Equal(t, q == nil, len(faults) > 0)
		if q == nil {
			return
		}
		r, p := report.Run(t.Context(), []report.Platform{platform}, q, report.Options{Now: noon})
		if p != nil {
			return
		}
		require.True(t, json.Valid(r.AppendJSON(nil, report.Page{Limit: q.Limit})))
	})
}
