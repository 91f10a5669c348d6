package trackier_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// theirs is the data of a successful answer to the advertiser.
func theirs(t *testing.T, h http.Handler, path string) object {
	t.Helper()
	status, answer := as(t, h, advertiserKey, "GET", path, "")
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, true, answer["success"])
	d, _ := answer["data"].(object)
	return d
}

// owned are the ids of the advertiser's campaigns.
func owned() (ids []int64) {
	for _, c := range shared.Data().Campaigns {
		if c.AdvertiserID == shared.Advertiser().DisplayID {
			ids = append(ids, c.DisplayID)
		}
	}
	return ids
}

func TestAdvertiserCampaigns(t *testing.T) {
	ids := owned()
	d := theirs(t, shared, "/advertiser/campaigns")
	require.Equal(t, num(fmt.Sprint(len(ids))), d["total"])
	for i, e := range d["campaigns"].([]any) {
		c := e.(object)
		campaign := shared.Data().Campaigns[ids[i]-16]
		has(t, object{"user_id": shared.Advertiser().ID, "_id": campaign.ID, "title": campaign.Title, "meta": []any{}}, c)
		for n, m := range c["commissions"].([]any) {
			want := fmt.Sprint(amount(campaign.Commissions[n].Revenue))
			if campaign.Model == "cps" {
				want = "8 %"
			}
			require.Equal(t, want, m.(object)["revenue"], "text")
		}
		one := theirs(t, shared, "/advertiser/campaigns/"+campaign.ID)
		require.Equal(t, c["commissions"], one["commissions"])
		require.Equal(t, c["caps"], one["caps"])
	}
	for _, c := range shared.Data().Campaigns {
		if !slices.Contains(ids, c.DisplayID) {
			status, _ := as(t, shared, advertiserKey, "GET", "/advertiser/campaigns/"+c.ID, "")
			require.Equal(t, http.StatusNotFound, status, "another's")
		}
	}
}

func TestAdvertiserReportsNameColumnsByTheirLabels(t *testing.T) {
	ids := owned()
	got := theirs(t, shared, "/advertiser/customReport?group[]=device&group[]=adid&"+year)
	clicks := int64(0)
	for _, e := range got["records"].([]any) {
		row := e.(object)
		require.Contains(t, row, "Campaign")
		require.Contains(t, row, "Device")
		require.Contains(t, row, "revenue")
		n, err := row["clicks"].(interface{ Int64() (int64, error) }).Int64()
		require.NoError(t, err)
		clicks += n
	}
	quiet := 0
	for _, e := range theirs(t, shared, "/advertiser/customReport?group[]=country&start=2026-01-05&end=2026-01-20")["records"].([]any) {
		conversions, ok := e.(object)["conversions"]
		require.NotEqual(t, num("0"), conversions)
		if !ok {
			quiet++
		}
	}
	require.Positive(t, quiet, "what is zero is left out")
	want := sum(func(campaign, _ int64, _ time.Time) bool { return slices.Contains(ids, campaign) })
	require.Equal(t, int64(want.clicks), clicks)
	has(t, object{"clicks": num(fmt.Sprint(want.clicks)), "revenue": amount(want.revenue)}, got["total"].(object))
	require.Equal(t, "Operating System", got["groupingMap"].(object)["os"])
	status, answer := as(t, shared, advertiserKey, "GET", "/advertiser/customReport?group[]=pid", "")
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, num("20"), code(answer))
}

func TestPerformanceIsNewestFirst(t *testing.T) {
	ids := owned()
	got := theirs(t, shared, "/advertiser/report?start=2026-01-05&end=2026-01-08")
	rows := got["performance"].([]any)
	require.Len(t, rows, 4)
	require.Equal(t, "2026-01-08", rows[0].(object)["created"])
	for _, e := range rows {
		row := e.(object)
		day := row["created"].(string)
		want := sum(func(campaign, _ int64, at time.Time) bool { return slices.Contains(ids, campaign) && in(at, day, day) })
		has(t, object{"clicks": num(fmt.Sprint(want.clicks)), "conversions": num(fmt.Sprint(want.approved)), "debit": amount(want.revenue)}, row)
	}
	require.Len(t, theirs(t, shared, "/advertiser/report")["performance"], 7)
}

func TestAdvertiserStats(t *testing.T) {
	id := owned()[0]
	got := theirs(t, shared, fmt.Sprintf("/advertiser/campaignStats/%d?start=2026-01-01&end=2026-03-31", id))
	want := sum(func(campaign, _ int64, at time.Time) bool {
		return campaign == id && in(at, "2026-01-01", "2026-03-31")
	})
	has(t, object{"clicks": num(fmt.Sprint(want.clicks)), "revenue": amount(want.revenue)}, got["total"].(object))
}

func TestConversionLogs(t *testing.T) {
	ids := owned()
	var want []string
	for _, v := range shared.Data().Conversions {
		if slices.Contains(ids, v.CampaignID) {
			want = append(want, v.ID)
		}
	}
	_, got := as(t, shared, advertiserKey, "GET", "/advertiser/conversion-logs?limit=1&page=2&"+year, "")
	require.Equal(t, num(fmt.Sprint(len(want))), got["count"], "all matches, as the sample's 17")
	rows := got["records"].([]any)
	require.Len(t, rows, 1)
	row := rows[0].(object)
	require.Equal(t, want[1], row["_id"])
	for _, v := range shared.Data().Conversions {
		if v.ID == want[1] {
			require.Equal(t, object{
				"date": v.At.In(kolkata).Format("2006-01-02 15:04:05") + ".000000", "timezone_type": num("3"), "timezone": "Asia/Kolkata",
			}, row["created"])
		}
	}
	require.NotContains(t, row, "revenue")
	require.NotContains(t, row, "payout")
}
