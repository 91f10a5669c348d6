package mapping

import (
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/modules/internal/timezone"
)

// writeRaw passes a value as it is.
func writeRaw(_ *writing, _ string, dst []byte, v gjson.Result) ([]byte, bool) {
	return append(dst, v.Raw...), true
}

// writeScalar writes texts, numbers and booleans in the form that a platform takes.
func writeScalar(emit string) valueWriter {
	if emit == "" {
		return writeRaw
	}
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		return w.emit(path, dst, text(v), emit)
	}
}

// writeDecimal writes exact decimal text, shifted left by scale places.
func writeDecimal(scale int, emit string) valueWriter {
	if emit == "" {
		emit = "number"
	}
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		if scale == 0 {
			return w.emit(path, dst, text(v), emit)
		}
		shifted, err := codec.AppendDecimal(nil, []byte(text(v)), -scale)
		if err != nil {
			w.fault(path, "%v", err)
			return dst, false
		}
		whole, fraction, _ := strings.Cut(string(shifted), ".")
		if strings.Trim(fraction, "0") != "" {
			w.fault(path, "%s takes no more than %d decimal places", w.platform.Name, scale)
			return dst, false
		}
		return w.emit(path, dst, whole, emit)
	}
}

// emit writes a native text as JSON.
func (w *writing) emit(path string, dst []byte, text, emit string) ([]byte, bool) {
	switch emit {
	case "number":
		if !isNumber(text) {
			w.fault(path, "%s takes a number here, not %s", w.platform.Name, quoted(text))
			return dst, false
		}
		return append(dst, text...), true
	case "integer":
		whole, ok := wholeNumber(text)
		if !ok || !isNumber(text) {
			w.fault(path, "%s takes a whole number here, not %s", w.platform.Name, quoted(text))
			return dst, false
		}
		return append(dst, whole...), true
	case "boolean", "bit":
		b, ok := codec.ParseBoolean([]byte(text))
		if !ok {
			w.fault(path, "%s takes true or false here, not %s", w.platform.Name, quoted(text))
			return dst, false
		}
		return appendBoolean(dst, b, emit), true
	}
	return codec.AppendQuoted(dst, text), true
}

func appendBoolean(dst []byte, b bool, emit string) []byte {
	switch {
	case emit == "bit" && b:
		return append(dst, '1')
	case emit == "bit":
		return append(dst, '0')
	case b:
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// writeID takes the platform's prefix off an identifier.
func writeID(emit string) valueWriter {
	if emit == "" {
		emit = "string"
	}
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		id, ok := surface.SplitID(v.Str)
		if !ok || id.Platform != w.platform.Name {
			w.fault(path, "%s is no id of %s, which is asked to make the change", quoted(text(v)), w.platform.Name)
			return dst, false
		}
		return w.emit(path, dst, id.Native, emit)
	}
}

// writeWord writes the native JSON of one of a list of words.
func writeWord(natives map[string]string, words []string) valueWriter {
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		native, ok := natives[text(v)]
		if !ok {
			w.fault(path, "%s has no word for %s; it has: %s", w.platform.Name, quoted(text(v)), strings.Join(words, ", "))
			return dst, false
		}
		return append(dst, native...), true
	}
}

// coded writes times and days in a format of the platform.
type coded struct {
	platform *Platform
	format   string
	emit     string
	zone     string // the member that names the zone; empty: the format's
	day      bool   // the unified value is a day
}

func (c coded) write(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
	coder := c.platform.formats[c.format]
	zone := c.platform.Zone
	if c.zone != "" {
		if name := follow(w.body, strings.Split(c.zone, ".")); name.Type == gjson.String {
			z, err := timezone.Load(name.Str)
			if err != nil {
				w.fault(c.zone, "%s is not a time zone such as Europe/London", quoted(name.Str))
				return dst, false
			}
			zone = z
			// a day has no zone of its own
			if bound, err := codec.NewDatetime(z, c.platform.mapping.Formats[c.format].Layouts...); err == nil && !c.platform.days[c.format] {
				coder = bound
			}
		}
	}
	native, err := c.native(v.Str, zone)
	if err == nil {
		var out []byte
		if out, err = coder.Write(nil, []byte(native)); err == nil {
			return w.emit(path, dst, string(out), c.emit)
		}
	}
	w.fault(path, "%v", err)
	return dst, false
}

// native is the unified text that the format writes. What the format cannot say (the
// time of day, the second) is no loss when it is zero, and a fault otherwise; fractions
// of a second are left out.
func (c coded) native(value string, zone *time.Location) (string, error) {
	if c.day {
		return value, nil
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return "", fmt.Errorf("%s is not a time", quoted(value))
	}
	t = t.Truncate(time.Second)
	if c.platform.days[c.format] {
		local := t.In(zone)
		if local.Hour() != 0 || local.Minute() != 0 || local.Second() != 0 {
			return "", fmt.Errorf("%s takes whole days here: give the midnight of %s", c.platform.Name, zone)
		}
		return local.Format(time.DateOnly), nil
	}
	if unit := c.platform.mapping.Formats[c.format].unit(); unit == time.Minute && t.Second() != 0 {
		return "", fmt.Errorf("%s takes whole minutes here", c.platform.Name)
	}
	return t.UTC().Format(time.RFC3339Nano), nil
}

// writeJoined writes a list of texts as one, with a separator.
func writeJoined(separator string) valueWriter {
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		var texts []string
		ok := true
		for i, item := range list(v) {
			t := text(item)
			if strings.Contains(t, separator) || t == "" || strings.TrimSpace(t) != t {
				w.within = append(w.within, element{path, i})
				w.fault("", "%s puts %q between the texts, so that one can neither hold it, nor be empty, nor have space around it", w.platform.Name, separator)
				w.within = w.within[:len(w.within)-1]
				ok = false
			}
			texts = append(texts, t)
		}
		return codec.AppendQuoted(dst, strings.Join(texts, separator)), ok
	}
}

// writeEach writes a list with what writes its elements.
func writeEach(write valueWriter) valueWriter {
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		dst = append(dst, '[')
		all := true
		for i, item := range list(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			if item.Type == gjson.Null {
				dst = append(dst, "null"...)
				continue
			}
			w.within = append(w.within, element{path, i})
			var ok bool
			dst, ok = write(w, "", dst, item)
			all = all && ok
			w.within = w.within[:len(w.within)-1]
		}
		return append(dst, ']'), all
	}
}

// writeOnly writes the one element of a list.
func writeOnly(write valueWriter) valueWriter {
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		items := list(v)
		if len(items) != 1 {
			w.fault(path, "%s takes exactly one", w.platform.Name)
			return dst, false
		}
		return write(w, path, dst, items[0])
	}
}

// writeObject writes an object of unified members.
func writeObject(plan *bodyPlan) valueWriter {
	return func(w *writing, _ string, dst []byte, v gjson.Result) ([]byte, bool) {
		if !v.IsObject() {
			w.fault("", "is not an object")
			return dst, false
		}
		return plan.append(w, dst, v, gjson.Result{}), true
	}
}

// list returns the elements of an array; what is none is an array of one.
func list(v gjson.Result) []gjson.Result {
	if v.IsArray() {
		return v.Array()
	}
	return []gjson.Result{v}
}

// writeAmount writes the value of money. currency is what the platform's amounts are in
// where no native member says it; named tells that one does.
func writeAmount(decimal valueWriter, currency string, named bool) valueWriter {
	return func(w *writing, path string, dst []byte, v gjson.Result) ([]byte, bool) {
		if !v.IsObject() {
			w.fault(path, "is not money such as {\"value\": \"10.50\", \"currency\": \"EUR\"}")
			return dst, false
		}
		if given := v.Get("currency"); !named && given.Type == gjson.String && given.Str != currency {
			if currency == "" {
				w.fault(path+".currency", "the amounts of %s name no currency, and none is configured: leave it out", w.platform.Name)
			} else {
				w.fault(path+".currency", "the amounts of %s are in %s, not in %s", w.platform.Name, currency, quoted(given.Str))
			}
			return dst, false
		}
		switch value := v.Get("value"); {
		case !value.Exists():
			w.fault(path+".value", "is missing")
			return dst, false
		case value.Type == gjson.Null:
			return append(dst, "null"...), true
		default:
			return decimal(w, path+".value", dst, value)
		}
	}
}

// writeCurrency writes the currency of money, where it is known.
func writeCurrency(_ *writing, _ string, dst []byte, v gjson.Result) ([]byte, bool) {
	currency := v.Get("currency")
	if currency.Type != gjson.String {
		return dst, false
	}
	return append(dst, currency.Raw...), true
}

// quoted shows a client's own text in a message, shortened.
func quoted(s string) string {
	const most = 64
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
