package keitaro_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
)

func TestEveryFilterOperator(t *testing.T) {
	type click = keitaro.Click
	labelled := func(c click, name string, want string) bool {
		return slices.ContainsFunc(shared.Data().Labels, func(l keitaro.Label) bool {
			return l.CampaignID == c.CampaignID && l.RefName == "sub_id_1" && l.Name == name && slices.Contains(l.Items, want)
		})
	}
	lower := strings.ToLower
	uuid := regexp.MustCompile(`uuid=100[0-9]{2}`)
	tests := []struct {
		operator, column, expression string
		want                         func(click) bool
	}{
		{"EQUALS", "campaign_id", "90", func(c click) bool { return c.CampaignID == 90 }},
		{"EQUALS", "campaign_id", `"90"`, func(c click) bool { return c.CampaignID == 90 }},
		{"EQUALS", "country_code", `"de"`, func(c click) bool { return c.CountryCode == "DE" }},
		{"NOT_EQUAL", "campaign_id", "90", func(c click) bool { return c.CampaignID != 90 }},
		{"EQUALS_OR_GREATER_THAN", "cost", `"0.02"`, func(c click) bool { return c.Cost >= 200 }},
		{"EQUALS_OR_LESS_THAN", "cost", "0.0200", func(c click) bool { return c.Cost <= 200 }},
		{"GREATER_THAN", "cost", "0.02", func(c click) bool { return c.Cost > 200 }},
		{"LESS_THAN", "cost", "0.02", func(c click) bool { return c.Cost < 200 }},
		{"MATCH_REGEXP", "keyword", `"/uuid=100[0-9]{2}/"`, func(c click) bool { return uuid.MatchString(c.Keyword) }},
		{"NOT_MATCH_REGEXP", "keyword", `"/uuid=100[0-9]{2}/"`, func(c click) bool { return !uuid.MatchString(c.Keyword) }},
		{"BEGINS_WITH", "source", `"SITE/"`, func(c click) bool { return strings.HasPrefix(c.Source, "site/") }},
		{"ENDS_WITH", "source", `".рф"`, func(c click) bool { return strings.HasSuffix(c.Source, ".рф") }},
		{"CONTAINS", "keyword", `"КРОССОВКИ"`, func(c click) bool { return strings.Contains(lower(c.Keyword), "кроссовки") }},
		{"NOT_CONTAIN", "keyword", `"%"`, func(c click) bool { return !strings.Contains(c.Keyword, "%") }},
		{"IN_LIST", "campaign_id", "[90,\"91\"]", func(c click) bool { return c.CampaignID == 90 || c.CampaignID == 91 }},
		{"NOT_IN_LIST", "country_code", `["DE","US"]`, func(c click) bool { return c.CountryCode != "DE" && c.CountryCode != "US" }},
		{"BETWEEN", "cost", "[0.01,0.02]", func(c click) bool { return c.Cost >= 100 && c.Cost <= 200 }},
		{"BETWEEN", "datetime", `["2026-01-01 00:00:00","2026-01-31 23:59:59"]`, func(c click) bool { return c.At.In(moscow).Format("2006-01") == "2026-01" }},
		{"IS_SET", "city", "null", func(c click) bool { return c.City != "" }},
		{"IS_NOT_SET", "city", "null", func(c click) bool { return c.City == "" }},
		{"IS_SET", "landing_id", "null", func(c click) bool { return c.LandingID != 0 }},
		{"IS_TRUE", "is_bot", "null", func(c click) bool { return c.Bot }},
		{"IS_FALSE", "is_bot", "null", func(c click) bool { return !c.Bot }},
		{"EQUALS", "is_bot", "1", func(c click) bool { return c.Bot }},
		{"EQUALS", "is_bot", "true", func(c click) bool { return c.Bot }},
		{"HAS_LABEL", "sub_id_1", `"blacklist"`, func(c click) bool { return labelled(c, "blacklist", c.SubIDs[0]) }},
		{"NOT_HAS_LABEL", "sub_id_1", `"blacklist"`, func(c click) bool { return !labelled(c, "blacklist", c.SubIDs[0]) }},
	}
	for _, test := range tests {
		t.Run(test.operator+" "+test.column+" "+test.expression, func(t *testing.T) {
			want := 0
			for _, c := range shared.Data().Clicks {
				if test.want(c) {
					want++
				}
			}
			require.Positive(t, want)
			require.Less(t, want, len(shared.Data().Clicks))
			got := report(t, shared, "clicks/log", fmt.Sprintf(`{"limit":1,"columns":["click_id"],"filters":[{"name":%q,"operator":%q,"expression":%s}]}`,
				test.column, test.operator, test.expression))
			require.Equal(t, want, got.Total)
		})
	}
}

func TestCaseSensitiveFilters(t *testing.T) {
	total := func(operator, expression string, sensitive bool) int {
		return report(t, shared, "clicks/log", fmt.Sprintf(`{"limit":1,"columns":["click_id"],"filters":[{"name":"keyword","operator":%q,"expression":%q,"case_sensitive":%t}]}`,
			operator, expression, sensitive)).Total
	}
	require.Positive(t, total("CONTAINS", "BUY", false))
	require.Zero(t, total("CONTAINS", "BUY", true))
	require.Positive(t, total("MATCH_REGEXP", "^BUY", false))
	require.Zero(t, total("MATCH_REGEXP", "^BUY", true))
	require.Positive(t, total("MATCH_REGEXP", "/^BUY/i", true))
}

func TestFiltersAddUp(t *testing.T) {
	want := 0
	for _, c := range shared.Data().Clicks {
		if c.CampaignID == 90 && c.CountryCode == "DE" {
			want++
		}
	}
	require.Positive(t, want)
	got := report(t, shared, "clicks/log", `{"limit":1,"columns":["click_id"],"filters":[
		{"name":"campaign_id","operator":"EQUALS","expression":90},{"name":"country_code","operator":"EQUALS","expression":"DE"}]}`)
	require.Equal(t, want, got.Total)
}

func TestRefusedFilters(t *testing.T) {
	for _, f := range []string{
		`{"name":"day","operator":"EQUALS"}`, `{"name":"day","operator":"BETWEEN","expression":["a"]}`,
		`{"name":"day","operator":"IN_LIST","expression":"a"}`, `{"name":"day","operator":"MATCH_REGEXP","expression":"/(/"}`,
		`{"name":"source","operator":"HAS_LABEL","expression":"greylist"}`, `{"name":"clicks","operator":"HAS_LABEL","expression":"whitelist"}`, `"x"`,
	} {
		status, body := ask(t, shared, http.MethodPost, "report/build", `{"limit":1,"grouping":["day"],"filters":[`+f+`]}`)
		require.Equal(t, http.StatusNotAcceptable, status, f)
		require.Contains(t, body, `{"filters":["`, f)
	}
}

// FuzzQuery looks for a request that makes the sandbox fail otherwise than by
// refusing it.
func FuzzQuery(f *testing.F) {
	f.Add(`{"limit":1,"grouping":["day"],"filters":[{"name":"day","operator":"BETWEEN","expression":["a","b"]}]}`)
	f.Add(`{"range":{"from":"2026-01-01","to":"2026-01-02","timezone":"UTC"},"grouping":["week"],"metrics":["roi"],"sort":[{"name":"roi"}]}`)
	f.Add(`{"limit":{},"range":[],"columns":{"a":1},"filters":{"0":{}},"sort":[1]}`)
	f.Fuzz(func(t *testing.T, body string) {
		status, _ := ask(t, shared, http.MethodPost, "report/build", body)
		require.Contains(t, []int{200, 400, 406}, status)
	})
}

// FuzzQueryString does the same with PHP's brackets.
func FuzzQueryString(f *testing.F) {
	f.Add("columns[]=tid&range[from]=2026-01-01&range[to]=2026-01-02&filters[0][name]=status&filters[0][operator]=IS_SET&limit=1")
	f.Add("columns[0]=tid&columns[x]=1&a[b[c]]=1&[=&]=&a=1&a[]=2&sort[1][name]=tid&sort[0][name]=day")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/admin_api/v1/conversions/log", nil)
		r.URL.RawQuery = query
		r.Header.Set("Api-Key", key)
		w := httptest.NewRecorder()
		shared.ServeHTTP(w, r)
		require.Contains(t, []int{200, 406}, w.Code)
	})
}
