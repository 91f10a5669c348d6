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
	Clients []Entry `json:"clients"`
}

// Entry is one entry of a file of clients. One that cannot be used stands for
// nobody, and does not keep the others from being used.
type Entry struct {
	// Client is what the entry says. Of an entry that is malformed only the
	// name is kept, where it has one: a client without the restrictions that
	// could not be read would be allowed more than was meant.
	Client Client

	// Err says why the entry cannot be used. It is nil for one that can.
	Err error

	raw json.RawMessage // as the file has it; nil for an entry that is new
}

// UnmarshalJSON reads an entry. It never fails: what is wrong is kept in Err.
func (e *Entry) UnmarshalJSON(b []byte) error {
	*e = Entry{raw: json.RawMessage(b).clone()}
	return nil
}
