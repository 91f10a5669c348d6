package reshape

import (
	"bytes"
	"errors"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/plugins"
)

func (r *run) emitText(dst []byte, o *op) []byte {
	json, k := r.find(o)
	switch {
	case k == text && (!o.empty || len(json) > len(`""`)):
		return append(dst, json...)
	case k == wild:
		return codec.AppendQuoted(dst, unquote(&r.scratch, json, k))
	}
	s, k := r.textOf(o, json, k, "text")
	if k == null {
		return append(dst, jsonNull...)
	}
	return append(append(append(dst, '"'), s...), '"')
}

func (r *run) emitID(dst []byte, o *op) []byte {
	s, k := r.scalar(o, "an identifier")
	switch k {
	case null:
		return append(dst, jsonNull...)
	case no, yes:
		r.refuse(o.path, "an identifier", k.String(), nil)
		return append(dst, jsonNull...)
	}
	dst = append(dst, o.lead...)
	if k == wild {
		dst = codec.AppendEscaped(dst, s)
	} else {
		dst = append(dst, s...)
	}
	return append(dst, '"')
}

func (r *run) emitNumber(dst []byte, o *op) []byte {
	s, k := r.scalar(o, "a number")
	if k == null {
		return append(dst, jsonNull...)
	}
	at := len(dst)
	var err error
	switch o.code {
	case opInteger:
		if k == integer && s[0] != '-' {
			return append(dst, s...)
		}
		dst, err = codec.AppendInteger(dst, s)
	case opDecimal:
		if dst, err = r.appendAmount(append(dst, '"'), s, k, o.scale); err == nil {
			dst = append(dst, '"')
		}
	default:
		dst, err = r.appendAmount(dst, s, k, 0)
	}
	if err != nil {
		return r.refuseValue(dst, at, o, "a number", err)
	}
	return dst
}

// appendAmount appends exact decimal text.
func (r *run) appendAmount(dst, s []byte, k kind, scale int) ([]byte, error) {
	if (k == integer || k == decimal) && scale == 0 && s[0] != '-' {
		return append(dst, s...), nil
	}
	return codec.AppendDecimal(dst, s, scale)
}

func (r *run) emitMoney(dst []byte, o *op) []byte {
	s, k := r.scalar(o, "an amount")
	if k == null {
		return append(dst, jsonNull...)
	}
	at := len(dst)
	dst, err := r.appendAmount(append(dst, o.lead...), s, k, o.scale)
	if err != nil {
		return r.refuseValue(dst, at, o, "an amount", err)
	}
	dst = append(dst, o.tail...)
	if len(o.currency) == 0 {
		return dst
	}
	return append(r.emitCurrency(dst, o), '}')
}

// emitCurrency appends the currency of an amount; ISO 4217 codes are upper case.
func (r *run) emitCurrency(dst []byte, o *op) []byte {
	json, k := r.search(o.currency)
	if k == text && len(json) == len(`"EUR"`) && isUpper(json[1]) && isUpper(json[2]) && isUpper(json[3]) {
		return append(dst, json...)
	}
	s, k := r.textOf(o, json, k, "a currency")
	switch k {
	case null:
		return append(dst, o.otherwise...)
	case text, wild:
	default:
		r.refuse(o.path, "a currency", k.String(), nil)
	}
	at := len(dst)
	dst = codec.AppendQuoted(dst, s)
	for i, c := range dst[at:] {
		if 'a' <= c && c <= 'z' {
			dst[at+i] = c &^ 0x20
		}
	}
	return dst
}

func isUpper(c byte) bool { return c-'A' <= 'Z'-'A' }

func (r *run) emitBoolean(dst []byte, o *op) []byte {
	s, k := r.scalar(o, "a boolean")
	switch k {
	case null:
		return append(dst, jsonNull...)
	case no, yes:
		return append(dst, s...)
	}
	at := len(dst)
	dst, err := codec.AppendBoolean(dst, s)
	if err != nil {
		return r.refuseValue(dst, at, o, "a boolean", err)
	}
	return dst
}

func (r *run) emitEnum(dst []byte, o *op) []byte {
	s, k := r.scalar(o, "a word")
	if k == null {
		return append(dst, jsonNull...)
	}
	json, known := o.enum.Quoted(s)
	if !known {
		r.page.UnknownEnums++
	}
	return append(dst, json...)
}

func (r *run) emitDatetime(dst []byte, o *op) []byte {
	json, k := r.find(o)
	if k == object {
		return r.emitCodedObject(dst, o, json, o.datetime)
	}
	s, k := r.textOf(o, json, k, "a date")
	if k == null {
		return append(dst, jsonNull...)
	}
	return r.appendDatetime(dst, o, s)
}

func (r *run) appendDatetime(dst []byte, o *op, s []byte) []byte {
	at := len(dst)
	// an instant in RFC 3339 has nothing to escape
	dst, err := o.datetime.Read(append(dst, '"'), s)
	switch {
	case err != nil:
		return r.refuseValue(dst, at, o, "a date", err)
	case len(dst) == at+1:
		return append(dst[:at], jsonNull...)
	}
	return append(dst, '"')
}

func (r *run) emitCoded(dst []byte, o *op) []byte {
	json, k := r.find(o)
	if k == object {
		if reader, ok := o.codec.(plugins.ObjectReader); ok {
			return r.emitCodedObject(dst, o, json, reader)
		}
	}
	s, k := r.textOf(o, json, k, "a value")
	if k == null {
		return append(dst, jsonNull...)
	}
	out, err := o.codec.Read(r.coded[:0], s)
	return r.emitDecoded(dst, o, out, err)
}

func (r *run) emitCodedObject(dst []byte, o *op, json []byte, reader plugins.ObjectReader) []byte {
	out, err := reader.ReadObject(r.coded[:0], json)
	return r.emitDecoded(dst, o, out, err)
}

// emitDecoded appends what a codec has read.
func (r *run) emitDecoded(dst []byte, o *op, out []byte, err error) []byte {
	if err != nil {
		return r.refuseValue(dst, len(dst), o, "a value that can be read", err)
	}
	r.coded = out
	if len(out) == 0 {
		return append(dst, jsonNull...)
	}
	return codec.AppendQuoted(dst, out)
}

func (r *run) emitRaw(dst []byte, o *op) []byte {
	for i, from := range o.from {
		if from < 0 {
			if t := r.outer[-1-from]; t.kind > null {
				return appendRaw(dst, t.json)
			}
			continue
		}
		if s := r.slots[from]; s.kind() > null {
			return r.appendWithout(dst, s.start(), s.end(), o.drops[i])
		}
	}
	return append(dst, jsonNull...)
}

func (r *run) emitComputed(dst []byte, o *op) []byte {
	r.args = r.args[:0]
	for _, from := range o.from {
		var json []byte
		if from < 0 {
			json = r.outer[-1-from].json
		} else if s := r.slots[from]; s.kind() != absent {
			json = r.data[s.start():s.end():s.end()]
		}
		r.args = append(r.args, json)
	}
	at := len(dst)
	dst, err := o.call(dst, r.args)
	if err == nil && len(dst) == at {
		err = errors.New("the function gave nothing")
	}
	if err != nil {
		return r.refuseValue(dst, at, o, "a value that can be computed", err)
	}
	return dst
}

func (r *run) emitSplit(dst []byte, o *op) []byte {
	json, k := r.find(o)
	switch k {
	case null:
		return append(dst, jsonNull...)
	case text, wild:
		dst = append(dst, '[')
		at := len(dst)
		for item := range bytes.SplitSeq(unquote(&r.scratch, json, k), []byte(o.sep)) {
			if item = bytes.TrimSpace(item); len(item) > 0 {
				dst = append(codec.AppendQuoted(dst, item), ',')
			}
		}
		return closeList(dst, at)
	case array:
		return r.splitArray(dst, o, json)
	}
	s, k := r.textOf(o, json, k, "a list of texts")
	if k == null {
		return append(dst, jsonNull...)
	}
	return append(codec.AppendQuoted(append(dst, '['), s), ']')
}

// splitArray appends an array of scalars as texts.
func (r *run) splitArray(dst []byte, o *op, json []byte) []byte {
	sub := run{data: json}
	dst = append(dst, '[')
	at := len(dst)
	for i := sub.space(1); json[i] != ']'; {
		end, k := sub.skip(i)
		if k >= array {
			r.refuse(o.path, "a list of texts", k.String()+" in it", nil)
		} else if s, k := r.textOf(o, json[i:end], k, "text"); k > null {
			if s = bytes.TrimSpace(s); len(s) > 0 {
				dst = append(codec.AppendQuoted(dst, s), ',')
			}
		}
		var more bool
		if i, more = sub.next(end, ']'); !more {
			break
		}
	}
	return closeList(dst, at)
}

// closeList ends a list whose items, from at, each have a comma after them.
func closeList(dst []byte, at int) []byte {
	if len(dst) > at {
		dst = dst[:len(dst)-1]
	}
	return append(dst, ']')
}
