package disk

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/tributary-gateway/tributary/plugins"
)

func init() { caddy.RegisterModule(Module{}) }

const (
	defaultFile = "cache.db"
	defaultSize = 1 << 30
	minSize     = 1 << 20
	maxSize     = 1 << 44 // SQLite's pages of 4 KiB end there
)

// Module is the Caddy module tributary.stores.disk: a store in a file of its own, on a
// disk of this machine.
type Module struct {
	// The file. Beside it SQLite keeps two more, with `-wal` and `-shm` behind the
	// name. What is there and not readable as a store is renamed to end in `.damaged`,
	// and a new file is begun. Folders that are missing are made.
	// Default: `cache.db` in the gateway's data directory.
	Path string `json:"path,omitempty"`

	// The bound of all values together, in bytes: at least 1 MiB, at most 16 TiB. Where it
	// is reached, what expires first makes room. The files need more: about a tenth for
	// values of some KiB, as much again or twice that for small ones.
	// Default: 1073741824 (1 GiB).
	Size int64 `json:"size,omitempty"`

	logger *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (Module) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "tributary.stores.disk",
		New: func() caddy.Module { return new(Module) },
	}
}

// Provision fills in the defaults. It touches no file.
func (m *Module) Provision(ctx caddy.Context) error {
	m.logger = ctx.Logger()
	if m.Size == 0 {
		m.Size = defaultSize
	}
	return nil
}

// Validate refuses sizes that are not between 1 MiB and 16 TiB.
func (m *Module) Validate() error {
	if m.Size < minSize || m.Size > maxSize {
		return fmt.Errorf("size is between 1 MiB and 16 TiB; %d is not", m.Size)
	}
	return nil
}

// UnmarshalCaddyfile reads the module's part of a Caddyfile:
//
//	store disk {
//		path <file>
//		size <size>
//	}
func (m *Module) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the module's name
	if d.NextArg() {
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		var text string
		switch option {
		case "path":
			if m.Path != "" {
				return d.Err("path already specified")
			}
			if !d.AllArgs(&m.Path) || m.Path == "" {
				return d.ArgErr()
			}
		case "size":
			if m.Size != 0 {
				return d.Err("size already specified")
			}
			if !d.AllArgs(&text) {
				return d.ArgErr()
			}
			size, err := humanize.ParseBytes(text)
			if err != nil || size < minSize || size > maxSize {
				return d.Errf("size is between 1MiB and 16TiB; %q is not", text)
			}
			m.Size = int64(size)
		default:
			return d.Errf("unrecognized subdirective '%s'", option)
		}
	}
	return nil
}

// OpenStore opens the file, and makes it where it is missing or damaged.
func (m *Module) OpenStore(ctx context.Context, dir string) (plugins.Store, error) {
	s, err := open(ctx, m.file(dir), m.Size, m.logger)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// StoreKey identifies the file and the bound of its values.
func (m *Module) StoreKey(dir string) string {
	return fmt.Sprintf("disk %d %s", m.Size, m.file(dir))
}

// file is where the store is. Where the working directory cannot be known, the path
// stays as it was given.
func (m *Module) file(dir string) string {
	path := m.Path
	if path == "" {
		path = filepath.Join(dir, defaultFile)
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

var (
	_ caddy.Module          = (*Module)(nil)
	_ caddy.Provisioner     = (*Module)(nil)
	_ caddy.Validator       = (*Module)(nil)
	_ caddyfile.Unmarshaler = (*Module)(nil)
	_ plugins.StoreProvider = (*Module)(nil)
)
