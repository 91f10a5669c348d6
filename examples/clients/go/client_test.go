package tributary_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	tributary "github.com/tributary-gateway/tributary/examples/clients/go"
)

// The quickstart's, unless the environment names others.
var (
	base = cmp.Or(os.Getenv("TRIBUTARY_URL"), "http://127.0.0.1:8080")
	key  = cmp.Or(os.Getenv("TRIBUTARY_KEY"), "trib_demo")
)

func TestListWithFiltersWalkedByCursor(t *testing.T) {
	client := connect(t, key)
	since := time.Now().UTC().AddDate(0, 0, -60).Truncate(time.Second)
	params := tributary.ConversionsListParams{
		Platform:     tributary.Platforms{"affjet", "trackier"},
		Status:       tributary.ConversionStatusParameter{tributary.ConversionStatusApproved},
		OccurredFrom: &since,
		Sort:         tributary.Sort{"-occurred_at"},
		Fields:       tributary.Fields{"id", "status", "occurred_at", "commission"},
	}
	small := walk(t, client, params, 50)
	if len(small) <= 50 {
		t.Fatalf("%d conversions, too few to walk", len(small))
	}
	var ids []string
	var before time.Time
	for i, c := range small {
		if status := c.Status.MustGet(); status != tributary.ConversionStatusApproved {
			t.Errorf("%s is %s", c.ID, status)
		}
		at := c.OccurredAt.MustGet()
		if at.Before(since) {
			t.Errorf("%s occurred at %s, before %s", c.ID, at, since)
		}
		if i > 0 && at.After(before) {
			t.Errorf("%s occurred at %s, after the one before it", c.ID, at)
		}
		if !c.Country.IsNull() {
			t.Errorf("%s has a country, which was not asked for", c.ID)
		}
		before = at
		ids = append(ids, c.ID)
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(ids))); len(unique) != len(ids) {
		t.Errorf("%d conversions, of which %d differ", len(ids), len(unique))
	}
	var whole []string
	for _, c := range walk(t, client, params, 1000) {
		whole = append(whole, c.ID)
	}
	if !slices.Equal(ids, whole) {
		t.Errorf("%d conversions by pages of 50, others than the %d by pages of 1000", len(ids), len(whole))
	}
}

// walk reads all pages of a list.
func walk(t *testing.T, client *tributary.ClientWithResponses, params tributary.ConversionsListParams, limit int) []tributary.Conversion {
	t.Helper()
	params.Limit = new(tributary.Limit)
	if err := params.Limit.FromRowCount(limit); err != nil {
		t.Fatal(err)
	}
	var all []tributary.Conversion
	for {
		list, err := client.ConversionsListWithResponse(t.Context(), &params)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list.JSON200.Platforms {
			if p.Status != tributary.PlatformResultStatusOk {
				t.Fatalf("%s is %s: %v", p.Platform, p.Status, p.Problem)
			}
		}
		all = append(all, list.JSON200.Data...)
		next, err := list.JSON200.Page.NextCursor.Get()
		if err != nil { // null: this was the last page
			return all
		}
		params.Cursor = &next
	}
}

func TestOneObject(t *testing.T) {
	client := connect(t, key)
	list, err := client.NetworksListWithResponse(t.Context(), &tributary.NetworksListParams{Platform: tributary.Platforms{"affjet"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.JSON200.Data) == 0 {
		t.Fatal("no networks")
	}
	listed := list.JSON200.Data[0]
	got, err := client.NetworksGetWithResponse(t.Context(), listed.ID, &tributary.NetworksGetParams{Include: tributary.IncludeNetwork{"native"}})
	if err != nil {
		t.Fatal(err)
	}
	network := got.JSON200
	if network.ID != listed.ID || network.Name.MustGet() != listed.Name.MustGet() || network.Platform != "affjet" {
		t.Errorf("got %s %q, listed as %s %q", network.ID, network.Name.MustGet(), listed.ID, listed.Name.MustGet())
	}
	if listed.Native.IsSpecified() {
		t.Error("the list has native objects that were not asked for")
	}
	native, err := network.Native.Get()
	if err != nil {
		t.Fatalf("the native object: %v", err)
	}
	if len(native) == 0 {
		t.Error("the native object is empty")
	}
}

func TestReport(t *testing.T) {
	client := connect(t, key)
	metrics := make(tributary.Metrics, 2)
	for i, metric := range []tributary.Metric{tributary.MetricConversions, tributary.MetricCommission} {
		if err := metrics[i].FromMetric(metric); err != nil {
			t.Fatal(err)
		}
	}
	groups := make(tributary.GroupBy, 1)
	if err := groups[0].FromDimension(tributary.DimensionPlatform); err != nil {
		t.Fatal(err)
	}
	report, err := client.ReportsQueryWithResponse(t.Context(), &tributary.ReportsQueryParams{
		Interval: new(tributary.IntervalLastMonth), GroupBy: groups, Metrics: metrics,
	})
	if err != nil {
		t.Fatal(err)
	}
	var sum, total float64
	for _, row := range report.JSON200.Data {
		sum += number(t, row.Metrics["conversions"])
		if row.Dimensions["platform"] != "affjet" {
			continue
		}
		commission, err := row.Metrics["commission"].AsMoney()
		if err != nil {
			t.Fatal(err)
		}
		if commission.Value == "" || commission.Currency.MustGet() != "GBP" {
			t.Errorf("affjet's commission is %q of %v", commission.Value, commission.Currency)
		}
	}
	for _, row := range report.JSON200.Totals {
		total += number(t, row.Metrics["conversions"])
	}
	if sum == 0 || sum != total {
		t.Errorf("%v conversions in the rows, %v in the totals", sum, total)
	}
}

// number reads a metric that is a number; null is zero.
func number(t *testing.T, value tributary.MetricValue) float64 {
	t.Helper()
	n, err := value.AsMetricNumber()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCreateUpdateArchive(t *testing.T) {
	client := connect(t, key)
	alias := "go-" + rand.Text()
	body := tributary.CampaignCreate{
		Platform: new("keitaro"),
		Name:     "Made by the Go example",
		Alias:    nullable.NewNullableWithValue(alias),
		Cost: nullable.NewNullableWithValue(tributary.WritableCost{
			Model: nullable.NewNullableWithValue("CPC"),
			Value: nullable.NewNullableWithValue(tributary.Money{Value: "0.05", Currency: nullable.NewNullableWithValue("USD")}),
		}),
	}
	params := &tributary.CampaignsCreateParams{IdempotencyKey: new(rand.Text())}
	created, err := client.CampaignsCreateWithResponse(t.Context(), params, body)
	if err != nil {
		t.Fatal(err)
	}
	campaign := created.JSON201
	if campaign.Name.MustGet() != body.Name || campaign.Alias.MustGet() != alias {
		t.Errorf("made %q with alias %q", campaign.Name.MustGet(), campaign.Alias.MustGet())
	}

	// Sent again, as after a connection that broke: nothing is made twice.
	again, err := client.CampaignsCreateWithResponse(t.Context(), params, body)
	if err != nil {
		t.Fatal(err)
	}
	if again.JSON201.ID != campaign.ID || again.Headers201.IdempotentReplayed == nil {
		t.Errorf("sent again it made %s beside %s", again.JSON201.ID, campaign.ID)
	}

	// What is left out stays.
	updated, err := client.CampaignsUpdateWithResponse(t.Context(), campaign.ID, tributary.CampaignUpdate{Name: new("Renamed by the Go example")})
	if err != nil {
		t.Fatal(err)
	}
	if name := updated.JSON200.Name.MustGet(); name != "Renamed by the Go example" || updated.JSON200.Alias.MustGet() != alias {
		t.Errorf("the update left %q with alias %q", name, updated.JSON200.Alias.MustGet())
	}

	if _, err := client.CampaignsArchiveWithResponse(t.Context(), campaign.ID); err != nil {
		t.Fatal(err)
	}
	list, err := client.CampaignsListWithResponse(t.Context(), &tributary.CampaignsListParams{
		Platform: tributary.Platforms{"keitaro"}, NativeID: tributary.NativeID{campaign.NativeID},
		State: tributary.StateParameter{tributary.StateDeleted},
	})
	if err != nil {
		t.Fatal(err)
	}
	if rows := list.JSON200.Data; len(rows) != 1 || rows[0].ID != campaign.ID {
		t.Errorf("the archive has %d campaigns with the native id %s", len(rows), campaign.NativeID)
	}
}

func TestProblems(t *testing.T) {
	tests := map[string]struct {
		key       string
		call      func(context.Context, *tributary.ClientWithResponses) error
		code      tributary.ProblemCode
		status    int
		parameter string // the one that was refused
	}{
		"parameter": {
			key: key, code: tributary.ProblemCodeInvalidRequest, status: 400, parameter: "sort",
			call: func(ctx context.Context, c *tributary.ClientWithResponses) error {
				_, err := c.ConversionsListWithResponse(ctx, &tributary.ConversionsListParams{Sort: tributary.Sort{"nonsense"}})
				return err
			},
		},
		"object that is not there": {
			key: key, code: tributary.ProblemCodeNotFound, status: 404,
			call: func(ctx context.Context, c *tributary.ClientWithResponses) error {
				_, err := c.NetworksGetWithResponse(ctx, "affjet:0", nil)
				return err
			},
		},
		"wrong key": {
			key: "trib_wrong", code: tributary.ProblemCodeUnauthenticated, status: 401,
			call: func(ctx context.Context, c *tributary.ClientWithResponses) error {
				_, err := c.PlatformsListWithResponse(ctx)
				return err
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.call(t.Context(), connect(t, test.key))
			problem, ok := errors.AsType[*tributary.Problem](err)
			if !ok {
				t.Fatalf("got %v, no problem", err)
			}
			if problem.Code != test.code || problem.Status != test.status || problem.Detail == nil {
				t.Errorf("got %d %v", problem.Status, problem)
			}
			var refused string
			for _, e := range problem.Errors {
				refused = e.Parameter
			}
			if refused != test.parameter {
				t.Errorf("it names %q", refused)
			}
		})
	}
}

// connect returns a client, once it knows that a gateway answers.
func connect(t *testing.T, key string) *tributary.ClientWithResponses {
	t.Helper()
	const help = "start the quickstart, or set TRIBUTARY_URL and TRIBUTARY_KEY"
	resp, err := http.Get(base + "/v1/healthz")
	if err != nil {
		t.Fatalf("no gateway at %s: %v; %s", base, err, help)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("no healthy gateway at %s, it answers %s; %s", base, resp.Status, help)
	}
	client, err := tributary.New(base, key)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
