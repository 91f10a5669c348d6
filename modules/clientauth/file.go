package clientauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"
)

// clientsFile is the form of a file of clients.
type clientsFile struct {
	Clients []Client `json:"clients"`
}

// ReadFile reads a file of clients, as [WriteFile] writes it. A file that does
// not exist holds no clients. Unknown members are refused.
func ReadFile(path string) ([]Client, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading clients: %w", err)
	}
	var f clientsFile
	if err := caddy.StrictUnmarshalJSON(b, &f); err != nil {
		return nil, fmt.Errorf("reading clients of %s: %w", path, err)
	}
	for i := range f.Clients {
		f.Clients[i].DeclaredAt = path
		if err := f.Clients[i].Validate(); err != nil {
			return nil, err
		}
	}
	return f.Clients, nil
}

// WriteFile replaces a file of clients, whole or not at all: a gateway that
// reads at the same moment sees the old clients or the new ones. Only the
// file's owner may read it.
func WriteFile(path string, clients []Client) error {
	f := clientsFile{Clients: make([]Client, len(clients))}
	for i, c := range clients {
		c.DeclaredAt = "" // is the path itself
		f.Clients[i] = c
	}
	b, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return fmt.Errorf("encoding clients: %w", err)
	}
	if err := writeAtomically(path, append(b, '\n')); err != nil {
		return fmt.Errorf("writing clients: %w", err)
	}
	return nil
}

func writeAtomically(path string, b []byte) error {
	// os.CreateTemp makes the file with mode 0600
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
