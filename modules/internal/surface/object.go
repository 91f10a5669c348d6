package surface

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// ParseObject reads a body that has to be a JSON object, each of whose members is given
// once. What the members may be is for the caller to say. A fault stands under its
// member, or under "body" where no member can be named; there are no members then.
func ParseObject(data []byte) (map[string]json.RawMessage, []problem.FieldError) {
	root, err := rootObject(data)
	if err != nil {
		return nil, []problem.FieldError{{Parameter: "body", Detail: err.Error()}}
	}
	members := map[string]json.RawMessage{}
	var twice parser
	root.ForEach(func(key, value gjson.Result) bool {
		name := key.String()
		if _, known := members[name]; known && !twice.failed(name) {
			twice.fail(name, givenTwice)
		}
		members[name] = json.RawMessage(value.Raw)
		return !twice.full()
	})
	if twice.errors != nil {
		return nil, twice.errors
	}
	return members, nil
}

// givenTwice is the fault of a member of which nobody knows which value is meant.
const givenTwice = "is given more than once"

// rootObject reads a JSON object in UTF-8. The error is for the client.
func rootObject(data []byte) (gjson.Result, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return gjson.Result{}, errors.New("is empty, but has to be a JSON object")
	}
	if !utf8.Valid(data) {
		return gjson.Result{}, errors.New("is not UTF-8")
	}
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return gjson.Result{}, fmt.Errorf("is not JSON: %w, at byte %d", syntax, syntax.Offset)
	}
	if err != nil {
		return gjson.Result{}, err
	}
	if at := loneSurrogate(data); at >= 0 {
		return gjson.Result{}, fmt.Errorf("has half a character, %s, at byte %d", data[at:at+len(`\ud800`)], at+1)
	}
	root := gjson.ParseBytes(data)
	if !root.IsObject() {
		return gjson.Result{}, errors.New("has to be a JSON object, not " + jsonType(root))
	}
	return root, nil
}

// loneSurrogate returns where valid JSON has an escape for one half of a pair of UTF-16
// without the other (RFC 8259, section 8.2), or -1. Decoders put the replacement
// character in its place, which would be written to the platform.
func loneSurrogate(data []byte) int {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		half := escaped(data[i:])
		switch {
		case half < 0:
			i++ // an escape of one character
		case !utf16.IsSurrogate(half):
			i += len(`u0000`)
		case utf16.DecodeRune(half, escaped(data[i+len(`\ud800`):])) == utf8.RuneError:
			return i
		default:
			i += len(`ud800\udc00`)
		}
	}
	return -1
}

// escaped is the code unit of the escape \uXXXX that a text begins with, or -1.
func escaped(text []byte) rune {
	if len(text) < len(`\u0000`) || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}
