package jalali

import (
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/plugins"
)

func init() { caddy.RegisterModule(Module{}) }

// Module is the Caddy module tributary.codecs.jalali. It has no configuration of its
// own; a mapping gives the option `layout`, which is required.
type Module struct{}

// CaddyModule returns the Caddy module information.
func (Module) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "tributary.codecs.jalali",
		New: func() caddy.Module { return new(Module) },
	}
}

// Codec makes a codec for the option layout in the platform's time zone.
func (Module) Codec(options map[string]string, zone *time.Location) (plugins.Codec, error) {
	for name := range options {
		if name != "layout" {
			return nil, fmt.Errorf("unknown option %q; there is only layout", name)
		}
	}
	return NewCodec(options["layout"], zone)
}

var (
	_ caddy.Module          = Module{}
	_ plugins.CodecProvider = Module{}
)
