package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// The request of the document's sample, with the unified words for it.
func TestKeitaroSample(t *testing.T) {
	source := answers(`{"rows":[{"ts_id":1,"ts":"Traffic Source X","landing_id":"3","landing":"LP EU X1","clicks":100,"bots":1,"conversions":8},
		{"ts_id":1,"ts":"Traffic Source X","landing_id":"4","landing":"LP EU X2","clicks":70,"bots":0,"conversions":1}],"total":2,"meta":{"datetime":"2017-07-21T11:54:34+00:00"}}`)
	q := parseBody(t, `{"from":"2017-09-10","to":"2017-09-12","timezone":"Europe/Madrid","group_by":["traffic_source","landing_page"],"metrics":["clicks","keitaro.bot_share","cr"],
		"filters":[{"field":"campaign","op":"eq","value":"keitaro:4"},{"field":"stream","op":"eq","value":"keitaro:8"}]}`)
	r, rows := run(t, q, bundled(t, "keitaro", source, mapping.Binding{}))
	assert.Equal(t, []string{
		row(`"traffic_source":{"id":"keitaro:1","name":"Traffic Source X"},"landing_page":{"id":"keitaro:3","name":"LP EU X1"}`, `"clicks":100,"keitaro.bot_share":0.01,"cr":0.08`),
		row(`"traffic_source":{"id":"keitaro:1","name":"Traffic Source X"},"landing_page":{"id":"keitaro:4","name":"LP EU X2"}`, `"clicks":70,"keitaro.bot_share":0,"cr":0.0142857142857`),
	}, rows)
	assert.Equal(t, "Europe/Madrid", r.Platforms[0].Timezone)
	require.Len(t, source.requests, 1)
	assert.Equal(t, "/admin_api/v1/report/build", source.requests[0].path)
	assert.JSONEq(t, `{"range":{"from":"2017-09-10","to":"2017-09-12","timezone":"Europe/Madrid"},"grouping":["ts_id","ts","landing_id","landing"],
		"metrics":["clicks","bots","conversions"],"filters":[{"name":"campaign_id","operator":"EQUALS","expression":4,"case_sensitive":false},
		{"name":"stream_id","operator":"EQUALS","expression":8,"case_sensitive":false}]}`, source.requests[0].body)
}

func TestKeitaroSummary(t *testing.T) {
	for name, body := range map[string]string{
		"as rows of a report": `{"rows":[{"clicks":7,"lp_ctr":12.5,"sales":2,"rebills":1}]}`,
		"as the row alone":    `{"clicks":"7","lp_ctr":"12.5","sales":2,"rebills":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			source := answers(body)
			_, rows := run(t, parse(t, "interval=all_time&metrics=clicks,keitaro.lp_ctr,approved"), bundled(t, "keitaro", source, mapping.Binding{}))
			assert.Equal(t, []string{row("", `"clicks":7,"keitaro.lp_ctr":0.125,"approved":3`)}, rows)
			assert.Equal(t, "/admin_api/v1/clicks/summary", source.requests[0].path)
			assert.JSONEq(t, `{"range":{"interval":"all_time","timezone":"UTC"},"metrics":["clicks","lp_ctr","sales","rebills"]}`, source.requests[0].body)
		})
	}
	t.Run("a pattern is matched here", func(t *testing.T) {
		source := answers(`{"rows":[{"keyword":"red shoes","clicks":7},{"keyword":"hat","clicks":1},{"keyword":"Shoe","clicks":2}]}`)
		q := parseBody(t, `{"interval":"today","metrics":["clicks"],"filters":[{"field":"keyword","op":"matches","value":"\\bshoe"}]}`)
		_, rows := run(t, q, bundled(t, "keitaro", source, mapping.Binding{}))
		assert.Equal(t, []string{row("", `"clicks":9`)}, rows)
		assert.JSONEq(t, `{"range":{"from":"2026-11-20","to":"2026-11-20","timezone":"UTC"},"grouping":["keyword"],"metrics":["clicks"]}`, source.requests[0].body)
	})
}

// What the document lists as operators, in its order, with the values that each takes.
func TestKeitaroOperators(t *testing.T) {
	source := answers(`{"rows":[{"clicks":1}]}`)
	p := bundled(t, "keitaro", source, mapping.Binding{})
	for _, c := range []struct{ filter, native string }{
		{`"op":"eq","value":"x"`, `"operator":"EQUALS","expression":"x"`},
		{`"op":"ne","value":"x"`, `"operator":"NOT_EQUAL","expression":"x"`},
		{`"op":"gte","value":"x"`, `"operator":"EQUALS_OR_GREATER_THAN","expression":"x"`},
		{`"op":"lte","value":"x"`, `"operator":"EQUALS_OR_LESS_THAN","expression":"x"`},
		{`"op":"gt","value":"x"`, `"operator":"GREATER_THAN","expression":"x"`},
		{`"op":"lt","value":"x"`, `"operator":"LESS_THAN","expression":"x"`},
		{`"op":"starts_with","value":"abc"`, `"operator":"BEGINS_WITH","expression":"abc"`},
		{`"op":"ends_with","value":"zyx"`, `"operator":"ENDS_WITH","expression":"zyx"`},
		{`"op":"contains","value":"mnp"`, `"operator":"CONTAINS","expression":"mnp"`},
		{`"op":"not_contains","value":"abc"`, `"operator":"NOT_CONTAIN","expression":"abc"`},
		{`"op":"in","value":["a","b"]`, `"operator":"IN_LIST","expression":["a","b"]`},
		{`"op":"not_in","value":["a"]`, `"operator":"NOT_IN_LIST","expression":["a"]`},
		{`"op":"between","value":["a","b"]`, `"operator":"BETWEEN","expression":["a","b"]`},
		{`"op":"set"`, `"operator":"IS_SET","expression":null`},
		{`"op":"not_set"`, `"operator":"IS_NOT_SET","expression":null`},
		{`"op":"true"`, `"operator":"IS_TRUE","expression":null`},
		{`"op":"false"`, `"operator":"IS_FALSE","expression":null`},
		{`"op":"has_label","value":"whitelist"`, `"operator":"HAS_LABEL","expression":"whitelist"`},
		{`"op":"not_has_label","value":"blacklist"`, `"operator":"NOT_HAS_LABEL","expression":"blacklist"`},
	} {
		source.requests = nil
		_, rows := run(t, parseBody(t, `{"interval":"today","metrics":["clicks"],"filters":[{"field":"keitaro.source",`+c.filter+`}]}`), p)
		assert.Equal(t, []string{row("", `"clicks":1`)}, rows, c.filter)
		require.Len(t, source.requests, 1)
		assert.Contains(t, source.requests[0].body, `"filters":[{`)
		assert.JSONEq(t, `{"range":{"from":"2026-11-20","to":"2026-11-20","timezone":"UTC"},"grouping":[],"metrics":["clicks"],"filters":[{"name":"source","case_sensitive":false,`+c.native+`}]}`, source.requests[0].body)
	}
}

func TestTrackfinityTakesOneView(t *testing.T) {
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		switch n.query.Get("start") {
		case "2026-01-30":
			return `{"rows":[{"break":"5","offer_name":"Offer A","stats":{"visitor":"10","unique_visitor":"9","joins":"2","rebill":"1","revenue":"12.00","payout":"7.50","profit":"4.50"}}]}`, nil
		default:
			return `{"rows":[{"break":"5","offer_name":"Offer A","stats":{"visitor":"4","unique_visitor":"4","joins":"0","rebill":"0","revenue":"0.00","payout":"0.00","profit":"0.00"}},{"break":"9007199254740993","stats":{"visitor":"1"}}]}`, nil
		}
	}}
	p := bundled(t, "trackfinity", source, mapping.Binding{Currency: "USD"})
	r, rows := run(t, parse(t, "from=2026-01-30&to=2026-02-02&group_by=month,offer&metrics=clicks,trackfinity.unique_visitor,conversions,commission"), p)
	assert.Equal(t, []string{
		row(`"month":"2026-01","offer":{"id":"trackfinity:5","name":"Offer A"}`, `"clicks":10,"trackfinity.unique_visitor":9,"conversions":3,"commission":{"value":"7.50","currency":"USD"}`),
		row(`"month":"2026-02","offer":{"id":"trackfinity:5","name":"Offer A"}`, `"clicks":4,"trackfinity.unique_visitor":4,"conversions":0,"commission":{"value":"0.00","currency":"USD"}`),
		row(`"month":"2026-02","offer":{"id":"trackfinity:9007199254740993","name":null}`, `"clicks":1,"trackfinity.unique_visitor":null,"conversions":null,"commission":null`),
	}, rows)
	assert.Empty(t, r.Platforms[0].Unsupported)
	var queries []string
	for _, n := range source.requests {
		queries = append(queries, n.query.Encode())
	}
	assert.ElementsMatch(t, []string{"end=2026-01-31&period=8&start=2026-01-30&view=offer", "end=2026-02-02&period=8&start=2026-02-01&view=offer"}, queries)

	t.Run("a second view cannot be combined", func(t *testing.T) {
		r, rows := run(t, parse(t, "from=2026-02-01&to=2026-02-02&group_by=offer,country&metrics=clicks"), p)
		assert.Len(t, rows, 2)
		assert.Contains(t, rows[0], `"country":null`)
		assert.Equal(t, []string{"country"}, r.Platforms[0].Unsupported)
	})
	t.Run("pay periods are the platform's", func(t *testing.T) {
		source.requests = nil
		run(t, parse(t, "interval=last_period&group_by=offer&metrics=clicks"), p)
		assert.Equal(t, "period=1&view=offer", source.requests[0].query.Encode())
	})
	t.Run("a filter goes where the view is another", func(t *testing.T) {
		source.requests = nil
		run(t, parse(t, "from=2026-02-01&to=2026-02-02&group_by=offer&metrics=clicks&device_type=mobile&publisher=trackfinity:7&campaign=trackfinity:3"), p)
		assert.Equal(t, "end=2026-02-02&filter_campaignid=3&filter_device_type=mobile&filter_loginid=7&period=8&start=2026-02-01&view=offer", source.requests[0].query.Encode())
	})
	t.Run("a campaign is one of a publisher's", func(t *testing.T) {
		r, rows := run(t, parse(t, "from=2026-02-01&to=2026-02-02&metrics=clicks&campaign=trackfinity:3"), p)
		assert.Empty(t, rows)
		assert.Equal(t, []string{"campaign"}, r.Platforms[0].Unsupported)
	})
}

func TestTrackierJoinsItsReportWithItsConversions(t *testing.T) {
	source := &fake{
		answer: func(native) (string, *problem.Problem) {
			return `{"success":true,"data":{"records":[{"campaign_id":16,"adid":"Myntra","grossClicks":459,"payout":1.5,"revenue":2.5,"profit":1,"approvedConversions":1}],
				"total":{},"affs":[],"ads":[],"groupingMap":{},"report_currency":"USD","query":{},"fieldMap":{}}}`, nil
		},
		lists: map[string]string{"conversions.list": `[
			{"campaign_id":"trackier:16","status":"approved","amount":{"value":"20","currency":"USD"},"commission":{"value":"1.5","currency":"USD"}},
			{"campaign_id":"trackier:16","status":"pending","amount":{"value":"10","currency":"USD"},"commission":{"value":"0.75","currency":"USD"}}]`},
	}
	r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-31&group_by=campaign&metrics=clicks,conversions,approved,commission,commission_approved,commission_rate,profit,cr&campaign=trackier:16"),
		bundled(t, "trackier", source, mapping.Binding{}))
	assert.Equal(t, []string{row(`"campaign":{"id":"trackier:16","name":"Myntra"}`,
		`"clicks":459,"conversions":2,"approved":1,"commission":{"value":"2.25","currency":"USD"},"commission_approved":{"value":"1.5","currency":"USD"},"commission_rate":0.075,"profit":{"value":"1","currency":"USD"},"cr":0.00435729847495`)}, rows)
	assert.Equal(t, 2, r.Platforms[0].NativeRequests)
	asked := source.requests[slices.IndexFunc(source.requests, func(n native) bool { return n.query != nil })].query
	assert.Equal(t, []string{"16"}, asked["adid[]"])
	assert.Equal(t, []string{"campaign_id", "adid"}, asked["group[]"])
	assert.Equal(t, []string{"trackier:16"}, source.listed[0]["campaign_id"])
}

func TestAffiliIsComputedFromItsConversions(t *testing.T) {
	source := &fake{lists: map[string]string{"conversions.list": `[
		{"occurred_at":"2020-04-05T08:16:38Z","type":"sale","status":"approved","payment_status":"paid","amount":{"value":"200","currency":"IRR"},"fee":{"value":"40","currency":"IRR"},"publisher.id":"affili:0j18r","publisher.name":"John Doe"},
		{"occurred_at":"2020-04-05T20:40:00Z","type":"lead","status":"pending","amount":null,"fee":null,"publisher.id":"affili:0j18r","publisher.name":"John Doe"}]`}}
	q := parse(t, "from=2020-04-01&to=2020-04-30&timezone=Asia/Tehran&group_by=date,publisher&metrics=conversions,sales,leads,order_value,order_value_paid,fee,affili.wage")
	_, rows := run(t, q, bundled(t, "affili", source, mapping.Binding{Currency: "IRR"}))
	// Iran was four and a half hours ahead: 20:40 in UTC is the next day there
	assert.Equal(t, []string{
		row(`"date":"2020-04-05","publisher":{"id":"affili:0j18r","name":"John Doe"}`, `"conversions":1,"sales":1,"leads":0,"order_value":{"value":"200","currency":"IRR"},"order_value_paid":{"value":"200","currency":"IRR"},"fee":{"value":"40","currency":"IRR"},"affili.wage":{"value":"40","currency":"IRR"}`),
		row(`"date":"2020-04-06","publisher":{"id":"affili:0j18r","name":"John Doe"}`, `"conversions":1,"sales":0,"leads":1,"order_value":null,"order_value_paid":null,"fee":null,"affili.wage":null`),
	}, rows)
}

func TestNamesThatCannotBeReadMakeTheAnswerPartial(t *testing.T) {
	source := answers(`{"dataList":[{"merchant":1,"transactionNumber":5}]}`)
	r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-03&group_by=merchant&metrics=conversions"), bindAffjet(t, source, "UTC"))
	assert.Equal(t, []string{row(`"merchant":{"id":"affjet:1","name":null}`, `"conversions":5`)}, rows)
	assert.Equal(t, answer.Partial, r.Platforms[0].Status)
	assert.Equal(t, problem.PlatformUnavailable, r.Platforms[0].Problem.Code)
}

func TestPagesOfANativeReportAreRead(t *testing.T) {
	page := func(n int) string {
		body := []byte(`{"dataList":[`)
		for i := range n {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, `{"merchant":{"id":1},"transactionNumber":1}`...)
		}
		return string(append(body, `]}`...))
	}
	for _, c := range []struct {
		name  string
		pages []string
		asked int
		count string
	}{
		{"a short page is the last", []string{page(10000), page(3)}, 2, "10003"},
		{"an empty page is the last", []string{page(10000), page(0)}, 2, "10000"},
		{"a page that repeats is the last", []string{page(10000), page(10000), page(10000)}, 2, "10000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			source := &fake{answer: func(native) (string, *problem.Problem) {
				asked++
				return c.pages[asked-1], nil
			}}
			_, rows := run(t, parse(t, "interval=all_time&metrics=conversions"), bindAffjet(t, source, "UTC"))
			assert.Equal(t, []string{row("", `"conversions":`+c.count)}, rows)
			assert.Equal(t, c.asked, asked)
		})
	}
}

func TestLabelsAreKnownToTheirPlatformAlone(t *testing.T) {
	q := parseBody(t, `{"interval":"today","metrics":["conversions"],"filters":[{"field":"sub_id_1","op":"has_label","value":"whitelist"}]}`)
	keitaro := bundled(t, "keitaro", answers(`{"rows":[{"conversions":3}]}`), mapping.Binding{})
	r, rows := run(t, q, bindAffjet(t, &fake{}, "UTC"), keitaro)
	assert.Equal(t, []string{row("", `"conversions":3`)}, rows)
	assert.Equal(t, []string{"sub_id_1"}, r.Platforms[0].Unsupported)
	assert.Empty(t, r.Platforms[1].Unsupported)
}

func TestFiltersOfComputedReports(t *testing.T) {
	source := &fake{lists: map[string]string{"conversions.list": `[
		{"network_id":"affjet:7","sub_ids.1":"Abc","status":"approved"},
		{"network_id":"affjet:8","sub_ids.1":"abc","status":"approved"},
		{"network_id":"affjet:8","sub_ids.1":null,"status":"rejected"}]`}}
	for _, c := range []struct {
		name, filters string
		args          map[string][]string
		rows          []string
	}{
		{"ids narrow the list", `{"field":"network","op":"in","value":["affjet:8"]}`, map[string][]string{"network_id": {"affjet:8"}}, []string{row("", `"conversions":2`)}},
		{"texts do where letter case matters", `{"field":"sub_id_1","op":"eq","value":"abc","case_sensitive":true}`, map[string][]string{"sub_id_1": {"abc"}}, []string{row("", `"conversions":1`)}},
		{"or are looked at here", `{"field":"sub_id_1","op":"eq","value":"ABC"}`, nil, []string{row("", `"conversions":2`)}},
		{"as all other operators", `{"field":"sub_id_1","op":"not_set"}`, nil, []string{row("", `"conversions":1`)}},
		{"two of one field both hold", `{"field":"network","op":"in","value":["affjet:7","affjet:8"]},{"field":"network","op":"ne","value":"affjet:7"}`, map[string][]string{"network_id": {"affjet:7", "affjet:8"}}, []string{row("", `"conversions":2`)}},
		{"native columns too", `{"field":"affjet.status","op":"set"}`, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			source.listed = nil
			q := parseBody(t, `{"from":"2026-06-01","to":"2026-06-30","metrics":["conversions"],"filters":[`+c.filters+`]}`)
			_, rows := run(t, q, bindAffjet(t, source, "Europe/London"))
			assert.Equal(t, c.rows, rows)
			require.Len(t, source.listed, 1)
			delete(source.listed[0], "occurred_from")
			delete(source.listed[0], "occurred_to")
			if c.args == nil {
				assert.Empty(t, source.listed[0])
				return
			}
			assert.Equal(t, c.args, source.listed[0])
		})
	}
}

// The currency of all amounts may stand behind the rows. Looking it up anew for each row would
// take minutes here.
func TestTheCurrencyBehindManyRows(t *testing.T) {
	const many = 60_000
	var body strings.Builder
	body.WriteString(`{"data":{"records":[`)
	for i := range many {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"campaign_id":%d,"adid":"Campaign","grossClicks":1,"revenue":"0.50"}`, 1+i%3)
	}
	body.WriteString(`],"report_currency":"EUR"}}`)
	source := &fake{answer: func(native) (string, *problem.Problem) { return body.String(), nil }}
	_, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-31&group_by=campaign&metrics=clicks,revenue"), bundled(t, "trackier", source, mapping.Binding{}))
	require.Len(t, rows, 3)
	for i, text := range rows {
		assert.JSONEq(t, fmt.Sprintf(`{"dimensions":{"campaign":{"id":"trackier:%d","name":"Campaign"}},"metrics":{"clicks":20000,"revenue":{"value":"10000.00","currency":"EUR"}}}`, i+1), text)
	}
}
