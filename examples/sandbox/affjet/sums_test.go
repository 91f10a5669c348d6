package affjet_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
)

// add sums up transactions by a key in hundredths, as a client of the list would.
func add(rows []affjet.Transaction, key func(affjet.Transaction) string) map[string]map[string]int64 {
	sums := map[string]map[string]int64{}
	for _, x := range rows {
		k := key(x)
		if sums[k] == nil {
			sums[k] = map[string]int64{}
		}
		status := strings.ToUpper(string(x.Status[:1])) + string(x.Status[1:])
		sums[k]["transactionNumber"] += 100
		sums[k]["totalValue"] += x.Amount
		sums[k]["totalCommission"] += x.Commission
		sums[k]["transaction"+status+"Value"] += x.Amount
		sums[k]["transaction"+status+"Commission"] += x.Commission
	}
	return sums
}

// requireSums compares the sums of one native row.
func requireSums(t *testing.T, want map[string]int64, item object) {
	t.Helper()
	names := []string{"transactionNumber", "totalValue", "totalCommission"}
	for _, status := range []string{"Confirmed", "Pending", "Paid", "Declined"} {
		names = append(names, "transaction"+status+"Value", "transaction"+status+"Commission")
	}
	for _, name := range names {
		require.Equal(t, want[name], number(t, item[name]), name)
	}
	rate, ok := new(big.Rat).SetString(item["commissionRate"].(json.Number).String())
	require.True(t, ok)
	exact := new(big.Rat)
	if want["totalValue"] != 0 {
		exact.SetFrac64(100*want["totalCommission"], want["totalValue"])
	}
	off := new(big.Rat).Sub(rate, exact)
	require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(1, 20_000)), 0, "the rate is the percentage with four decimals")
}

func day(x affjet.Transaction) string { return london(x.Date)[:8] }

func TestOverviewSumsByDayAndMerchant(t *testing.T) {
	s := newServer()
	key := func(x affjet.Transaction) string { return day(x) + " " + strconv.FormatInt(x.Merchant, 10) }
	want := add(s.Transactions(), key)
	items := list(t, s, "overview")
	require.Len(t, items, len(want))
	for _, item := range items {
		merchant := item["merchant"].(object)
		require.Contains(t, merchant["affiliateNetwork"], "id")
		requireSums(t, want[item["date"].(string)+" "+merchant["id"].(json.Number).String()], item)
	}
}

func TestOverviewGroupedByMerchantHasNoDate(t *testing.T) {
	s := newServer()
	rows := slices.DeleteFunc(s.Transactions(), func(x affjet.Transaction) bool { return day(x) < "20250710" || day(x) > "20250909" })
	want := add(rows, func(x affjet.Transaction) string { return strconv.FormatInt(x.Merchant, 10) })
	items := list(t, s, "overview", "groupByMerchant", "true", "dateFrom", "20250710", "dateTo", "20250909")
	require.Len(t, items, len(want))
	for _, item := range items {
		require.Empty(t, item["date"])
		requireSums(t, want[item["merchant"].(object)["id"].(json.Number).String()], item)
	}
}

func TestOverviewPagesOrdersAndFilters(t *testing.T) {
	s := newServer()
	all := list(t, s, "overview", "affiliateNetworkId", "15", "order", "totalValue-asc,commissionRate-desc")
	require.True(t, slices.IsSortedFunc(all, func(a, b object) int {
		return int(number(t, a["totalValue"]) - number(t, b["totalValue"]))
	}))
	var walked []object
	for page := range 100 {
		items := list(t, s, "overview", "affiliateNetworkId", "15", "order", "totalValue-asc,commissionRate-desc",
			"pageSize", "90", "pageIndex", strconv.Itoa(page))
		walked = append(walked, items...)
		if len(items) < 90 {
			break
		}
	}
	require.Equal(t, all, walked)
	for _, item := range all {
		require.Equal(t, object{"id": json.Number("15")}, item["merchant"].(object)["affiliateNetwork"])
	}
}

func TestTotalValues(t *testing.T) {
	s := newServer()
	inRange := slices.DeleteFunc(s.Transactions(), func(x affjet.Transaction) bool { return day(x) < "20251020" || day(x) > "20251118" })
	tests := []struct {
		name, groupBy string
		fields        []string
		key           func(affjet.Transaction) string
	}{
		{"not grouped", "", nil, func(affjet.Transaction) string { return "" }},
		{"by date", "date", []string{"date"}, day},
		{"by network", "affiliateNetwork", []string{"affiliateNetwork"}, func(x affjet.Transaction) string { return strconv.FormatInt(x.Network, 10) }},
		{"by merchant", "merchant", []string{"merchant"}, func(x affjet.Transaction) string { return strconv.FormatInt(x.Merchant, 10) }},
		{"by date and network", "date,affiliateNetwork", []string{"date", "affiliateNetwork"}, func(x affjet.Transaction) string {
			return day(x) + strconv.FormatInt(x.Network, 10)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pairs := []string{"dateFrom", "20251020", "dateTo", "20251118"} // 30 days
			if test.groupBy != "" {
				pairs = append(pairs, "groupBy", test.groupBy)
			}
			want := add(inRange, test.key)
			items := list(t, s, "totalvalues", pairs...)
			require.Len(t, items, len(want))
			for _, item := range items {
				require.Len(t, item, 12+len(test.fields), "only the fields grouped by are there")
				key := ""
				for _, field := range test.fields {
					key += column([]object{item}, field)[0]
				}
				requireSums(t, want[key], item)
			}
		})
	}
}

func TestTotalValuesTakeThirtyDays(t *testing.T) {
	tests := []struct {
		name  string
		pairs []string
		want  string
	}{
		{"thirty days", []string{"dateFrom", "20250401", "dateTo", "20250430"}, "0"},
		{"thirty-one days", []string{"dateFrom", "20250401", "dateTo", "20250501"}, "200"},
		{"thirty days over a change of the clock", []string{"dateFrom", "20251001", "dateTo", "20251030"}, "0"},
		{"start alone, thirty days with today", []string{"dateFrom", "20260214"}, "0"},
		{"start alone, too long ago", []string{"dateFrom", "20260213"}, "200"},
		{"end alone", []string{"dateTo", "20250801"}, "0"},
		{"no dates", nil, "0"},
	}
	s := newServer()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, result(t, s, "totalvalues", test.pairs...))
		})
	}
	// no dates: the last 30 days
	rows := slices.DeleteFunc(s.Transactions(), func(x affjet.Transaction) bool { return day(x) < "20260214" })
	requireSums(t, add(rows, func(affjet.Transaction) string { return "" })[""], list(t, s, "totalvalues")[0])
}

func TestTotalOfNothingIsARowOfZeros(t *testing.T) {
	items := list(t, newServer(), "totalvalues", "affiliateNetworkId", "1204")
	require.Len(t, items, 1)
	requireSums(t, map[string]int64{}, items[0])
	require.Empty(t, list(t, newServer(), "totalvalues", "affiliateNetworkId", "1204", "groupBy", "date"))
}
