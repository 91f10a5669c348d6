package report_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// sale is a conversion of the model against which reports are checked.
type sale struct {
	at       time.Time
	status   string
	network  int
	cents    int64
	currency string
}

var zones = []string{"UTC", "Europe/London", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"}

func drawSales(t *rapid.T) []sale {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) sale {
		return sale{
			at:       start.Add(time.Duration(rapid.IntRange(0, 120*24*60).Draw(t, "minute")) * time.Minute),
			status:   rapid.SampledFrom([]string{"approved", "pending", "rejected"}).Draw(t, "status"),
			network:  rapid.IntRange(1, 3).Draw(t, "network"),
			cents:    rapid.Int64Range(-100, 1<<55).Draw(t, "cents"),
			currency: rapid.SampledFrom([]string{"EUR", "EUR", "USD"}).Draw(t, "currency"),
		}
	}), 0, 40).Draw(t, "sales")
}

func money(cents int64) string { return big.NewRat(cents, 100).FloatString(2) }

func asList(sales []sale) string {
	var rows []string
	for _, s := range sales {
		rows = append(rows, fmt.Sprintf(`{"occurred_at":%q,"status":%q,"network_id":"affjet:%d","merchant_id":"affjet:9","amount":{"value":"1.00","currency":"GBP"},"commission":{"value":%q,"currency":%q}}`,
			s.at.Format(time.RFC3339), s.status, s.network, money(s.cents), s.currency))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// partsOfTime says in the plainest way what a conversion is grouped by.
var partsOfTime = map[string]func(time.Time) string{
	"date":        func(t time.Time) string { return `"` + t.Format("2006-01-02") + `"` },
	"month":       func(t time.Time) string { return `"` + t.Format("2006-01") + `"` },
	"year":        func(t time.Time) string { return t.Format("2006") },
	"hour_of_day": func(t time.Time) string { return fmt.Sprint(t.Hour()) },
	"weekday":     func(t time.Time) string { return fmt.Sprint((int(t.Weekday())+6)%7 + 1) },
	"week": func(t time.Time) string {
		year, week := t.ISOWeek()
		return fmt.Sprintf(`"%04d-W%02d"`, year, week)
	},
}

// A report computed from a list equals what adding up the list in rational numbers
// gives, in any zone, and its groups add up to its totals.
func TestComputedReportsAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sales := drawSales(rt)
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(rt, "zone"))
		require.NoError(rt, err)
		by := rapid.SampledFrom([]string{"date", "month", "year", "hour_of_day", "weekday", "week"}).Draw(rt, "by")
		from := time.Date(2026, 1, rapid.IntRange(1, 60).Draw(rt, "from"), 0, 0, 0, 0, zone)
		to := from.AddDate(0, 0, rapid.IntRange(0, 60).Draw(rt, "days"))

		var within []sale
		counts, sums, totals := map[string]int{}, map[string]*big.Rat{}, map[string]*big.Rat{}
		for _, s := range sales {
			if s.at.Before(from) || !s.at.Before(to.AddDate(0, 0, 1)) {
				continue
			}
			within = append(within, s)
			key := partsOfTime[by](s.at.In(zone)) + " " + s.currency
			counts[key]++
			addTo(sums, key, s.cents)
			addTo(totals, s.currency, s.cents)
		}
		p := bindAffjet(t, &fake{lists: map[string]string{"conversions.list": asList(within)}}, "Pacific/Chatham")
		q := parse(t, fmt.Sprintf("from=%s&to=%s&timezone=%s&group_by=%s&metrics=conversions,commission", from.Format(time.DateOnly), to.Format(time.DateOnly), zone, by))
		r, failed := report.Run(t.Context(), []report.Platform{p}, q, report.Options{Now: noon})
		require.Nil(rt, failed)
		body := gjson.ParseBytes(r.AppendJSON(nil, report.Page{Limit: report.All}))

		gotCounts := map[string]int{}
		for _, row := range body.Get("data").Array() {
			commission := row.Get("metrics.commission")
			key := row.Get("dimensions."+by).Raw + " " + commission.Get("currency").String()
			gotCounts[key] = int(row.Get("metrics.conversions").Int())
			requireRat(rt, sums[key], commission.Get("value").String())
		}
		require.Equal(rt, counts, gotCounts)
		require.Len(rt, body.Get("totals").Array(), len(totals))
		for _, total := range body.Get("totals").Array() {
			requireRat(rt, totals[total.Get("currency").String()], total.Get("metrics.commission.value").String())
		}
	})
}

func addTo(sums map[string]*big.Rat, key string, cents int64) {
	if sums[key] == nil {
		sums[key] = new(big.Rat)
	}
	sums[key].Add(sums[key], big.NewRat(cents, 100))
}

func requireRat(t *rapid.T, want *big.Rat, got string) {
	n, ok := new(big.Rat).SetString(got)
	require.True(t, ok, got)
	require.Zero(t, want.Cmp(n), "want %s, got %s", want, got)
}

// dated is a native report over days: as many conversions as the day's number, in euros
// on even days and in dollars on odd ones.
func dated(n native) (string, *problem.Problem) {
	from, err := report.ParseDate(n.query.Get("from"))
	if err != nil {
		return "", problem.New(problem.InvalidRequest, "%v", err)
	}
	to, err := report.ParseDate(n.query.Get("to"))
	if err != nil {
		return "", problem.New(problem.InvalidRequest, "%v", err)
	}
	type row struct {
		Day      string `json:"day,omitempty"`
		N        int    `json:"n"`
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	}
	byDay := slices.Contains(strings.Split(n.query.Get("by"), ","), "day")
	groups, order := map[string]*row{}, []string{}
	for d := from; d <= to; d++ {
		one := row{N: int(d) % 31, Currency: []string{"EUR", "USD"}[int(d)%2]}
		if byDay {
			one.Day = d.String()
		}
		key := one.Day + one.Currency
		if groups[key] == nil {
			groups[key] = &row{Day: one.Day, Currency: one.Currency, Amount: "0"}
			order = append(order, key)
		}
		groups[key].N += one.N
		sum, _ := new(big.Rat).SetString(groups[key].Amount)
		groups[key].Amount = sum.Add(sum, big.NewRat(int64(one.N), 8)).FloatString(3)
	}
	rows := []row{}
	for _, key := range order {
		rows = append(rows, *groups[key])
	}
	body, err := json.Marshal(map[string]any{"rows": rows})
	if err != nil {
		return "", problem.New(problem.Internal, "%v", err)
	}
	return string(body), nil
}

// However a range is cut into windows, the report is the same as that of one call.
func TestJoinedWindowsEqualOneWindow(t *testing.T) {
	file, err := os.ReadFile("testdata/shop.yaml")
	require.NoError(t, err)
	text := string(file)
	whole := bind(t, &fake{answer: dated}, []byte(strings.Replace(text, ", max: 10d", "", 1)), mapping.Binding{Platform: "shop", Zone: "UTC"})
	rapid.Check(t, func(rt *rapid.T) {
		days := rapid.IntRange(1, 70).Draw(rt, "max")
		cut := bind(t, &fake{answer: dated}, []byte(strings.Replace(text, "max: 10d", fmt.Sprintf("max: %dd", days), 1)), mapping.Binding{Platform: "shop", Zone: "UTC"})
		from := report.Date(rapid.IntRange(20454, 20900).Draw(rt, "from"))
		to := from + report.Date(rapid.IntRange(0, 300).Draw(rt, "length"))
		by := rapid.SampledFrom([]string{"", "date", "week", "month", "year", "weekday", "month,weekday", "date,month"}).Draw(rt, "by")
		query := fmt.Sprintf("from=%s&to=%s&metrics=conversions,order_value&sort=-conversions", from, to)
		if by != "" {
			query += "&group_by=" + by
		}
		want, failed := report.Run(t.Context(), []report.Platform{whole}, parse(t, query), report.Options{Now: noon})
		require.Nil(rt, failed)
		got, failed := report.Run(t.Context(), []report.Platform{cut}, parse(t, query), report.Options{Now: noon})
		require.Nil(rt, failed)
		page := report.Page{Limit: report.All}
		wantBody, gotBody := gjson.ParseBytes(want.AppendJSON(nil, page)), gjson.ParseBytes(got.AppendJSON(nil, page))
		require.Equal(rt, wantBody.Get("data").Raw, gotBody.Get("data").Raw)
		require.Equal(rt, wantBody.Get("totals").Raw, gotBody.Get("totals").Raw)
	})
}
