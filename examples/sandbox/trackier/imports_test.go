package trackier_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

// queue starts an import and returns the path of its job.
func queue(t *testing.T, s *trackier.Server, conversions string) string {
	t.Helper()
	got := write(t, s, "POST", "/network/conversion-import", `{"conversions":[`+conversions+`]}`)["data"].(object)
	require.Equal(t, "Job has been queued!!", got["message"])
	job := got["job"].(object)
	require.Equal(t, "pending", job["status"])
	require.Equal(t, object{"date": "2026-05-20 12:00:00.000000", "timezone_type": num("1"), "timezone": "+00:00"}, job["created"])
	return "/jobs/" + job["_id"].(string)
}

// look asks for a job and returns its status and its log.
func look(t *testing.T, s *trackier.Server, path string) (status any, log string) {
	t.Helper()
	d := data(t, s, path)
	for _, e := range d["logs"].([]any) {
		log = e.(object)["message"].(string)
	}
	return d["job"].(object)["status"], log
}

func TestImportGetsOnByBeingAskedFor(t *testing.T) {
	s := fresh()
	pending := s.Data().Conversions[0]
	job := queue(t, s, `{"conversion_id":"`+pending.ID+`","status":"rejected"},
		{"campaign_id":16,"publisher_id":"`+s.Data().Affiliates[0].ID+`","payout":2,"revenue":4,"currency":"USD","created":"2026-05-19 22:33:00","txn_id":"t/1","ipaddr":"180.151.244.17"}`)
	before := s.Data()
	require.Equal(t, "pending", data(t, s, "/jobs")["jobs"].([]any)[0].(object)["status"], "a list changes nothing")
	status, log := look(t, s, job)
	require.Equal(t, "progress", status)
	require.Empty(t, log)
	require.Equal(t, before.Conversions, s.Data().Conversions, "nothing is there before it is done")
	status, log = look(t, s, job)
	require.Equal(t, "completed", status)
	require.Equal(t, "Total Processed: 2 | Imported: 1 | Edited: 1 | Errors: 0", log)
	again, _ := look(t, s, job)
	require.Equal(t, "completed", again)

	got := read(t, s, "/network/conversions?start=2026-05-19&end=2026-05-19&query[]=txnId&txnId=t/1")
	require.Equal(t, num("1"), got["count"])
	for _, e := range got["records"].(object) {
		has(t, object{
			"created": "2026-05-19 22:33:00", "campaign_id": num("16"), "publisher_id": num("31"), "payout": num("2"), "revenue": num("4"),
			"currency": "USD", "status": "approved", "method": "acquisition", "cid": "", "clickIp": "180.151.244.0",
		}, e.(object))
	}
	require.Equal(t, "rejected", s.Data().Conversions[0].Status)
	require.NotEqual(t, "rejected", before.Conversions[0].Status)
	report := data(t, s, "/network/customReport?adid[]=16&start=2026-05-19&end=2026-05-19")
	want := sum(func(id, _ int64, at time.Time) bool { return id == 16 && in(at, "2026-05-19", "2026-05-19") })
	require.Equal(t, amount(want.payout+2_0000), report["total"].(object)["payout"], "reports have it")
}

func TestImportByTheClock(t *testing.T) {
	now := noon
	c := config()
	c.Now, c.JobTime = func() time.Time { return now }, time.Minute
	s := trackier.New(c)
	job := queue(t, s, `{"campaign_id":16,"publisher_id":31}`)
	for _, step := range []struct {
		after  time.Duration
		status string
	}{{0, "pending"}, {29 * time.Second, "pending"}, {30 * time.Second, "progress"}, {59 * time.Second, "progress"}, {time.Minute, "completed"}} {
		now = noon.Add(step.after)
		status, _ := look(t, s, job)
		require.Equal(t, step.status, status, step.after)
	}
	n := len(s.Data().Conversions)
	now = noon
	queue(t, s, `{"campaign_id":16,"publisher_id":31}`)
	now = now.Add(time.Hour)
	_ = read(t, s, "/network/conversions?start=2026-05-20&end=2026-05-20")
	require.Len(t, s.Data().Conversions, n+1, "nobody has to ask for the job")
}

func TestErrorsOfAnImport(t *testing.T) {
	s := fresh()
	d := s.Data()
	var taken trackier.Conversion
	for _, v := range d.Conversions {
		if v.TxnID != "" {
			taken = v
		}
	}
	rows := []string{
		`{}`,
		`{"campaign_id":1,"publisher_id":31}`,
		`{"campaign_id":16}`,
		`{"conversion_id":"none"}`,
		`{"click_id":"none"}`,
		`{"campaign_id":16,"publisher_id":31,"status":"x"}`,
		`{"campaign_id":16,"publisher_id":31,"payout":"much"}`,
		`{"campaign_id":16,"publisher_id":31,"created":"2026-05-19"}`,
		`{"campaign_id":16,"publisher_id":31,"currency":"XXX"}`,
		fmt.Sprintf(`{"campaign_id":%d,"publisher_id":31,"txn_id":%q}`, taken.CampaignID, taken.TxnID),
	}
	good := `{"click_id":"` + d.Clicks[0].ID + `","txn_id":"good"}`
	job := queue(t, s, strings.Join(rows, ",")+","+good)
	look(t, s, job)
	status, log := look(t, s, job)
	require.Equal(t, "completed", status, "ten errors are borne")
	require.Equal(t, "Total Processed: 11 | Imported: 1 | Edited: 0 | Errors: 10", log)
	require.Len(t, s.Data().Jobs[0].Errors, 10)
	require.Equal(t, "Line 3: invalid value of publisher_id", s.Data().Jobs[0].Errors[2])
	require.Equal(t, "Line 10: duplicate txn_id", s.Data().Jobs[0].Errors[9])

	job = queue(t, s, strings.Join(rows, ",")+`,{},{"campaign_id":16,"publisher_id":31,"txn_id":"after"}`)
	look(t, s, job)
	status, log = look(t, s, job)
	require.Equal(t, "failed", status, "more than ten halt it")
	require.Equal(t, "Total Processed: 11 | Imported: 0 | Edited: 0 | Errors: 11", log)
	for _, v := range s.Data().Conversions {
		require.NotEqual(t, "after", v.TxnID)
	}
}

func TestAdvertisersImportIntoTheirOwnCampaigns(t *testing.T) {
	s := fresh()
	d := s.Data()
	own, other := int64(0), int64(0)
	for _, c := range d.Campaigns {
		if c.AdvertiserID == s.Advertiser().DisplayID {
			own = c.DisplayID
		} else {
			other = c.DisplayID
		}
	}
	body := fmt.Sprintf(`{"conversions":[{"campaign_id":%d,"publisher_id":31},{"campaign_id":%d,"publisher_id":31}]}`, own, other)
	_, answer := as(t, s, advertiserKey, "POST", "/advertiser/conversion-import", body)
	path := "/jobs/" + answer["data"].(object)["job"].(object)["_id"].(string)
	as(t, s, advertiserKey, "GET", path, "")
	_, answer = as(t, s, advertiserKey, "GET", path, "")
	require.Equal(t, "completed", answer["data"].(object)["job"].(object)["status"])
	require.Equal(t, []string{"Line 2: campaign not found"}, s.Data().Jobs[0].Errors)
	require.Len(t, s.Data().Conversions, len(d.Conversions)+1)
}
