package ledger

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestRowsArePulledOnce(t *testing.T) {
	w := newWorld()
	w.fill(40)
	w.size = 7
	l := open(t, w)
	q := w.question(noon.Add(-20*day), noon)
	if kept := ready(t, l, q); kept.State != answer.Miss || kept.Requests != 3 || !kept.AsOf.Equal(noon) {
		t.Errorf("the first answer is %+v", kept)
	}
	// 20 days back to now, and not further
	if asked := w.asked(); len(asked) != 1 || asked[0] != (Span{From: noon.Add(-20 * day)}) {
		t.Errorf("asked for %v", asked)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
	w.pass(59 * time.Second)
	narrow := w.question(noon.Add(-3*day), noon.Add(day))
	kept := ready(t, l, narrow)
	if kept.State != answer.Hit || kept.Requests != 0 || !kept.Until.Equal(noon.Add(minute)) || len(w.asked()) != 0 {
		t.Errorf("the second answer is %+v", kept)
	}
	wantRows(t, read(t, l, narrow, Select{}), w.truth(narrow.From, narrow.To))
}

// A range that begins before what is covered takes a pull of what is missing only.
func TestCoverageIsExtended(t *testing.T) {
	w := newWorld()
	w.fill(40)
	l := open(t, w)
	ready(t, l, w.question(noon.Add(-10*day), noon))
	w.asked()
	earlier := w.question(noon.Add(-30*day), noon.Add(-25*day))
	if kept := ready(t, l, earlier); kept.State != answer.Miss {
		t.Errorf("got %+v", kept)
	}
	if asked := w.asked(); len(asked) != 1 || asked[0] != (Span{From: noon.Add(-30 * day), To: noon.Add(-10 * day)}) {
		t.Errorf("asked for %v", asked)
	}
	wantRows(t, read(t, l, earlier, Select{}), w.truth(earlier.From, earlier.To))
	all := w.question(time.Time{}, time.Time{})
	ready(t, l, all)
	if asked := w.asked(); len(asked) != 1 || asked[0] != (Span{To: noon.Add(-30 * day)}) {
		t.Errorf("asked for %v", asked)
	}
	wantRows(t, read(t, l, all, Select{}), w.truth(all.From, all.To))
}

// How often changes are pulled depends on how old the end of the range is.
func TestLifeIsByTheAgeOfTheRange(t *testing.T) {
	midnight := noon.Truncate(day)
	for _, test := range []struct {
		name string
		end  time.Time
		life time.Duration
	}{
		{"an open range", time.Time{}, minute},
		{"to tomorrow", midnight.Add(day), minute},
		{"to this morning", midnight.Add(hour), minute},
		{"to yesterday", midnight, 15 * minute},
		{"to 3 days ago", midnight.Add(-2 * day), 15 * minute},
		{"to 4 days ago", midnight.Add(-3 * day), 6 * hour},
		{"to 35 days ago", midnight.Add(-34 * day), 6 * hour},
		{"to 36 days ago", midnight.Add(-35 * day), 7 * day},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.fill(100)
			l := open(t, w)
			q := w.question(noon.Add(-90*day), test.end)
			q.Whole = 0 // not what this is about
			ready(t, l, q)
			w.asked()
			w.pass(test.life - time.Second)
			if kept := ready(t, l, q); kept.State != answer.Hit || len(w.asked()) != 0 {
				t.Errorf("before its end: %+v", kept)
			}
			w.pass(10*minute + time.Second)
			if kept := ready(t, l, q); kept.State != answer.Miss || len(w.asked()) != 1 {
				t.Errorf("after its end: %+v", kept)
			}
		})
	}
}

// Past their life rows are given while a pull goes on behind the client's back.
func TestStaleWhilePulled(t *testing.T) {
	w := newWorld()
	w.fill(3)
	l := open(t, w)
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	w.asked()
	w.pass(5 * minute)
	w.put("new", w.now(), "new")
	kept := ready(t, l, q)
	if kept.State != answer.Stale || kept.Requests != 0 || !kept.AsOf.Equal(noon) || !kept.Since.Equal(noon.Add(minute)) {
		t.Errorf("got %+v", kept)
	}
	l.settle(t, q)
	// one pull: of what changed an hour before the last one, or later
	if asked := w.asked(); len(asked) != 1 || asked[0] != (Span{Since: noon.Add(-hour)}) {
		t.Errorf("asked for %v", asked)
	}
	if kept := ready(t, l, q); kept.State != answer.Hit || !kept.AsOf.Equal(noon.Add(5*minute)) {
		t.Errorf("after the pull: %+v", kept)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// settle waits for the pull of a question's scope that is under way.
func (l *Ledger) settle(t testing.TB, q *Question) {
	t.Helper()
	s := l.scopeOf(q)
	s.mu.Lock()
	f := s.flight
	s.mu.Unlock()
	if f != nil {
		<-f.done
	}
}

func TestPlatformsThatFail(t *testing.T) {
	for _, test := range []struct {
		name    string
		code    problem.Code
		after   time.Duration
		touched bool
		want    string // the state; empty: the problem
	}{
		{"for an hour", problem.PlatformUnavailable, hour, false, answer.Stale},
		{"for a week", problem.PlatformError, 7*day - hour, false, answer.Stale},
		{"for too long", problem.PlatformUnavailable, 7*day + 2*minute, false, ""},
		{"that refuse the credential", problem.PlatformCredentialsRejected, hour, false, ""},
		{"that forbid it", problem.PlatformForbidden, hour, false, ""},
		{"that have locked the account", problem.PlatformAccountLocked, hour, false, ""},
		{"after a change", problem.PlatformUnavailable, time.Second, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.fill(3)
			l := open(t, w)
			q := w.question(time.Time{}, time.Time{})
			ready(t, l, q)
			w.failed = problem.New(test.code, "no")
			if test.touched {
				l.Touched("shop")
			}
			w.pass(test.after)
			kept, p := l.Ready(t.Context(), q)
			switch {
			case test.want == "" && (p == nil || p.Code != test.code):
				t.Errorf("got %+v and %v, want the problem", kept, p)
			case test.want != "" && (p != nil || kept.State != test.want || kept.Failed != w.failed || !kept.AsOf.Equal(noon)):
				t.Errorf("got %+v and %v", kept, p)
			}
			if test.want == "" {
				return
			}
			// the next question does not wait for another failure
			w.asked()
			if kept := ready(t, l, q); kept.State != answer.Stale || len(w.asked()) != 0 {
				t.Errorf("at once again: %+v", kept)
			}
			w.pass(patience)
			w.failed = nil
			if kept := ready(t, l, q); kept.State != answer.Miss {
				t.Errorf("when the platform is back: %+v", kept)
			}
		})
	}
}

// After a change through the gateway the next question waits for a pull, also when the
// process was started anew in between, or the platform was not asked about before.
func TestChangesThroughTheGateway(t *testing.T) {
	w := newWorld()
	w.fill(3)
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, w, path, nil)
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	w.put("r1", noon, "changed")
	l.Touched("another")
	if kept := ready(t, l, q); kept.State != answer.Hit {
		t.Errorf("a change elsewhere: %+v", kept)
	}
	l.Touched("shop")
	if kept := ready(t, l, q); kept.State != answer.Miss {
		t.Errorf("a change: %+v", kept)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
	if kept := ready(t, l, q); kept.State != answer.Hit {
		t.Errorf("afterwards: %+v", kept)
	}
	w.put("r1", noon, "changed again")
	l.Touched("shop")
	l.Close()
	l = openAt(t, w, path, nil)
	if kept := ready(t, l, q); kept.State != answer.Miss {
		t.Errorf("after a restart: %+v", kept)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// A change during a pull may have been overlooked by it.
func TestChangeDuringAPull(t *testing.T) {
	w := newWorld()
	w.fill(3)
	l := open(t, w)
	q := w.question(time.Time{}, time.Time{})
	w.page = func(_ context.Context, number int) *problem.Problem {
		if number == 1 {
			l.Touched("shop")
			w.page = nil
		}
		return nil
	}
	ready(t, l, q)
	if asked := w.asked(); len(asked) != 2 {
		t.Errorf("pulled %d times, want 2: %v", len(asked), asked)
	}
}

func TestWhatClientsAskOfCaches(t *testing.T) {
	w := newWorld()
	w.fill(3)
	l := open(t, w)
	only := w.question(time.Time{}, time.Time{})
	only.OnlyKept = true
	if _, p := l.Ready(t.Context(), only); p == nil || p.Code != problem.NotCached {
		t.Errorf("nothing is kept, and the answer is %v", p)
	}
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	w.pass(time.Second)
	w.asked()
	again := w.question(time.Time{}, time.Time{})
	again.Revalidate = true
	if kept := ready(t, l, again); kept.State != answer.Miss || len(w.asked()) != 1 {
		t.Errorf("revalidated: %+v", kept)
	}
	w.pass(5 * hour)
	if kept := ready(t, l, only); kept.State != answer.Stale || len(w.asked()) != 0 {
		t.Errorf("only what is kept: %+v", kept)
	}
}

// A restart begins with what was kept.
func TestRestart(t *testing.T) {
	w := newWorld()
	w.fill(30)
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, w, path, nil)
	q := w.question(noon.Add(-20*day), noon)
	ready(t, l, q)
	l.Close()
	l = openAt(t, w, path, nil)
	w.asked()
	if kept := ready(t, l, q); kept.State != answer.Hit || len(w.asked()) != 0 {
		t.Errorf("got %+v", kept)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
	// nothing is answered, and nobody is harmed, after the end
	l.Close()
	l.Close()
	l.Touched("shop")
	if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil {
		t.Errorf("a closed ledger answers %v, %v", kept, p)
	}
}

// A question that is asked right after the start waits for the file.
func TestRightAfterTheStart(t *testing.T) {
	w := newWorld()
	w.fill(30)
	path := filepath.Join(t.TempDir(), "ledger.db")
	q := w.question(noon.Add(-20*day), noon)
	ready(t, openAt(t, w, path, nil), q)
	w.asked()
	l := New(Config{Path: path, Now: w.now})
	t.Cleanup(l.Close)
	l.Start()
	if !l.InService() {
		t.Error("it is taken for broken")
	}
	if kept := ready(t, l, q); kept.State != answer.Hit || len(w.asked()) != 0 {
		t.Errorf("got %+v", kept)
	}
}

// A configuration that is only validated makes no file.
func TestNothingIsOpenedBeforeStart(t *testing.T) {
	w := newWorld()
	folder := filepath.Join(t.TempDir(), "data")
	l := New(Config{Path: filepath.Join(folder, "ledger.db"), Now: w.now})
	if kept, p := l.Ready(t.Context(), w.question(noon, noon)); kept != nil || p != nil {
		t.Errorf("got %v, %v", kept, p)
	}
	l.Touched("shop")
	l.Close()
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("there is something: %v", err)
	}
}
