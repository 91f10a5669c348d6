package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secretSize is the size of a secret of the gateway's own, in bytes.
const secretSize = 32

// secret is random and the gateway's own. It stays the same across restarts, in
// a file that the gateway's user alone may read; gateways that share the file
// share the secret.
type secret struct {
	path  string
	value []byte
	saved bool
}

// secretKey is what a secret belongs to.
type secretKey struct{ path string }

// secret borrows a secret, so that one that cannot be saved lasts as long as the process.
func (l *lease) secret(path string) (*secret, error) {
	return borrow(l, secretKey{path}, func() (*secret, error) { return loadSecret(path) })
}

// loadSecret reads a secret, or makes one up when there is none. It writes
// nothing: a configuration that is only validated leaves no file behind, which
// might belong to the wrong user.
func loadSecret(path string) (*secret, error) {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b = make([]byte, secretSize)
		_, _ = rand.Read(b) // never fails: it ends the program instead
		return &secret{path: path, value: b}, nil
	case err != nil:
		return nil, fmt.Errorf("reading a secret: %w", err)
	case len(b) != secretSize:
		return nil, fmt.Errorf("reading a secret: %s holds %d bytes, not %d; delete it to have a new one made", path, len(b), secretSize)
	}
	return &secret{path: path, value: b, saved: true}, nil
}

// save keeps a secret that was made up. It never replaces one: a link appears
// whole, and only if there is none yet.
func (s *secret) save() (err error) {
	if s.saved {
		return nil
	}
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("saving a secret: %w", err)
	}
	// os.CreateTemp makes the file with mode 0600
	tmp, err := os.CreateTemp(dir, ".*")
	if err != nil {
		return fmt.Errorf("saving a secret: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(s.value)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Link(tmp.Name(), s.path)
	}
	if err != nil {
		return fmt.Errorf("saving a secret: %w", err)
	}
	s.saved = true
	return nil
}
