package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// sample binds a mapping of testdata under a name.
func sample(t testing.TB, file, name string, source report.Source) report.Platform {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file + ".yaml")
	require.NoError(t, err)
	return bind(t, source, text, mapping.Binding{Platform: name})
}

// answers gives the same body to every request.
func answers(body string) *fake {
	return &fake{answer: func(native) (string, *problem.Problem) { return body, nil }}
}

// fails answers every request with a problem.
func fails(code problem.Code) *fake {
	return &fake{answer: func(native) (string, *problem.Problem) { return "", problem.New(code, "it failed") }}
}

func TestPlatformsAreMergedWhereTheyAreNotToldApart(t *testing.T) {
	tracker := sample(t, "tracker", "tracker", answers(`{"rows":[
		{"day":"2026-01-01","clicks":"100","conversions":4,"revenue":"8.50","cost":2.5,"profit":"6.00"},
		{"day":"2026-01-02","clicks":0,"conversions":0,"revenue":0,"cost":0,"profit":0}]}`))
	shop := sample(t, "shop", "shop", answers(`{"rows":[{"day":"2026-01-01","n":6,"amount":"12.00","currency":"usd"},{"day":"2026-01-01","n":1,"amount":"3","currency":"EUR"}]}`))
	q := parse(t, "from=2026-01-01&to=2026-01-02&timezone=America/New_York&group_by=date&metrics=clicks,conversions,order_value,revenue,cr,epc,roi")
	r, rows := run(t, q, shop, tracker)
	// the tracker's clicks belong to its dollars; the shop's euros are apart
	assert.Equal(t, []string{
		row(`"date":"2026-01-01"`, `"clicks":null,"conversions":1,"order_value":{"value":"3","currency":"EUR"},"revenue":null,"cr":null,"epc":null,"roi":null`),
		row(`"date":"2026-01-01"`, `"clicks":100,"conversions":10,"order_value":{"value":"12.00","currency":"USD"},"revenue":{"value":"8.50","currency":"USD"},"cr":0.1,"epc":{"value":"0.085","currency":"USD"},"roi":2.4`),
		row(`"date":"2026-01-02"`, `"clicks":0,"conversions":0,"order_value":null,"revenue":{"value":"0","currency":"USD"},"cr":null,"epc":null,"roi":null`),
	}, rows)
	require.Len(t, r.Totals, 2)
	assert.Equal(t, []string{"clicks", "revenue", "cr", "epc", "roi"}, r.Platforms[0].Unsupported)
	assert.Equal(t, []string{"order_value"}, r.Platforms[1].Unsupported)
	assert.Equal(t, 2, r.Platforms[1].Rows)
}

func TestPlatformDimensionTellsThemApart(t *testing.T) {
	a := sample(t, "tracker", "a", answers(`{"rows":[{"campaign_id":7,"campaign":"Spring","clicks":3,"unique":2}]}`))
	b := sample(t, "tracker", "b", answers(`{"rows":[{"campaign_id":"7","campaign":null,"clicks":5,"unique":5}]}`))
	r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-02&group_by=platform,campaign&metrics=clicks,unique_clicks&sort=-clicks"), a, b)
	assert.Equal(t, []string{
		row(`"platform":"b","campaign":{"id":"b:7","name":null}`, `"clicks":5,"unique_clicks":5`),
		row(`"platform":"a","campaign":{"id":"a:7","name":"Spring"}`, `"clicks":3,"unique_clicks":2`),
	}, rows)
	assert.Empty(t, r.Platforms[0].Unsupported)
	total := string(r.AppendJSON(nil, report.Page{Limit: 0}))
	assert.JSONEq(t, `[{"currency":null,"metrics":{"clicks":8,"unique_clicks":null}}]`, gjson.Get(total, "totals").Raw, "uniques of two platforms have no sum")
}

// The answer says which days it is of. The clock is a Friday, 20 November 2026.
func TestReportsTellTheirRange(t *testing.T) {
	p := sample(t, "tracker", "tracker", answers(`{"rows":[{"clicks":3}]}`))
	for query, want := range map[string]string{
		"from=2026-01-01&to=2026-01-02": `{"from":"2026-01-01","to":"2026-01-02"}`,
		"interval=last_month":           `{"from":"2026-10-21","to":"2026-11-20"}`,
		"interval=this_week":            `{"from":"2026-11-16","to":"2026-11-20"}`,
		"interval=all_time":             `null`,
		"interval=last_period":          `null`,
	} {
		r, _ := run(t, parse(t, query+"&metrics=clicks"), p)
		assert.Equal(t, want, gjson.GetBytes(r.AppendJSON(nil, report.Page{Limit: 0}), "range").Raw, query)
		var lines bytes.Buffer
		require.NoError(t, r.WriteNDJSON(&lines, report.Page{Limit: 0}))
		assert.Equal(t, want, gjson.Get(lines.String(), "range").Raw, query)
	}
}

func TestUniquesOfSeveralPlatformsHaveNoSum(t *testing.T) {
	a := sample(t, "tracker", "a", answers(`{"rows":[{"clicks":3,"unique":2}]}`))
	b := sample(t, "tracker", "b", answers(`{"rows":[{"clicks":5,"unique":5}]}`))
	r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-02&metrics=clicks,unique_clicks"), a, b)
	assert.Equal(t, []string{row("", `"clicks":8,"unique_clicks":null`)}, rows)
	for _, s := range r.Platforms {
		assert.Equal(t, []string{"unique_clicks"}, s.Unsupported)
		assert.Equal(t, answer.OK, s.Status)
	}
}

// Uniques of a month cannot be made of days: the platform is asked once for each month.
func TestUniquesAreAskedForOnceForEachMonth(t *testing.T) {
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		if gjson.Get(n.body, "by").Raw == `["day"]` {
			return `{"rows":[{"day":"2026-01-31","clicks":10},{"day":"2026-02-01","clicks":20},{"day":"2026-02-02","clicks":1}]}`, nil
		}
		if gjson.Get(n.body, "from").String() == "2026-01-31" {
			return `{"rows":[{"clicks":10,"unique":1}]}`, nil
		}
		return `{"rows":[{"clicks":21,"unique":2}]}`, nil
	}}
	_, rows := run(t, parse(t, "from=2026-01-31&to=2026-02-02&group_by=month&metrics=clicks,unique_clicks"), sample(t, "tracker", "tracker", source))
	assert.Equal(t, []string{
		row(`"month":"2026-01"`, `"clicks":10,"unique_clicks":1`),
		row(`"month":"2026-02"`, `"clicks":21,"unique_clicks":2`),
	}, rows)
	var bodies []string
	for _, n := range source.requests {
		bodies = append(bodies, n.body)
	}
	assert.ElementsMatch(t, []string{
		`{"from":"2026-01-31","to":"2026-01-31","zone":"UTC","metrics":["clicks","unique"]}`,
		`{"from":"2026-02-01","to":"2026-02-02","zone":"UTC","metrics":["clicks","unique"]}`,
	}, bodies)

	t.Run("but not of weeks", func(t *testing.T) {
		r, rows := run(t, parse(t, "from=2026-01-31&to=2026-02-02&group_by=week&metrics=clicks,unique_clicks"), sample(t, "tracker", "tracker", source))
		assert.Equal(t, []string{
			row(`"week":"2026-W05"`, `"clicks":30,"unique_clicks":null`),
			row(`"week":"2026-W06"`, `"clicks":1,"unique_clicks":null`),
		}, rows)
		assert.Equal(t, []string{"unique_clicks"}, r.Platforms[0].Unsupported)
	})
}

func TestThePlatformIsAskedInTheZone(t *testing.T) {
	source := answers(`{"rows":[{"day_hour":"2026-06-01 00:00","clicks":1},{"day_hour":"2026-06-01 13:00","clicks":2}]}`)
	r, rows := run(t, parse(t, "from=2026-06-01&to=2026-06-01&timezone=Asia/Tokyo&group_by=hour,hour_of_day&metrics=clicks"), sample(t, "tracker", "tracker", source))
	// nine hours ahead of UTC: its hours are of Tokyo
	assert.Equal(t, []string{
		row(`"hour":"2026-05-31T15:00:00Z","hour_of_day":0`, `"clicks":1`),
		row(`"hour":"2026-06-01T04:00:00Z","hour_of_day":13`, `"clicks":2`),
	}, rows)
	assert.Equal(t, "Asia/Tokyo", r.Platforms[0].Timezone)
	assert.Equal(t, "Asia/Tokyo", gjson.Get(source.requests[0].body, "zone").String())
}

func TestHoursMakeTheDaysOfAnotherZone(t *testing.T) {
	// New York is four hours behind UTC in June: the asked day is from 20:00 the day before to 20:00
	source := answers(`{"rows":[{"hour":"2026-05-31 19:00","n":1},{"hour":"2026-05-31 20:00","n":10},{"hour":"2026-06-01 19:00","n":100},{"hour":"2026-06-01 20:00","n":1000}]}`)
	r, rows := run(t, parse(t, "from=2026-06-01&to=2026-06-01&group_by=date&metrics=conversions,unique_clicks"), sample(t, "shop", "shop", source))
	assert.Equal(t, []string{row(`"date":"2026-06-01"`, `"conversions":110,"unique_clicks":null`)}, rows)
	assert.Equal(t, "UTC", r.Platforms[0].Timezone)
	assert.Equal(t, "by=hour&from=2026-05-31&to=2026-06-01", source.requests[0].query.Encode())

	t.Run("unless hours begin at other minutes", func(t *testing.T) {
		source := answers(`{"rows":[{"day":"2026-06-01","n":7}]}`)
		r, rows := run(t, parse(t, "from=2026-06-01&to=2026-06-01&timezone=Asia/Kolkata&group_by=date&metrics=conversions"), sample(t, "shop", "shop", source))
		assert.Equal(t, []string{row(`"date":"2026-06-01"`, `"conversions":7`)}, rows)
		assert.Equal(t, "America/New_York", r.Platforms[0].Timezone)
	})
}

func TestMoneyOfARow(t *testing.T) {
	// amounts of one row in two currencies; fees in cents, in the currency of the answer, and turned round
	source := answers(`{"currency":"GBP","data":{"rows":[{"n":2,"total":{"amount":1e2,"currency":"USD"},"fee":"-1250"},{"n":1,"total":[],"amount":null,"fee":0}]}}`)
	r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-05&timezone=America/New_York&metrics=conversions,order_value,fee"), sample(t, "shop", "shop", source))
	assert.Equal(t, []string{
		row("", `"conversions":1,"order_value":null,"fee":{"value":"12.50","currency":"GBP"}`),
		row("", `"conversions":2,"order_value":{"value":"100","currency":"USD"},"fee":null`),
	}, rows)
	assert.Len(t, r.Totals, 2)
}

// Clicks belong to no currency, so a rate over them is that of none where amounts are of
// several: the platform is said to have none, and only where that is so.
func TestRatesOverWhatCurrenciesPart(t *testing.T) {
	report := func(conversions, currency string) (string, []string) {
		source := &fake{
			answer: func(native) (string, *problem.Problem) {
				return `{"success":true,"data":{"records":[{"grossClicks":100}],"report_currency":"USD"}}`, nil
			},
			lists: map[string]string{"conversions.list": conversions},
		}
		q := parse(t, "from=2026-01-01&to=2026-01-31&metrics=clicks,conversions,order_value,cr,commission_rate")
		r, rows := run(t, q, bundled(t, "trackier", source, mapping.Binding{Currency: currency}))
		return strings.Join(rows, "\n"), r.Platforms[0].Unsupported
	}
	const euros = `{"amount":{"value":"20","currency":"EUR"},"commission":{"value":"2","currency":"EUR"}}`
	rows, lacks := report(`[`+euros+`,{"amount":{"value":"10","currency":"USD"},"commission":{"value":"3","currency":"USD"}},
		{"amount":null,"commission":{"value":"1","currency":"GBP"}}]`, "")
	// a rate of two amounts is there wherever both are
	assert.Equal(t, strings.Join([]string{
		row("", `"clicks":null,"conversions":1,"order_value":{"value":"20","currency":"EUR"},"cr":null,"commission_rate":0.1`),
		row("", `"clicks":null,"conversions":1,"order_value":null,"cr":null,"commission_rate":null`),
		row("", `"clicks":null,"conversions":1,"order_value":{"value":"10","currency":"USD"},"cr":null,"commission_rate":0.3`),
		row("", `"clicks":100,"conversions":null,"order_value":null,"cr":null,"commission_rate":null`),
	}, "\n"), rows)
	assert.Equal(t, []string{"cr"}, lacks)

	rows, lacks = report(`[`+euros+`]`, "")
	assert.Equal(t, row("", `"clicks":100,"conversions":1,"order_value":{"value":"20","currency":"EUR"},"cr":0.01,"commission_rate":0.1`), rows)
	assert.Empty(t, lacks)
}

func TestFailures(t *testing.T) {
	good := sample(t, "tracker", "good", answers(`{"rows":[{"clicks":3}]}`))
	bad := sample(t, "tracker", "bad", fails(problem.PlatformTimeout))
	q := parse(t, "from=2026-01-01&to=2026-01-02&metrics=clicks")

	t.Run("one platform's failure is beside the others' data", func(t *testing.T) {
		r, rows := run(t, q, bad, good)
		assert.Equal(t, []string{row("", `"clicks":3`)}, rows)
		assert.Equal(t, answer.Failed, r.Platforms[0].Status)
		assert.Equal(t, problem.PlatformTimeout, r.Platforms[0].Problem.Code)
		assert.Equal(t, "bad", r.Platforms[0].Problem.Platform)
		assert.Equal(t, answer.OK, r.Platforms[1].Status)
	})
	t.Run("all of them failing is the answer", func(t *testing.T) {
		_, p := report.Run(t.Context(), []report.Platform{bad}, q, report.Options{Now: noon})
		require.NotNil(t, p)
		assert.Equal(t, problem.PlatformTimeout, p.Code)
	})
	t.Run("with require=all any failure is", func(t *testing.T) {
		all := parse(t, "from=2026-01-01&to=2026-01-02&metrics=clicks&require=all")
		_, p := report.Run(t.Context(), []report.Platform{good, bad}, all, report.Options{Now: noon})
		require.NotNil(t, p)
		assert.Equal(t, "bad", p.Platform)
	})
	t.Run("a refused credential ends the asking", func(t *testing.T) {
		source := fails(problem.PlatformCredentialsRejected)
		q := parse(t, "from=2026-01-01&to=2026-12-31&timezone=America/New_York&group_by=date&metrics=conversions")
		_, p := report.Run(t.Context(), []report.Platform{sample(t, "shop", "shop", source)}, q, report.Options{Now: noon})
		require.NotNil(t, p)
		assert.Equal(t, problem.PlatformCredentialsRejected, p.Code)
		assert.LessOrEqual(t, source.Requests(), 4, "only the windows that were under way already")
	})
	t.Run("a window's failure leaves the others", func(t *testing.T) {
		source := &fake{answer: func(n native) (string, *problem.Problem) {
			if n.query.Get("from") == "2026-01-21" {
				return "", problem.New(problem.PlatformUnavailable, "gone")
			}
			return `{"rows":[{"day":"` + n.query.Get("from") + `","n":1}]}`, nil
		}}
		r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-30&timezone=America/New_York&group_by=date&metrics=conversions"), sample(t, "shop", "shop", source))
		assert.Equal(t, []string{row(`"date":"2026-01-01"`, `"conversions":1`), row(`"date":"2026-01-11"`, `"conversions":1`)}, rows)
		assert.Equal(t, answer.Partial, r.Platforms[0].Status)
		assert.Equal(t, problem.PlatformUnavailable, r.Platforms[0].Problem.Code)
	})
}

// blocked waits for its context, as a platform that never answers does.
type blocked struct {
	*fake
	asked chan struct{}
}

func (b *blocked) Do(ctx context.Context, call *mapping.CallPlan, draft *mapping.Draft) (r *exchange.Response, p *problem.Problem) {
	close(b.asked)
	<-ctx.Done()
	return nil, problem.New(problem.PlatformTimeout, "no answer")
}

func TestPlatformsAreAskedAtTheSameTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dead := &blocked{fake: &fake{}, asked: make(chan struct{})}
	// the second platform answers only once the first is waiting, and then ends the wait
	quick := &fake{answer: func(native) (string, *problem.Problem) {
		<-dead.asked
		defer cancel()
		return `{"rows":[{"clicks":3}]}`, nil
	}}
	platforms := []report.Platform{sample(t, "tracker", "dead", dead), sample(t, "tracker", "quick", quick)}
	r, p := report.Run(ctx, platforms, parse(t, "from=2026-01-01&to=2026-01-02&metrics=clicks"), report.Options{Now: noon})
	require.Nil(t, p)
	assert.Equal(t, answer.Failed, r.Platforms[0].Status)
	assert.Equal(t, answer.OK, r.Platforms[1].Status)
}

func TestNobodyIsAskedForAReportThatWasGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	source := answers(`{"rows":[{"clicks":3}]}`)
	_, p := report.Run(ctx, []report.Platform{sample(t, "tracker", "tracker", source)}, parse(t, "from=2026-01-01&to=2026-01-02&metrics=clicks"), report.Options{Now: noon})
	require.NotNil(t, p)
	assert.Equal(t, problem.PlatformUnavailable, p.Code)
	assert.Equal(t, "tracker", p.Platform)
	require.ErrorIs(t, p.Cause, context.Canceled)
	assert.Zero(t, source.Requests())
}

func TestAnswersOfTheWrongShape(t *testing.T) {
	for _, c := range []struct{ name, body, detail string }{
		{"not JSON", `<html>`, "not JSON or was cut off"},
		{"cut off", `{"rows":[{"n":1}`, "not JSON or was cut off"},
		{"empty", ``, "not JSON or was cut off"},
		{"no rows", `{"result":[]}`, "no rows where the mapping expects them"},
		{"rows that are text", `{"rows":"none"}`, "no rows where the mapping expects them"},
		{"a number that is none", `{"rows":[{"n":1},{"n":"many"}]}`, `row 1: the metric conversions: "many" is not a decimal number`},
		{"a number that is a list", `{"rows":[{"n":{"x":1}}]}`, "the metric conversions: a single value was expected"},
		{"a number that is a boolean", `{"rows":[{"n":true}]}`, "the metric conversions: true is not a number"},
		{"a day that is none", `{"rows":[{"day":"soon","n":1}]}`, "row 0: the dimension date"},
		{"a number too large to write", `{"rows":[{"n":1e9999}]}`, "the metric conversions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sample(t, "shop", "shop", answers(c.body))
			q := parse(t, "from=2026-01-01&to=2026-01-02&timezone=America/New_York&group_by=date&metrics=conversions")
			_, failed := report.Run(t.Context(), []report.Platform{p}, q, report.Options{Now: noon})
			require.NotNil(t, failed)
			assert.Equal(t, problem.PlatformInvalidResponse, failed.Code)
			assert.Equal(t, "shop", failed.Platform)
			assert.Contains(t, failed.Detail, c.detail)
		})
	}
	t.Run("extra members, nulls and empty lists are no fault", func(t *testing.T) {
		p := sample(t, "shop", "shop", answers(`{"rows":[{"day":null,"n":null,"country":[],"x":{"y":[]}},[]]}`))
		_, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-02&timezone=America/New_York&group_by=date,country&metrics=conversions"), p)
		assert.Equal(t, []string{row(`"date":null,"country":null`, `"conversions":null`)}, rows)
	})
}

func TestUnknownNativeNamesAreRefused(t *testing.T) {
	p := sample(t, "tracker", "tracker", &fake{})
	q := parse(t, "interval=today&group_by=tracker.campain,other.isp&metrics=tracker.click&sort=tracker.nothing")
	_, failed := report.Run(t.Context(), []report.Platform{p}, q, report.Options{Now: noon})
	require.NotNil(t, failed)
	assert.Equal(t, problem.InvalidRequest, failed.Code)
	assert.Equal(t, []problem.FieldError{
		{Parameter: "group_by", Detail: `tracker has no "tracker.campain"; did you mean "tracker.campaign"?`},
		{Parameter: "group_by", Detail: `"other.isp" is of no platform that is asked`},
		{Parameter: "metrics", Detail: `tracker has no "tracker.click"; did you mean "tracker.clicks"?`},
		{Parameter: "sort", Detail: `tracker has no "tracker.nothing"`},
	}, failed.Errors)
}

// What a column of one platform is, is known once the platform is.
func TestFiltersOnNativeMetricsAreOfNumbers(t *testing.T) {
	p := sample(t, "tracker", "tracker", &fake{})
	q := parseBody(t, `{"interval":"today","metrics":["tracker.clicks"],"filters":[{"field":"tracker.clicks","op":"gt","value":"5"},
		{"field":"tracker.clicks","op":"contains","value":"5"},{"field":"tracker.clicks","op":"in","value":["many",1]},{"field":"tracker.click","op":"set"}]}`)
	_, failed := report.Run(t.Context(), []report.Platform{p}, q, report.Options{Now: noon})
	require.NotNil(t, failed)
	assert.Equal(t, []problem.FieldError{
		{Parameter: "filters[1].op", Detail: "contains is for texts, and tracker.clicks is a number"},
		{Parameter: "filters[2].value", Detail: `"many" is not a number`},
		{Parameter: "filters[3].field", Detail: `tracker has no "tracker.click"; did you mean "tracker.clicks"?`},
	}, failed.Errors)
}

func TestSortingAndPaging(t *testing.T) {
	p := sample(t, "tracker", "tracker", answers(`{"rows":[
		{"country":"DE","clicks":5},{"country":"AT","clicks":7},{"country":null,"clicks":9},{"country":"CH","clicks":null},{"country":"BE","clicks":5}]}`))
	countries := func(query string) string {
		r, _ := run(t, parse(t, "from=2026-01-01&to=2026-01-02&group_by=country&metrics=clicks"+query), p)
		var out []string
		for _, v := range gjson.GetBytes(r.AppendJSON(nil, report.Page{Limit: report.All}), "data.#.dimensions.country").Array() {
			out = append(out, v.Raw)
		}
		return strings.Join(out, " ")
	}
	assert.Equal(t, `"AT" "BE" "CH" "DE" null`, countries(""))
	assert.Equal(t, `"DE" "CH" "BE" "AT" null`, countries("&sort=-country"))
	assert.Equal(t, `"BE" "DE" "AT" null "CH"`, countries("&sort=clicks"), "ties by dimension, nulls last")
	assert.Equal(t, `null "AT" "BE" "DE" "CH"`, countries("&sort=-clicks"), "nulls last in both directions")

	r, _ := run(t, parse(t, "from=2026-01-01&to=2026-01-02&group_by=country&metrics=clicks"), p)
	assert.Len(t, r.Page(0, 2), 2)
	assert.Len(t, r.Page(4, 2), 1)
	assert.Empty(t, r.Page(7, 2))
	assert.Len(t, r.Page(1, report.All), 4)
	page := string(r.AppendJSON(nil, report.Page{Offset: 3, Limit: 1, NextCursor: "x\"y"}))
	assert.Equal(t, `[{"dimensions":{"country":"DE"},"metrics":{"clicks":5}}]`, gjson.Get(page, "data").Raw)
	assert.Equal(t, `{"next_cursor":"x\"y","total":5}`, gjson.Get(page, "page").Raw)
	assert.Equal(t, `[{"currency":null,"metrics":{"clicks":26}}]`, gjson.Get(page, "totals").Raw, "totals are of all rows")
}

func TestFormats(t *testing.T) {
	p := sample(t, "tracker", "tracker", answers(`{"rows":[{"campaign_id":7,"campaign":"A, \"B\"","clicks":"3","revenue":"1.50"},{"campaign_id":8,"clicks":0,"revenue":null}]}`))
	r, _ := run(t, parse(t, "from=2026-01-01&to=2026-01-02&group_by=campaign&metrics=clicks,revenue,epc,order_value"), p, sample(t, "shop", "down", fails(problem.PlatformError)))
	var text bytes.Buffer
	require.NoError(t, r.WriteCSV(&text, report.Page{Limit: report.All}))
	assert.Equal(t, "campaign.id,campaign.name,clicks,revenue.value,revenue.currency,epc.value,epc.currency,order_value.value,order_value.currency\r\n"+
		"tracker:7,\"A, \"\"B\"\"\",3,1.50,USD,0.5,USD,,\r\n"+
		"tracker:8,,0,,,,,,\r\n", text.String())
	text.Reset()
	require.NoError(t, r.WriteNDJSON(&text, report.Page{Limit: 1, Base: "https://gateway.example/v1"}))
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	require.Len(t, lines, 2)
	assert.Equal(t, row(`"campaign":{"id":"tracker:7","name":"A, \"B\""}`, `"clicks":3,"revenue":{"value":"1.50","currency":"USD"},"epc":{"value":"0.5","currency":"USD"},"order_value":null`), lines[0])
	last := gjson.Parse(lines[1])
	assert.Equal(t, "ok", last.Get("platforms.0.status").String())
	assert.Equal(t, `"2026-11-20T12:00:00Z"`, last.Get("platforms.0.as_of").Raw)
	assert.Equal(t, "miss", last.Get("platforms.0.cache").String())
	assert.Equal(t, int64(1), last.Get("platforms.0.native_requests").Int())
	assert.Equal(t, "failed", last.Get("platforms.1.status").String())
	assert.Equal(t, "https://gateway.example/v1/problems/platform_error", last.Get("platforms.1.problem.type").String())
	assert.False(t, last.Get("platforms.1.as_of").Exists())
}

func TestSplittingHasALimit(t *testing.T) {
	source := answers(`{"rows":[]}`)
	p := bundled(t, "trackfinity", source, mapping.Binding{})
	q := parse(t, "from=2020-01-01&to=2026-01-01&group_by=date&metrics=clicks")
	_, failed := report.Run(t.Context(), []report.Platform{p}, q, report.Options{Now: noon})
	require.NotNil(t, failed)
	assert.Equal(t, problem.ScanLimitExceeded, failed.Code)
	assert.Empty(t, source.requests)
}

// Whatever a platform answers, the report is valid JSON or the answer is refused.
func FuzzNativeAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"rows":[{"day":"2026-01-01","hour":"2026-01-01 10:00","country":"DE","n":1,"amount":"1.50","currency":"EUR","fee":150,"unique":null}]}`,
		`{"data":{"rows":[{"total":[{"amount":1e5,"currency":"usd"}],"n":"007"}]},"currency":["GBP"]}`,
		`{"rows":[[],{},null,1,"x",{"n":{}}]}`, `{"rows":{"a":{"n":1}}}`, `[]`, `null`, "\xff", `{"rows":[{"n":-0.0e-7,"country":"\ud800"}]}`,
	} {
		f.Add([]byte(seed))
	}
	shop := sample(f, "shop", "shop", nil).Platform
	f.Fuzz(func(t *testing.T, body []byte) {
		p := report.Platform{Platform: shop, Source: answers(string(body))}
		for _, query := range []string{"timezone=America/New_York&group_by=date,country&sort=-fee", "group_by=hour,weekday"} {
			q := parse(t, "from=2026-01-01&to=2026-01-02&metrics=conversions,order_value,fee,unique_clicks&"+query)
			r, failed := report.Run(t.Context(), []report.Platform{p}, q, report.Options{Now: noon})
			if failed != nil {
				require.Equal(t, problem.PlatformInvalidResponse, failed.Code)
				continue
			}
			require.True(t, json.Valid(r.AppendJSON(nil, report.Page{Limit: report.All})))
		}
	})
}
