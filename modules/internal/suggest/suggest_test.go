package suggest_test

import (
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

func TestDidYouMean(t *testing.T) {
	known := []string{"filters", "sort", "status", "native_status", "größe"}
	for name, want := range map[string]string{
		"fitlers":       `; did you mean "filters"?`, // two letters swapped
		"sotr":          `; did you mean "sort"?`,
		"stauts":        `; did you mean "status"?`,
		"nativ_staus":   `; did you mean "native_status"?`, // two letters left out
		"grösse":        `; did you mean "größe"?`,
		"":              "",
		"currency":      "",
		"occurred_from": "",
	} {
		if got := suggest.DidYouMean(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got := suggest.Nearest(string(make([]byte, 1000)), known); got != "" {
		t.Errorf("something absurd is near to %q", got)
	}
}
