package mapping

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// enum compiles a table; unified values that the surface does not have are faults.
func (c *fieldCompiler) enum(e *Enum, m *surface.Member) *codec.Enum {
	return c.p.compileEnum(e, m.Enum)
}

func (p *Platform) compileEnum(e *Enum, allowed []string) *codec.Enum {
	options := codec.EnumOptions{Else: e.Else, CaseSensitive: e.Case, Write: map[string]string{}}
	for _, entry := range e.Table {
		unified := p.chosen(entry)
		if len(allowed) > 0 && !slices.Contains(allowed, unified) {
			p.fault(entry.Position, "the surface has no value %q here%s", unified, suggest.DidYouMean(unified, allowed))
			return nil
		}
		options.Pairs = append(options.Pairs, codec.Pair{Native: entry.Native, Unified: unified})
	}
	table, err := codec.NewEnum(options)
	if err != nil {
		p.fault(e.Position, "%v", err)
		return nil
	}
	return table
}

// chosen is the unified value of a line of a table. `{option.NAME}` stands for the
// platform's setting, where native values mean one thing here and another there.
func (p *Platform) chosen(e EnumEntry) string {
	return compileTemplate(e.Unified).fill(func(name string) (string, bool) {
		option, ok := strings.CutPrefix(name, "option.")
		if !ok {
			return "", false
		}
		value, ok := p.options[option]
		return value, ok
	})
}
