package clientauth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// A change takes milliseconds: whoever waits longer than lockWait waits for a
// command that was killed and cannot take its lock away any more.
const (
	lockWait  = 10 * time.Second
	lockRetry = 10 * time.Millisecond
)

// lockFile makes a file that nobody else can make until unlock removes it,
// which works alike on every system. While there is one already it waits, for
// at most lockWait or until ctx ends.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() error { return os.Remove(path) }, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for another command: %w; if none is running, remove %s", ctx.Err(), path)
		case <-time.After(lockRetry):
		}
	}
}
