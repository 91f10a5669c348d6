package trackier_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

func TestSizeAndSpanOfTheData(t *testing.T) {
	d := shared.Data()
	require.Len(t, d.Campaigns, 25)
	require.Len(t, d.Affiliates, 15)
	require.Len(t, d.Advertisers, 10)
	require.InDelta(t, 5000, len(d.Clicks), 700)
	require.InDelta(t, 800, len(d.Conversions), 150)
	from, to := kit.Window(noon)
	clicks := map[string]bool{}
	for _, c := range d.Clicks {
		require.False(t, c.At.Before(from) || !c.At.Before(to))
		require.False(t, clicks[c.ID])
		require.Len(t, c.ID, 24)
		clicks[c.ID] = true
	}
	seen := map[string]bool{}
	for _, v := range d.Conversions {
		require.True(t, clicks[v.ClickID], "conversion without its click")
		require.True(t, v.At.Before(to))
		require.False(t, seen[v.ID])
		seen[v.ID], seen[v.Status], seen[v.Currency] = true, true, true
		seen["no txn"] = seen["no txn"] || v.TxnID == ""
		seen["huge"] = seen["huge"] || v.Sale > 1<<53
		seen["in euro"] = seen["in euro"] || v.Currency == "EUR" && v.RevenueUSD != v.Revenue
	}
	for _, want := range []string{"approved", "pending", "cancelled", "rejected", "USD", "EUR", "INR", "no txn", "huge", "in euro"} {
		require.True(t, seen[want], want)
	}
}

func TestSameSeedAndDaySameData(t *testing.T) {
	require.Equal(t, shared.Data(), trackier.New(config()).Data())
	later := config()
	later.Now = func() time.Time { return noon.AddDate(0, 0, 10) }
	from, _ := kit.Window(noon.AddDate(0, 0, 10))
	byID := map[string]trackier.Click{}
	for _, c := range trackier.New(later).Data().Clicks {
		byID[c.ID] = c
	}
	for _, c := range shared.Data().Clicks {
		if !c.At.Before(from) {
			require.Equal(t, c, byID[c.ID], c.ID) // require.Equal would take seconds for so many
		}
	}
}

func TestCampaignListHasActiveOnesAndOthersOnRequest(t *testing.T) {
	d := data(t, shared, "/campaign")
	require.Len(t, d["campaigns"], 19)
	require.Equal(t, []any{num("19"), num("1"), num("20")}, []any{d["total"], d["page"], d["limit"]})
	require.Equal(t, d, data(t, shared, "/campaign?active=1"))
	others := data(t, shared, "/campaign?active=0")
	require.Len(t, others["campaigns"], 6)
	for _, c := range others["campaigns"].([]any) {
		require.NotEqual(t, "active", c.(object)["status"])
	}
	require.NotContains(t, read(t, shared, "/campaign"), "success")
}

func TestCampaignPages(t *testing.T) {
	var ids []any
	for page := 1; page <= 5; page++ {
		d := data(t, shared, fmt.Sprintf("/campaign?limit=5&page=%d", page))
		require.Equal(t, num("19"), d["total"])
		for _, c := range d["campaigns"].([]any) {
			ids = append(ids, c.(object)["display_id"])
		}
	}
	require.Len(t, ids, 19)
	require.Equal(t, num("16"), ids[0])
}

func TestCampaignTraps(t *testing.T) {
	forms := map[string]bool{}
	for _, e := range data(t, shared, "/campaign?limit=100")["campaigns"].([]any) {
		c := e.(object)
		require.Regexp(t, `^[0-9a-f]{24}$`, c["_id"])
		require.Equal(t, []any{}, c["meta"])
		switch commissions := c["commissions"].(type) {
		case []any:
			forms["commissions list of "+strconv.Itoa(min(len(commissions), 1))] = true
		case object:
			forms["commissions map"] = true
			for id, v := range commissions {
				require.Equal(t, id, v.(object)["_id"])
			}
		}
		switch created := c["created"].(type) {
		case nil:
			forms["date null"] = true
		case object:
			require.Equal(t, num("1"), created["timezone_type"])
			forms["date object"] = true
		case string:
			forms[fmt.Sprint("date of ", len(created))] = true
		}
		one := data(t, shared, "/campaign/"+c["_id"].(string))
		require.Equal(t, one, data(t, shared, fmt.Sprint("/campaign/", c["display_id"])), "either id")
		require.IsType(t, []any{}, one["commissions"])
		require.Equal(t, c["title"], one["campaign"].(object)["title"])
	}
	for _, want := range []string{
		"commissions map", "commissions list of 0", "commissions list of 1", "date null", "date object", "date of 10", "date of 19",
	} {
		require.True(t, forms[want], want)
	}
}

func TestPartnersShowTheirPasswordHash(t *testing.T) {
	affiliates := read(t, shared, "/affiliate")
	require.NotContains(t, affiliates, "success")
	list := affiliates["data"].(object)["affiliates"].([]any)
	require.Len(t, list, 15)
	for _, e := range list {
		require.Regexp(t, `^[0-9a-f]{40}$`, e.(object)["password"])
	}
	first := list[0].(object)
	require.Equal(t, num("31"), first["display_id"])
	require.Equal(t, first, data(t, shared, "/affiliate/31")["affiliate"])
	require.Equal(t, first, data(t, shared, "/affiliate/"+first["_id"].(string))["affiliate"])
	require.Equal(t, list[4:6], data(t, shared, "/affiliate?limit=2&page=3")["affiliates"])

	advertisers := read(t, shared, "/advertiser")
	require.Equal(t, true, advertisers["success"])
	list = advertisers["data"].(object)["advertisers"].([]any)
	require.Len(t, list, 10)
	require.Equal(t, list[0], data(t, shared, "/advertiser/1")["advertiser"])
}

func TestAccountReferralsJobs(t *testing.T) {
	account := data(t, shared, "/network/account")["account"].(object)
	require.Equal(t, "USD", account["currency"])
	require.Equal(t, "Asia/Kolkata", account["timezone"])

	referrals := data(t, shared, "/network/referral")["referrals"].([]any)
	require.Len(t, referrals, 6)
	first := referrals[0].(object)
	require.Equal(t, first, data(t, shared, "/network/referral/"+first["_id"].(string))["referral"])

	jobs := data(t, shared, "/jobs")["jobs"].([]any)
	require.Len(t, jobs, 50, "the latest fifty")
	require.Greater(t, len(shared.Data().Jobs), 50)
	states := map[any]bool{}
	for _, e := range jobs {
		j := e.(object)
		states[j["status"]] = true
		require.Equal(t, "+00:00", j["created"].(object)["timezone"])
		require.Equal(t, j, data(t, shared, "/jobs/"+j["_id"].(string))["job"])
	}
	require.Equal(t, map[any]bool{"pending": true, "progress": true, "completed": true, "failed": true}, states)
}

func TestDictionaries(t *testing.T) {
	require.Equal(t, "Germany", data(t, shared, "/dictionary/countries")["countries"].(object)["DE"])
	require.Contains(t, data(t, shared, "/dictionary/devices")["devices"], "mobile")
	var names []any
	for _, e := range data(t, shared, "/dictionary/categories")["categories"].([]any) {
		names = append(names, e.(object)["name"])
	}
	require.Contains(t, names, "Finance")
	require.Equal(t, []any{}, data(t, shared, "/dictionary/customField/affiliate")["fields"])
	require.Equal(t, []any{}, data(t, shared, "/dictionary/customField/advertiser")["fields"])
}
