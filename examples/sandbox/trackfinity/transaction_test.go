package trackfinity_test

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

const transactionReport = "/api/report/transaction"

// transaction is a row of the report; decoding fails if a value is neither a
// string nor null.
type transaction map[string]*string

// of returns a value as text, "null" for null and "absent" for none.
func (v transaction) of(name string) string {
	p, ok := v[name]
	switch {
	case !ok:
		return "absent"
	case p == nil:
		return "null"
	}
	return *p
}

// transactions asks for a report and returns its rows in the order written.
func transactions(t *testing.T, s *trackfinity.Server, pairs ...string) []transaction {
	t.Helper()
	status, body := send(t, s, http.MethodGet, transactionReport, pairs...)
	require.Equal(t, http.StatusOK, status, body)
	list := []transaction{}
	if body == "[]" {
		return list
	}
	d := json.NewDecoder(strings.NewReader(body))
	token, err := d.Token()
	require.NoError(t, err)
	require.Equal(t, json.Delim('{'), token)
	for d.More() {
		name, err := d.Token()
		require.NoError(t, err)
		var v transaction
		require.NoError(t, d.Decode(&v))
		require.Equal(t, v.of("transaction_id"), name)
		list = append(list, v)
	}
	return list
}

// ids returns the transaction_id of each row.
func ids(list []transaction) []string {
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = v.of("transaction_id")
	}
	return ids
}

// kept returns the transactions among the events that keep says, by id.
func kept(s *trackfinity.Server, keep func(event) bool) []event {
	list := slices.DeleteFunc(s.Events(), func(e event) bool { return e.Kind == trackfinity.Visit || !keep(e) })
	slices.SortFunc(list, func(a, b event) int { return int(a.Transaction - b.Transaction) })
	return list
}

// idsOf returns the identifiers of transactions.
func idsOf(events []event) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = id(e.Transaction)
	}
	return ids
}

func every(event) bool { return true }

func TestTransactionRow(t *testing.T) {
	s := newServer()
	countries, offer, login := kit.Countries(), offers(s), logins(s)
	types := map[trackfinity.Kind]string{
		"initial": "initial", "trial": "trial", "rebill": "rebill",
		"refunds": "refund", "chargeback": "chargeback", "cancel": "cancel",
	}
	orNull := func(value string, known bool) string {
		if !known {
			return "null"
		}
		return value
	}
	events := kept(s, every)
	rows := transactions(t, s, "trans_count", id(int64(len(events))))
	require.Len(t, rows, len(events))
	for i, e := range events {
		want := map[string]string{
			"transaction_id":   id(e.Transaction),
			"transaction_hash": e.Click.Hash,
			"trans_type":       types[e.Kind],
			"loginid":          id(e.Click.Login),
			"username":         login[e.Click.Login].Name,
			"campaignid":       id(e.Click.Campaign),
			"offerid":          id(e.Click.Offer),
			"offer_name":       offer[e.Click.Offer].Name,
			"amount":           dollars(e.Revenue),
			"payout":           dollars(e.Payout),
			"orderid":          orNull(e.Order, e.Kind != trackfinity.Cancel),
			"external_clickid": e.Click.ExternalID,
			"subid1":           e.Click.Sub1,
			"subid2":           e.Click.Sub2,
			"country":          countries[e.Click.Country-1].Code,
			"ip":               orNull(e.Click.IP.String(), e.Kind == trackfinity.Initial || e.Kind == trackfinity.Trial),
			"biller_time":      strconv.FormatInt(e.At.Unix(), 10),
			"server_time":      strconv.FormatInt(e.Received.Unix(), 10),
		}
		got := map[string]string{}
		for name := range rows[i] {
			got[name] = rows[i].of(name)
		}
		require.Equal(t, want, got)
	}
}

func TestTransactionsAreWrittenAsPHPDoes(t *testing.T) {
	s := newServer()
	_, body := send(t, s, http.MethodGet, transactionReport, "trans_count", "100000")
	first := id(kept(s, every)[0].Transaction)
	require.True(t, strings.HasPrefix(body, `{"`+first+`":{"transaction_id":"`+first+`",`), body[:60])
	require.Contains(t, body, `"amount":"90071992547409.93"`, "the sale that a float would round")
	require.Contains(t, body, `"offerid":"9007199254740993"`)
	require.Less(t, strings.IndexFunc(body, func(c rune) bool { return c > 127 }), 0, "all beyond ASCII is escaped")
}

func TestNoTransactionsAreAnEmptyList(t *testing.T) {
	s := newServer()
	for _, pairs := range [][]string{
		{"filter_offerid", "1"},
		{"filter_transaction_hash", "nosuch"},
		{"period", "2"}, // today, of which there is no data yet
		{"trans_start", "1000000"},
	} {
		status, body := send(t, s, http.MethodGet, transactionReport, pairs...)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "[]", body, pairs)
	}
}

func TestTransactionPages(t *testing.T) {
	s := newServer()
	all := idsOf(kept(s, every))
	total := len(all)
	tests := []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"first hundred", nil, all[:100]},
		{"from the start", []string{"trans_start", "0", "trans_count", "7"}, all[:7]},
		{"next", []string{"trans_start", "7", "trans_count", "7"}, all[7:14]},
		{"start alone", []string{"trans_start", "150"}, all[150:250]},
		{"last, which is short", []string{"trans_start", strconv.Itoa(total - 3), "trans_count", "10"}, all[total-3:]},
		{"after the last", []string{"trans_start", strconv.Itoa(total)}, []string{}},
		{"count without a limit", []string{"trans_start", "1", "trans_count", strconv.Itoa(math.MaxInt)}, all[1:]},
		{"wrapped in params", []string{"params[trans_start]", "20", "params[trans_count]", "5"}, all[20:25]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, ids(transactions(t, s, test.pairs...)))
		})
	}
}

func TestTransactionPagesCountWhatIsKept(t *testing.T) {
	s := newServer()
	all := idsOf(kept(s, func(e event) bool { return e.Kind == trackfinity.Rebill }))
	got := []string{}
	for start := 0; start < len(all); start += 50 {
		page := transactions(t, s, "trans_type", "rebill", "trans_start", strconv.Itoa(start), "trans_count", "50")
		got = append(got, ids(page)...)
	}
	require.Equal(t, all, got)
}

func TestTransactionFilters(t *testing.T) {
	s := newServer()
	login := logins(s)
	some := kept(s, func(e event) bool {
		return e.Kind == trackfinity.Refund && e.Click.ExternalID != "" && !login[e.Click.Login].Inhouse
	})[0]
	name := login[some.Click.Login].Name
	tests := []struct {
		name  string
		pairs []string
		keep  func(event) bool
	}{
		{"login", []string{"filter_loginid", id(some.Click.Login)}, func(e event) bool { return e.Click.Login == some.Click.Login }},
		{"login and campaign", []string{"filter_loginid", id(some.Click.Login), "filter_campaignid", id(some.Click.Campaign)}, func(e event) bool {
			return e.Click.Login == some.Click.Login && e.Click.Campaign == some.Click.Campaign
		}},
		{"affiliate", []string{"filter_affiliate", name}, func(e event) bool { return login[e.Click.Login].Name == name }},
		{"offer, wrapped", []string{"params[filter_offerid]", "9007199254740993"}, func(e event) bool { return e.Click.Offer == 9007199254740993 }},
		{"external click", []string{"filter_external_clickid", some.Click.ExternalID}, func(e event) bool { return e.Click.ExternalID == some.Click.ExternalID }},
		{"hash, which all of a click have", []string{"filter_transaction_hash", some.Click.Hash}, func(e event) bool { return e.Click.Hash == some.Click.Hash }},
		{"order, which a refund shares with its sale", []string{"filter_orderid", some.Order}, func(e event) bool { return e.Order == some.Order }},
		{"initial", []string{"trans_type", "initial"}, func(e event) bool { return e.Kind == trackfinity.Initial }},
		{"trial", []string{"trans_type", "trial"}, func(e event) bool { return e.Kind == trackfinity.Trial }},
		{"rebill", []string{"trans_type", "rebill"}, func(e event) bool { return e.Kind == trackfinity.Rebill }},
		{"refund", []string{"trans_type", "refund"}, func(e event) bool { return e.Kind == trackfinity.Refund }},
		{"chargeback", []string{"trans_type", "chargeback"}, func(e event) bool { return e.Kind == trackfinity.Chargeback }},
		{"cancel", []string{"trans_type", "cancel"}, func(e event) bool { return e.Kind == trackfinity.Cancel }},
		{"without those in-house", []string{"no_inhouse", "1"}, func(e event) bool { return !login[e.Click.Login].Inhouse }},
		{"with those in-house", []string{"no_inhouse", "0"}, every},
		{"several", []string{"trans_type", "refund", "no_inhouse", "1", "filter_loginid", id(some.Click.Login)}, func(e event) bool {
			return e.Kind == trackfinity.Refund && e.Click.Login == some.Click.Login
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := idsOf(kept(s, test.keep))
			require.NotEmpty(t, want)
			require.Equal(t, want, ids(transactions(t, s, append(test.pairs, "trans_count", "100000")...)))
		})
	}
	require.Len(t, kept(s, func(e event) bool { return e.Order == some.Order }), 2, "the sale and the refund")
}

func TestTransactionPeriods(t *testing.T) {
	// the same days as those of the profit/loss report
	tests := []struct {
		name        string
		pairs       []string
		first, last string
	}{
		{"current half of the month", []string{"period", "0"}, "2026-03-16", "2026-03-18"},
		{"last half of the month", []string{"period", "1"}, "2026-03-01", "2026-03-15"},
		{"yesterday", []string{"period", "3"}, "2026-03-17", "2026-03-17"},
		{"week", []string{"period", "4"}, "2026-03-16", "2026-03-18"},
		{"month", []string{"period", "5"}, "2026-03-01", "2026-03-18"},
		{"year", []string{"period", "6"}, "2026-01-01", "2026-03-18"},
		{"all", []string{"period", "7"}, "2025-01-01", "2026-03-18"},
		{"free", []string{"period", "8", "start", "2025-09-05", "end", "2025-09-20"}, "2025-09-05", "2025-09-20"},
		{"start and end without a period, wrapped", []string{"params[start]", "2025-09-05", "params[end]", "2025-09-05"}, "2025-09-05", "2025-09-05"},
	}
	s := newServer()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := kept(s, func(e event) bool {
				day := e.At.Format(time.DateOnly)
				return day >= test.first && day <= test.last
			})
			require.NotEmpty(t, want)
			require.Equal(t, idsOf(want), ids(transactions(t, s, append(test.pairs, "trans_count", "100000")...)))
		})
	}
}

func TestTransactionDaysAreThoseOfTheInstall(t *testing.T) {
	s := newServer(func(c *trackfinity.Config) { c.Zone = time.FixedZone("install", -5*3600) })
	want := kept(s, func(e event) bool { return e.At.Add(-5*time.Hour).Format("2006-01") == "2025-09" })
	require.Equal(t, idsOf(want), ids(transactions(t, s, "start", "2025-09-01", "end", "2025-09-30", "trans_count", "100000")))
}

// The counts and the money of a profit/loss report are those of the transactions
// in it.
func TestTransactionsAgreeWithProfitLoss(t *testing.T) {
	s := newServer()
	period := []string{"start", "2025-10-01", "end", "2025-12-31"}
	units := func(amount string) int64 {
		n, err := strconv.ParseInt(strings.Replace(amount, ".", "", 1), 10, 64)
		require.NoError(t, err)
		return n
	}
	stat := map[string]string{"refund": "refunds"}
	counts, revenue, payout := map[string]map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, v := range transactions(t, s, append(period, "trans_count", "100000")...) {
		offer, name := v.of("offerid"), v.of("trans_type")
		if stat[name] != "" {
			name = stat[name]
		}
		if counts[offer] == nil {
			counts[offer] = map[string]int64{}
		}
		counts[offer][name]++
		revenue[offer] += units(v.of("amount"))
		payout[offer] += units(v.of("payout"))
	}
	list := rows(t, s, append(period, "view", "offer")...)
	require.Len(t, list, 15)
	for _, r := range list {
		offer := *r.Break
		for _, name := range []string{"initial", "trial", "rebill", "refunds", "chargeback", "cancel"} {
			require.Equal(t, id(counts[offer][name]), r.Stats[name], "%s of %s", name, offer)
		}
		require.Equal(t, dollars(revenue[offer]), r.Stats["revenue"])
		require.Equal(t, dollars(payout[offer]), r.Stats["payout"])
	}
}

// What the transaction report calls transaction_hash is what the payout preview
// takes by that name.
func TestTransactionHashIsThatOfThePreview(t *testing.T) {
	s := newServer()
	hash := transactions(t, s, "trans_count", "1")[0].of("transaction_hash")
	status, body := send(t, s, http.MethodGet, preview, "transaction_hash", hash)
	require.Equal(t, http.StatusOK, status, body)
}

func TestInvalidTransactionParameters(t *testing.T) {
	s := newServer()
	tests := []struct{ name, value string }{
		{"period", "9"},
		{"start", "yesterday"},
		{"end", "2025-02-30"},
		{"filter_loginid", "peach"},
		{"filter_offerid", ""},
		{"filter_campaignid", "3"}, // without filter_loginid
		{"filter_external_clickid", ""},
		{"filter_transaction_hash", ""},
		{"filter_orderid", ""},
		{"trans_type", "visitor"},
		{"trans_type", "refunds"},
		{"trans_type", ""},
		{"no_inhouse", "2"},
		{"trans_start", "-1"},
		{"trans_start", "first"},
		{"trans_count", "0"},
		{"trans_count", "1.5"},
		{"view", "offer"}, // of the profit/loss report
		{"limit_inhouse", "1"},
		{"params[colour]", "red"},
	}
	for _, test := range tests {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			status, body := send(t, s, http.MethodGet, transactionReport, test.name, test.value)
			require.Equal(t, http.StatusNotFound, status)
			bare := strings.TrimSuffix(strings.TrimPrefix(test.name, "params["), "]")
			require.Equal(t, `{"error":"Invalid parameter: `+bare+`"}`, body)
		})
	}
}

func TestTransactionsAreAwkward(t *testing.T) {
	s := newServer()
	end := time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	has := map[string]int{}
	last := int64(0)
	for _, e := range s.Events() {
		if e.Kind == trackfinity.Visit {
			require.Zero(t, e.Transaction)
			require.Empty(t, e.Kind.TransType())
			continue
		}
		require.Greater(t, e.Transaction, last, "identifiers ascend with time")
		if last > 0 && e.Transaction > last+1 {
			has["gap"]++
		}
		last = e.Transaction
		require.False(t, e.Received.Before(e.At) || !e.Received.Before(end))
		require.True(t, e.Click.IP.IsValid())
		require.Equal(t, e.Kind == trackfinity.Cancel, e.Order == "")
		for what, is := range map[string]bool{
			"no external click":          e.Click.ExternalID == "",
			"external click":             e.Click.ExternalID != "",
			"slash":                      strings.Contains(e.Order, "/"),
			"percent":                    strings.Contains(e.Click.ExternalID, "%"),
			"other script":               strings.Contains(e.Order, "заказ"),
			"heard of later than it was": e.Received.After(e.At),
			"money back":                 e.Revenue < 0 && e.Payout < 0,
		} {
			if is {
				has[what]++
			}
		}
	}
	for _, want := range []string{
		"gap", "no external click", "external click", "slash", "percent", "other script", "heard of later than it was", "money back",
	} {
		require.Positive(t, has[want], want)
	}
}
