package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU times in /proc (USER_HZ, 100 a second on every architecture
// that Linux has).
const clockTick = 10 * time.Millisecond

// cpuTime is the CPU time that the process and its children have taken so far, zero where
// there is no /proc to tell.
func (p *process) cpuTime() (total time.Duration) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		if pid, parent, cpu, ok := parseStat(string(text)); ok && (pid == p.pid || parent == p.pid) {
			total += cpu
		}
	}
	return total
}

// parseStat reads a line of /proc/<pid>/stat (proc(5)): the name, in parentheses, may hold anything.
func parseStat(line string) (pid, parent int, cpu time.Duration, ok bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < 0 {
		return 0, 0, 0, false
	}
	fields := strings.Fields(line[end+1:]) // from the third on
	if len(fields) < 13 {
		return 0, 0, 0, false
	}
	var n [4]int
	for i, text := range []string{strings.TrimSpace(line[:open]), fields[1], fields[11], fields[12]} {
		var err error
		if n[i], err = strconv.Atoi(text); err != nil {
			return 0, 0, 0, false
		}
	}
	return n[0], n[1], time.Duration(n[2]+n[3]) * clockTick, true
}

// perRequest is the CPU time of one request.
func perRequest(cpu time.Duration, requests int64) string {
	if cpu == 0 || requests == 0 {
		return "-"
	}
	return fmt.Sprint((cpu / time.Duration(requests)).Round(100 * time.Nanosecond))
}
