package idempotency

import (
	"errors"
	"sync"
)

// File is a store that is opened when it is first needed, and tried again as long
// as it cannot be. It is safe for concurrent use.
type File struct {
	path string

	mu     sync.Mutex
	store  *Store
	closed bool
}

// NewFile returns the file at a path. It touches nothing.
func NewFile(path string) *File { return &File{path: path} }

// Begin is [Store.Begin] of the file's store. It fails while the file cannot be
// opened.
func (f *File) Begin(client, key string, request Fingerprint) (*Claim, *Answer, error) {
	store, err := f.opened()
	if err != nil {
		return nil, nil, err
	}
	return store.Begin(client, key, request)
}

// Check opens the file where it is not open yet.
func (f *File) Check() error {
	_, err := f.opened()
	return err
}

func (f *File) opened() (*Store, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errors.New("the gateway is stopping")
	}
	if f.store == nil {
		var err error
		if f.store, err = Open(f.path, Options{}); err != nil {
			return nil, err
		}
	}
	return f.store, nil
}

// Close closes the store. It cannot be opened again.
func (f *File) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.store != nil {
		_ = f.store.Close() // everything in it is on the disk already
		f.store = nil
	}
}
