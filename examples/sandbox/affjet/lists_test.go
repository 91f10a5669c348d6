package affjet_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	date     = regexp.MustCompile(`^20\d{6}$`)
	datetime = regexp.MustCompile(`^20\d{12}$`)
)

func TestNetworks(t *testing.T) {
	s := newServer()
	items := list(t, s, "affiliateNetwork")
	require.Len(t, items, 8)
	for i, item := range items {
		n := s.Networks()[i]
		require.Len(t, item, 5, "merchants are there only if asked for")
		require.Equal(t, json.Number(strconv.FormatInt(n.ID, 10)), item["id"])
		require.Equal(t, n.Name, item["name"])
		require.Equal(t, n.Currency, item["currency"])
		require.Regexp(t, datetime, item["importDate"])
		require.Regexp(t, datetime, item["lastImportDate"])
	}
}

func TestNetworksWithMerchants(t *testing.T) {
	s := newServer()
	found := 0
	for _, item := range list(t, s, "affiliateNetwork", "includeMerchants", "true") {
		for _, m := range item["merchants"].([]any) {
			require.Len(t, m, 3)
			require.IsType(t, json.Number(""), m.(object)["id"])
			require.IsType(t, "", m.(object)["cid"])
			found++
		}
	}
	require.Len(t, s.Merchants(), found)

	one := decode(t, request(t, s, "affiliateNetwork/11", "includeMerchants", "true"))["data"].(object)
	require.Equal(t, "Nordic Affiliates", one["name"])
	require.NotEmpty(t, one["merchants"])
	require.NotContains(t, decode(t, request(t, s, "affiliateNetwork/11"))["data"], "merchants")
}

func TestMerchantsCarryTheirNetworkAsAListOfOne(t *testing.T) {
	s := newServer()
	for _, item := range list(t, s, "merchant") {
		require.Len(t, item, 3, "the network is there only if asked for")
	}
	items := list(t, s, "merchant", "includeAffiliateNetwork", "true")
	require.Len(t, items, len(s.Merchants()))
	for i, item := range items {
		m := s.Merchants()[i]
		require.Equal(t, m.CID, item["cid"])
		networks := item["affiliateNetwork"].([]any)
		require.Len(t, networks, 1)
		network := networks[0].(object)
		require.Equal(t, json.Number(strconv.FormatInt(m.Network, 10)), network["id"])
		require.Regexp(t, date, network["importDate"], "the list has a Date here")
	}
	body := request(t, s, "merchant/9007199254740993", "includeAffiliateNetwork", "true")
	require.Contains(t, body, `"id":9007199254740993`)
	network := decode(t, body)["data"].(object)["affiliateNetwork"].([]any)[0].(object)
	require.Regexp(t, datetime, network["importDate"], "the single merchant has a Datetime here")
}

func TestCountLeavesTheListEmpty(t *testing.T) {
	s := newServer()
	want := map[string]int{
		"affiliateNetwork": len(s.Networks()),
		"merchant":         len(s.Merchants()),
		"transaction":      len(s.Transactions()),
	}
	for path, n := range want {
		t.Run(path, func(t *testing.T) {
			answer := decode(t, request(t, s, path, "count", "true"))
			require.Equal(t, json.Number("0"), answer["result"])
			require.Equal(t, json.Number(strconv.Itoa(n)), answer["dataCount"])
			require.Equal(t, []any{}, answer["dataList"])
		})
	}
	t.Run("makes paging and order ignored", func(t *testing.T) {
		answer := decode(t, request(t, s, "transaction", "count", "true", "pageSize", "2", "pageIndex", "x", "order", "nothing-up"))
		require.Equal(t, json.Number("0"), answer["result"])
		require.Equal(t, json.Number(strconv.Itoa(len(s.Transactions()))), answer["dataCount"])
	})
}

func TestOrder(t *testing.T) {
	s := newServer()
	names := column(list(t, s, "affiliateNetwork", "order", "name-desc,importDate-asc"), "name")
	require.True(t, slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(b, a) }))

	items := list(t, s, "affiliateNetwork", "order", "currency-asc,importDate-desc")
	require.True(t, slices.IsSortedFunc(items, func(a, b object) int {
		if c := strings.Compare(a["currency"].(string), b["currency"].(string)); c != 0 {
			return c
		}
		return strings.Compare(b["importDate"].(string), a["importDate"].(string))
	}))
	require.Equal(t, column(list(t, s, "merchant"), "id"), column(list(t, s, "merchant", "order", ""), "id"),
		"blank means the default order")
}

func TestIncorrectParameters(t *testing.T) {
	tests := []struct {
		name, path string
		pairs      []string
	}{
		{"unknown order field", "affiliateNetwork", []string{"order", "colour-asc"}},
		{"order without direction", "merchant", []string{"order", "name"}},
		{"field of another endpoint", "transaction", []string{"order", "totalValue-asc"}},
		{"boolean as a number", "merchant", []string{"includeAffiliateNetwork", "1"}},
		{"boolean in upper case", "merchant", []string{"count", "True"}},
		{"date for a datetime", "transaction", []string{"dateFrom", "20260101"}},
		{"ISO datetime", "transaction", []string{"lastUpdateTo", "2026-01-01T00:00:00Z"}},
		{"no such day", "transaction", []string{"dateTo", "20260230000000"}},
		{"datetime for a date", "overview", []string{"dateFrom", "20260101000000"}},
		{"datetime for a date in total values", "totalvalues", []string{"dateTo", "20260301000000"}},
		{"page size of nothing", "transaction", []string{"pageSize", "0"}},
		{"page before the first", "overview", []string{"pageIndex", "-1"}},
		{"merchant as a text", "transaction", []string{"merchantId", "peach"}},
		{"unknown type", "transaction", []string{"type", "refund"}},
		{"unknown grouping", "totalvalues", []string{"groupBy", "date,country"}},
		{"parameter of another endpoint", "merchant", []string{"dateFrom", "20260101"}},
		{"misspelt parameter", "transaction", []string{"datefrom", "20260101000000"}},
		{"id that is no integer", "merchant/peach", nil},
	}
	s := newServer()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, "200", result(t, s, test.path, test.pairs...))
		})
	}
}

func TestSingleValueThatDoesNotExist(t *testing.T) {
	s := newServer()
	require.Equal(t, "300", result(t, s, "affiliateNetwork/999"))
	require.Equal(t, "300", result(t, s, "merchant/999999"))
}
