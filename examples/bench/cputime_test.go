package main

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseStat(t *testing.T) {
	pid, parent, cpu, ok := parseStat("4711 (a (b) c) S 17 4711 1 0 -1 4194304 1 2 3 4 250 150 9 9 20 0 3 0 100 1 1")
	assert.True(t, ok)
	assert.Equal(t, []any{4711, 17, 4 * time.Second}, []any{pid, parent, cpu})
	for _, line := range []string{"", "4711 (a", "4711 (a) S 17", "x (a) S 17 1 1 0 -1 0 1 2 3 4 5 6 7"} {
		_, _, _, ok := parseStat(line)
		assert.False(t, ok, line)
	}
}

func TestCPUTimeOfThisProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		assert.Zero(t, (&process{pid: os.Getpid()}).cpuTime())
		return
	}
	p := &process{pid: os.Getpid()}
	deadline := time.Now().Add(10 * time.Second)
	for before := p.cpuTime(); p.cpuTime() <= before; { // which takes some
		if time.Now().After(deadline) {
			t.Fatal("no CPU time is counted")
		}
	}
}

func TestPerRequest(t *testing.T) {
	assert.Equal(t, "2.5µs", perRequest(time.Millisecond, 400))
	assert.Equal(t, "-", perRequest(0, 400))
}
