package report

import (
	"errors"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/plugins"
)

// scalarText returns the text of a native value; ok is false where there is none. An
// empty list is how PHP writes an empty object.
func scalarText(v gjson.Result, coder plugins.Codec) (text string, ok bool, err error) {
	switch v.Type {
	case gjson.Null:
		return "", false, nil
	case gjson.String:
		return v.Str, v.Str != "", nil
	case gjson.JSON:
		if v.IsArray() && !v.Get("0").Exists() {
			return "", false, nil
		}
		objects, takes := coder.(interface {
			ReadObject(dst, object []byte) ([]byte, error)
		})
		if !takes || !v.IsObject() {
			return "", false, errors.New("a single value was expected, not a list or an object")
		}
		read, err := objects.ReadObject(nil, []byte(v.Raw))
		return string(read), len(read) > 0, err
	default:
		return v.Raw, true, nil
	}
}

// path is a way into a native value. A step into a list takes its first element.
type path struct {
	steps []step
	whole bool // it starts at the answer, not at the row
	key   bool // it is the key of the row, in an object of rows
}

func newPath(steps []string) path {
	p := path{key: len(steps) == 1 && steps[0] == "@key"}
	if len(steps) > 0 && steps[0] == "@body" {
		p.whole, steps = true, steps[1:]
	}
	for _, s := range steps {
		_, err := strconv.Atoi(s)
		p.steps = append(p.steps, step{key: gjson.Escape(s), index: err == nil})
	}
	return p
}

type step struct {
	key   string
	index bool // it may be the place of an element in a list
}

func paths(all [][]string) []path {
	out := make([]path, len(all))
	for i, steps := range all {
		out[i] = newPath(steps)
	}
	return out
}

// in follows the path. one tells that a list at its end stands for its first element.
func (p path) in(v gjson.Result, one bool) gjson.Result {
	for _, s := range p.steps {
		if v.IsArray() && !s.index {
			v = v.Get("0")
		}
		v = v.Get(s.key)
	}
	if one && v.IsArray() {
		if first := v.Get("0"); first.Exists() {
			return first
		}
	}
	return v
}

// first follows alternative paths up to a value that is not null.
func first(alternatives []path, row gjson.Result) gjson.Result {
	var v gjson.Result
	for i := range alternatives {
		if v = alternatives[i].in(row, true); v.Type != gjson.Null {
			return v
		}
	}
	return v
}
