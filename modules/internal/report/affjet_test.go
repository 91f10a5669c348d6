package report_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

func bindAffjet(t testing.TB, source report.Source, zone string) report.Platform {
	t.Helper()
	text, err := os.ReadFile("../../../mappings/affjet/mapping.yaml")
	require.NoError(t, err)
	return bind(t, source, text, mapping.Binding{Platform: "affjet", Zone: zone, Currency: "EUR"})
}

const affjetNetworks = `[{"id":"affjet:7","name":"\"Tradedoubler\""},{"id":"affjet:8","name":null}]`

// The members of a row of totalvalues as the document lists them.
const totalRow = `{%s"transactionNumber":%d.0,"totalValue":%s,"transactionConfirmedValue":10.10,"transactionPendingValue":"20.20","transactionPaidValue":30.30,
"transactionDeclinedValue":0,"totalCommission":%s,"commissionRate":7.5,"transactionConfirmedCommission":1.1,"transactionPendingCommission":2.2,
"transactionPaidCommission":3.3,"transactionDeclinedCommission":null}`

func TestUngroupedIsOneRow(t *testing.T) {
	source := &fake{answer: func(native) (string, *problem.Problem) {
		return `{"result":0,"time":1.5,"dataCount":1,"dataList":[` + fmt.Sprintf(totalRow, "", 12, "60.60", "6.60") + `]}`, nil
	}}
	q := parse(t, "from=2026-01-01&to=2026-01-30&metrics=conversions,commission,commission_approved,order_value_pending,commission_rejected,commission_rate,affjet.commissionRate,clicks,epc")
	r, rows := run(t, q, bindAffjet(t, source, "UTC"))
	// 1.1 + 3.3 is 4.4: approved includes paid. 6.60 / 60.60 = 0.10891089108910891…
	assert.Equal(t, []string{row("", compact(`"conversions":12,
		"commission":{"value":"6.60","currency":"EUR"},
		"commission_approved":{"value":"4.4","currency":"EUR"},
		"order_value_pending":{"value":"20.20","currency":"EUR"},
		"commission_rejected":null,
		"commission_rate":0.108910891089,
		"affjet.commissionRate":7.5,
		"clicks":null,"epc":null`))}, rows)
	require.Len(t, r.Platforms, 1)
	assert.Equal(t, answer.OK, r.Platforms[0].Status)
	assert.Equal(t, []string{"clicks", "epc"}, r.Platforms[0].Unsupported)
	assert.Equal(t, "UTC", r.Platforms[0].Timezone)
	require.Len(t, source.requests, 1)
	assert.Equal(t, "/totalvalues", source.requests[0].path)
	assert.Equal(t, "dateFrom=20260101&dateTo=20260130", source.requests[0].query.Encode())
}

func TestLongRangeGoesToTheOverview(t *testing.T) {
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		if n.query.Get("pageIndex") != "0" {
			return `{"result":0,"dataCount":0,"dataList":[]}`, nil
		}
		return `{"result":0,"dataCount":2,"dataList":[
			{"date":"","merchant":{"id":1,"affiliateNetwork":{"id":7}},"transactionNumber":2,"totalCommission":0.1},
			{"date":"","merchant":{"id":2,"affiliateNetwork":{"id":7}},"transactionNumber":3,"totalCommission":0.2},
			{"date":"","merchant":{"id":9007199254740993,"affiliateNetwork":{"id":8}},"transactionNumber":4,"totalCommission":0.3}]}`, nil
	}, lists: map[string]string{"networks.list": affjetNetworks}}
	_, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-31&group_by=network&metrics=conversions,commission"), bindAffjet(t, source, "UTC"))
	assert.Equal(t, []string{
		row(`"network":{"id":"affjet:7","name":"\"Tradedoubler\""}`, `"conversions":5,"commission":{"value":"0.3","currency":"EUR"}`),
		row(`"network":{"id":"affjet:8","name":null}`, `"conversions":4,"commission":{"value":"0.3","currency":"EUR"}`),
	}, rows)
	assert.Equal(t, "true", source.requests[0].query.Get("groupByMerchant"))
	assert.Equal(t, "10000", source.requests[0].query.Get("pageSize"))
}

func TestRangeIsSplitWhereTheCapIsShorter(t *testing.T) {
	// only totalvalues gives rows by day alone at this cost; 65 days are three windows
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		if n.path == "/overview" {
			return "", problem.New(problem.PlatformError, "not asked here")
		}
		return `{"result":0,"dataList":[` + fmt.Sprintf(totalRow, `"date":"`+n.query.Get("dateFrom")+`",`, 1, "1.05", "0.35") + `]}`, nil
	}}
	text, err := os.ReadFile("../../../mappings/affjet/mapping.yaml")
	require.NoError(t, err)
	at := strings.Index(string(text), "  # The overview has no longest range.")
	require.Positive(t, at)
	p := bind(t, source, text[:at], mapping.Binding{Platform: "affjet", Zone: "UTC", Currency: "EUR"})
	q := parse(t, "from=2026-01-01&to=2026-03-06&group_by=month&metrics=conversions,order_value,affjet.commissionRate")
	r, rows := run(t, q, p)
	assert.Equal(t, []string{
		row(`"month":"2026-01"`, `"conversions":2,"order_value":{"value":"2.10","currency":"EUR"},"affjet.commissionRate":null`),
		row(`"month":"2026-03"`, `"conversions":1,"order_value":{"value":"1.05","currency":"EUR"},"affjet.commissionRate":null`),
	}, rows)
	assert.Equal(t, []string{"affjet.commissionRate"}, r.Platforms[0].Unsupported, "a rate of windows cannot be joined")
	var ranges []string
	for _, n := range source.requests {
		ranges = append(ranges, n.query.Get("dateFrom")+"-"+n.query.Get("dateTo")+" "+n.query.Get("groupBy"))
	}
	assert.ElementsMatch(t, []string{"20260101-20260130 date", "20260131-20260301 date", "20260302-20260306 date"}, ranges)
	assert.Equal(t, 3, r.Platforms[0].NativeRequests)
}

const affjetConversions = `[
	{"occurred_at":"2026-06-01T22:30:00Z","network_id":"affjet:7","merchant_id":"affjet:1","status":"approved","payment_status":"paid","amount":{"value":"10.00","currency":"EUR"},"commission":{"value":"1.10","currency":"EUR"}},
	{"occurred_at":"2026-06-01T23:30:00Z","network_id":"affjet:7","merchant_id":"affjet:1","status":"rejected","payment_status":"unpaid","amount":{"value":"20.00","currency":"EUR"},"commission":{"value":"2.20","currency":"EUR"}},
	{"occurred_at":"2026-06-02T08:15:00Z","network_id":"affjet:8","merchant_id":"affjet:2","status":"pending","payment_status":"unpaid","amount":null,"commission":{"value":"3.30","currency":"USD"}}
]`

func TestDaysOfAnotherZoneAreComputed(t *testing.T) {
	// London is an hour ahead of UTC in June: native days are not the asked ones
	source := &fake{lists: map[string]string{"conversions.list": affjetConversions}}
	q := parse(t, "from=2026-06-01&to=2026-06-02&group_by=date&metrics=conversions,commission,commission_paid,rejected")
	r, rows := run(t, q, bindAffjet(t, source, "Europe/London"))
	assert.Equal(t, []string{
		row(`"date":"2026-06-01"`, `"conversions":2,"commission":{"value":"3.30","currency":"EUR"},"commission_paid":{"value":"1.10","currency":"EUR"},"rejected":1`),
		row(`"date":"2026-06-02"`, `"conversions":1,"commission":{"value":"3.30","currency":"USD"},"commission_paid":{"value":"0","currency":"USD"},"rejected":0`),
	}, rows)
	assert.Equal(t, "UTC", r.Platforms[0].Timezone)
	assert.Equal(t, map[string][]string{"occurred_from": {"2026-06-01T00:00:00Z"}, "occurred_to": {"2026-06-03T00:00:00Z"}}, source.listed[0])
	require.Len(t, r.Totals, 2)

	t.Run("the same moments are other days in another zone", func(t *testing.T) {
		q := parse(t, "from=2026-06-01&to=2026-06-02&group_by=date,hour_of_day&metrics=conversions&timezone=Asia/Kolkata")
		_, rows := run(t, q, bindAffjet(t, source, "Europe/London"))
		// 22:30Z is 04:00, 23:30Z is 05:00, 08:15Z is 13:45 of the second of June in India
		assert.Equal(t, []string{
			row(`"date":"2026-06-02","hour_of_day":4`, `"conversions":1`),
			row(`"date":"2026-06-02","hour_of_day":5`, `"conversions":1`),
			row(`"date":"2026-06-02","hour_of_day":13`, `"conversions":1`),
		}, rows)
	})
}

func TestZonesThatAgreeNeedNoComputing(t *testing.T) {
	source := &fake{answer: func(native) (string, *problem.Problem) { return `{"dataList":[]}`, nil }}
	// London has UTC's time in January
	r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-05&metrics=conversions"), bindAffjet(t, source, "Europe/London"))
	assert.Empty(t, rows)
	assert.Equal(t, "UTC", r.Platforms[0].Timezone)
	assert.Equal(t, "/totalvalues", source.requests[0].path)
}

// Far days are planned by rules where the tables of zones end, and a range of any
// length is answered, or refused for its native calls.
func TestFarDays(t *testing.T) {
	source := &fake{lists: map[string]string{"conversions.list": `[{"occurred_at":"2040-12-31T23:30:00Z"},{"occurred_at":"2041-06-30T22:30:00Z"}]`}}
	for _, days := range []string{"from=2026-01-01&to=2041-12-31", "from=1900-01-01&to=2199-12-31"} {
		q := parse(t, days+"&timezone=Europe/Berlin&group_by=date&metrics=conversions")
		r, rows := run(t, q, bindAffjet(t, source, "Europe/London"))
		// Berlin is an hour ahead of UTC in winter and two in summer
		assert.Equal(t, []string{row(`"date":"2041-01-01"`, `"conversions":1`), row(`"date":"2041-07-01"`, `"conversions":1`)}, rows)
		assert.Equal(t, "Europe/Berlin", r.Platforms[0].Timezone)
	}
	q := parse(t, "from=1900-01-01&to=2199-12-31&timezone=Europe/Berlin&group_by=date&metrics=conversions")
	shop := &fake{}
	_, p := report.Run(t.Context(), []report.Platform{sample(t, "shop", "shop", shop)}, q, report.Options{Now: noon})
	require.NotNil(t, p)
	assert.Equal(t, problem.ScanLimitExceeded, p.Code)
	assert.Zero(t, shop.Requests())
}

func TestTooLongAListFallsBackToNativeDays(t *testing.T) {
	source := &fake{answer: func(native) (string, *problem.Problem) {
		return `{"dataList":[{"date":"20260601","transactionNumber":5}]}`, nil
	}}
	limited := &limitedList{source}
	r, rows := run(t, parse(t, "from=2026-06-01&to=2026-06-02&group_by=date&metrics=conversions"), bindAffjet(t, limited, "Europe/London"))
	assert.Equal(t, []string{row(`"date":"2026-06-01"`, `"conversions":5`)}, rows)
	assert.Equal(t, "Europe/London", r.Platforms[0].Timezone, "native days are said to be native")
	assert.Equal(t, answer.OK, r.Platforms[0].Status)
}

func TestFilters(t *testing.T) {
	source := &fake{answer: func(n native) (string, *problem.Problem) {
		return `{"dataList":[{"merchant":1,"affiliateNetwork":7,"transactionNumber":5},{"merchant":2,"affiliateNetwork":7,"transactionNumber":6},{"merchant":3,"affiliateNetwork":8,"transactionNumber":9}]}`, nil
	}, lists: map[string]string{"networks.list": affjetNetworks}}
	for _, c := range []struct {
		name, filter string
		query        string
		rows         []string
	}{
		{"one id is pushed down", `{"field":"network","op":"eq","value":"affjet:7"}`, "affiliateNetworkId=7&dateFrom=20260101&dateTo=20260103", nil},
		{"several are grouped by, filtered here and summed away", `{"field":"merchant","op":"in","value":["affjet:1","affjet:3"]}`, "dateFrom=20260101&dateTo=20260103&groupBy=merchant", []string{row("", `"conversions":14`)}},
		{"an id of another platform matches nothing", `{"field":"network","op":"eq","value":"other:7"}`, "", nil},
		{"an id of another platform excludes nothing", `{"field":"merchant","op":"ne","value":"other:7"}`, "dateFrom=20260101&dateTo=20260103", []string{row("", `"conversions":20`)}},
		{"a filter on a metric", `{"field":"conversions","op":"gt","value":20}`, "dateFrom=20260101&dateTo=20260103", []string{}},
		{"a filter on the platform", `{"field":"platform","op":"ne","value":"affjet"}`, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			source.requests = nil
			q := parseBody(t, `{"from":"2026-01-01","to":"2026-01-03","metrics":["conversions"],"filters":[`+c.filter+`]}`)
			r, rows := run(t, q, bindAffjet(t, source, "UTC"))
			assert.Equal(t, answer.OK, r.Platforms[0].Status)
			assert.Empty(t, r.Platforms[0].Unsupported)
			if c.query == "" {
				assert.Empty(t, source.requests)
				assert.Empty(t, rows)
				return
			}
			assert.Equal(t, c.query, source.requests[0].query.Encode())
			if c.rows != nil {
				assert.ElementsMatch(t, c.rows, rows)
			}
		})
	}

	t.Run("a dimension that the platform lacks leaves nothing, and is named", func(t *testing.T) {
		r, rows := run(t, parse(t, "from=2026-01-01&to=2026-01-03&metrics=conversions&country=DE"), bindAffjet(t, source, "UTC"))
		assert.Empty(t, rows)
		assert.Equal(t, []string{"country"}, r.Platforms[0].Unsupported)
	})
}

func TestPayPeriodsNeedNativeWords(t *testing.T) {
	r, rows := run(t, parse(t, "interval=current_period&metrics=conversions"), bindAffjet(t, &fake{}, "UTC"))
	assert.Empty(t, rows)
	assert.Equal(t, answer.OK, r.Platforms[0].Status)
	assert.Equal(t, []string{"current_period"}, r.Platforms[0].Unsupported)
}

func TestAllTimeNeedsNoDates(t *testing.T) {
	source := &fake{answer: func(native) (string, *problem.Problem) {
		return `{"dataList":[{"merchant":{"id":1},"transactionNumber":5}]}`, nil
	}}
	_, rows := run(t, parse(t, "interval=all_time&metrics=conversions"), bindAffjet(t, source, "Europe/London"))
	assert.Equal(t, []string{row("", `"conversions":5`)}, rows)
	assert.Equal(t, "groupByMerchant=true&pageIndex=0&pageSize=10000", source.requests[0].query.Encode())
}

func TestIntervals(t *testing.T) {
	// today is Friday, 2026-11-20 in UTC
	for interval, want := range map[string]string{
		"today":       "20261120-20261120",
		"yesterday":   "20261119-20261119",
		"last_7_days": "20261114-20261120",
		"this_week":   "20261116-20261120",
		"last_month":  "20261021-20261120",
		"this_month":  "20261101-20261120",
		"last_year":   "20251121-20261120",
		"this_year":   "20260101-20261120",
	} {
		t.Run(interval, func(t *testing.T) {
			source := &fake{answer: func(native) (string, *problem.Problem) { return `{"dataList":[]}`, nil }}
			run(t, parse(t, "metrics=conversions&interval="+interval), bindAffjet(t, source, "UTC"))
			require.NotEmpty(t, source.requests)
			first, last := source.requests[0].query, source.requests[len(source.requests)-1].query
			assert.Equal(t, want, first.Get("dateFrom")+"-"+last.Get("dateTo"))
		})
	}
	t.Run("today is that of the asked zone", func(t *testing.T) {
		source := &fake{lists: map[string]string{"conversions.list": "[]"}}
		run(t, parse(t, "metrics=conversions&interval=today&timezone=Pacific/Auckland"), bindAffjet(t, source, "UTC"))
		// noon of the 20th in UTC is 01:00 of the 21st in New Zealand, 13 hours ahead
		assert.Equal(t, []string{time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC).Format(time.RFC3339)}, source.listed[0]["occurred_from"])
	})
}
