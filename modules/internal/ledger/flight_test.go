package ledger

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// gate holds pulls back.
type gate struct {
	arrived, open chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func (g *gate) wait(context.Context, int) *problem.Problem {
	g.arrived <- struct{}{}
	<-g.open
	return nil
}

// Whoever asks the same at the same time waits for one pull.
func TestOnePullForAll(t *testing.T) {
	w := newWorld()
	w.fill(10)
	l := open(t, w)
	g := newGate()
	w.page = g.wait
	q := w.question(time.Time{}, time.Time{})
	answers := make(chan *Kept, 100)
	var group sync.WaitGroup
	for range cap(answers) {
		group.Go(func() {
			kept, p := l.Ready(context.WithoutCancel(t.Context()), q)
			if p != nil || kept == nil {
				t.Errorf("got %v, %v", kept, p)
				return
			}
			answers <- kept
		})
	}
	<-g.arrived
	close(g.open)
	group.Wait()
	close(answers)
	requests := 0
	for kept := range answers {
		requests += kept.Requests
	}
	if asked := w.asked(); len(asked) != 1 || requests != 1 {
		t.Errorf("%d pulls, and %d requests in the answers, want one", len(asked), requests)
	}
}

// The failure of a pull is that of everybody who waits for it; nobody tries it anew.
func TestOneFailureForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.fill(10)
		l := open(t, w)
		defer l.Close()
		fail := make(chan struct{})
		w.page = func(context.Context, int) *problem.Problem {
			<-fail
			return problem.New(problem.PlatformUnavailable, "no")
		}
		q := w.question(time.Time{}, time.Time{})
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, p := l.Ready(t.Context(), q); p == nil || p.Code != problem.PlatformUnavailable {
					t.Errorf("got %v", p)
				}
			})
		}
		synctest.Wait() // all of them wait
		close(fail)
		group.Wait()
		if asked := w.asked(); len(asked) != 1 {
			t.Errorf("%d pulls, want one", len(asked))
		}
	})
}

// A client that goes away does not end the pull that others wait for.
func TestLeadersMayGo(t *testing.T) {
	w := newWorld()
	w.fill(10)
	l := open(t, w)
	g := newGate()
	w.page = g.wait
	q := w.question(time.Time{}, time.Time{})
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan *problem.Problem)
	go func() {
		_, p := l.Ready(ctx, q)
		done <- p
	}()
	<-g.arrived
	leave()
	if p := <-done; p == nil {
		t.Error("a client that has gone got an answer")
	}
	close(g.open)
	l.settle(t, q)
	if kept := ready(t, l, q); kept.State != answer.Hit || len(w.asked()) != 1 {
		t.Errorf("got %+v", kept)
	}
	if !l.InService() {
		t.Error("the client's going was taken for a failure of the file")
	}
}

// What was not pulled whole does not count.
func TestPullsThatEndBefore(t *testing.T) {
	for name, fail := range map[string]func() *problem.Problem{
		"with a problem": func() *problem.Problem { return problem.New(problem.PlatformTimeout, "no") },
		"with a panic":   func() *problem.Problem { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.fill(20)
			w.size = 3
			l := open(t, w)
			failing := func(_ context.Context, n int) *problem.Problem {
				if n == 4 {
					return fail()
				}
				return nil
			}
			w.page = failing
			q := w.question(noon.Add(-18*day), time.Time{})
			if kept, p := l.Ready(t.Context(), q); p == nil {
				t.Fatalf("got %+v", kept)
			}
			if v := l.View(t.Context(), q); v != nil {
				t.Error("half of the rows are taken for all of them")
			}
			w.page = nil
			ready(t, l, q)
			wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
			// changes: the next pull asks for them again
			for _, id := range w.ids() {
				w.put(id, w.rows[id].Occurred, "changed "+id)
			}
			w.pass(hour)
			w.page = failing
			if kept := ready(t, l, q); kept.State != answer.Stale || kept.Failed == nil {
				t.Fatalf("got %+v", kept)
			}
			w.page = nil
			w.pass(hour)
			ready(t, l, q)
			wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
		})
	}
}

// A pull that takes too long is a failure, and not of the file.
func TestPullsThatTakeTooLong(t *testing.T) {
	w := newWorld()
	w.fill(2)
	l := openAt(t, w, t.TempDir()+"/ledger.db", func(c *Config) { c.Deadline = time.Millisecond })
	w.page = func(ctx context.Context, _ int) *problem.Problem {
		<-ctx.Done()
		return nil
	}
	_, p := l.Ready(t.Context(), w.question(time.Time{}, time.Time{}))
	if p == nil || p.Code != problem.PlatformTimeout || !strings.Contains(p.Detail, "1ms") {
		t.Errorf("got %v", p)
	}
	if !l.InService() {
		t.Error("the file is out of use")
	}
}

// Closing ends pulls that are under way.
func TestCloseEndsPulls(t *testing.T) {
	w := newWorld()
	w.fill(2)
	l := open(t, w)
	arrived := make(chan struct{})
	w.page = func(ctx context.Context, _ int) *problem.Problem {
		close(arrived)
		<-ctx.Done()
		return problem.New(problem.PlatformTimeout, "the call was ended")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if kept, p := l.Ready(context.WithoutCancel(t.Context()), w.question(time.Time{}, time.Time{})); kept != nil || p == nil {
			t.Errorf("got %v, %v", kept, p)
		}
	}()
	<-arrived
	l.Close()
	<-done
}

// Scopes have nothing to do with each other.
func TestScopesAreApart(t *testing.T) {
	l := open(t, newWorld())
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			w := newWorld()
			w.put("same", noon.Add(-hour), fmt.Sprint("row of ", i))
			q := w.question(time.Time{}, time.Time{})
			q.Scope = fmt.Sprint("scope ", i)
			for range 5 {
				ready(t, l, q)
				wantRows(t, read(t, l, q, Select{}), []string{fmt.Sprint("row of ", i)})
			}
		})
	}
	group.Wait()
}
