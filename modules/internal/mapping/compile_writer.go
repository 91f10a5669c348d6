package mapping

import (
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// value compiles what writes the values of one field; nil after a fault.
func (b *bodyCompiler) value(f *Field, m *surface.Member) valueWriter {
	w := f.Write
	if w == nil {
		w = &FieldWrite{Position: f.Position}
	}
	as := w.As
	if as == "" {
		as = f.As
	}
	switch {
	case m.Type == surface.Money:
		currency := ""
		if f.Money != nil {
			currency = f.Money.Fixed
		}
		if currency == "" && (f.Money == nil || !f.Money.Alone) {
			currency = b.p.Currency
		}
		return writeAmount(writeDecimal(f.Scale, w.Emit), currency, f.currency() != nil)
	case f.Enum != nil || w.Values != nil || m.Type == surface.Enum:
		return b.words(f, w, m)
	case as != "":
		return b.time(f, w, m, as)
	case m.Type == surface.Instant, m.Type == surface.Date:
		b.p.fault(f.Position, "%s is a time: say with `as` how the platform writes it", f.Member)
		return nil
	case m.Type == surface.List:
		return b.list(f, w, m)
	}
	return writeOf(m, f.Scale, w.Emit)
}

// writeOf is what writes values of a type as they are.
func writeOf(m *surface.Member, scale int, emit string) valueWriter {
	switch m.Type {
	case surface.Decimal:
		return writeDecimal(scale, emit)
	case surface.ID:
		return writeID(emit)
	case surface.Text, surface.Integer, surface.Number, surface.Boolean:
		return writeScalar(emit)
	}
	return writeRaw
}

func (b *bodyCompiler) time(f *Field, w *FieldWrite, m *surface.Member, as string) valueWriter {
	if b.p.format(f.Position, as) == nil {
		return nil
	}
	if m.Type != surface.Instant && m.Type != surface.Date {
		b.p.fault(f.Position, "%s is neither a time nor a date, so `as` has no meaning", f.Member)
		return nil
	}
	if w.Zone != "" {
		zone := slices.IndexFunc(b.operation.Body, func(m *surface.Member) bool { return m.Path == w.Zone })
		if zone < 0 || b.operation.Body[zone].Type != surface.Text {
			b.p.fault(w.Position, "zone: the body of %s has no text %q", b.operation.ID, w.Zone)
			return nil
		}
		if b.p.mapping.Formats[as].Kind == "codec" {
			b.p.fault(w.Position, "zone: the format %s is a plugin's, which has a zone of its own", as)
			return nil
		}
	}
	return coded{platform: b.p, format: as, emit: w.Emit, zone: w.Zone, day: m.Type == surface.Date}.write
}

func (b *bodyCompiler) list(f *Field, w *FieldWrite, m *surface.Member) valueWriter {
	switch {
	case w.One && m.Element != nil:
		return writeOnly(writeOf(m.Element, f.Scale, w.Emit))
	case f.Split != "":
		return writeJoined(f.Split)
	case f.Each != nil:
		inner := &bodyCompiler{p: b.p, operation: b.operation, plan: &bodyPlan{root: &nativeNode{slot: -1}}}
		inner.elements(f.Each, f.Position)
		inner.plan.parts = inner.parts(m.Members, "", "", inner.plan.root, nil)
		return writeEach(writeObject(inner.plan))
	case m.Element != nil && m.Element.Type.Scalar():
		return writeEach(writeOf(m.Element, f.Scale, w.Emit))
	case m.Element != nil && len(m.Element.Members) > 0:
		b.p.fault(f.Position, "%s is a list of objects: give their members with `each`", f.Member)
		return nil
	}
	return writeRaw
}

// words compiles a table backwards: for every word that the body may hold, the one
// native value that is written. A word for which the platform has none is refused when
// it comes.
func (b *bodyCompiler) words(f *Field, w *FieldWrite, m *surface.Member) valueWriter {
	allowed := m.Enum
	if m.Type == surface.Boolean {
		allowed = []string{"true", "false"}
	}
	var table *codec.Enum
	if f.Enum != nil {
		if table = b.p.compileEnum(f.Enum, nil); table == nil {
			return nil
		}
		if len(allowed) == 0 {
			allowed = table.Unified()
		}
	}
	if table == nil && len(w.Values) == 0 {
		b.p.fault(f.Position, "%s is an enum: list its native values with `enum`, or in `write` with `values`", f.Member)
		return nil
	}
	natives := map[string]string{}
	for _, v := range w.Values {
		if len(allowed) > 0 && !slices.Contains(allowed, v.Unified) {
			b.p.fault(v.Position, "the surface has no value %q here%s", v.Unified, suggest.DidYouMean(v.Unified, allowed))
			continue
		}
		if table != nil {
			if read, _ := table.Read(nil, []byte(v.Native)); string(read) != v.Unified {
				b.p.fault(v.Position, "%q would be written as %q, which reads as %q", v.Unified, v.Native, read)
				continue
			}
		}
		natives[v.Unified] = v.Native
	}
	if table != nil {
		for _, word := range allowed {
			found, _ := table.Natives(word)
			if _, given := natives[word]; given || len(found) == 0 {
				continue
			}
			if len(found) > 1 {
				b.p.fault(f.Position, "%s: the native values %s all read as %q; say with `write: {values: {%s: …}}` which one is written", f.Member, strings.Join(found, ", "), word, word)
				continue
			}
			natives[word] = found[0]
		}
	}
	return b.emitWords(f, w, natives)
}

// emitWords turns native values into the JSON that is sent.
func (b *bodyCompiler) emitWords(f *Field, w *FieldWrite, natives map[string]string) valueWriter {
	emit := w.Emit
	if emit == "" {
		emit = "string"
	}
	words := keys(natives)
	tokens := make(map[string]string, len(natives))
	for _, word := range words {
		check := writing{platform: b.p}
		token, ok := check.emit(f.Member, nil, natives[word], emit)
		if !ok {
			b.p.fault(w.Position, "%s: the native value %q cannot be sent as %s", f.Member, natives[word], emit)
			return nil
		}
		tokens[word] = string(token)
	}
	return writeWord(tokens, words)
}
