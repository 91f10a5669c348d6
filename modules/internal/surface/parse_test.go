package surface

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func parse(t *testing.T, id, query string, path map[string]string) *Params {
	t.Helper()
	p, errs := bundled(t).Operation(id).Parse(query, path)
	require.Empty(t, errs)
	return p
}

func TestParseTypedValues(t *testing.T) {
	p := parse(t, "conversions.list", "platform=affjet,tracker_us&status=approved,pending&status=approved&locked=true"+
		"&occurred_from=2026-01-01T00:00:00%2B02:00&occurred_to=2026-02-01T00:00:00.5Z&amount_min=010.500&amount_max=-0.0"+
		"&merchant_id=affjet:1099,affjet:a:b&limit=0&sort=-occurred_at,amount&fields=id,amount.value,sub_ids.1,keitaro.isp&include=history,native"+
		"&sub_id_1=a,b&q=caf%C3%A9+noir&country=DE", nil)

	assert.Equal(t, []string{"affjet", "tracker_us"}, p.List("platform"))
	assert.Equal(t, []string{"approved", "pending"}, p.List("status"))
	assert.True(t, p.Contains("status", "pending"))
	assert.False(t, p.Contains("status", "rejected"))
	locked, given := p.Bool("locked")
	assert.True(t, locked && given)
	assert.Equal(t, time.Date(2025, 12, 31, 22, 0, 0, 0, time.UTC), p.Time("occurred_from"))
	assert.Equal(t, "2025-12-31T22:00:00Z", p.Text("occurred_from"))
	assert.Equal(t, "2026-02-01T00:00:00.5Z", p.Text("occurred_to"))
	assert.Equal(t, "10.5", p.Text("amount_min"))
	assert.Equal(t, "0", p.Text("amount_max"))
	assert.Equal(t, []UnifiedID{{"affjet", "1099"}, {"affjet", "a:b"}}, p.IDs("merchant_id"))
	limit, ok := p.Int("limit")
	assert.True(t, ok)
	assert.Zero(t, limit)
	assert.Equal(t, "a,b", p.Text("sub_id_1"), "free text is no list")
	assert.Equal(t, "café noir", p.Text("q"))
	assert.True(t, p.Contains("include", "history"))

	r := bundled(t).Resource("conversion")
	assert.Equal(t, []SortKey{{"occurred_at", r.Member("occurred_at"), true}, {"amount", r.Member("amount"), false}}, p.Sort())
	assert.Equal(t, []Field{
		{Name: "id", Member: r.Member("id")},
		{Name: "amount.value", Member: r.Member("amount.value")},
		{Name: "sub_ids.1", Member: r.Member("sub_ids").Element},
		{Name: "keitaro.isp", Platform: "keitaro", Column: "isp"},
	}, p.Fields())
}

func TestParseDefaults(t *testing.T) {
	p := parse(t, "conversions.list", "&&limit=all&", nil)
	assert.Equal(t, "any", p.Text("require"))
	assert.Equal(t, []string{"any"}, p.List("require"))
	assert.False(t, p.Has("require"))
	assert.True(t, p.Has("limit"))
	_, ok := p.Int("limit")
	assert.False(t, ok, "all is no number")
	assert.Equal(t, "all", p.Text("limit"))
	assert.Empty(t, p.List("status"))
	assert.Empty(t, p.Text("nothing"))
	assert.True(t, p.Time("occurred_from").IsZero())
	_, given := p.Bool("locked")
	assert.False(t, given)

	limit, ok := parse(t, "conversions.list", "", nil).Int("limit")
	assert.True(t, ok)
	assert.Equal(t, int64(100), limit)
}

func TestParseEscapedCommas(t *testing.T) {
	tests := []struct {
		name, query string
		want        []string
	}{
		{"plain", "native_id=a,b", []string{"a", "b"}},
		{"encoded comma parts too", "native_id=a%2Cb", []string{"a", "b"}},
		{"escaped", `native_id=a\,b,c`, []string{"a,b", "c"}},
		{"escaped backslash", `native_id=a\\,b`, []string{`a\`, "b"}},
		{"lone backslash", `native_id=a\b\`, []string{`a\b\`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, parse(t, "conversions.list", test.query, nil).List("native_id"))
		})
	}
}

func TestParseRefusals(t *testing.T) {
	tests := []struct {
		name, id, query string
		want            problem.FieldError
	}{
		{"unknown parameter", "conversions.list", "statsu=approved", problem.FieldError{Parameter: "statsu", Detail: `unknown parameter; did you mean "status"?`}},
		{"a member that is a range", "conversions.list", "occurred_at=2026", problem.FieldError{Parameter: "occurred_at", Detail: `unknown parameter; did you mean "occurred_to"?`}},
		{"nothing near", "conversions.list", "xxxxxxxxxxxx=1", problem.FieldError{Parameter: "xxxxxxxxxxxx", Detail: "unknown parameter"}},
		{"of another resource", "networks.list", "bot=true", problem.FieldError{Parameter: "bot", Detail: "unknown parameter"}},
		{"enum", "conversions.list", "payment_status=payed", problem.FieldError{Parameter: "payment_status", Detail: `"payed" is not one of paid, unpaid; did you mean "paid"?`}},
		{"one of several", "conversions.list", "payment_status=paid,no", problem.FieldError{Parameter: "payment_status", Detail: `"no" is not one of paid, unpaid`}},
		{"empty", "conversions.list", "status=", problem.FieldError{Parameter: "status", Detail: "is empty"}},
		{"without a value", "conversions.list", "q", problem.FieldError{Parameter: "q", Detail: "is empty"}},
		{"empty one of several", "conversions.list", "status=paid,", problem.FieldError{Parameter: "status", Detail: "is empty"}},
		{"repeated", "conversions.list", "q=a&q=a", problem.FieldError{Parameter: "q", Detail: "is given more than once, but takes one value"}},
		{"boolean", "conversions.list", "locked=1", problem.FieldError{Parameter: "locked", Detail: `"1" is neither true nor false`}},
		{"time without a zone", "conversions.list", "occurred_from=2026-01-01T00:00:00", problem.FieldError{Parameter: "occurred_from", Detail: `"2026-01-01T00:00:00" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}},
		{"time with one digit", "conversions.list", "occurred_from=2026-01-01T0:00:00Z", problem.FieldError{Parameter: "occurred_from", Detail: `"2026-01-01T0:00:00Z" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}},
		{"time with a comma", "conversions.list", "occurred_from=2026-01-01T00:00:00,5Z", problem.FieldError{Parameter: "occurred_from", Detail: `"2026-01-01T00:00:00,5Z" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}},
		{"time beyond year 9999 in UTC", "conversions.list", "occurred_from=9999-12-31T23:00:00-02:00", problem.FieldError{Parameter: "occurred_from", Detail: `"9999-12-31T23:00:00-02:00" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}},
		{"time of no day", "conversions.list", "occurred_from=2026-02-30T00:00:00Z", problem.FieldError{Parameter: "occurred_from", Detail: `"2026-02-30T00:00:00Z" is not an RFC 3339 time such as 2026-01-31T15:04:05Z`}},
		{"plus that became a space", "conversions.list", "occurred_from=2026-01-01T00:00:00+02:00", problem.FieldError{Parameter: "occurred_from", Detail: "a + in a query is a space: write it as %2B, or give the time in UTC with Z"}},
		{"exponent", "conversions.list", "amount_min=1e3", problem.FieldError{Parameter: "amount_min", Detail: `"1e3" is not a decimal number such as 10.50`}},
		{"bare point", "conversions.list", "amount_min=1.", problem.FieldError{Parameter: "amount_min", Detail: `"1." is not a decimal number such as 10.50`}},
		{"id without platform", "conversions.list", "merchant_id=1099", problem.FieldError{Parameter: "merchant_id", Detail: `"1099" is not an id of the form <platform>:<native id>`}},
		{"id without native id", "conversions.list", "merchant_id=affjet:", problem.FieldError{Parameter: "merchant_id", Detail: `"affjet:" is not an id of the form <platform>:<native id>`}},
		{"country in small letters", "conversions.list", "country=de", problem.FieldError{Parameter: "country", Detail: `"de" does not match ^[A-Z]{2}$`}},
		{"limit too high", "conversions.list", "limit=1001", problem.FieldError{Parameter: "limit", Detail: `"1001" is not a whole number from 0 to 1000 or all`}},
		{"limit below zero", "conversions.list", "limit=-1", problem.FieldError{Parameter: "limit", Detail: `"-1" is not a whole number from 0 to 1000 or all`}},
		{"limit of another kind", "conversions.list", "limit=ten", problem.FieldError{Parameter: "limit", Detail: `"ten" is not a whole number from 0 to 1000 or all`}},
		{"limit beyond 64 bits", "conversions.list", "limit=99999999999999999999", problem.FieldError{Parameter: "limit", Detail: `"99999999999999999999" is not a whole number from 0 to 1000 or all`}},
		{"whole number", "groups.list", "position_min=1.5", problem.FieldError{Parameter: "position_min", Detail: `"1.5" is not a whole number`}},
		{"sort by an unknown member", "conversions.list", "sort=-ocurred_at", problem.FieldError{Parameter: "sort", Detail: `"ocurred_at" cannot be ordered by; did you mean "occurred_at"?`}},
		{"sort by an object", "conversions.list", "sort=publisher", problem.FieldError{Parameter: "sort", Detail: `"publisher" cannot be ordered by; did you mean "publisher.id"?`}},
		{"a range that ends before it begins", "conversions.list", "occurred_to=2026-01-01T00:00:00Z&occurred_from=2026-01-01T02:00:00%2B01:00", problem.FieldError{Parameter: "occurred_to", Detail: "is before occurred_from"}},
		{"sort twice", "conversions.list", "sort=amount,-amount", problem.FieldError{Parameter: "sort", Detail: `"amount" is given more than once`}},
		{"field", "conversions.list", "fields=amont", problem.FieldError{Parameter: "fields", Detail: `"amont" is not a member; did you mean "amount"?`}},
		{"member of a member", "conversions.list", "fields=amount.valu", problem.FieldError{Parameter: "fields", Detail: `"amount.valu" is not a member; did you mean "amount.value"?`}},
		{"include", "networks.list", "include=history", problem.FieldError{Parameter: "include", Detail: `"history" is not one of native, merchants`}},
		{"broken escape", "conversions.list", "q=%zz", problem.FieldError{Parameter: "q", Detail: "the value is not percent-encoded UTF-8"}},
		{"not UTF-8", "conversions.list", "q=%ff", problem.FieldError{Parameter: "q", Detail: "the value is not percent-encoded UTF-8"}},
		{"broken escape in a name", "conversions.list", "%zz=1", problem.FieldError{Parameter: "%zz", Detail: "the name is not percent-encoded UTF-8"}},
		{"date", "reports.query", "from=2026-1-1&to=2026-01-31", problem.FieldError{Parameter: "from", Detail: `"2026-1-1" is not a date such as 2026-01-31`}},
		{"sort of a report", "reports.query", "sort=-comission", problem.FieldError{Parameter: "sort", Detail: `"comission" is neither a dimension nor a metric; did you mean "commission"?`}},
		{"sort of a report, signed twice", "reports.query", "sort=--clicks", problem.FieldError{Parameter: "sort", Detail: `"-clicks" is neither a dimension nor a metric; did you mean "clicks"?`}},
		{"long values are shortened", "conversions.list", "locked=" + strings.Repeat("é", 100), problem.FieldError{Parameter: "locked", Detail: `"` + strings.Repeat("é", 32) + `…" is neither true nor false`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, errs := bundled(t).Operation(test.id).Parse(test.query, nil)
			assert.Nil(t, p)
			assert.Contains(t, errs, test.want)
			if !strings.Contains(test.query, ",") {
				assert.Len(t, errs, 1)
			}
		})
	}
}

func TestParseNamesEveryFaultUpToABound(t *testing.T) {
	op := bundled(t).Operation("labels.list")
	_, errs := op.Parse("ref_name=ip&bogus_one=1&limit=x", nil)
	var names []string
	for _, e := range errs {
		names = append(names, e.Parameter+": "+e.Detail)
	}
	assert.Equal(t, []string{
		"bogus_one: unknown parameter",
		`limit: "x" is not a whole number from 0 to 1000 or all`,
		"campaign_id: is required",
		"label_name: is required",
	}, names)

	_, errs = op.Parse(strings.Repeat("unknown_parameter=1&", 1000), nil)
	assert.Len(t, errs, maxErrors)
}

func TestParseBoundsTheValuesOfAParameter(t *testing.T) {
	var values strings.Builder
	for i := range maxValues {
		fmt.Fprintf(&values, "a.%d,", i)
	}
	for _, test := range []struct{ id, name string }{
		{"conversions.list", "native_id"}, {"conversions.list", "fields"}, {"reports.query", "sort"},
	} {
		op := bundled(t).Operation(test.id)
		atBound := test.name + "=" + values.String()
		_, errs := op.Parse(strings.TrimSuffix(atBound, ","), nil)
		assert.Empty(t, errs, test.name)
		_, errs = op.Parse(atBound+"a.more,a.most&bogus_one=1", nil)
		assert.Equal(t, []problem.FieldError{{Parameter: test.name, Detail: "has more than 1000 values"}}, errs)
	}
}

func TestParsePath(t *testing.T) {
	p := parse(t, "conversions.get", "include=history", map[string]string{"id": "affjet:a/b:c"})
	id, ok := p.ID("id")
	assert.True(t, ok)
	assert.Equal(t, UnifiedID{"affjet", "a/b:c"}, id)
	assert.Equal(t, "affjet:a/b:c", id.String())

	_, errs := bundled(t).Operation("conversions.get").Parse("", map[string]string{"id": "10042"})
	assert.Equal(t, []problem.FieldError{{Parameter: "id", Detail: `"10042" is not an id of the form <platform>:<native id>`}}, errs)
	_, errs = bundled(t).Operation("conversions.get").Parse("", nil)
	assert.Equal(t, []problem.FieldError{{Parameter: "id", Detail: "is empty"}}, errs)
}

func TestParseAliasGivesTheTargetsParameters(t *testing.T) {
	op := bundled(t).Operation("campaigns.streams")
	target := bundled(t).Operation("streams.list")
	assert.Same(t, target, op.Target())
	p := parse(t, "campaigns.streams", "state=active&sort=position", map[string]string{"id": "keitaro:12"})
	assert.Same(t, target, p.Operation())
	assert.Equal(t, []UnifiedID{{"keitaro", "12"}}, p.IDs("campaign_id"))
	for _, given := range p.Given() {
		assert.Same(t, target.Parameter(given.Name), given)
	}
	direct := parse(t, "streams.list", "campaign_id=keitaro:12&sort=position&state=active", nil)
	assert.Equal(t, direct.Canonical(), p.Canonical())

	_, errs := op.Parse("q=a&q=b", map[string]string{"id": "keitaro:12"})
	assert.Len(t, errs, 1)
	_, errs = op.Parse("campaign_id=keitaro:13", map[string]string{"id": "keitaro:12"})
	assert.Len(t, errs, 1)
}

func TestParseReports(t *testing.T) {
	p := parse(t, "reports.query", "from=2026-01-01&to=2026-03-31&group_by=platform,keitaro.isp&metrics=clicks,keitaro.lp_ctr&sort=-commission,date&country=DE,FR&campaign=keitaro:1", nil)
	assert.Equal(t, time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), p.Time("to"))
	assert.Equal(t, []string{"platform", "keitaro.isp"}, p.List("group_by"))
	assert.Equal(t, []string{"clicks", "keitaro.lp_ctr"}, p.List("metrics"))
	assert.Equal(t, []SortKey{{Name: "commission", Descending: true}, {Name: "date"}}, p.Sort())
	assert.Equal(t, "UTC", p.Text("timezone"))
	assert.Equal(t, "campaign", bundled(t).Operation("reports.query").Parameter("campaign").Filter.Dimension)
}

func TestParseLists(t *testing.T) {
	op := bundled(t).Operation("conversions.list")
	p, errs := op.ParseLists(map[string][]string{"native_id": {"a,b", "c"}, "sort": {"-amount"}, "limit": {"5"}}, nil)
	require.Empty(t, errs)
	assert.Equal(t, []string{"a,b", "c"}, p.List("native_id"))
	assert.Equal(t, "amount", p.Sort()[0].Name)

	_, errs = op.ParseLists(map[string][]string{"limit": {"5", "6"}, "bogus_one": {"x"}}, nil)
	assert.Equal(t, []problem.FieldError{
		{Parameter: "bogus_one", Detail: "unknown member"},
		{Parameter: "limit", Detail: "takes one value"},
	}, errs)
}

func TestCanonical(t *testing.T) {
	base := parse(t, "conversions.list", "status=approved,pending&sort=-occurred_at,amount&limit=100", nil).Canonical("cursor")
	same := []string{
		"limit=100&sort=-occurred_at,amount&status=pending,approved",
		"status=pending&status=approved&sort=-occurred_at,amount",
		"status=approved,pending,approved&sort=-occurred_at&sort=amount&require=any",
		"status=approved,pending&sort=-occurred_at,amount&cursor=abc",
	}
	for _, query := range same {
		assert.Equal(t, base, parse(t, "conversions.list", query, nil).Canonical("cursor"), query)
	}
	other := []string{
		"status=approved,pending&sort=amount,-occurred_at",
		"status=approved,pending&sort=occurred_at,amount",
		"status=approved&sort=-occurred_at,amount",
		"status=approved,pending&sort=-occurred_at,amount&limit=99",
		"status=approved,pending&sort=-occurred_at,amount&fields=id",
	}
	for _, query := range other {
		assert.NotEqual(t, base, parse(t, "conversions.list", query, nil).Canonical("cursor"), query)
	}
	assert.NotEqual(t,
		parse(t, "conversions.list", `native_id=a%22%3D%22b`, nil).Canonical(),
		parse(t, "conversions.list", `native_id=a,b`, nil).Canonical(), "values cannot be mistaken for several")
	assert.Equal(t,
		parse(t, "conversions.list", "occurred_from=2026-01-01T02:00:00%2B02:00&amount_min=1.50", nil).Canonical(),
		parse(t, "conversions.list", "occurred_from=2026-01-01T00:00:00Z&amount_min=1.5", nil).Canonical())
}

func FuzzParse(f *testing.F) {
	for _, query := range []string{
		"status=approved,pending&sort=-occurred_at", "occurred_from=2026-01-01T00:00:00Z&amount_min=10.50", `native_id=a\,b,%2C`,
		"limit=all&fields=id,x.y&include=native", "from=2026-01-01&metrics=clicks,a.b&sort=-clicks", "=&&&q=%", "merchant_id=a:b",
	} {
		f.Add(query, "affjet:1")
	}
	s := bundled(f)
	ops := []*Operation{s.Operation("conversions.list"), s.Operation("reports.query"), s.Operation("campaigns.streams"), s.Operation("conversions.get")}
	f.Fuzz(func(t *testing.T, query, id string) {
		for _, op := range ops {
			path := map[string]string{"id": id}
			params, errs := op.Parse(query, path)
			if (params == nil) == (len(errs) == 0) {
				t.Fatalf("%s?%s: parameters %v with errors %v", op.ID, query, params, errs)
			}
			if params == nil {
				continue
			}
			// what was read, said again value by value, means the same
			values := map[string][]string{}
			for _, p := range params.Given() {
				if p.In == "query" {
					values[p.Name] = params.List(p.Name)
				}
			}
			for _, key := range params.Sort() {
				sign := ""
				if key.Descending {
					sign = "-"
				}
				values["sort"] = append(values["sort"], sign+key.Name)
			}
			for _, field := range params.Fields() {
				values["fields"] = append(values["fields"], field.Name)
			}
			again, errs := params.Operation().ParseLists(values, path)
			if len(errs) > 0 || again.Canonical() != params.Canonical() {
				t.Fatalf("%s?%s: %v read again gives %v", op.ID, query, values, errs)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	queries := map[string]string{
		"none":    "",
		"typical": "platform=affjet,keitaro&status=approved,pending&occurred_from=2026-01-01T00:00:00Z&occurred_to=2026-02-01T00:00:00Z&sort=-occurred_at&limit=100",
	}
	op := bundled(b).Operation("conversions.list")
	for name, query := range queries {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, errs := op.Parse(query, nil); errs != nil {
					b.Fatal(errs)
				}
			}
		})
	}
}
