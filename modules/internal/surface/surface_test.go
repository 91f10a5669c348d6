package surface

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

var bundledOnce = sync.OnceValues(func() (*Surface, error) { return Load(mappings.Surface) })

func bundled(tb testing.TB) *Surface {
	tb.Helper()
	s, err := bundledOnce()
	require.NoError(tb, err)
	return s
}

// The reading operations of the contract.
var contract = []string{
	"platforms.list", "platforms.get", "platforms.ping",
	"networks.list", "networks.get", "merchants.list", "merchants.get", "publishers.list", "publishers.get",
	"account.get", "referrals.list", "referrals.get", "imports.list", "imports.get",
	"campaigns.list", "campaigns.get", "campaigns.streams",
	"streams.list", "streams.get", "streams.events",
	"stream_types.list", "stream_actions.list", "stream_schemas.list", "stream_filters.list",
	"offers.list", "offers.get", "landing_pages.list", "landing_pages.get", "traffic_sources.list", "traffic_sources.get",
	"groups.list", "conversions.list", "conversions.get", "conversions.query", "clicks.list", "clicks.query",
	"reports.query", "reports.definition", "payout_previews.query", "labels.list", "logs.types", "logs.list",
}

func TestBundledSurfaceHasEveryReadingOperation(t *testing.T) {
	s := bundled(t)
	for _, id := range contract {
		assert.NotNil(t, s.Operation(id), id)
	}
	for _, op := range s.Operations() {
		assert.Same(t, op, s.Operation(op.ID))
		assert.NotEmpty(t, op.Kind.String())
	}
}

func TestBundledSurfaceIsValidOpenAPI(t *testing.T) {
	spec, err := openapi3.NewLoader().LoadFromData(mappings.Surface)
	require.NoError(t, err)
	require.NoError(t, spec.Validate(t.Context()))
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + path
			assert.NotEmpty(t, op.Summary, where)
			assert.NotEmpty(t, op.Description, where)
			assert.Len(t, op.Tags, 1, where)
			assert.True(t, slices.ContainsFunc(op.Responses.Keys(), func(code string) bool { return code[0] == '4' }), where)
		}
	}
}

func TestResourcesBeginAlike(t *testing.T) {
	for _, r := range bundled(t).Resources() {
		t.Run(r.Name, func(t *testing.T) {
			require.Greater(t, len(r.Members), 4)
			assert.Equal(t, "id", r.Members[0].Name)
			assert.Equal(t, ID, r.Members[0].Type)
			assert.Equal(t, r.Name, r.Members[0].Ref)
			assert.Equal(t, "platform", r.Members[1].Name)
			assert.Equal(t, "native_id", r.Members[2].Name)
			assert.Equal(t, "native", r.Members[len(r.Members)-1].Name)
			for i, m := range r.Members {
				assert.Equal(t, i, m.Index, m.Path)
				assert.Same(t, m, r.Member(m.Path))
			}
		})
	}
}

// The words of an interval are taken for something else where nobody says what they mean.
func TestEveryIntervalIsDescribed(t *testing.T) {
	document, err := bundled(t).JSON("/v1")
	require.NoError(t, err)
	spec, err := openapi3.NewLoader().LoadFromData(document)
	require.NoError(t, err)
	interval := spec.Components.Schemas["Interval"].Value
	require.NotEmpty(t, interval.Enum)
	for _, word := range interval.Enum {
		assert.Contains(t, interval.Description, word)
	}
}

// every calls f for each member of a resource, at any depth.
func every(members []*Member, f func(m *Member, siblings []*Member)) {
	for _, m := range members {
		f(m, members)
		every(m.Members, f)
	}
}

func TestEveryEnumHasItsNativeMember(t *testing.T) {
	for _, r := range bundled(t).Resources() {
		every(r.Members, func(m *Member, siblings []*Member) {
			if m.Type != Enum {
				return
			}
			assert.True(t, slices.ContainsFunc(siblings, func(other *Member) bool {
				return other.Name == "native_"+m.Name && other.Type == Text
			}), "%s.%s", r.Name, m.Path)
		})
	}
}

func TestEveryReferenceNamesAResource(t *testing.T) {
	s := bundled(t)
	for _, r := range s.Resources() {
		every(r.Members, func(m *Member, _ []*Member) {
			if m.Ref != "" {
				assert.NotNil(t, s.Resource(m.Ref), "%s.%s", r.Name, m.Path)
			}
		})
	}
	for _, op := range s.Operations() {
		for _, p := range op.Parameters {
			if p.Ref != "" {
				assert.NotNil(t, s.Resource(p.Ref), "%s %s", op.ID, p.Name)
			}
		}
	}
}

// What the contract lists under "Filters and sorts every list has".
func TestListsHaveTheFiltersOfTheContract(t *testing.T) {
	tests := map[string]string{
		"conversions.list": "native_id external_id click_id type status payment_status locked currency country network_id merchant_id campaign_id offer_id publisher_id " +
			"sub_id_1 sub_id_2 sub_id_10 occurred_from occurred_to updated_from updated_to clicked_from clicked_to " +
			"amount_min amount_max commission_min commission_max fee_min fee_max revenue_min revenue_max",
		"clicks.list": "campaign_id stream_id offer_id publisher_id country ip device_type os browser bot sub_id_1 sub_id_10 occurred_from occurred_to",
	}
	for id, names := range tests {
		for name := range strings.FieldsSeq(names) {
			p := bundled(t).Operation(id).Parameter(name)
			if assert.NotNil(t, p, "%s %s", id, name) {
				assert.NotNil(t, p.Filter, "%s %s", id, name)
			}
		}
	}
	for _, op := range bundled(t).Operations() {
		if op.Kind != KindList || op.Resource.Name == "label" || op.Resource.Name == "log_entry" || op.Resource.Name == "stream_event" {
			continue
		}
		want := []string{"native_id", "q"}
		for _, name := range []string{"name", "state"} {
			if op.Resource.Member(name) != nil {
				want = append(want, name)
			}
		}
		if op.Resource.Member("updated_at") != nil {
			want = append(want, "updated_from", "updated_to")
		}
		for _, name := range want {
			assert.NotNil(t, op.Parameter(name), "%s %s", op.ID, name)
		}
	}
}

// The rule of the contract: a filter for every enum, boolean and *_id member,
// and ranges for times and numbers.
func TestListsHaveAFilterForEveryMemberThatTheRuleNames(t *testing.T) {
	for _, op := range bundled(t).Operations() {
		if op.Kind != KindList || op.Alias != nil {
			continue
		}
		for _, m := range op.Resource.Members {
			var names []string
			stem, isTime := strings.CutSuffix(m.Name, "_at")
			switch {
			case m.Name == "native_id" && (op.Resource.Name == "label" || op.Resource.Name == "log_entry" || op.Resource.Name == "stream_event"):
				continue // which have no identifiers
			case m.Type == Enum, m.Type == Boolean, strings.HasSuffix(m.Name, "_id"):
				names = []string{m.Name}
			case m.Type == Instant && isTime:
				names = []string{stem + "_from", stem + "_to"}
			case m.Type == Integer, m.Type == Decimal, m.Type == Money:
				names = []string{m.Name + "_min", m.Name + "_max"}
			}
			for _, name := range names {
				p := op.Parameter(name)
				if assert.NotNil(t, p, "%s %s", op.ID, name) {
					assert.Same(t, m, p.Filter.Member, "%s %s", op.ID, name)
				}
			}
		}
	}
}

func TestListsTakeTheCommonParameters(t *testing.T) {
	for _, op := range bundled(t).Operations() {
		if op.Kind != KindList {
			continue
		}
		for _, name := range []string{"limit", "cursor", "sort", "include", "require", "fields", "format"} {
			assert.NotNil(t, op.Parameter(name), "%s %s", op.ID, name)
		}
		for _, p := range op.Parameters {
			if p.Name == "include" {
				want := []string{"native"}
				every(op.Resource.Members, func(m *Member, _ []*Member) {
					if m.Include != "" {
						want = append(want, m.Include)
					}
				})
				assert.ElementsMatch(t, want, p.Enum, op.ID)
			}
		}
	}
}

// The members that the contract lists for each resource, in its order.
func TestMembersFollowTheContract(t *testing.T) {
	tests := map[string]string{
		"conversion": `external_id type status previous_status payment_status occurred_at updated_at clicked_at
			amount commission revenue cost profit fee commission_rate original network_id merchant_id campaign_id stream_id offer_id landing_page_id
			traffic_source_id publisher click_id sub_ids items locked country client suspected_type attribution history deltas`,
		"conversion.original":    "amount commission currency status",
		"conversion.publisher":   "id name",
		"conversion.items":       "id name amount",
		"conversion.client":      "ips user_agents",
		"conversion.attribution": "token publisher_code referrer",
		"network":                "name state currency first_import_at last_import_at postback_url template merchants",
		"merchant":               "name network_id network_merchant_id state network",
		"publisher":              "name email company state country currency",
		"campaign": `name alias state rotation position cost payout revenue uniqueness_ttl_hours bind_visitors group_id traffic_source_id
			merchant_id token`,
		"campaign.cost":    "model value auto",
		"campaign.payout":  "model amount percent auto upsell",
		"campaign.revenue": "model amount percent auto upsell",
		"stream":           "campaign_id name type position weight state schema action collect_clicks match filters triggers landings offers comments",
		"stream.action":    "type payload options",
		"stream.filters":   "id name mode payload",
		"stream.triggers":  "id condition target selected_page pattern action interval alternative_urls grab_from_page av_settings reverse scan_page",
		"stream.landings":  "id landing_page_id share state created_at updated_at",
		"stream.offers":    "id offer_id share state created_at updated_at",
		"offer":            "name url state group_id network_id network_name payout country notes",
		"offer.payout":     "model amount percent auto upsell",
		"landing_page":     "name url state group_id type action notes",
		"traffic_source":   "name state postback_url postback_statuses template parameters accept_parameters traffic_loss",
		"group":            "name type position count",
		"label":            "campaign_id ref_name label_name items",
		"log_entry":        "type occurred_at message job_id",
		"stream_event":     "occurred_at message",
		"payout_preview":   "click_id amount type commission",
		"click": `click_id visitor_id occurred_at landing_clicked_at campaign_id parent_campaign_id campaign_group_id stream_id offer_id
			landing_page_id traffic_source_id publisher_id ip country region city language connection_type isp operator user_agent device_type
			device_model os os_version browser browser_version referrer source search_engine keyword destination sub_ids extra_params
			ad_campaign_id creative_id external_id unique bot proxy lead sale rejected cost revenue profit label`,
		"click.unique": "campaign stream global",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			resource, path, nested := strings.Cut(name, ".")
			r := bundled(t).Resource(resource)
			members := r.Members
			if nested {
				members = r.Member(path).Members
			} else {
				members = members[3 : len(members)-1] // id, platform, native_id; native
			}
			var got []string
			for i, m := range members {
				if strings.HasPrefix(m.Name, "native_") || !nested && i < 2 && (m.Name == "created_at" || m.Name == "updated_at") {
					continue
				}
				got = append(got, m.Name)
			}
			assert.Equal(t, strings.Fields(want), got)
		})
	}
}

func TestConversionMembers(t *testing.T) {
	r := bundled(t).Resource("conversion")
	tests := []struct {
		path     string
		typ      Type
		sortable bool
	}{
		{"amount", Money, true},
		{"amount.value", Decimal, true},
		{"original.commission.currency", Text, true},
		{"publisher.id", ID, true},
		{"occurred_at", Instant, true},
		{"commission_rate", Decimal, true},
		{"locked", Boolean, true},
		{"status", Enum, true},
		{"sub_ids", Map, false},
		{"sub_ids.1", Text, false},
		{"sub_ids.a.b", Text, false},
		{"items", List, false},
		{"items.amount", Money, false},
		{"client.ips", List, false},
		{"history", List, false},
		{"history.status", Enum, false},
		{"native", Map, false},
		{"native.anything", Any, false},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			m := r.Member(test.path)
			require.NotNil(t, m)
			assert.Equal(t, test.typ, m.Type, m.Type.String())
			assert.Equal(t, test.sortable, m.Sortable)
		})
	}
	for _, path := range []string{"", "statuss", "amount.valu", "status.x", "."} {
		assert.Nil(t, r.Member(path), path)
	}
	assert.Equal(t, "history", r.Member("history").Include)
	assert.Equal(t, "secrets", bundled(t).Resource("campaign").Member("token").Scope)
	assert.True(t, r.Member("amount").Filterable)
	assert.False(t, r.Member("native_status").Filterable)
}

func TestOperationsKnowTheirScope(t *testing.T) {
	s := bundled(t)
	assert.Equal(t, "read", s.Operation("conversions.query").Scope)
	for _, id := range []string{"system.health", "system.ready", "system.openapi", "system.problem"} {
		assert.Empty(t, s.Operation(id).Scope, id)
	}
}

func TestEveryProblemCodeIsInTheDocument(t *testing.T) {
	spec, err := openapi3.NewLoader().LoadFromData(mappings.Surface)
	require.NoError(t, err)
	codes := spec.Components.Schemas["ProblemCode"].Value.Enum
	var want []any
	for _, kind := range problem.Kinds() {
		want = append(want, string(kind.Code))
	}
	assert.ElementsMatch(t, want, codes)
}

func TestObjectsRequireEveryMemberButNative(t *testing.T) {
	spec, err := openapi3.NewLoader().LoadFromData(mappings.Surface)
	require.NoError(t, err)
	s := bundled(t)
	for name, schema := range spec.Components.Schemas {
		resource, ok := schema.Value.Extensions["x-resource"].(string)
		if !ok {
			continue
		}
		var want []string
		for _, m := range s.Resource(resource).Members {
			if m.Name != "native" {
				want = append(want, m.Name)
			}
		}
		assert.Equal(t, want, schema.Value.Required, name)
	}
}

func TestJSONKeepsOrderAndNamesTheBasePath(t *testing.T) {
	body, err := bundled(t).JSON("/api/v1")
	require.NoError(t, err)
	spec, err := openapi3.NewLoader().LoadFromData(body)
	require.NoError(t, err)
	require.NoError(t, spec.Validate(t.Context()))
	assert.Equal(t, "/api/v1", spec.Servers[0].URL)
	assert.Len(t, spec.Servers, 1)

	var document struct {
		Components struct {
			Schemas struct {
				Money struct{ Properties json.RawMessage }
			}
		}
	}
	require.NoError(t, json.Unmarshal(body, &document))
	money := string(document.Components.Schemas.Money.Properties)
	assert.Less(t, strings.Index(money, `"value"`), strings.Index(money, `"currency"`))

	again, err := bundled(t).JSON("/v1")
	require.NoError(t, err)
	assert.Contains(t, string(again), `"servers":[{"url":"/v1"}]`)
}
