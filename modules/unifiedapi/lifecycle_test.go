package unifiedapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func TestAnnouncement(t *testing.T) {
	day := func(year int, month time.Month) time.Time { return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC) }
	early := &mapping.Lifecycle{Deprecated: day(2021, 6), Sunset: day(2027, 1), Link: "https://early.example/end"}
	late := &mapping.Lifecycle{Deprecated: day(2022, 12), Sunset: day(2022, 12)}
	open := &mapping.Lifecycle{Deprecated: day(2024, 1)}
	tests := []struct {
		name       string
		lifecycles []*mapping.Lifecycle
		want       http.Header
	}{
		{"none", nil, http.Header{}},
		// date -d 2022-12-01T00:00:00Z +%s, and the day of the week
		{"one", []*mapping.Lifecycle{late}, http.Header{"Deprecation": {"@1669852800"}, "Sunset": {"Thu, 01 Dec 2022 00:00:00 GMT"}}},
		{"no end", []*mapping.Lifecycle{open}, http.Header{"Deprecation": {"@1704067200"}}},
		{"the first counts", []*mapping.Lifecycle{open, late, early}, http.Header{
			"Deprecation": {"@1622505600"}, "Sunset": {"Thu, 01 Dec 2022 00:00:00 GMT"}, "Link": {`<https://early.example/end>; rel="deprecation"`},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var a announcement
			for _, l := range test.lifecycles {
				a.add(l)
			}
			h := http.Header{}
			a.write(h)
			assert.Equal(t, test.want, h)
		})
	}
}
