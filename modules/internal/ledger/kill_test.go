package ledger

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// killedPath tells a process of the tests that it is the one to be killed.
const killedPath = "TRIBUTARY_TEST_LEDGER"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedPath); path != "" {
		pullUntilKilled(path)
	}
	os.Exit(m.Run())
}

// endless is a platform whose rows follow from the time, so that whoever knows the time
// knows them. Every row changes now and then.
type endless struct{ rows int }

func (e endless) row(n int, at time.Time) Row {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, int64(n))
	period := time.Duration(20+h.Sum64()%500) * time.Second
	updated := at.Truncate(period)
	return Row{
		ID: strconv.Itoa(n), Occurred: noon.Add(-time.Duration(n) * hour), Updated: updated,
		Data: fmt.Appendf(nil, `{"n":%d,"updated":%d,"text":"%0*d"}`, n, updated.Unix(), 50+n%900, n),
	}
}

func (e endless) within(span Span, at time.Time) []Row {
	var out []Row
	for n := range e.rows {
		if r := e.row(n, at); !r.Occurred.Before(span.From) && (span.To.IsZero() || r.Occurred.Before(span.To)) && !r.Updated.Before(span.Since) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Compare(a.Occurred.Unix(), b.Occurred.Unix()) })
	return out
}

// pullUntilKilled asks for more and more, and says when it has begun.
func pullUntilKilled(path string) {
	e := endless{rows: 400}
	now := noon
	if text, err := os.ReadFile(path + ".clock"); err == nil {
		n, _ := strconv.ParseInt(string(text), 10, 64)
		now = time.Unix(n, 0).UTC()
	}
	l := New(Config{Path: path, Now: func() time.Time { return now }})
	l.Start()
	if !l.Opened(context.Background()) {
		fmt.Println("not open:", l.reason())
		os.Exit(1)
	}
	for i := 0; ; i++ {
		q := &Question{
			Platform: "shop", Operation: "conversions.list", Scope: "scope", Overlap: hour, Whole: hour, Policy: Policy{Open: time.Second},
			From: noon.Add(-time.Duration(10+i*7%400) * hour),
			Pull: func(_ context.Context, span Span, put func([]Row) error) (int, *problem.Problem) {
				for page := range slices.Chunk(e.within(span, now), 9) {
					if put(page) != nil {
						break
					}
				}
				return 1, nil
			},
		}
		if kept, p := l.Ready(context.Background(), q); kept == nil {
			fmt.Println("not ready:", p, l.reason())
			os.Exit(1)
		}
		if i == 0 {
			fmt.Println("begun")
		}
		now = now.Add(30 * time.Second)
		if err := os.WriteFile(path+".clock.new", strconv.AppendInt(nil, now.Unix(), 10), 0o600); err != nil {
			os.Exit(1)
		}
		_ = os.Rename(path+".clock.new", path+".clock")
	}
}

// A process that is killed while it pulls leaves a file that opens, and that claims to
// cover nothing that it does not have.
func TestKilled(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	began := time.Now()
	covered := 0
	for round := range rounds {
		if round >= 25 && time.Since(began) > time.Minute {
			rounds = round // enough for a busy machine
			break
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), killedPath+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || line != "begun\n" {
			rest, _ := io.ReadAll(out)
			_ = cmd.Process.Kill()
			t.Fatalf("round %d: %q %s %v", round, line, rest, err)
		}
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Microsecond) // it is killed anywhere
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		covered += checkFile(t, path)
	}
	if covered < rounds {
		t.Errorf("only %d rows were ever covered", covered)
	}
}

// checkFile checks the file against what the platform had, and returns how many rows it
// covers.
func checkFile(t *testing.T, path string) int {
	t.Helper()
	w := newWorld()
	l := openAt(t, w, path, nil)
	defer l.Close()
	if _, err := os.Stat(path + ".damaged"); err == nil {
		t.Fatal("the file was damaged")
	}
	var verdict string
	if err := l.db.writer.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("the file is %s, %v", verdict, err)
	}
	var st state
	if err := l.db.reader.QueryRow("SELECT " + stateColumns + " FROM scopes WHERE scope = 'scope'").Scan(st.fields()...); err != nil {
		t.Fatal(err)
	}
	if !st.covered.Valid {
		return 0
	}
	v := l.View(t.Context(), &Question{Scope: "scope", From: moment(st.covered.Int64)})
	defer v.Close()
	got := map[string]int{}
	if _, err := v.Rows(t.Context(), Select{From: moment(st.covered.Int64), Limit: 10_000}, func(data []byte) { got[string(data)]++ }); err != nil {
		t.Fatal(err)
	}
	e := endless{rows: 400}
	n := 0
	pulled := moment(st.pulled)
	for _, row := range e.within(Span{From: moment(st.covered.Int64)}, pulled) {
		n++
		// as it was at the pull, or later: rows are written before what they amount to
		found := 0
		for at := pulled; at.Before(pulled.Add(hour)) && found == 0; at = at.Add(time.Second) {
			id, _ := strconv.Atoi(row.ID)
			found = got[string(e.row(id, at).Data)]
		}
		if found != 1 {
			t.Fatalf("row %s is there %d times; it is covered since %s, and pulled at %s", row.ID, found, moment(st.covered.Int64), pulled)
		}
	}
	if len(got) != n {
		t.Fatalf("%d rows are there, want %d", len(got), n)
	}
	return n
}
