package keitaro_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestSizeOfTheData(t *testing.T) {
	d := shared.Data()
	liveCampaigns, liveStreams := 0, 0
	for _, c := range d.Campaigns {
		if c.State != keitaro.Deleted {
			liveCampaigns++
		}
	}
	for _, s := range d.Streams {
		if s.State != keitaro.Deleted {
			liveStreams++
		}
	}
	require.Equal(t, 24, liveCampaigns)
	require.InDelta(t, 60, liveStreams, 8)
	require.InDelta(t, 20_000, len(d.Clicks), 1500)
	require.InDelta(t, 1500, len(d.Conversions), 300)
}

func TestDataCoversTheYearBeforeNow(t *testing.T) {
	d := shared.Data()
	from, to := kit.Window(noon)
	days := map[string]bool{}
	ids := map[int64]bool{}
	for _, c := range d.Clicks {
		require.False(t, c.At.Before(from) || !c.At.Before(to), c.At)
		days[c.At.Format(time.DateOnly)] = true
		require.False(t, ids[c.ID], "click id twice")
		ids[c.ID] = true
	}
	require.Len(t, days, 365)
	pairs := map[[2]string]bool{}
	for i, v := range d.Conversions {
		require.True(t, ids[v.ClickID], "conversion without its click")
		require.True(t, v.PostbackAt.Before(to) && v.SaleAt.Before(to), "conversion in the future")
		require.False(t, pairs[[2]string{v.SubID, v.TID}], "sub id and tid twice")
		pairs[[2]string{v.SubID, v.TID}] = true
		if i > 0 {
			require.False(t, v.PostbackAt.Before(d.Conversions[i-1].PostbackAt))
		}
	}
}

func TestSameSeedAndDaySameData(t *testing.T) {
	require.Equal(t, shared.Data(), keitaro.New(config()).Data())

	later := config()
	later.Now = func() time.Time { return noon.AddDate(0, 0, 10) }
	shifted := keitaro.New(later).Data()
	require.Equal(t, shared.Data().Campaigns, shifted.Campaigns)
	byID := map[int64]keitaro.Click{}
	for _, c := range shifted.Clicks {
		byID[c.ID] = c
	}
	common := 0
	from, _ := kit.Window(noon.AddDate(0, 0, 10))
	for _, c := range shared.Data().Clicks {
		if !c.At.Before(from) {
			require.Equal(t, c, byID[c.ID], c.ID) // require.Equal would take seconds for so many
			common++
		}
	}
	require.Greater(t, common, 15_000)

	other := config()
	other.Seed++
	require.NotEqual(t, shared.Data().Clicks[0], keitaro.New(other).Data().Clicks[0])
}

func TestDataHasTheTrapsOfTheField(t *testing.T) {
	d := shared.Data()
	found := map[string]bool{}
	for _, v := range d.Conversions {
		found[v.Status] = true
		found["tid with slash"] = found["tid with slash"] || contains(v.TID, "/")
		found["tid with percent"] = found["tid with percent"] || contains(v.TID, "%")
		found["tid with quote"] = found["tid with quote"] || contains(v.TID, `"`)
		found["no tid"] = found["no tid"] || v.TID == ""
		found["tid beyond 2^53"] = found["tid beyond 2^53"] || len(v.TID) >= 16 && v.TID[:3] == "900"
		// 2^53 ten-thousandths, all of whose digits a double does not hold
		found["huge amount"] = found["huge amount"] || v.Revenue > 1<<53 && v.Status == keitaro.Rejected
	}
	for _, c := range d.Clicks {
		found["unknown city"] = found["unknown city"] || c.City == ""
		found["returning visitor"] = found["returning visitor"] || !c.UniqueGlobal
		found["parent campaign"] = found["parent campaign"] || c.ParentCampaignID != 0
		found["no traffic source"] = found["no traffic source"] || c.TrafficSourceID == 0
	}
	for _, want := range []string{
		keitaro.Lead, keitaro.Sale, keitaro.Rejected, keitaro.Rebill, "tid with slash", "tid with percent", "tid with quote",
		"no tid", "tid beyond 2^53", "huge amount", "unknown city", "returning visitor", "parent campaign", "no traffic source",
	} {
		require.True(t, found[want], want)
	}
}
