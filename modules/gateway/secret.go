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

// Secret returns a random secret of the gateway's own, of 32 bytes, which stays
// the same across restarts: it is kept in the data directory under its name,
// readable by the gateway's user alone, and made at the first call. Gateways
// that share the file share the secret.
func (a *App) Secret(name string) ([]byte, error) {
	path := filepath.Join(a.DataDir, "secrets", name)
	secret, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = createSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return secret, nil
}

func readSecret(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) != secretSize {
		return nil, fmt.Errorf("%s holds %d bytes, not %d; delete it to have a new secret made", path, len(b), secretSize)
	}
	return b, nil
}

// createSecret makes a secret, or returns the one that another process made in
// the meantime: a link appears whole, and only if there is none yet.
func createSecret(path string) ([]byte, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// os.CreateTemp makes the file with mode 0600
	tmp, err := os.CreateTemp(dir, ".*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails: it ends the program instead
	_, err = tmp.Write(secret)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		return readSecret(path)
	} else if err != nil {
		return nil, err
	}
	return secret, nil
}
