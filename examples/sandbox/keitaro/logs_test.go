package keitaro_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// documentColumns are the lists "IDS", "Data", "Flags", "Date and Time" and
// "Other", without those that are numbered.
const documentColumns = "click_id sub_id visitor_code campaign_id campaign_group_id parent_campaign_id landing_id offer_id ts_id stream_id " +
	"language_id device_type_id campaign campaign_group parent_campaign landing landing_clicked_datetime landing_clicked_period offer ts " +
	"stream language device_type connection_type ip country_code country region city user_agent operator os os_version browser " +
	"browser_version device_model isp source referrer search_engine keyword destination revenue cost profit ad_campaign_id external_id " +
	"creative_id is_unique_stream is_unique_campaign is_lead is_sale is_rejected is_bot is_using_proxy datetime year month week weekday " +
	"day hour day_hour ip_mask1 ip_mask2 label"

func columns(t *testing.T, more ...string) string {
	t.Helper()
	list := strings.Fields(documentColumns)
	for i := range 10 {
		list = append(list, fmt.Sprint("sub_id_", i+1), fmt.Sprint("extra_param_", i+1))
	}
	b, err := json.Marshal(append(list, more...))
	require.NoError(t, err)
	return string(b)
}

func find[E any](list []E, is func(E) bool) E { return list[slices.IndexFunc(list, is)] }

func TestClickLogHasEveryColumn(t *testing.T) {
	d := shared.Data()
	got := report(t, shared, "clicks/log", `{"range":{"from":"2026-02-03 10:00","to":"2026-02-05 09:59:59"},"columns":`+columns(t)+`}`)
	from := time.Date(2026, 2, 3, 10, 0, 0, 0, moscow)
	i := 0
	for _, c := range d.Clicks {
		if c.At.Before(from) || !c.At.Before(from.AddDate(0, 0, 2)) {
			continue
		}
		row := got.Rows[i]
		i++
		campaign := find(d.Campaigns, func(e keitaro.Campaign) bool { return e.ID == c.CampaignID })
		var leads, sales, rejected bool
		var revenue keitaro.Money
		for _, v := range d.Conversions {
			if v.ClickID == c.ID {
				leads, sales, rejected = leads || v.Status == "lead", sales || v.Status == "sale", rejected || v.Status == "rejected"
				if v.Status != "rejected" {
					revenue += v.Revenue
				}
			}
		}
		local := c.At.In(moscow)
		want := object{
			"click_id": num(fmt.Sprint(c.ID)), "sub_id": c.SubID, "campaign": campaign.Name, "ip": c.IP.String(), "keyword": c.Keyword,
			"revenue": num(revenue.String()), "cost": num(c.Cost.String()), "profit": num((revenue - c.Cost).String()),
			"is_lead": leads, "is_sale": sales, "is_rejected": rejected, "is_bot": c.Bot, "is_unique_campaign": c.UniqueCampaign,
			"datetime": local.Format("2006-01-02 15:04:05"), "day": local.Format(time.DateOnly), "month": "2026-02", "year": num("2026"),
			"hour": num(fmt.Sprint(local.Hour())), "day_hour": local.Format("2006-01-02 15") + ":00", "week": "2026-06",
			"weekday": num(fmt.Sprint(int(local.Weekday()))), "sub_id_1": c.SubIDs[0], "sub_id_2": c.SubIDs[1], "sub_id_10": c.SubIDs[9],
			"extra_param_1": c.ExtraParams[0], "external_id": c.ExternalID,
		}
		for name, value := range want {
			require.Equal(t, value, row[name], name)
		}
		if c.LandingID == 0 {
			require.Nil(t, row["landing"])
			require.Nil(t, row["landing_id"])
		} else {
			require.Equal(t, find(d.LandingPages, func(e keitaro.LandingPage) bool { return e.ID == c.LandingID }).Name, row["landing"])
		}
		if c.TrafficSourceID != 0 {
			require.Equal(t, find(d.TrafficSources, func(e keitaro.TrafficSource) bool { return e.ID == c.TrafficSourceID }).Name, row["ts"])
		}
		require.Len(t, row, len(strings.Fields(documentColumns))+20)
	}
	require.Greater(t, i, 50)
	require.Equal(t, i, got.Total)
	require.Len(t, got.Rows, i)
}

func TestClickLogPagesWithoutGapOrRepetition(t *testing.T) {
	seen := map[string]bool{}
	for offset := 0; ; offset += 4000 {
		got := report(t, shared, "clicks/log", fmt.Sprintf(`{"limit":4000,"offset":%d,"columns":["click_id"],"sort":[{"name":"country","order":"asc"}]}`, offset))
		require.Equal(t, len(shared.Data().Clicks), got.Total)
		for _, row := range got.Rows {
			id := fmt.Sprint(row["click_id"])
			require.False(t, seen[id])
			seen[id] = true
		}
		if len(got.Rows) < 4000 {
			break
		}
	}
	require.Len(t, seen, len(shared.Data().Clicks))
}

func TestConversionLog(t *testing.T) {
	d := shared.Data()
	got := report(t, shared, "conversions/log", `{"range":{"interval":"all_time"},"sort":[{"name":"conversion_id","order":"asc"}],"columns":`+
		columns(t, "conversion_id", "click_datetime", "postback_datetime", "sale_datetime", "sale_period", "tid", "status",
			"previous_status", "original_status", "params")+`}`)
	require.Equal(t, len(d.Conversions), got.Total)
	byID := map[string]keitaro.Conversion{}
	for _, v := range d.Conversions {
		byID[fmt.Sprint(v.ID)] = v
	}
	clicks := map[int64]keitaro.Click{}
	for _, c := range d.Clicks {
		clicks[c.ID] = c
	}
	for _, row := range got.Rows {
		v := byID[fmt.Sprint(row["conversion_id"])]
		c := clicks[v.ClickID]
		want := object{
			"sub_id": v.SubID, "tid": v.TID, "status": v.Status, "original_status": v.OriginalStatus,
			"revenue": num(v.Revenue.String()), "campaign_id": num(fmt.Sprint(c.CampaignID)),
			"click_datetime":    c.At.In(moscow).Format("2006-01-02 15:04:05"),
			"postback_datetime": v.PostbackAt.In(moscow).Format("2006-01-02 15:04:05"),
			"sale_datetime":     nil, "sale_period": nil, "previous_status": nil,
		}
		if !v.SaleAt.IsZero() {
			want["sale_datetime"] = v.SaleAt.In(moscow).Format("2006-01-02 15:04:05")
			want["sale_period"] = num(fmt.Sprint(v.SaleAt.Unix() - c.At.Unix()))
		}
		if v.PreviousStatus != "" {
			want["previous_status"] = v.PreviousStatus
		}
		for name, value := range want {
			require.Equal(t, value, row[name], name)
		}
	}
	_, body := ask(t, shared, http.MethodPost, "conversions/log", `{"columns":["revenue"]}`)
	require.Contains(t, body, `"revenue":9007199254740.9931`)
}

func TestConversionLogByQueryString(t *testing.T) {
	byBody := report(t, shared, "conversions/log", `{"range":{"from":"2026-01-01","to":"2026-01-31","timezone":"UTC"},"columns":["conversion_id","tid"],
		"filters":[{"name":"status","operator":"IN_LIST","expression":["sale","rebill"]}],"sort":[{"name":"conversion_id","order":"desc"}],"limit":5,"offset":1}`)
	require.Len(t, byBody.Rows, 5)
	byQuery := read[rows](t, shared, http.MethodGet, "conversions/log?range%5Bfrom%5D=2026-01-01&range[to]=2026-01-31&range[timezone]=UTC&columns[]=conversion_id&columns[]=tid"+
		"&filters[0][name]=status&filters[0][operator]=IN_LIST&filters[0][expression][]=sale&filters[0][expression][]=rebill"+
		"&sort[0][name]=conversion_id&sort[0][order]=desc&limit=5&offset=1", "")
	require.Equal(t, byBody.Rows, byQuery.Rows)
	require.Equal(t, byBody.Total, byQuery.Total)
}

func TestLogSwitches(t *testing.T) {
	c := config()
	c.NumericFlags, c.MoneyAsText, c.MetaAsList, c.LogEnvelope = true, true, true, true
	other := keitaro.New(c)
	got := report(t, other, "clicks/log", `{"limit":1,"columns":["is_bot","cost"]}`)
	require.Contains(t, []any{num("0"), num("1")}, got.Rows[0]["is_bot"])
	require.Equal(t, shared.Data().Clicks[0].Cost.String(), got.Rows[0]["cost"])
	require.Len(t, got.Meta, 2)
	require.IsType(t, []any{}, got.Meta)
	require.Len(t, read[rows](t, other, http.MethodGet, "logs/ssl?limit=2", "").Rows, 2)
}

func TestLogs(t *testing.T) {
	types := read[[]string](t, shared, http.MethodGet, "logs/types", "")
	require.Equal(t, []string{"system", "traffic", "postbacks", "ssl", "sent_postbacks"}, types)
	for _, kind := range types {
		for _, row := range read[[]object](t, shared, http.MethodGet, "logs/"+kind+"?limit=3", "") {
			require.ElementsMatch(t, []string{"datetime", "jid", "message"}, names(row))
		}
	}
	status, body := ask(t, shared, http.MethodGet, "logs/traffic", "")
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"limit":["Is required"]}`, body)

	v := shared.Data().Conversions[10]
	found := read[[]object](t, shared, http.MethodGet, "logs/postbacks?limit=10&query=SUBID%20"+v.SubID, "")
	require.NotEmpty(t, found)
	require.Contains(t, found[0]["message"], v.SubID)

	all := read[[]object](t, shared, http.MethodGet, "logs/system?limit=10", "")
	require.Equal(t, all[4:7], read[[]object](t, shared, http.MethodGet, "logs/system?limit=3&offset=4", ""))
	require.Greater(t, all[0]["datetime"], all[9]["datetime"], "newest first")
}

func TestLabels(t *testing.T) {
	require.Equal(t, []string{"news.example", "site/42"},
		read[[]string](t, shared, http.MethodGet, "report/labels?campaign_id=89&label_name=whitelist&ref_name=source", ""))
	require.Equal(t, []string{},
		read[[]string](t, shared, http.MethodGet, "report/labels?campaign_id=90&label_name=whitelist&ref_name=source", ""))
	status, body := ask(t, shared, http.MethodGet, "report/labels?campaign_id=89", "")
	require.Equal(t, http.StatusNotAcceptable, status)
	require.JSONEq(t, `{"label_name":["Is required"],"ref_name":["Is required"]}`, body)
}
