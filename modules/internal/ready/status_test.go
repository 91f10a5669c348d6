package ready_test

import (
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/ready"
)

func TestStatus(t *testing.T) {
	tests := []struct {
		name   string
		status ready.Status
		want   string
	}{
		{"hit", ready.Status{Hit: true, Timed: true, TTL: 57 * time.Second}, "tributary; hit; ttl=57"},
		{"stale hit", ready.Status{Hit: true, Timed: true, TTL: -412 * time.Second}, "tributary; hit; ttl=-412"},
		{"hit at the end of its life", ready.Status{Hit: true, Timed: true}, "tributary; hit; ttl=0"},
		{"hit of unknown life", ready.Status{Hit: true}, "tributary; hit"},
		{"miss", ready.Status{Forward: ready.ForwardMiss, Stored: true}, "tributary; fwd=miss; stored"},
		{"collapsed", ready.Status{Forward: ready.ForwardMiss, Stored: true, Collapsed: true}, "tributary; fwd=miss; stored; collapsed"},
		{"stale, and the platform failed", ready.Status{Forward: ready.ForwardStale, FwdStatus: 503, Detail: "platform_unavailable"}, "tributary; fwd=stale; fwd-status=503; detail=platform_unavailable"},
		{"not wanted", ready.Status{Forward: ready.ForwardRequest}, "tributary; fwd=request"},
		{"not kept", ready.Status{Detail: "not_cached"}, "tributary; detail=not_cached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.status.String()
			assert.Equal(t, tt.want, got)
			// a list of items, RFC 9211 section 2
			list, err := httpsfv.UnmarshalList([]string{got})
			require.NoError(t, err)
			require.Len(t, list, 1)
			assert.Equal(t, httpsfv.Token("tributary"), list[0].(httpsfv.Item).Value)
		})
	}
}
