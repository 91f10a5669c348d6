package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
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

// click is a click of the model, with the sale that came of it, if any.
type click struct {
	at       time.Time
	campaign int
	country  string
	visitor  int
	sold     bool
	cents    int64
	currency string
}

func drawClicks(t *rapid.T) []click {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) click {
		return click{
			at:       start.Add(time.Duration(rapid.IntRange(0, 100*24*60).Draw(t, "minute")) * time.Minute),
			campaign: rapid.IntRange(1, 3).Draw(t, "campaign"),
			country:  rapid.SampledFrom([]string{"DE", "AT", "de"}).Draw(t, "country"),
			visitor:  rapid.IntRange(1, 4).Draw(t, "visitor"),
			sold:     rapid.Bool().Draw(t, "sold"),
			cents:    rapid.Int64Range(-100, 1<<40).Draw(t, "cents"),
			currency: rapid.SampledFrom([]string{"EUR", "EUR", "USD"}).Draw(t, "currency"),
		}
	}), 0, 60).Draw(t, "clicks")
}

// unify writes a dimension of a click as a report has it.
func unify(name, platform string, c click, zone *time.Location) string {
	switch local := c.at.In(zone); name {
	case "campaign":
		return fmt.Sprintf(`{"id":"%s:%d","name":"Campaign %d"}`, platform, c.campaign, c.campaign)
	case "country":
		return `"` + c.country + `"`
	case "hour":
		start := local.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second)
		return `"` + start.UTC().Format(time.RFC3339) + `"`
	default:
		return partsOfTime[name](local)
	}
}

// sums are the numbers of a group of clicks.
type sums struct {
	clicks, sales int
	cents         int64
	currency      string
	visitors      map[int]bool
}

func groupClicks(clicks []click, key func(click) string) map[string]*sums {
	groups := map[string]*sums{}
	for _, c := range clicks {
		k := key(c)
		if groups[k] == nil {
			groups[k] = &sums{currency: c.currency, visitors: map[int]bool{}}
		}
		g := groups[k]
		g.clicks++
		g.visitors[c.visitor] = true
		if c.sold {
			g.sales++
		}
		g.cents += c.cents
	}
	return groups
}

// build is the native report of testdata/tracker.yaml over clicks.
func build(clicks []click) func(native) (string, *problem.Problem) {
	return func(n native) (string, *problem.Problem) {
		asked := gjson.Parse(n.body)
		zone, err := time.LoadLocation(asked.Get("zone").String())
		if err != nil {
			return "", problem.New(problem.InvalidRequest, "%v", err)
		}
		var within []click
		for _, c := range clicks {
			day := c.at.In(zone).Format(time.DateOnly)
			campaigns := asked.Get("campaigns").Array()
			wanted := len(campaigns) == 0 || slices.ContainsFunc(campaigns, func(v gjson.Result) bool { return v.Int() == int64(c.campaign) })
			if wanted && day >= asked.Get("from").String() && day <= asked.Get("to").String() {
				within = append(within, c)
			}
		}
		value := func(c click, by string) string {
			switch by {
			case "day":
				return c.at.In(zone).Format(time.DateOnly)
			case "day_hour":
				return c.at.In(zone).Format("2006-01-02 15:00")
			case "campaign_id":
				return fmt.Sprint(c.campaign)
			case "campaign":
				return fmt.Sprintf("Campaign %d", c.campaign)
			}
			return c.country
		}
		by := asked.Get("by").Array()
		groups := groupClicks(within, func(c click) string {
			row := map[string]any{}
			for _, b := range by {
				row[b.String()] = value(c, b.String())
			}
			text, _ := json.Marshal(row)
			return string(text)
		})
		rows := []json.RawMessage{}
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			g := groups[key]
			row := map[string]any{}
			_ = json.Unmarshal([]byte(key), &row)
			numbers := map[string]any{"clicks": g.clicks, "unique": len(g.visitors), "conversions": g.sales, "revenue": money(g.cents)}
			for _, m := range asked.Get("metrics").Array() {
				row[m.String()] = numbers[m.String()]
			}
			text, _ := json.Marshal(row)
			rows = append(rows, text)
		}
		body, _ := json.Marshal(map[string]any{"rows": rows})
		return string(body), nil
	}
}

var dimensionsOfModel = []string{"date", "hour", "week", "month", "year", "weekday", "hour_of_day", "campaign", "country"}

type modelQuery struct {
	GroupBy  []string         `json:"group_by"`
	Metrics  []string         `json:"metrics"`
	From     string           `json:"from"`
	To       string           `json:"to"`
	Timezone string           `json:"timezone"`
	Filters  []map[string]any `json:"filters"`
}

func drawQuery(t *rapid.T, zones []string) modelQuery {
	from := time.Date(2026, 1, rapid.IntRange(1, 80).Draw(t, "from"), 0, 0, 0, 0, time.UTC)
	q := modelQuery{
		GroupBy:  rapid.SliceOfNDistinct(rapid.SampledFrom(dimensionsOfModel), 0, 3, rapid.ID).Draw(t, "by"),
		Metrics:  rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"clicks", "conversions", "revenue", "unique_clicks"}), 1, 3, rapid.ID).Draw(t, "metrics"),
		From:     from.Format(time.DateOnly),
		To:       from.AddDate(0, 0, rapid.SampledFrom([]int{0, 1, 6, 29, 45}).Draw(t, "days")).Format(time.DateOnly),
		Timezone: rapid.SampledFrom(zones).Draw(t, "zone"),
		Filters:  []map[string]any{},
	}
	switch rapid.IntRange(0, 4).Draw(t, "filter") {
	case 1:
		q.Filters = append(q.Filters, map[string]any{"field": "campaign", "op": "in", "value": []string{"tracker:1", "tracker:3"}})
	case 2:
		q.Filters = append(q.Filters, map[string]any{"field": "campaign", "op": "ne", "value": "tracker:2"})
	case 3:
		q.Filters = append(q.Filters, map[string]any{"field": "country", "op": "eq", "value": "de", "case_sensitive": rapid.Bool().Draw(t, "case")})
	}
	return q
}

// passes tells in the plainest way whether a click is one that a query is about.
func (q *modelQuery) passes(c click, zone *time.Location) bool {
	day := c.at.In(zone).Format(time.DateOnly)
	if day < q.From || day > q.To {
		return false
	}
	for _, f := range q.Filters {
		switch {
		case f["op"] == "in" && c.campaign == 2, f["op"] == "ne" && c.campaign == 2:
			return false
		case f["op"] == "eq" && f["case_sensitive"] == true && c.country != "de":
			return false
		case f["op"] == "eq" && !strings.EqualFold(c.country, "de"):
			return false
		}
	}
	return true
}

// However reports are asked for one after another, those made of kept windows are the
// same as those asked natively each time, and both are what adding up the clicks gives.
func TestReportsOfKeptWindowsAreTheSame(t *testing.T) {
	whole := readSample(t, "tracker")
	capped := strings.Replace(whole, "split: {month", "max: 7d, split: {month", 1)
	require.NotEqual(t, whole, capped)
	rapid.Check(t, func(rt *rapid.T) {
		clicks := drawClicks(rt)
		binding := mapping.Binding{Platform: "tracker"}
		text := whole
		if rapid.Bool().Draw(rt, "capped") {
			text = capped
		}
		asking := bind(t, &fake{answer: build(clicks)}, []byte(text), binding)
		keeping := bind(t, &fake{answer: build(clicks)}, []byte(text), binding)
		keeping.Scope = "account"
		keeper := newShelf()
		for range rapid.IntRange(1, 6).Draw(rt, "queries") {
			q := drawQuery(rt, []string{"UTC", "Europe/London", "Asia/Kolkata", "America/New_York"})
			body, err := json.Marshal(q)
			require.NoError(rt, err)
			want, failed := report.Run(t.Context(), []report.Platform{asking}, parseBody(t, string(body)), report.Options{Now: noon})
			require.Nil(rt, failed)
			got, failed := report.Run(t.Context(), []report.Platform{keeping}, parseBody(t, string(body)), report.Options{Now: noon, Keeper: keeper})
			require.Nil(rt, failed)
			page := report.Page{Limit: report.All}
			wantBody, gotBody := gjson.ParseBytes(want.AppendJSON(nil, page)), gjson.ParseBytes(got.AppendJSON(nil, page))
			require.Equal(rt, wantBody.Get("data").Raw, gotBody.Get("data").Raw, string(body))
			require.Equal(rt, wantBody.Get("totals").Raw, gotBody.Get("totals").Raw, string(body))
			require.Equal(rt, wantBody.Get("platforms.0.unsupported").Raw, gotBody.Get("platforms.0.unsupported").Raw, string(body))
			checkAgainstModel(rt, &q, clicks, gotBody)
		}
	})
}

func checkAgainstModel(t *rapid.T, q *modelQuery, clicks []click, body gjson.Result) {
	zone, err := time.LoadLocation(q.Timezone)
	require.NoError(t, err)
	lacks := body.Get("platforms.0.unsupported").Raw
	within := slices.DeleteFunc(slices.Clone(clicks), func(c click) bool { return !q.passes(c, zone) })
	groups := groupClicks(within, func(c click) string {
		var parts []string
		for _, name := range q.GroupBy {
			value := unify(name, "tracker", c, zone)
			if strings.Contains(lacks, `"`+name+`"`) {
				value = "null"
			}
			parts = append(parts, `"`+name+`":`+value)
		}
		return "{" + strings.Join(parts, ",") + "}"
	})
	rows := body.Get("data").Array()
	if len(rows) == 0 && lacks != "" {
		return // nothing of it can be had
	}
	require.Len(t, rows, len(groups))
	for _, row := range rows {
		g := groups[row.Get("dimensions").Raw]
		require.NotNil(t, g, row.Raw)
		for _, name := range q.Metrics {
			v := row.Get("metrics." + name)
			switch name {
			case "clicks":
				require.Equal(t, int64(g.clicks), v.Int())
			case "conversions":
				require.Equal(t, int64(g.sales), v.Int())
			case "revenue":
				requireRat(t, big.NewRat(g.cents, 100), v.Get("value").String())
			case "unique_clicks":
				if v.Type != gjson.Null { // where it cannot be had
					require.Equal(t, int64(len(g.visitors)), v.Int())
				}
			}
		}
	}
}

// ledger is the native report of testdata/shop.yaml over clicks: each row has an order value
// in its clicks' currency, and a fee in that of the answer.
func ledger(t testing.TB, clicks []click) func(native) (string, *problem.Problem) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	return func(n native) (string, *problem.Problem) {
		var by []string
		if n.query.Get("by") != "" {
			by = strings.Split(n.query.Get("by"), ",")
		}
		within := slices.DeleteFunc(slices.Clone(clicks), func(c click) bool {
			day := c.at.In(zone).Format(time.DateOnly)
			return day < n.query.Get("from") || day > n.query.Get("to")
		})
		groups := groupClicks(within, func(c click) string {
			row := map[string]any{"currency": c.currency}
			for _, b := range by {
				row[b] = map[string]string{"day": c.at.In(zone).Format(time.DateOnly), "hour": c.at.In(zone).Format("2006-01-02 15:00"), "country": c.country}[b]
			}
			text, _ := json.Marshal(row)
			return string(text)
		})
		rows := []json.RawMessage{}
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			g := groups[key]
			row := map[string]any{}
			_ = json.Unmarshal([]byte(key), &row)
			row["n"], row["amount"], row["unique"] = g.clicks, money(g.cents), len(g.visitors)
			if g.sales > 0 {
				row["fee"] = -g.sales
			}
			text, _ := json.Marshal(row)
			rows = append(rows, text)
		}
		body, _ := json.Marshal(map[string]any{"currency": "GBP", "rows": rows})
		return string(body), nil
	}
}

// A platform that answers all its metrics whatever is asked, in several currencies, in
// days of its own zone: rows that were kept for one choice of metrics answer another.
func TestReportsOfOtherMetricsAreTheSame(t *testing.T) {
	text := readSample(t, "shop")
	rapid.Check(t, func(rt *rapid.T) {
		clicks := drawClicks(rt)
		asking := bind(t, &fake{answer: ledger(t, clicks)}, []byte(text), mapping.Binding{Platform: "shop"})
		keeping := bind(t, &fake{answer: ledger(t, clicks)}, []byte(text), mapping.Binding{Platform: "shop"})
		keeping.Scope = "account"
		keeper := newShelf()
		for range rapid.IntRange(1, 6).Draw(rt, "queries") {
			q := drawQuery(rt, []string{"UTC", "Europe/London", "Asia/Kolkata", "America/New_York"})
			q.GroupBy = slices.DeleteFunc(q.GroupBy, func(name string) bool { return name == "campaign" })
			q.Filters = slices.DeleteFunc(q.Filters, func(f map[string]any) bool { return f["field"] == "campaign" })
			q.Metrics = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"conversions", "order_value", "fee", "unique_clicks"}), 1, 4, rapid.ID).Draw(rt, "metrics")
			text, err := json.Marshal(q)
			require.NoError(rt, err)
			want, failed := report.Run(t.Context(), []report.Platform{asking}, parseBody(t, string(text)), report.Options{Now: noon})
			require.Nil(rt, failed)
			got, failed := report.Run(t.Context(), []report.Platform{keeping}, parseBody(t, string(text)), report.Options{Now: noon, Keeper: keeper})
			require.Nil(rt, failed)
			page := report.Page{Limit: report.All}
			wantBody, gotBody := gjson.ParseBytes(want.AppendJSON(nil, page)), gjson.ParseBytes(got.AppendJSON(nil, page))
			require.Equal(rt, wantBody.Get("data").Raw, gotBody.Get("data").Raw, string(text))
			require.Equal(rt, wantBody.Get("totals").Raw, gotBody.Get("totals").Raw, string(text))
			require.Equal(rt, wantBody.Get("platforms.0.unsupported").Raw, gotBody.Get("platforms.0.unsupported").Raw, string(text))

			// whatever the rows, their sums are those of the clicks of the days that were used
			zone, err := time.LoadLocation(gotBody.Get("platforms.0.timezone").String())
			require.NoError(rt, err)
			count, amounts := 0, map[string]*big.Rat{}
			for _, c := range clicks {
				if q.passes(c, zone) {
					count++
					addTo(amounts, c.currency, c.cents)
				}
			}
			for _, total := range gotBody.Get("totals").Array() {
				count -= int(total.Get("metrics.conversions").Int())
				if v := total.Get("metrics.order_value"); v.IsObject() {
					requireRat(rt, amounts[v.Get("currency").String()], v.Get("value").String())
				}
			}
			if slices.Contains(q.Metrics, "conversions") {
				require.Zero(rt, count, string(text))
			}
		}
	})
}

// listing is a source whose list has only the rows of the asked moments, as the engine's has.
type listing struct {
	*fake
	sales []sale
}

func (l *listing) List(_ context.Context, operation string, args map[string][]string, members []string, yield func([][]byte) bool) (report.Freshness, *problem.Problem) {
	if operation != "conversions.list" {
		return l.fake.List(context.Background(), operation, args, members, yield)
	}
	l.mu.Lock()
	l.requests, l.listed = append(l.requests, native{path: operation}), append(l.listed, args)
	l.mu.Unlock()
	within := slices.DeleteFunc(slices.Clone(l.sales), func(s sale) bool {
		at := s.at.UTC().Format(time.RFC3339)
		networks := args["network"]
		return at < args["occurred_from"][0] || at >= args["occurred_to"][0] || networks != nil && !slices.Contains(networks, fmt.Sprintf("affjet:%d", s.network))
	})
	one := &fake{lists: map[string]string{operation: asList(within)}}
	return one.List(context.Background(), operation, args, members, yield)
}

// What is computed from a list is the same where its days are kept.
func TestKeptComputedReportsAreTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := bindAffjet(t, &listing{fake: &fake{lists: map[string]string{"networks.list": affjetNetworks}}, sales: drawSales(rt)}, "Pacific/Chatham")
		keeping := p
		keeping.Scope = "account"
		keeper := newShelf()
		for range rapid.IntRange(1, 6).Draw(rt, "queries") {
			from := time.Date(2026, 1, rapid.IntRange(1, 60).Draw(rt, "from"), 0, 0, 0, 0, time.UTC)
			to := from.AddDate(0, 0, rapid.IntRange(0, 60).Draw(rt, "days"))
			by := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"date", "month", "hour", "hour_of_day", "week", "network"}), 0, 3, rapid.ID).Draw(rt, "by")
			metrics := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"conversions", "commission", "order_value", "rejected"}), 1, 3, rapid.ID).Draw(rt, "metrics")
			query := fmt.Sprintf("from=%s&to=%s&timezone=%s&metrics=%s", from.Format(time.DateOnly), to.Format(time.DateOnly), rapid.SampledFrom(zones).Draw(rt, "zone"), strings.Join(metrics, ","))
			if len(by) > 0 {
				query += "&group_by=" + strings.Join(by, ",")
			}
			query += rapid.SampledFrom([]string{"", "", "&network=affjet:1", "&network=affjet:2,affjet:3"}).Draw(rt, "filter")
			want, failed := report.Run(t.Context(), []report.Platform{p}, parse(t, query), report.Options{Now: noon})
			require.Nil(rt, failed)
			got, failed := report.Run(t.Context(), []report.Platform{keeping}, parse(t, query), report.Options{Now: noon, Keeper: keeper})
			require.Nil(rt, failed)
			page := report.Page{Limit: report.All}
			wantBody, gotBody := gjson.ParseBytes(want.AppendJSON(nil, page)), gjson.ParseBytes(got.AppendJSON(nil, page))
			require.Equal(rt, wantBody.Get("data").Raw, gotBody.Get("data").Raw, query)
			require.Equal(rt, wantBody.Get("totals").Raw, gotBody.Get("totals").Raw, query)
		}
	})
}
