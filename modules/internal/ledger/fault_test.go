package ledger

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// witness notes what an observer is told.
type witness struct {
	mu     sync.Mutex
	failed []string
	served map[string]int
}

func (o *witness) Served(_, _, outcome string, _ int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.served == nil {
		o.served = map[string]int{}
	}
	o.served[outcome]++
}

func (o *witness) StoreFailed(doing string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed = append(o.failed, doing)
}

func (o *witness) failures() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.failed, " ")
}

// reopened waits until the file is in use again after its rest.
func reopened(t *testing.T, w *world, l *Ledger) {
	t.Helper()
	w.pass(30 * time.Second)
	l.InService()
	if !l.Opened(t.Context()) {
		t.Fatalf("the ledger is not open: %v", l.reason())
	}
}

// Where the file cannot be opened the ledger cannot say, and tries again after a while.
func TestFilesThatCannotBeOpened(t *testing.T) {
	w := newWorld()
	w.fill(3)
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(folder, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &witness{}
	var warnings []string
	l := New(Config{Path: filepath.Join(folder, "ledger.db"), Now: w.now, Observer: o, Warn: func(m string, err error) { warnings = append(warnings, m+": "+err.Error()) }})
	t.Cleanup(l.Close)
	l.Start()
	if l.Opened(t.Context()) {
		t.Fatal("it is open")
	}
	q := w.question(time.Time{}, time.Time{})
	for range 3 {
		if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil {
			t.Fatalf("got %v, %v", kept, p)
		}
	}
	w.pass(30 * time.Second)
	l.InService()
	l.Opened(t.Context())
	if len(warnings) != 1 || !slices.Equal(o.failed, []string{"opening", "opening"}) {
		t.Errorf("warned of %q, counted %q; want one warning and two failures", warnings, o.failures())
	}
	stats, err := l.Stats(t.Context())
	if err != nil || stats.InService || stats.Error == nil {
		t.Errorf("the statistics say %+v, %v", stats, err)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	reopened(t, w, l)
	ready(t, l, q)
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// A file that is none, or of another version, is put aside.
func TestFilesOfOthers(t *testing.T) {
	for name, content := range map[string][]byte{
		"text":          bytes.Repeat([]byte("this is no database. "), 2000),
		"a short text":  []byte("hello"),
		"half a header": []byte("SQLite format 3\x00 and then nonsense" + strings.Repeat("x", 5000)),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.fill(3)
			path := filepath.Join(t.TempDir(), "ledger.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			l := openAt(t, w, path, nil)
			q := w.question(time.Time{}, time.Time{})
			ready(t, l, q)
			wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
			if aside, err := os.ReadFile(path + ".damaged"); err != nil || !bytes.Equal(aside, content) {
				t.Errorf("what was there is gone: %v", err)
			}
		})
	}
	t.Run("another version", func(t *testing.T) {
		w := newWorld()
		path := filepath.Join(t.TempDir(), "ledger.db")
		l := openAt(t, w, path, nil)
		if _, err := l.db.writer.Exec("PRAGMA user_version = 99"); err != nil {
			t.Fatal(err)
		}
		l.Close()
		ready(t, openAt(t, w, path, nil), w.question(time.Time{}, time.Time{}))
		if _, err := os.Stat(path + ".damaged"); err != nil {
			t.Error(err)
		}
	})
}

// A row that was altered in the file is not answered: the file is begun anew.
func TestAlteredRows(t *testing.T) {
	for name, statement := range map[string]string{
		"its bytes":      "UPDATE rows SET data = CAST('{\"n\":9}' AS BLOB) WHERE id = 'r1'",
		"its moment":     "UPDATE rows SET occurred = occurred + 1000000 WHERE id = 'r1'",
		"its identifier": "UPDATE rows SET id = 'r9' WHERE id = 'r1'",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.fill(3)
			o := &witness{}
			l := openAt(t, w, filepath.Join(t.TempDir(), "ledger.db"), func(c *Config) { c.Observer = o })
			q := w.question(time.Time{}, time.Time{})
			ready(t, l, q)
			if _, err := l.db.writer.Exec(statement); err != nil {
				t.Fatal(err)
			}
			v := l.View(t.Context(), q)
			_, err := v.Rows(t.Context(), Select{Limit: 10}, func([]byte) {})
			v.Close()
			if !errors.Is(err, errDamaged) {
				t.Errorf("got %v", err)
			}
			if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil || o.failures() != "reading" {
				t.Errorf("got %v, %v, counted %q", kept, p, o.failures())
			}
			reopened(t, w, l)
			if kept := ready(t, l, q); kept.State != answer.Miss {
				t.Errorf("got %+v", kept)
			}
			wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
		})
	}
}

// A file whose middle was overwritten never answers wrongly.
func TestDamagedFiles(t *testing.T) {
	w := newWorld()
	w.fill(3000)
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, w, path, nil)
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	l.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 16384; at < len(whole); at += 16384 {
		broken := bytes.Clone(whole)
		for i := at + 100; i < at+300; i++ {
			broken[i] ^= 0x5a
		}
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		l := openAt(t, w, path, nil)
		kept, p := l.Ready(t.Context(), q)
		if p != nil {
			t.Fatalf("byte %d: %v", at, p)
		}
		if kept != nil {
			if v := l.View(t.Context(), q); v != nil {
				var got []string
				_, err := v.Rows(t.Context(), Select{Limit: 10_000}, func(data []byte) { got = append(got, string(data)) })
				v.Close()
				if err == nil {
					wantRows(t, got, w.truth(q.From, q.To))
				}
			}
		}
		l.Close()
	}
}

// A full disk puts the ledger out of use, and costs nobody an answer.
func TestFullDisk(t *testing.T) {
	w := newWorld()
	w.fill(5)
	o := &witness{}
	l := openAt(t, w, filepath.Join(t.TempDir(), "ledger.db"), func(c *Config) { c.Observer = o })
	q := w.question(time.Time{}, time.Time{})
	ready(t, l, q)
	var pages int
	if err := l.db.writer.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := l.db.writer.Exec("PRAGMA max_page_count = 6"); err != nil {
		t.Fatal(err)
	}
	w.put("large", noon, strings.Repeat("x", 1<<20))
	w.pass(hour)
	if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil {
		t.Fatalf("got %+v, %v", kept, p)
	}
	if o.failures() != "writing" {
		t.Errorf("counted %q", o.failures())
	}
	reopened(t, w, l) // there is room again
	ready(t, l, q)
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// Removed rows are removed for good, also beneath a question that is being answered.
func TestDrop(t *testing.T) {
	w := newWorld()
	w.fill(5000)
	o := &witness{}
	l := openAt(t, w, filepath.Join(t.TempDir(), "ledger.db"), func(c *Config) { c.Observer = o })
	q := w.question(time.Time{}, time.Time{})
	other := w.question(time.Time{}, time.Time{})
	other.Platform, other.Scope = "other", "other"
	ready(t, l, q)
	ready(t, l, other)
	if n, err := l.Drop(t.Context(), "shop"); n != 5000 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	if v := l.View(t.Context(), q); v != nil {
		t.Error("they are still there")
		v.Close()
	}
	wantRows(t, read(t, l, other, Select{Limit: 1000}), w.truth(q.From, q.To))
	if kept := ready(t, l, q); kept.State != answer.Miss {
		t.Errorf("got %+v", kept)
	}
	stats, err := l.Stats(t.Context())
	if err != nil || !stats.InService || stats.Bytes == 0 || len(stats.Scopes) != 2 {
		t.Fatalf("the statistics say %+v, %v", stats, err)
	}
	var size int64
	for _, text := range w.truth(time.Time{}, time.Time{}) {
		size += int64(len(text))
	}
	want := ScopeStats{Platform: "other", Operation: "conversions.list", Rows: 5000, Bytes: size, All: true, Pulled: noon, Whole: noon}
	if stats.Scopes[0] != want {
		t.Errorf("got %+v, want %+v", stats.Scopes[0], want)
	}
	if n, err := l.Drop(t.Context(), ""); n != 10_000 || err != nil {
		t.Errorf("removed %d of all, %v", n, err)
	}
	if o.failures() != "" || o.served["miss"] != 3 {
		t.Errorf("counted %q and %v", o.failures(), o.served)
	}
}

// A pull whose scope is removed beneath it does not bring it back.
func TestDropDuringAPull(t *testing.T) {
	w := newWorld()
	w.fill(10)
	l := open(t, w)
	g := newGate()
	w.page = g.wait
	q := w.question(time.Time{}, time.Time{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		if kept, p := l.Ready(context.WithoutCancel(t.Context()), q); kept != nil || p != nil {
			t.Errorf("got %+v, %v", kept, p)
		}
	}()
	<-g.arrived
	if _, err := l.Drop(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	close(g.open)
	<-done
	ready(t, l, q)
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
}

// Rows that nobody asks for, of mappings that were changed and accounts that are gone, are
// removed after a while.
func TestScopesThatNobodyAsksFor(t *testing.T) {
	w := newWorld()
	w.fill(10)
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, w, path, nil)
	before, after := w.question(time.Time{}, time.Time{}), w.question(time.Time{}, time.Time{})
	before.Scope, after.Scope = "a mapping", "the mapping, changed"
	ready(t, l, before)
	for range 36 {
		w.pass(day)
		ready(t, l, after)
		l.settle(t, after)
	}
	l.Close()
	l = openAt(t, w, path, nil)
	l.work.Wait() // for what is done behind the back
	stats, err := l.Stats(t.Context())
	if err != nil || len(stats.Scopes) != 1 || stats.Scopes[0].Rows != 10 {
		t.Errorf("there are %+v, %v", stats.Scopes, err)
	}
	if kept := ready(t, l, after); kept.Requests != 0 {
		t.Errorf("got %+v", kept)
	}
}

// A pull that outlives its scope, of which a question has made another one meanwhile,
// says nothing of that one.
func TestPullsThatOutliveTheirScope(t *testing.T) {
	w := newWorld()
	w.fill(10)
	w.size = 2
	l := open(t, w)
	q := w.question(time.Time{}, time.Time{})
	w.page = func(_ context.Context, number int) *problem.Problem {
		if number == 4 {
			w.page = nil // of the question within
			if _, err := l.Drop(t.Context(), "shop"); err != nil {
				t.Error(err)
			}
			within := w.question(noon.Add(-2*day), time.Time{})
			ready(t, l, within)
			wantRows(t, read(t, l, within, Select{}), w.truth(within.From, within.To))
		}
		return nil
	}
	if kept, p := l.Ready(t.Context(), q); kept != nil || p != nil {
		t.Errorf("got %+v, %v", kept, p)
	}
	kept := ready(t, l, q)
	if kept.State != answer.Miss {
		t.Errorf("what was removed is covered: %+v", kept)
	}
	wantRows(t, read(t, l, q, Select{}), w.truth(q.From, q.To))
	var orphans int
	if err := l.db.reader.QueryRow("SELECT count(*) FROM rows WHERE scope NOT IN (SELECT number FROM scopes)").Scan(&orphans); err != nil || orphans != 0 {
		t.Errorf("%d rows belong to nothing, %v", orphans, err)
	}
}

// What another process removes is not taken for kept.
func TestFilesOfTwoProcesses(t *testing.T) {
	w := newWorld()
	w.fill(10)
	path := filepath.Join(t.TempDir(), "ledger.db")
	one, two := openAt(t, w, path, nil), openAt(t, w, path, nil)
	q := w.question(time.Time{}, time.Time{})
	ready(t, one, q)
	if kept := ready(t, two, q); kept.State != answer.Hit {
		t.Errorf("the second process: %+v", kept)
	}
	wantRows(t, read(t, two, q, Select{}), w.truth(q.From, q.To))
	if n, err := one.Drop(t.Context(), "shop"); n != 10 || err != nil {
		t.Fatal(n, err)
	}
	ready(t, two, q) // it does not know yet
	if v := two.View(t.Context(), q); v != nil {
		t.Fatal("removed rows are shown")
	}
	if kept := ready(t, two, q); kept.State != answer.Miss {
		t.Errorf("afterwards: %+v", kept)
	}
	wantRows(t, read(t, two, q, Select{}), w.truth(q.From, q.To))
}
