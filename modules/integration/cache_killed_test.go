package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// built is a gateway in a process of its own, as operators run it.
type built struct {
	*gateway
	binary, file string
	process      *exec.Cmd
	output       *bytes.Buffer // to be read when the process has ended
}

// build builds the gateway, and writes its Caddyfile.
func build(t *testing.T, lines ...string) *built {
	t.Helper()
	dir := t.TempDir()
	b := &built{gateway: &gateway{t: t, address: freeAddress(t), data: filepath.Join(dir, "data")}, binary: filepath.Join(dir, "tributary"), file: filepath.Join(dir, "Caddyfile")}
	b.url = "http://" + b.address
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", b.binary, "../..").CombinedOutput(); err != nil {
		t.Fatalf("building the gateway: %v\n%s", err, out)
	}
	text := fmt.Sprintf("{\nadmin off\nauto_https off\npersist_config off\nlog {\nlevel WARN\n}\ntributary {\ndata_dir %s\n%s\n}\n}\n%s {\nunified_api /v1/*\n}\n", b.data, strings.Join(lines, "\n"), b.url)
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// run starts the process and returns when it serves.
func (b *built) run() {
	b.t.Helper()
	b.output = &bytes.Buffer{}
	b.process = exec.CommandContext(b.t.Context(), b.binary, "run", "--config", b.file, "--adapter", "caddyfile")
	b.process.Env = append(os.Environ(), "XDG_DATA_HOME="+filepath.Dir(b.file), "XDG_CONFIG_HOME="+filepath.Dir(b.file))
	b.process.Stdout, b.process.Stderr = b.output, b.output
	if err := b.process.Start(); err != nil {
		b.t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		if status, _ := b.try(b.t.Context(), "/v1/readyz", nil); status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			b.kill()
			b.t.Fatalf("the gateway does not start:\n%s", b.output)
		}
		time.Sleep(20 * time.Millisecond) // a process tells nobody that it listens
	}
}

// kill ends the process as a crash of the machine would.
func (b *built) kill() {
	_ = b.process.Process.Kill()
	_ = b.process.Wait() // killed
}

// try asks where an answer may never come; the status is 0 then.
func (b *built) try(ctx context.Context, path string, header http.Header) (int, []byte) {
	req, err := http.NewRequestWithContext(ctx, "GET", b.url+path, nil)
	if err != nil {
		return 0, nil
	}
	maps.Copy(req.Header, header)
	req.Header.Set("X-Api-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, body
}

// right checks an answer that has come.
func (b *built) right(p *platforms, q question, body []byte) {
	var r reportPage
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&r); err != nil {
		b.t.Errorf("%v in %s", err, body)
		return
	}
	r.sums(b.t).equal(b.t, q.expected(p))
}

// killedQuestions are those of a round: of days that no other round asks for, in months
// that are long past.
func killedQuestions(round int) []question {
	var list []question
	for _, name := range platformNames {
		from := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -350+15*round)
		for part := range 3 {
			day := from.AddDate(0, 0, 5*part)
			list = append(list, question{name, day, day.AddDate(0, 0, 4)})
		}
	}
	return list
}

// A gateway that is killed while it writes what it keeps starts again, and everything
// that it then has is right.
func TestKilledWhileItWrites(t *testing.T) {
	const rounds = 10
	p := newPlatformsAt(t, time.Now)
	lines := []string{client}
	for _, name := range platformNames {
		lines = append(lines, p.native[name].caddyfile())
	}
	b := build(t, lines...)
	var all []question
	kept := 0
	for round := range rounds {
		b.run()
		kept += b.keptOf(p, all[max(0, len(all)-len(platformNames)*6):]) // of the last two rounds
		asked := killedQuestions(round)
		all = append(all, asked...)
		b.killAmid(p, asked, round)
	}
	b.run()
	defer b.kill()
	if kept += b.keptOf(p, all); kept == 0 {
		t.Error("nothing was ever kept, so that nothing is proved")
	}
	for _, q := range all {
		b.answers(p, q, nil)
	}
}

// keptOf asks for what is kept of some questions, checks that it is right, and returns how
// many were.
func (b *built) keptOf(p *platforms, questions []question) (kept int) {
	b.t.Helper()
	for _, q := range questions {
		switch status, body := b.try(b.t.Context(), q.path(), onlyKept); status {
		case http.StatusOK:
			kept++
			b.right(p, q, body)
		case http.StatusGatewayTimeout:
		default:
			b.t.Errorf("%d %s", status, body)
		}
	}
	return kept
}

// killAmid asks the questions, and kills the gateway in the middle: after some answers, or
// as soon as its store is seen to grow after these.
func (b *built) killAmid(p *platforms, questions []question, round int) {
	wanted := int64(1 + round*5%len(questions))
	var answered atomic.Int64
	amid := make(chan struct{})
	var asking sync.WaitGroup
	next := make(chan question, len(questions))
	for _, q := range questions {
		next <- q
	}
	close(next)
	for range 4 {
		asking.Go(func() {
			for q := range next {
				if status, body := b.try(b.t.Context(), q.path(), nil); status == http.StatusOK {
					b.right(p, q, body)
					if answered.Add(1) == wanted {
						close(amid)
					}
				}
			}
		})
	}
	<-amid
	if round%2 == 1 {
		b.awaitGrowth()
	}
	b.kill()
	asking.Wait()
}

// awaitGrowth returns when the files of the store have grown.
func (b *built) awaitGrowth() {
	size := func() (n int64) {
		files, _ := filepath.Glob(filepath.Join(b.data, "cache.db*"))
		for _, f := range files {
			if info, err := os.Stat(f); err == nil {
				n += info.Size()
			}
		}
		return n
	}
	before := size()
	for deadline := time.Now().Add(5 * time.Second); size() == before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // files tell nobody that they grow
	}
}
