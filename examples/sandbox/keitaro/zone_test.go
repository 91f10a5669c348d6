package keitaro_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestNoTimeIsShownTwiceByTheTrackersClock(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York") // clocks went back on 2 November 2025
	require.NoError(t, err)
	c := config()
	c.Zone = zone
	d := keitaro.New(c).Data()
	near := 0
	for _, click := range d.Clicks {
		require.False(t, kit.Ambiguous(click.At, zone), click.At)
		if click.At.In(zone).Format(time.DateOnly) == "2025-11-02" {
			near++
		}
	}
	require.Positive(t, near)
	for _, v := range d.Conversions {
		require.False(t, kit.Ambiguous(v.PostbackAt, zone), v.PostbackAt)
	}
}
