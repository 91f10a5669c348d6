package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// BenchmarkReport reads 10,000 native rows by day and campaign and adds them up by
// month and campaign, with two rates, sorted by one of them.
func BenchmarkReport(b *testing.B) {
	var rows []string
	for i := range 10_000 {
		rows = append(rows, fmt.Sprintf(`{"day":"2026-%02d-%02d","campaign_id":%d,"campaign":"Campaign %d","clicks":%d,"conversions":"%d","revenue":"%d.%02d","cost":%d.5,"profit":1.25}`,
			1+i%12, 1+i%28, i%100, i%100, i, i%7, i, i%100, i%50))
	}
	body := `{"rows":[` + strings.Join(rows, ",\n") + `]}`
	p := sample(b, "tracker", "tracker", answers(body))
	q := parse(b, "from=2026-01-01&to=2026-12-31&group_by=month,campaign&metrics=clicks,conversions,revenue,cost,profit,cr,epc&sort=-epc")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		r, failed := report.Run(b.Context(), []report.Platform{p}, q, report.Options{Now: noon})
		require.Nil(b, failed)
		out = r.AppendJSON(out[:0], report.Page{Limit: report.All})
	}
	require.NotEmpty(b, out)
}

// BenchmarkKeptReport combines a year of days, of 100 campaigns each, from kept bytes: by
// month and campaign, with two rates, sorted by one of them.
func BenchmarkKeptReport(b *testing.B) {
	var rows []string
	for day := range 365 {
		for i := range 100 {
			rows = append(rows, fmt.Sprintf(`{"day":%q,"campaign_id":%d,"campaign":"Campaign %d","clicks":%d,"conversions":"%d","revenue":"%d.%02d","cost":%d.5,"profit":1.25}`,
				(report.Date(20454)+report.Date(day)).String(), i, i, i+day, i%7, i, day%100, i%50))
		}
	}
	p := sample(b, "tracker", "tracker", answers(`{"rows":[`+strings.Join(rows, ",")+`]}`))
	p.Scope = "account"
	keeper := newShelf()
	options := report.Options{Now: noon, Keeper: keeper}
	q := parse(b, "from=2026-01-01&to=2026-12-31&group_by=month,campaign&metrics=clicks,conversions,revenue,cost,profit,cr,epc&sort=-epc")
	_, failed := report.Run(b.Context(), []report.Platform{p}, q, options)
	require.Nil(b, failed)
	kept := 0
	for _, w := range keeper.rows {
		kept += len(w)
	}
	b.SetBytes(int64(kept))
	b.ReportAllocs()
	for b.Loop() {
		r, failed := report.Run(b.Context(), []report.Platform{p}, q, options)
		require.Nil(b, failed)
		require.Equal(b, "hit", r.Freshness.State)
	}
}
