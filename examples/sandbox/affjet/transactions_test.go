package affjet_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

// london writes an instant as the wall clock in London, from the dates of
// summer time alone.
func london(t time.Time) string {
	if !t.Before(time.Date(2025, 3, 30, 1, 0, 0, 0, time.UTC)) && t.Before(time.Date(2025, 10, 26, 1, 0, 0, 0, time.UTC)) {
		t = t.Add(time.Hour)
	}
	return t.UTC().Format("20060102150405")
}

// number parses a literal with up to two decimals as hundredths.
func number(t *testing.T, v any) int64 {
	t.Helper()
	whole, fraction, point := strings.Cut(v.(json.Number).String(), ".")
	require.True(t, point, "a Double has a decimal point: %v", v)
	n, err := strconv.ParseInt(whole+(fraction + "0")[:2], 10, 64)
	require.NoError(t, err)
	require.LessOrEqual(t, len(fraction), 2)
	return n
}

// ids returns the unique ids of the transactions that keep accepts.
func ids(s *affjet.Server, keep func(affjet.Transaction) bool) []string {
	found := []string{}
	for _, x := range s.Transactions() {
		if keep(x) {
			found = append(found, x.UniqueID)
		}
	}
	return found
}

func TestTransactionFields(t *testing.T) {
	s := newServer()
	items := list(t, s, "transaction")
	rows := s.Transactions()
	require.Len(t, items, len(rows))
	for i, item := range items {
		row := rows[i]
		require.Len(t, item, 15, "histories are there only if asked for")
		require.Equal(t, london(row.Date), item["date"])
		require.Equal(t, london(row.Updated), item["lastUpdate"])
		require.Equal(t, row.Amount, number(t, item["amount"]))
		require.Equal(t, row.Commission, number(t, item["commission"]))
		require.True(t, strings.EqualFold(string(row.Status), item["status"].(string)))
		original := number(t, item["originalAmount"])
		if row.OriginalCurrency == "JPY" {
			require.Equal(t, row.OriginalAmount*100, original)
		} else {
			require.Equal(t, row.OriginalAmount, original)
		}
		if row.OriginalCurrency == "GBP" {
			require.Equal(t, row.OriginalAmount, row.Amount)
		}
		require.Equal(t, row.OriginalCurrency, item["originalCurrency"])
		require.Equal(t, row.UniqueID, item["uniqueId"])
		if row.CustomID == "" {
			require.Nil(t, item["customId"])
		} else {
			require.Equal(t, row.CustomID, item["customId"])
		}
		if row.Flag == affjet.NoFlag {
			require.Empty(t, item["transactionFlag"])
		} else {
			require.Equal(t, json.Number(strconv.Itoa(row.Flag)), item["transactionFlag"])
		}
		require.Equal(t, object{
			"id":               json.Number(strconv.FormatInt(row.Merchant, 10)),
			"affiliateNetwork": object{"id": json.Number(strconv.FormatInt(row.Network, 10))},
		}, item["merchant"], "the network of a transaction is an object")
	}
}

func TestAmountBeyondAFloatStaysExact(t *testing.T) {
	require.Contains(t, request(t, newServer(), "transaction", "order", "amount-desc", "pageSize", "1"),
		`"amount":90071992547409.93,`)
}

func TestTransactionFilters(t *testing.T) {
	s := newServer()
	rows := s.Transactions()
	some := rows[700]
	named := rows[slices.IndexFunc(rows, func(x affjet.Transaction) bool { return strings.Contains(x.CustomID, "100%") })]
	later := rows[1400]
	tests := []struct {
		name  string
		pairs []string
		keep  func(affjet.Transaction) bool
	}{
		{"from, included", []string{"dateFrom", london(some.Date)}, func(x affjet.Transaction) bool { return !x.Date.Before(some.Date) }},
		{"to, included", []string{"dateTo", london(some.Date)}, func(x affjet.Transaction) bool { return !x.Date.After(some.Date) }},
		{"range", []string{"dateFrom", london(some.Date), "dateTo", london(later.Date)}, func(x affjet.Transaction) bool {
			return !x.Date.Before(some.Date) && !x.Date.After(later.Date)
		}},
		{"updated from", []string{"lastUpdateFrom", london(later.Updated)}, func(x affjet.Transaction) bool { return !x.Updated.Before(later.Updated) }},
		{"updated to", []string{"lastUpdateTo", london(some.Updated)}, func(x affjet.Transaction) bool { return !x.Updated.After(some.Updated) }},
		{"merchant", []string{"merchantId", strconv.FormatInt(some.Merchant, 10)}, func(x affjet.Transaction) bool { return x.Merchant == some.Merchant }},
		{"network", []string{"affiliateNetworkId", "23"}, func(x affjet.Transaction) bool { return x.Network == 23 }},
		{"network without transactions", []string{"affiliateNetworkId", "1204"}, func(affjet.Transaction) bool { return false }},
		{"custom id", []string{"customId", named.CustomID}, func(x affjet.Transaction) bool { return x.CustomID == named.CustomID }},
		{"blank texts", []string{"customId", "", "uniqueId", ""}, func(affjet.Transaction) bool { return true }},
		{"bonuses", []string{"type", "bonus"}, func(x affjet.Transaction) bool { return x.Type == affjet.Bonus }},
		{"two filters", []string{"type", "transaction", "affiliateNetworkId", "12"}, func(x affjet.Transaction) bool {
			return x.Type == affjet.Sale && x.Network == 12
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, ids(s, test.keep), column(list(t, s, "transaction", test.pairs...), "uniqueId"))
		})
	}
}

func TestEveryAwkwardUniqueIDFindsItsTransaction(t *testing.T) {
	s := newServer()
	awkward := ids(s, func(x affjet.Transaction) bool { return strings.ContainsAny(x.UniqueID, "/% \"'\\&?#") })
	require.NotEmpty(t, awkward)
	for _, id := range awkward {
		require.Equal(t, []string{id}, column(list(t, s, "transaction", "uniqueId", id), "uniqueId"))
	}
}

func TestPagesStartAtZero(t *testing.T) {
	s := newServer()
	var walked []string
	for page := 0; ; page++ {
		items := list(t, s, "transaction", "pageSize", "700", "pageIndex", strconv.Itoa(page), "order", "lastUpdate-desc")
		walked = append(walked, column(items, "uniqueId")...)
		if len(items) < 700 {
			break
		}
	}
	all := column(list(t, s, "transaction", "order", "lastUpdate-desc"), "uniqueId")
	require.Equal(t, all, walked)
	require.Empty(t, list(t, s, "transaction", "pageSize", "700", "pageIndex", "4"))
	require.Empty(t, list(t, s, "transaction", "pageIndex", "9223372036854775807"))
}

func TestPageSizeIsAtMostTenThousand(t *testing.T) {
	s := affjet.New(affjet.Config{Key: key, Rows: 10_003, Now: func() time.Time { return now }})
	require.Len(t, list(t, s, "transaction"), 10_000)
	require.Len(t, list(t, s, "transaction", "pageSize", "20000"), 10_000)
	require.Len(t, list(t, s, "transaction", "pageSize", "20000", "pageIndex", "1"), 3)
}

func TestHistory(t *testing.T) {
	s := newServer()
	items := list(t, s, "transaction", "includeAmendHistory", "true", "includeDeltaHistory", "true")
	rows := s.Transactions()
	for i, item := range items {
		row := rows[i]
		amends, deltas := item["historicAmends"].([]any), item["historicDeltas"].([]any)
		require.Len(t, amends, len(row.Amends))
		require.Len(t, deltas, len(row.Amends))
		current := object{}
		for j := range amends {
			amend, delta := amends[j].(object), deltas[j].(object)
			require.Len(t, amend, 11)
			require.Equal(t, row.Amends[j].UniqueID, amend["uniqueId"])
			require.Equal(t, london(row.Amends[j].Updated), amend["updateTime"])
			for name, value := range delta {
				if name != "uniqueId" && name != "updateTime" && j > 0 {
					require.NotEqual(t, current[name], value, "%s is in a delta only if it differs", name)
				}
				current[name] = value
			}
			require.Equal(t, amend, current, "the deltas so far add up to the amend")
		}
		require.Equal(t, item["status"], current["status"])
		require.Equal(t, item["amount"], current["amount"])
	}
	only := list(t, s, "transaction", "includeDeltaHistory", "true", "pageSize", "1")[0]
	require.NotContains(t, only, "historicAmends")
	require.Contains(t, only, "historicDeltas")
}
