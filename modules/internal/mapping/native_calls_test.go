package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func TestNativeCalls(t *testing.T) {
	tests := []struct {
		name, mapping, method, path string
		changes                     bool
	}{
		{"a read by GET", "keitaro", "GET", "/admin_api/v1/campaigns", false},
		{"a read by HEAD", "keitaro", "HEAD", "/admin_api/v1/campaigns", false},
		{"a preflight", "keitaro", "OPTIONS", "/admin_api/v1/campaigns/12", false},
		{"an unknown path by GET", "keitaro", "GET", "/admin_api/v1/whatever", false},
		{"a report by POST", "keitaro", "POST", "/admin_api/v1/report/build", false},
		{"a report by its other spelling", "keitaro", "POST", "/admin_api/v1/clicks/build", false},
		{"a list by POST", "keitaro", "POST", "/admin_api/v1/clicks/log", false},
		{"the same by PUT", "keitaro", "PUT", "/admin_api/v1/clicks/log", true},
		{"a change by POST", "keitaro", "POST", "/admin_api/v1/campaigns/12/update_costs", true},
		{"a change by PUT", "keitaro", "PUT", "/admin_api/v1/campaigns/12", true},
		{"a change by DELETE", "keitaro", "DELETE", "/admin_api/v1/campaigns/12", true},
		{"a path that the mapping has not", "keitaro", "POST", "/admin_api/v1/clicks/clean", true},
		{"a path below a read", "keitaro", "POST", "/admin_api/v1/report/build/all", true},
		{"a read with a slash at its end", "keitaro", "POST", "/admin_api/v1/report/build/", true},
		{"a read in other letters", "keitaro", "POST", "/admin_api/v1/Report/build", true},
		{"an escaped read", "keitaro", "POST", "/admin_api/v1/report/b%75ild", false},
		{"an escaped slash", "keitaro", "POST", "/admin_api/v1/report%2Fbuild", true},
		{"a parameter of a segment", "keitaro", "POST", "/admin_api/v1/report/build;x", true},
		{"what cannot be unescaped", "keitaro", "POST", "/admin_api/v1/report/build%zz", true},
		{"an invented method", "keitaro", "BREW", "/admin_api/v1/report/build", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			calls := bundled(t, tt.mapping, mapping.Binding{Server: "http://native.example"}).NativeCalls()
			assert.Equal(t, tt.changes, calls.Changes(tt.method, tt.path))
		})
	}
}
