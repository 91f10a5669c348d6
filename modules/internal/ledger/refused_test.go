package ledger

import (
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Who may no longer ask for rows is not given those that were kept, however often they are asked
// for, until the platform lets the gateway in again.
func TestNothingIsGivenWhileThePlatformRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		after time.Duration // of the last pull
	}{
		{"a pull in front of the caller", hour},
		{"a pull behind its back", 2 * minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.fill(3)
			l := open(t, w)
			q := w.question(time.Time{}, time.Time{})
			ready(t, l, q)
			w.pass(test.after)
			w.failed = problem.New(problem.PlatformCredentialsRejected, "no")
			_, _ = l.Ready(t.Context(), q) // the first may be answered before the platform has spoken
			l.settle(t, q)
			w.asked()
			for range 3 {
				if kept, p := l.Ready(t.Context(), q); p == nil || p.Code != problem.PlatformCredentialsRejected {
					t.Fatalf("got %+v and %v, want the problem", kept, p)
				}
			}
			if n := len(w.asked()); n != 0 {
				t.Errorf("the platform was asked %d times at once after it had refused", n)
			}
			w.pass(patience)
			if _, p := l.Ready(t.Context(), q); p == nil || len(w.asked()) != 1 {
				t.Errorf("got %v: the platform was not asked again", p)
			}
			w.pass(patience)
			w.failed = nil
			if kept := ready(t, l, q); kept.State != answer.Miss {
				t.Errorf("when it lets the gateway in again: %+v", kept)
			}
			if kept := ready(t, l, q); kept.State != answer.Hit {
				t.Errorf("afterwards: %+v", kept)
			}
		})
	}
}
