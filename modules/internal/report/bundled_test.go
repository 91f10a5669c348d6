package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/plugins"
)

// gregorian stands in for the plugins that mappings name: reports never see their texts.
type gregorian struct{}

func (gregorian) Codec(map[string]string, *time.Location) (plugins.Codec, error) {
	return gregorian{}, nil
}
func (gregorian) Read(dst, native []byte) ([]byte, error)   { return append(dst, native...), nil }
func (gregorian) Write(dst, unified []byte) ([]byte, error) { return append(dst, unified...), nil }

// bundled binds a mapping of this repository, under its own name.
func bundled(t testing.TB, name string, source report.Source, b mapping.Binding) report.Platform {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../mappings", name, "mapping.yaml"))
	require.NoError(t, err)
	b.Platform = name
	if b.Server == "" {
		b.Server = "http://platform.example"
	}
	b.Codecs = func(string) (plugins.CodecProvider, error) { return gregorian{}, nil }
	return bind(t, source, text, b)
}

var platformNames = []string{"affili", "affjet", "keitaro", "trackfinity", "trackier"}

func bundledAll(t testing.TB) []report.Platform {
	t.Helper()
	var all []report.Platform
	for _, name := range platformNames {
		all = append(all, bundled(t, name, &fake{}, mapping.Binding{}))
	}
	return all
}

func TestEveryDimensionAndMetricIsOfSomePlatform(t *testing.T) {
	d := report.Define(bundledAll(t))
	for _, one := range append(d.Dimensions, d.Metrics...) {
		switch one.Name {
		case "impressions", "ctr": // no document has them in a report
			assert.Empty(t, one.Platforms)
		default:
			assert.NotEmpty(t, one.Platforms, one.Name)
		}
	}
}

// The lists "Metrics" and "Columns" of Keitaro's document.
const (
	keitaroMetrics = `clicks campaign_unique_clicks stream_unique_clicks global_unique_clicks uc_campaign_rate uc_stream_rate uc_global_rate bots bot_share
		proxies empty_referrers conversions leads sales rejected rebills approve lp_clicks lp_ctr landing_clicked_period cr crs crl roi roi_confirmed epc
		epc_confirmed cps cpa cpc ecpc ecpm ecpm_confirmed ec ec_confirmed profitability cost revenue profit lead_revenue sale_revenue rejected_revenue profit_confirmed`
	keitaroColumns = `click_id sub_id visitor_code campaign_id campaign_group_id parent_campaign_id landing_id offer_id ts_id stream_id language_id device_type_id
		campaign campaign_group parent_campaign landing landing_clicked_datetime landing_clicked_period offer ts stream language device_type connection_type ip
		country_code country region city user_agent operator os os_version browser browser_version device_model isp source referrer search_engine keyword
		destination sub_id_1 sub_id_2 sub_id_3 sub_id_4 sub_id_5 sub_id_6 sub_id_7 sub_id_8 sub_id_9 sub_id_10 extra_param_1 extra_param_2 extra_param_3
		extra_param_4 extra_param_5 extra_param_6 extra_param_7 extra_param_8 extra_param_9 extra_param_10 revenue cost profit ad_campaign_id external_id
		creative_id is_unique_stream is_unique_campaign is_lead is_sale is_rejected is_bot is_using_proxy datetime year month week weekday day hour day_hour
		ip_mask1 ip_mask2 label`
	affjetSums = `transactionNumber totalValue transactionConfirmedValue transactionPendingValue transactionPaidValue transactionDeclinedValue totalCommission
		commissionRate transactionConfirmedCommission transactionPendingCommission transactionPaidCommission transactionDeclinedCommission`
	trackierMetrics    = `grossClicks approvedConversions payout revenue profit`
	trackfinityViews   = `offer_group landing_page offer subid1 subid2 login adtool demographic refurl device_type device_brand device_model device_os device_os_version device_carrier device_browser`
	trackfinityMetrics = `visitor joins initial trial rebill refunds chargeback cancel`
)

func TestWhatDocumentsListIsReachableByItsName(t *testing.T) {
	d := report.Define(bundledAll(t))
	for _, c := range []struct {
		platform, names string
		list            []report.Defined
	}{
		{"keitaro", keitaroMetrics, d.Metrics},
		{"keitaro", keitaroColumns, d.Dimensions},
		{"affjet", affjetSums, d.Metrics},
		{"affjet", "date merchant affiliateNetwork", d.Dimensions},
		{"trackier", trackierMetrics, d.Metrics},
		{"trackier", "adid campaign_id", d.Dimensions},
		{"trackfinity", trackfinityViews, d.Dimensions},
		{"trackfinity", trackfinityMetrics, d.Metrics},
	} {
		has := map[string]bool{}
		for _, one := range c.list {
			has[one.Name] = true
		}
		for name := range strings.FieldsSeq(c.names) {
			assert.True(t, has[c.platform+"."+name], "%s.%s", c.platform, name)
		}
	}
}

func TestDefinitionTellsTypesOperatorsAndWhatAddsUp(t *testing.T) {
	find := func(list []report.Defined, name string) report.Defined {
		for _, one := range list {
			if one.Name == name {
				return one
			}
		}
		t.Fatalf("no %s", name)
		return report.Defined{}
	}
	d := report.Define(bundledAll(t))
	campaign := find(d.Dimensions, "campaign")
	assert.Equal(t, field.Entity, campaign.Type)
	assert.Equal(t, []string{"keitaro", "trackier"}, campaign.Platforms)
	assert.Contains(t, campaign.Operators, "has_label")
	assert.Nil(t, campaign.Adds)
	unique := find(d.Metrics, "unique_clicks")
	assert.False(t, *unique.Adds)
	assert.Equal(t, []string{"keitaro"}, unique.Platforms)
	assert.True(t, *find(d.Metrics, "commission").Adds)
	assert.Equal(t, field.Money, find(d.Metrics, "keitaro.epc").Type, "money for each click is money")
	assert.Equal(t, field.Rate, find(d.Metrics, "keitaro.crs").Type)
	assert.Equal(t, field.Boolean, find(d.Dimensions, "keitaro.is_bot").Type)
	assert.Equal(t, "clicks / impressions", *find(d.Metrics, "ctr").Description)
	assert.Equal(t, "platform", gjson.GetBytes(d.AppendJSON(nil), "dimensions.0.name").String())
	assert.Nil(t, find(d.Dimensions, "trackfinity.adtool").Description)
}

// What profitloss has parameters for, in its document, and no view.
var trackfinityFilters = []string{"acct_rep", "adtoolid", "programid", "countryid", "productcode", "limit_inhouse", "limit_mediabuy"}

func TestDimensionsThatAreForFiltersAlone(t *testing.T) {
	source := answers(`{"rows":[{"break":"2026","stats":{"visitor":"3"}}]}`)
	p := bundled(t, "trackfinity", source, mapping.Binding{})
	defined := map[string]report.Defined{}
	for _, one := range report.Define([]report.Platform{p}).Dimensions {
		defined[one.Name] = one
	}
	for _, native := range trackfinityFilters {
		t.Run(native, func(t *testing.T) {
			name := "trackfinity." + native
			require.NotNil(t, defined[name].Description)
			assert.Equal(t, "can be filtered by, not grouped by", *defined[name].Description)
			assert.Equal(t, []string{"eq", "in"}, defined[name].Operators)

			_, failed := report.Run(t.Context(), []report.Platform{p}, parse(t, "interval=today&metrics=clicks&group_by="+name), report.Options{Now: noon})
			require.NotNil(t, failed)
			assert.Equal(t, []problem.FieldError{{Parameter: "group_by", Detail: `"` + name + `" can be filtered by, not grouped by`}}, failed.Errors)

			_, rows := run(t, parseBody(t, `{"interval":"today","metrics":["clicks"],"filters":[{"field":"`+name+`","op":"eq","value":"1"}]}`), p)
			assert.Equal(t, []string{row("", `"clicks":3`)}, rows)
		})
	}
}
