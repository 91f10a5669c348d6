package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tributary-gateway/tributary/plugins"
)

// changesFile is the file, in the data directory, of the store that was told of the latest
// changes. It is empty where none was.
const changesFile = "cache.changes"

// changesKey is what the record of changes belongs to.
type changesKey struct{ path string }

// changes records which store was told of the latest changes at the platforms. Another
// one, which was not in use then, holds what may be untrue by now: it forgets everything
// before it is used again.
type changes struct {
	path string

	mu      sync.Mutex
	by      *App   // of the present configuration; nil: none
	present string // its store; empty: none
	missed  bool   // it has not forgotten what it was not told of
	said    string // what the file says
	known   bool   // the file was read or written
}

// use makes a store the one that is told from now on; empty: there is none. It returns
// whether changes were made that the store was not told of.
func (c *changes) use(by *App, store string) (missed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.present = by, store
	text, err := os.ReadFile(c.path)
	// a file that cannot be read may name another store
	c.said, c.known = string(text), err == nil
	c.missed = store != "" && !errors.Is(err, fs.ErrNotExist) && (err != nil || c.said != store)
	return c.missed
}

// leave makes it that no store is told, since the configuration ends.
func (c *changes) leave(by *App) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == by {
		c.by, c.present = nil, ""
	}
}

// forgotten tells that the present store has nothing left from before.
func (c *changes) forgotten() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missed = false
	return c.say(c.present)
}

// note records that a change was made.
func (c *changes) note() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.missed {
		return nil // the file names another store, as it has to until this one has forgotten
	}
	return c.say(c.present)
}

// untold records that the present store could not be told of a change.
func (c *changes) untold() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missed = true
	return c.say("")
}

// say writes the name of a store, unless that is what stands there.
func (c *changes) say(store string) (err error) {
	if c.known && c.said == store {
		return nil
	}
	defer func() {
		c.said, c.known = store, err == nil
		if err != nil {
			err = fmt.Errorf("recording which store knows of changes: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return err
	}
	// a name that is cut off is that of no store
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(store)
	return errors.Join(err, f.Sync(), f.Close())
}

// startStore begins to use the store. One that was not in use when things were changed
// forgets all it has: at once for whoever asks, and then on the disk.
func (a *App) startStore() {
	key := ""
	if a.store != nil {
		a.store.use(a.storeProvider)
		key = a.store.key
	}
	missed := a.changes.use(a, key)
	if missed {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		_, _ = a.answers.cache.Drop(now, plugins.StoreSelection{}) // holds before anything is read
	}
	a.answers.cache.Start()
	if !missed {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), openPatience)
	defer cancel()
	_, err := a.answers.cache.Drop(ctx, plugins.StoreSelection{})
	if err == nil {
		err = a.changes.forgotten()
	}
	warn := warner("cache")
	if err != nil {
		warn("things were changed while another store, or none, was in use; the next start forgets once more what is kept", err)
		return
	}
	warn("things were changed while another store, or none, was in use: what was kept is forgotten", nil)
}

// noteChange records a change, for stores that are not in use. told is whether the one
// that is was told of it.
func (a *App) noteChange(told bool) {
	err := a.changes.note()
	if !told {
		err = a.changes.untold()
	}
	if err != nil {
		warner("cache")("a store that is not in use does not learn of changes: purge it when it is used again", err)
	}
}
