package trackfinity_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

type event = trackfinity.Event

// dollars writes hundredths as text.
func dollars(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// tally counts events by a break, as someone with the raw data would.
func tally(events []event, by func(event) string) map[string]map[string]string {
	counts, money := map[string]map[string]int64{}, map[string][2]int64{}
	for _, e := range events {
		k := by(e)
		if counts[k] == nil {
			counts[k] = map[string]int64{}
		}
		names := []string{string(e.Kind)}
		switch e.Kind {
		case trackfinity.Visit:
			counts[k]["page_views"] += e.Click.PageViews
			if e.Click.UniqueOfAll {
				names = append(names, "unique_visitor")
			}
		case trackfinity.Initial, trackfinity.Trial:
			names = append(names, "joins", "sales")
		case trackfinity.Rebill:
			names = append(names, "continuity")
		case trackfinity.Chargeback:
			names = append(names, "reversals")
		}
		for _, name := range names {
			counts[k][name]++
		}
		m := money[k]
		money[k] = [2]int64{m[0] + e.Revenue, m[1] + e.Payout}
	}
	stats := map[string]map[string]string{}
	for k, count := range counts {
		stats[k] = map[string]string{
			"revenue": dollars(money[k][0]), "payout": dollars(money[k][1]), "profit": dollars(money[k][0] - money[k][1]),
		}
		for _, name := range []string{
			"visitor", "unique_visitor", "page_views", "joins", "initial", "trial", "rebill",
			"refunds", "chargeback", "cancel", "sales", "continuity", "reversals",
		} {
			stats[k][name] = strconv.FormatInt(count[name], 10)
		}
	}
	return stats
}

func requireReport(t *testing.T, want map[string]map[string]string, got []row) {
	t.Helper()
	require.Len(t, got, len(want))
	for _, r := range got {
		by := ""
		if r.Break != nil {
			by = *r.Break
		}
		require.Equal(t, want[by], r.Stats, by)
	}
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

func offers(s *trackfinity.Server) map[int64]trackfinity.Offer {
	list := map[int64]trackfinity.Offer{}
	for _, o := range s.Offers() {
		list[o.ID] = o
	}
	return list
}

func logins(s *trackfinity.Server) map[int64]trackfinity.Login {
	list := map[int64]trackfinity.Login{}
	for _, l := range s.Logins() {
		list[l.ID] = l
	}
	return list
}

func TestViews(t *testing.T) {
	s := newServer()
	offer := offers(s)
	tests := map[string]func(event) string{
		"period":            func(e event) string { return e.At.Format("2006-01-02") },
		"month":             func(e event) string { return e.At.Format("2006-01") },
		"year":              func(e event) string { return e.At.Format("2006") },
		"offer_group":       func(e event) string { return id(offer[e.Click.Offer].Group) },
		"landing_page":      func(e event) string { return id(e.Click.LandingPage) },
		"offer":             func(e event) string { return id(e.Click.Offer) },
		"login":             func(e event) string { return id(e.Click.Login) },
		"adtool":            func(e event) string { return id(e.Click.AdTool) },
		"subid1":            func(e event) string { return e.Click.Sub1 },
		"subid2":            func(e event) string { return e.Click.Sub2 },
		"refurl":            func(e event) string { return e.Click.Referrer },
		"device_type":       func(e event) string { return e.Click.Device.Type },
		"device_brand":      func(e event) string { return e.Click.Device.Brand },
		"device_model":      func(e event) string { return e.Click.Device.Model },
		"device_os":         func(e event) string { return e.Click.Device.OS },
		"device_os_version": func(e event) string { return e.Click.Device.OSVersion },
		"device_carrier":    func(e event) string { return e.Click.Device.Carrier },
		"device_browser":    func(e event) string { return e.Click.Device.Browser },
	}
	for view, by := range tests {
		t.Run(view, func(t *testing.T) {
			requireReport(t, tally(s.Events(), by), rows(t, s, "view", view))
		})
	}
	t.Run("demographic", func(t *testing.T) {
		found := map[string]string{}
		for _, r := range rows(t, s, "view", "demographic") {
			found[*r.Break] = r.Name
		}
		require.Equal(t, "Côte d'Ivoire", found["CI"])
		require.Len(t, found, 16)
	})
	t.Run("the default is the period", func(t *testing.T) {
		require.Equal(t, rows(t, s, "view", "period"), rows(t, s))
	})
}

func TestBreaksThatAreNotKnownAreNull(t *testing.T) {
	first := rows(t, newServer(), "view", "device_carrier")[0]
	require.Nil(t, first.Break)
}

func TestIdentifiersHaveNames(t *testing.T) {
	s := newServer()
	for _, r := range rows(t, s, "view", "offer") {
		n, err := strconv.ParseInt(*r.Break, 10, 64)
		require.NoError(t, err)
		require.Equal(t, offers(s)[n].Name, r.Name)
	}
	_, body := send(t, s, http.MethodGet, report, "view", "offer")
	require.Contains(t, body, `{"break":"9007199254740993","offer_name":`)
	require.Contains(t, body, `"revenue":"900719925`, "the sale that a float would round")
	require.Less(t, strings.IndexFunc(body, func(c rune) bool { return c > 127 }), 0, "all beyond ASCII is escaped")
}

func TestPeriods(t *testing.T) {
	// 2026-03-18 is a Wednesday; the year of data begins on 2025-03-18.
	tests := []struct {
		name        string
		pairs       []string
		first, last string
	}{
		{"current half of the month", []string{"period", "0"}, "2026-03-16", "2026-03-18"},
		{"last half of the month", []string{"period", "1"}, "2026-03-01", "2026-03-15"},
		{"today, of which there is no data yet", []string{"period", "2"}, "2026-03-18", "2026-03-18"},
		{"yesterday", []string{"period", "3"}, "2026-03-17", "2026-03-17"},
		{"week", []string{"period", "4"}, "2026-03-16", "2026-03-18"},
		{"month", []string{"period", "5"}, "2026-03-01", "2026-03-18"},
		{"year", []string{"period", "6"}, "2026-01-01", "2026-03-18"},
		{"all", []string{"period", "7"}, "2025-01-01", "2026-03-18"},
		{"free", []string{"period", "8", "start", "2025-09-05", "end", "2025-09-20"}, "2025-09-05", "2025-09-20"},
		{"start and end without a period", []string{"start", "2025-09-05", "end", "2025-09-20"}, "2025-09-05", "2025-09-20"},
		{"start alone", []string{"start", "2026-02-27"}, "2026-02-27", "2026-03-18"},
		{"end alone", []string{"end", "2025-04-01"}, "2025-01-01", "2025-04-01"},
		{"start is not asked for with another period", []string{"period", "3", "start", "2025-09-05"}, "2026-03-17", "2026-03-17"},
		{"wrapped in params", []string{"params[period]", "8", "params[start]", "2025-09-05", "params[end]", "2025-09-20"}, "2025-09-05", "2025-09-20"},
	}
	s := newServer()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			within := slices.DeleteFunc(s.Events(), func(e event) bool {
				day := e.At.Format(time.DateOnly)
				return day < test.first || day > test.last
			})
			want := tally(within, func(e event) string { return e.At.Format(time.DateOnly) })
			requireReport(t, want, rows(t, s, test.pairs...))
		})
	}
}

func TestLastPeriodInTheFirstHalfOfAMonth(t *testing.T) {
	s := newServer(func(c *trackfinity.Config) {
		c.Now = func() time.Time { return time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC) }
	})
	got := rows(t, s, "period", "1")
	require.Equal(t, "2026-02-16", *got[0].Break)
	require.Equal(t, "2026-02-28", *got[len(got)-1].Break)
}

func TestDaysAreThoseOfTheInstall(t *testing.T) {
	zone := time.FixedZone("install", -5*3600)
	s := newServer(func(c *trackfinity.Config) { c.Zone = zone })
	want := tally(s.Events(), func(e event) string { return e.At.Add(-5 * time.Hour).Format(time.DateOnly) })
	requireReport(t, want, rows(t, s))
}

func TestReportFilters(t *testing.T) {
	s := newServer()
	offer, login := offers(s), logins(s)
	some := s.Clicks()[17]
	tests := []struct {
		name  string
		pairs []string
		keep  func(event) bool
	}{
		{"offer", []string{"filter_offerid", "9007199254740993"}, func(e event) bool { return e.Click.Offer == 9007199254740993 }},
		{"login and campaign", []string{"filter_loginid", id(some.Login), "filter_campaignid", id(some.Campaign)}, func(e event) bool {
			return e.Click.Login == some.Login && e.Click.Campaign == some.Campaign
		}},
		{"landing page", []string{"filter_landingpageid", "33"}, func(e event) bool { return e.Click.LandingPage == 33 }},
		{"ad tool, wrapped", []string{"params[filter_adtoolid]", "52"}, func(e event) bool { return e.Click.AdTool == 52 }},
		{"program", []string{"filter_programid", "2"}, func(e event) bool { return offer[e.Click.Offer].Program == 2 }},
		{"country", []string{"filter_countryid", "3"}, func(e event) bool { return e.Click.Country == 3 }},
		{"product code", []string{"productcode", "P/12%"}, func(e event) bool { return offer[e.Click.Offer].ProductCode == "P/12%" }},
		{"account representative", []string{"acct_rep", "3"}, func(e event) bool { return login[e.Click.Login].Rep == 3 }},
		{"in-house only", []string{"limit_inhouse", "1"}, func(e event) bool { return login[e.Click.Login].Inhouse }},
		{"no media buyers", []string{"limit_mediabuy", "2"}, func(e event) bool { return !login[e.Click.Login].MediaBuy }},
		{"no limit", []string{"limit_inhouse", "0"}, func(event) bool { return true }},
		{"carrier", []string{"filter_device_carrier", "AT&T"}, func(e event) bool { return e.Click.Device.Carrier == "AT&T" }},
		{"model", []string{"filter_device_model", "Galaxy S24+"}, func(e event) bool { return e.Click.Device.Model == "Galaxy S24+" }},
		{"nothing left", []string{"filter_offerid", "1"}, func(event) bool { return false }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			kept := slices.DeleteFunc(s.Events(), func(e event) bool { return !test.keep(e) })
			want := tally(kept, func(e event) string { return e.At.Format("2006-01") })
			requireReport(t, want, rows(t, s, append(test.pairs, "view", "month")...))
		})
	}
}

func TestInvalidReportParameters(t *testing.T) {
	tests := [][]string{
		{"view", "country"},
		{"view", "offer,login"},
		{"period", "9"},
		{"period", "today"},
		{"start", "09/05/2025"},
		{"end", "2025-02-30"},
		{"filter_offerid", "peach"},
		{"filter_campaignid", "3"}, // without filter_loginid
		{"limit_inhouse", "3"},
		{"colour", "red"},
		{"params[colour]", "red"},
	}
	for _, pairs := range tests {
		t.Run(strings.Join(pairs, "="), func(t *testing.T) {
			status, body := send(t, newServer(), http.MethodGet, report, pairs...)
			require.Equal(t, http.StatusNotFound, status)
			require.Contains(t, body, "Invalid parameter")
		})
	}
}
