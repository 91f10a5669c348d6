package integration

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// smallDisk is a folder on a disk that the test fills.
type smallDisk struct {
	t    *testing.T
	path string
	fill func() // so that nothing more can be written
	free func()
}

// newSmallDisk makes one on a file system of its own, where that is permitted, and else
// with the limit that a process may have for the size of its files.
func newSmallDisk(t *testing.T) *smallDisk {
	t.Helper()
	d := &smallDisk{t: t, path: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.path, "tmpfs", 0, "size=8m"); err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(d.path, 0); err != nil {
				t.Errorf("unmounting: %v", err)
			}
		})
		d.fill, d.free = d.fillUp, func() { _ = os.Remove(d.filler()) }
		return d
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // or the process would end
	d.fill = func() { d.limit(syscall.Rlimit{Cur: 4096, Max: before.Max}) }
	d.free = func() { d.limit(before) }
	t.Cleanup(func() {
		d.free()
		signal.Reset(syscall.SIGXFSZ)
	})
	return d
}

func (d *smallDisk) limit(to syscall.Rlimit) {
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &to); err != nil {
		d.t.Errorf("limiting the size of files: %v", err)
	}
}

func (d *smallDisk) filler() string { return filepath.Join(d.path, "filler") }

func (d *smallDisk) fillUp() {
	f, err := os.Create(d.filler())
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("filling the disk: %v", err)
	}
}

// storeFailures is how often the store has failed, as the metrics tell.
func (g *gateway) storeFailures() (n float64) {
	g.t.Helper()
	for _, m := range storeFailed.FindAllStringSubmatch(string(g.get("/metrics").body), -1) {
		count, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			g.t.Fatal(err)
		}
		n += count
	}
	return n
}

var storeFailed = regexp.MustCompile(`(?m)^tributary_\w*store\w*(?:failures|errors)\w*\{[^}]*\} (\S+)$`)

// A disk that is full costs what would have been written, and a warning: reports go on,
// and are kept on the disk again when there is room, without a restart.
func TestAFullDisk(t *testing.T) {
	disk := newSmallDisk(t)
	m := moveClock(t)
	p := newPlatforms(t)
	log := filepath.Join(t.TempDir(), "log")
	g := &gateway{t: t, address: freeAddress(t), data: disk.path}
	g.url = "http://" + g.address
	lines := []string{"{\nadmin off\nauto_https off\npersist_config off", "log {\noutput file " + log + "\nlevel WARN\n}", "tributary {\ndata_dir " + g.data, client}
	for _, name := range platformNames {
		lines = append(lines, p.native[name].caddyfile())
	}
	lines = append(lines, "}\n}", g.url+" {\nunified_api /v1/*\nmetrics /metrics\n}\n")
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(strings.Join(lines, "\n")), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatal(err)
	}
	load := func() {
		if err := caddy.Load(config, true); err != nil {
			t.Fatal(err)
		}
	}
	load()
	t.Cleanup(func() { _ = caddy.Stop() })
	question := func(name string, month time.Month) question {
		return question{name, time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, month, 28, 0, 0, 0, 0, time.UTC)}
	}
	for _, name := range platformNames {
		g.answers(p, question(name, time.January), nil)
	}
	g.stop() // so that all of it is written
	load()
	for _, name := range platformNames {
		g.answers(p, question(name, time.January), onlyKept)
	}

	before := g.storeFailures() // of the process, which other tests have used
	disk.fill()
	for _, name := range platformNames {
		g.answers(p, question(name, time.February), nil)
		g.answers(p, question(name, time.February), onlyKept) // of memory
	}
	g.eventually("a failure of the store in the metrics", func() bool { return g.storeFailures() > before })
	g.eventually("a warning in the log", func() bool {
		text, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(text), `"level":"warn"`) && strings.Contains(string(text), "store")
	})

	disk.free()
	m.pass(time.Minute) // after which the store is tried again
	for _, name := range platformNames {
		g.answers(p, question(name, time.March), nil)
	}
	g.stop()
	load()
	for _, name := range platformNames {
		g.answers(p, question(name, time.January), onlyKept)
		g.answers(p, question(name, time.March), onlyKept)
	}
	if text, err := os.ReadFile(log); err != nil || strings.Contains(string(text), `"level":"error"`) {
		t.Errorf("%v %s", err, text)
	}
}

// eventually waits for what the gateway does behind its answers.
func (g *gateway) eventually(what string, holds func() bool) {
	g.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("waited in vain for %s", what)
		}
	}
}
