package clientauth

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/caddyserver/caddy/v2"
)

// Entry is one entry of a file of clients. An entry that cannot be used is
// nobody's, and takes nothing from the others.
type Entry struct {
	// Client is what the entry says. Of a malformed entry there is only the
	// name, where it can be read: without the restrictions that cannot be read
	// the client might do more than was meant.
	Client Client

	// Err says why the entry cannot be used; nil when it can.
	Err error

	raw json.RawMessage // the entry as the file has it; nil for a new one
}

// parseEntry reads an entry of the file at path. Unknown members make an entry
// malformed: one of them may be a restriction, misspelt.
func parseEntry(path string, raw json.RawMessage) Entry {
	e := Entry{raw: raw}
	err := caddy.StrictUnmarshalJSON(raw, &e.Client)
	e.Client.DeclaredAt = path
	if err == nil {
		e.Err = e.Client.Validate()
		return e
	}
	var named struct {
		Name string `json:"name"`
	}
	_ = json.Unmarshal(raw, &named) // what is wrong is known already
	e.Client = Client{Name: named.Name, DeclaredAt: path}
	e.Err = fmt.Errorf("%s: %w", e.Client.where(), err)
	return e
}

// encode returns the entry as a file has it: one that was read, as it was.
func (e *Entry) encode() (json.RawMessage, error) {
	if e.raw != nil {
		return e.raw, nil
	}
	c := e.Client
	c.DeclaredAt = "" // is the file itself
	return json.Marshal(c)
}

// Usable returns the clients of those entries that can be used beside the
// clients of the configuration, which come first; it fails when these cannot be used themselves.
// Every other entry gets an error: those with native accounts of their own,
// and those with a name or a key that a client of the configuration has, or an
// entry before them.
func Usable(configured []Client, entries []Entry) ([]Client, error) {
	r := newRoll()
	for i := range configured {
		if _, err := r.enter(&configured[i]); err != nil {
			return nil, err
		}
	}
	var usable []Client
	for i := range entries {
		e := &entries[i]
		if e.Err == nil && len(e.Client.Credentials) > 0 {
			e.Err = fmt.Errorf("%s: %w", e.Client.where(), errOwnCredentials)
		}
		if e.Err == nil {
			_, e.Err = r.enter(&e.Client)
		}
		if e.Err == nil {
			usable = append(usable, e.Client)
		}
	}
	return usable, nil
}

var errOwnCredentials = errors.New("only a client of the configuration itself has credentials of its own")
