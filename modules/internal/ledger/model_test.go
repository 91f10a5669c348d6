package ledger

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Whatever happens at the platform and to the process: what is said to be as of a moment
// has every row as it was then, or later; and nothing that is not kept is said to be.
func TestAgainstAModel(t *testing.T) {
	folder := t.TempDir()
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		w := newWorld()
		w.size = rapid.IntRange(1, 5).Draw(r, "page")
		w.behind = time.Duration(rapid.IntRange(-3, 20).Draw(r, "behind")) * hour
		path := filepath.Join(folder, fmt.Sprint(runs, ".db"))
		l := openAt(t, w, path, nil)
		defer func() { l.Close() }()
		changed := map[string]time.Time{} // when the row last changed, by the clock of the gateway
		id := rapid.Custom(func(r *rapid.T) string { return fmt.Sprint("id", rapid.IntRange(0, 12).Draw(r, "id")) })
		moment := rapid.Custom(func(r *rapid.T) time.Time {
			return noon.Add(-time.Duration(rapid.IntRange(0, 60).Draw(r, "days")) * day)
		})
		n := 0
		r.Repeat(map[string]func(*rapid.T){
			"a row changes": func(r *rapid.T) {
				name := id.Draw(r, "row")
				w.pass(time.Second) // a pull at the same moment would be before or after it
				w.put(name, moment.Draw(r, "moment"), fmt.Sprint(name, " ", n))
				changed[name] = w.now()
				n++
			},
			"a row vanishes": func(r *rapid.T) {
				name := id.Draw(r, "row")
				w.remove(name)
				delete(changed, name)
			},
			"time passes": func(r *rapid.T) {
				w.pass(time.Duration(rapid.IntRange(1, 5000).Draw(r, "seconds")) * time.Second)
			},
			"the platform fails": func(r *rapid.T) {
				w.failed = problem.New(problem.PlatformUnavailable, "no")
			},
			"the platform is back": func(r *rapid.T) { w.failed = nil },
			"a change through the gateway": func(r *rapid.T) {
				name := id.Draw(r, "row")
				w.pass(time.Second) // a pull at the same moment would be before or after it
				w.put(name, moment.Draw(r, "moment"), fmt.Sprint(name, " ", n))
				changed[name] = w.now()
				n++
				l.Touched("shop")
			},
			"the process is started anew": func(r *rapid.T) {
				l.Close()
				l = openAt(t, w, path, nil)
			},
			"rows are removed": func(r *rapid.T) {
				if _, err := l.Drop(t.Context(), "shop"); err != nil {
					r.Fatal(err)
				}
			},
			"a question": func(r *rapid.T) {
				q := w.question(time.Time{}, time.Time{})
				if rapid.Bool().Draw(r, "bounded") {
					q.From = moment.Draw(r, "from")
				}
				if rapid.Bool().Draw(r, "ended") {
					q.To = moment.Draw(r, "to")
				}
				kept, p := l.Ready(t.Context(), q)
				if p != nil {
					if w.failed == nil {
						r.Fatalf("%s: %s", p.Code, p.Detail)
					}
					return
				}
				if kept == nil {
					r.Fatal("the ledger cannot say")
				}
				if kept.State != answer.Stale && w.now().Sub(kept.AsOf) >= q.Policy.life(q.To, kept.AsOf) {
					r.Fatalf("%s, as of %s, at %s", kept.State, kept.AsOf, w.now())
				}
				got := read(t, l, q, Select{Limit: rapid.IntRange(1, 7).Draw(r, "limit")})
				want := w.truth(q.From, q.To)
				if kept.State == answer.Miss && kept.AsOf.Equal(w.now()) {
					for _, row := range want { // what has vanished may be there yet
						if !slices.Contains(got, row) {
							r.Fatalf("just pulled: %q, want %q", got, want)
						}
					}
				}
				for name, at := range changed {
					row := w.rows[name]
					if !at.Before(kept.AsOf) {
						continue // it may be as it was before
					}
					if has, should := slices.Contains(got, string(row.Data)), slices.Contains(want, string(row.Data)); has != should {
						r.Fatalf("%s, changed at %s, of what is as of %s: %v, want %v", name, at, kept.AsOf, has, should)
					}
				}
			},
		})
	})
}
