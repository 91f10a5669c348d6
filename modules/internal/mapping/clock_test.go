package mapping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// {today} is the day after the clock's, in the platform's zone: what happens today is
// before it, wherever that is.
func TestTodayIsOfTheClockThatIsGiven(t *testing.T) {
	m, err := mapping.Parse("mapping.yaml", []byte(`mapping: v1
platform: acme
server: https://acme.example
formats:
  day: {date: "2006-01-02"}
resources:
  conversion: {native_id: id}
operations:
  conversions.list:
    call: GET /sales
    rows: "@this"
    filters:
      occurred_to: {to: query.until, as: day, default: "{today}"}
`))
	require.NoError(t, err)
	for zone, want := range map[string]string{"UTC": "until=2026-02-17", "Asia/Tehran": "until=2026-02-18"} {
		p, err := mapping.Compile(m, loadSurface(t), mapping.Binding{
			Platform: "acme", Zone: zone,
			Now: func() time.Time { return time.Date(2026, 2, 16, 23, 0, 0, 0, time.UTC) },
		})
		require.NoError(t, err)
		call := p.Operation("conversions.list").Calls[0]
		draft, err := call.Draft(nil)
		require.NoError(t, err)
		request, err := call.Request(draft, nil)
		require.NoError(t, err)
		assert.Equal(t, want, request.Query, zone)
	}
}
