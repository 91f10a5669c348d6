package mapping

import (
	"fmt"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/plugins"
)

func (p *Platform) compileFormat(f *Format, b Binding) (plugins.Codec, error) {
	zone := p.Zone
	if f.Zone != "" {
		z, err := time.LoadLocation(f.Zone)
		if err != nil {
			return nil, err
		}
		zone = z
	}
	switch f.Kind {
	case "datetime":
		return codec.NewDatetime(zone, f.Layouts...)
	case "date":
		return codec.NewDate(f.Layouts...)
	}
	if b.Codecs == nil {
		return nil, fmt.Errorf("no plugin %q is loaded", f.Codec)
	}
	provider, err := b.Codecs(f.Codec)
	if err != nil {
		return nil, fmt.Errorf("loading the plugin %q: %w", f.Codec, err)
	}
	return provider.Codec(f.Options, zone)
}

// unit is the smallest step of a format's native text, by which an excluded bound
// becomes an included one.
func (f *Format) unit() time.Duration {
	if f == nil || f.Kind == "date" {
		return 24 * time.Hour
	}
	if len(f.Layouts) == 0 {
		return time.Second
	}
	switch l := f.Layouts[0]; {
	case l == codec.LayoutUnixMilli:
		return time.Millisecond
	case l == codec.LayoutUnix, l == codec.LayoutRFC3339, strings.Contains(l, "05"):
		return time.Second
	case strings.Contains(l, "04"):
		return time.Minute
	}
	return 24 * time.Hour
}
