package keitaro_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

// paid sums up what a campaign's clicks cost, those in a period, both ends
// included, and the others.
func paid(s *keitaro.Server, id int64, from, to time.Time, uniques bool) (in, out keitaro.Money, clicks int) {
	for _, c := range s.Data().Clicks {
		if c.CampaignID != id {
			continue
		}
		if c.At.Before(from) || c.At.After(to) || uniques && !c.UniqueCampaign {
			out += c.Cost
		} else {
			in += c.Cost
			clicks++
		}
	}
	return in, out, clicks
}

func TestUpdateCosts(t *testing.T) {
	utc, madrid := time.UTC, zone(t, "Europe/Madrid")
	tests := []struct {
		name, body string
		from, to   time.Time
		uniques    bool
		want       keitaro.Money
	}{
		{
			"the document's sample", `{"start_date":"2026-02-10","end_date":"2026-02-12","cost":10.02,"currency":"EUR","timezone":"Europe/Moscow","only_campaign_uniques":1}`,
			time.Date(2026, 2, 10, 0, 0, 0, 0, moscow), time.Date(2026, 2, 12, 23, 59, 59, 0, moscow), true,
			10_8717, // 10.02 euro at 1.085
		},
		{
			"in the tracker's zone and dollars", `{"start_date":"2026-02-10 20:10","end_date":"2026-02-12 20:10","cost":"19.22"}`,
			time.Date(2026, 2, 10, 20, 10, 0, 0, moscow), time.Date(2026, 2, 12, 20, 10, 0, 0, moscow), false, 19_2200,
		},
		{
			"another zone", `{"start_date":"2026-02-10 20:10:30","end_date":"2026-02-14","cost":0,"timezone":"Europe/Madrid","currency":"USD","only_campaign_uniques":"0"}`,
			time.Date(2026, 2, 10, 20, 10, 30, 0, madrid), time.Date(2026, 2, 14, 23, 59, 59, 0, madrid), false, 0,
		},
		{
			"less than there are clicks", `{"start_date":"2026-01-01","end_date":"2026-03-31","cost":"0.0003","timezone":"UTC"}`,
			time.Date(2026, 1, 1, 0, 0, 0, 0, utc), time.Date(2026, 3, 31, 23, 59, 59, 0, utc), false, 3,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := keitaro.New(config())
			was, others, clicks := paid(s, 89, test.from, test.to, test.uniques)
			require.Greater(t, clicks, 5)
			require.NotEqual(t, test.want, was)
			_, elsewhere, _ := paid(s, 90, test.from, test.from, false)

			status, answer := ask(t, s, http.MethodPost, "campaigns/89/update_costs", test.body)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, `{"success":true}`, answer)

			now, rest, _ := paid(s, 89, test.from, test.to, test.uniques)
			require.Equal(t, test.want, now)
			require.Equal(t, others, rest, "no other click of the campaign")
			_, still, _ := paid(s, 90, test.from, test.from, false)
			require.Equal(t, elsewhere, still, "no other campaign")

			got := report(t, s, "report/build", `{"range":{"interval":"all_time"},"metrics":["cost"],
				"filters":[{"name":"campaign_id","operator":"EQUALS","expression":89}]}`)
			require.Equal(t, num((test.want + others).String()), got.Rows[0]["cost"])
		})
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	require.NoError(t, err)
	return location
}

func TestCostsAreSpreadEvenly(t *testing.T) {
	s := keitaro.New(config())
	read[object](t, s, http.MethodPost, "campaigns/89/update_costs", `{"start_date":"2026-02-01","end_date":"2026-02-28","cost":7}`)
	low, high := keitaro.Money(1<<62), keitaro.Money(0)
	for _, c := range s.Data().Clicks {
		if at := c.At.In(moscow); c.CampaignID == 89 && at.Year() == 2026 && at.Month() == time.February {
			low, high = min(low, c.Cost), max(high, c.Cost)
		}
	}
	require.LessOrEqual(t, high-low, keitaro.Money(1))
}

func TestUpdateCostsWithoutClicks(t *testing.T) {
	s := keitaro.New(config())
	before := s.Data().Clicks
	require.Equal(t, object{"success": true}, read[object](t, s, http.MethodPost, "campaigns/89/update_costs",
		`{"start_date":"2016-02-01","end_date":"2016-02-28","cost":7}`))
	require.Equal(t, before[0], s.Data().Clicks[0])
	require.Equal(t, before[len(before)-1], s.Data().Clicks[len(before)-1])
}

func TestUpdateCostsRefusals(t *testing.T) {
	s := keitaro.New(config())
	for body, want := range map[string]string{
		`{}`: `{"start_date":["Is required"],"end_date":["Is required"],"cost":["Is required"]}`,
		`{"start_date":"yesterday","end_date":"2026-01-02","cost":1}`:                            `{"start_date":["Must be a date and time"]}`,
		`{"start_date":"2026-01-03","end_date":"2026-01-02","cost":1}`:                           `{"end_date":["Must not be before start_date"]}`,
		`{"start_date":"2026-01-01","end_date":"2026-01-02","cost":-1}`:                          `{"cost":["Must be a non-negative number"]}`,
		`{"start_date":"2026-01-01","end_date":"2026-01-02","cost":1000000000.01}`:               `{"cost":["Is too large"]}`,
		`{"start_date":"2026-01-01","end_date":"2026-01-02","cost":1,"currency":"BTC"}`:          `{"currency":["Must be one of EUR, USD, RUB, UAH, GBP"]}`,
		`{"start_date":"2026-01-01","end_date":"2026-01-02","cost":1,"timezone":"Mars/Olympus"}`: `{"timezone":["Unknown timezone Mars\/Olympus"]}`,
	} {
		status, answer := ask(t, s, http.MethodPost, "campaigns/89/update_costs", body)
		require.Equal(t, http.StatusNotAcceptable, status, body)
		require.JSONEq(t, want, answer, body)
	}
}
