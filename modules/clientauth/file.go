package clientauth

import (
	"context"
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
	Clients []json.RawMessage `json:"clients"`
}

// ReadFile reads a file of clients, as [WriteFile] writes it. A file that does
// not exist holds no entries. It fails when the file as a whole cannot be read;
// an entry that cannot be used says so itself.
func ReadFile(path string) ([]Entry, error) {
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
	entries := make([]Entry, len(f.Clients))
	for i, raw := range f.Clients {
		entries[i] = parseEntry(path, raw)
	}
	return entries, nil
}

// WriteFile replaces a file of clients, whole or not at all: a gateway that
// reads at the same moment sees the old entries or the new ones. Only the
// file's owner may read it. Use [EditFile] for a change of what is there.
func WriteFile(path string, entries []Entry) error {
	f := clientsFile{Clients: make([]json.RawMessage, len(entries))}
	for i := range entries {
		var err error
		if f.Clients[i], err = entries[i].encode(); err != nil {
			return fmt.Errorf("encoding clients: %w", err)
		}
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

// EditFile changes a file of clients, which need not exist. Of several changes
// at once each sees what the one before it has written: the others wait, until
// ctx ends or too long a time has passed. When edit fails nothing is written.
func EditFile(ctx context.Context, path string, edit func([]Entry) ([]Entry, error)) (err error) {
	unlock, err := lockFile(ctx, path+".lock")
	if err != nil {
		return fmt.Errorf("changing %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	entries, err := ReadFile(path)
	if err != nil {
		return err
	}
	if entries, err = edit(entries); err != nil {
		return err
	}
	return WriteFile(path, entries)
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
