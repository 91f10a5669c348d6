//go:build unix

package disk

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const limitedFolder = "DISK_TEST_LIMITED_FOLDER"

// TestFilesThatMayNotGrow has the operating system refuse to write, as it does with
// `ulimit -f`. The limit is that of a process, so it runs in another one.
func TestFilesThatMayNotGrow(t *testing.T) {
	dir := os.Getenv(limitedFolder)
	if dir == "" {
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFilesThatMayNotGrow$", "-test.v")
		again.Env = append(os.Environ(), limitedFolder+"="+t.TempDir())
		out, err := again.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "PASS: TestFilesThatMayNotGrow")
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // the error is wanted, not the signal
	s := openAt(t, dir)
	var old syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old))
	limit := func(bytes uint64) {
		next := old
		next.Cur = bytes
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &next))
	}
	limit(1 << 20)
	tryFull(t, s, func() { limit(old.Cur) })
}
