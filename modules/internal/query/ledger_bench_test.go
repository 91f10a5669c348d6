package query

import (
	"net/url"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// BenchmarkReportFromLedger computes a year's report by month from 100,000 kept rows.
func BenchmarkReportFromLedger(b *testing.B) {
	s := openShopOf(b, 0, 100_000)
	q, faults := report.ParseQuery(must(url.ParseQuery(yearByMonth)))
	if faults != nil {
		b.Fatal(faults)
	}
	read := func() {
		if _, p := s.Report(b.Context(), q, person{}); p != nil {
			b.Fatal(p)
		}
	}
	read()
	s.asked("affili")
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
	if n := s.asked("affili"); n != 0 {
		b.Errorf("%d native requests", n)
	}
}

// BenchmarkCachedPage reads a page of 100 kept rows, of 100,000.
func BenchmarkCachedPage(b *testing.B) {
	s := openShopOf(b, 0, 100_000)
	r := request(b, s.Engine, "conversions.list", "consistency=cached&platform=affili&limit=100", person{})
	read := func() {
		l, p := s.List(b.Context(), r)
		if p != nil {
			b.Fatal(p)
		}
		if l.Len() != 100 {
			b.Fatal(l.Len())
		}
		l.Close()
	}
	read()
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
}
