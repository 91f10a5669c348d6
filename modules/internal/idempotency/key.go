package idempotency

import (
	"errors"
	"fmt"
	"strings"
)

// HeaderName is the header that holds a key.
const HeaderName = "Idempotency-Key"

// MaxKey is the length of the longest key, in bytes.
const MaxKey = 255

// ParseKey reads the key from the values of the header. They are to be one: a
// string as RFC 8941 section 3.3.3 writes it ("8e03978e"), as the draft wants, or
// the bare key, as many clients send it. Parameters behind a string are ignored.
// The error is for the client.
func ParseKey(values []string) (string, error) {
	if len(values) != 1 {
		return "", errors.New("is given more than once")
	}
	var err error
	key := strings.Trim(values[0], " \t")
	if strings.HasPrefix(key, `"`) {
		key, err = unquote(key[1:])
	} else {
		err = bare(key)
	}
	switch {
	case err != nil:
		return "", err
	case key == "":
		return "", errors.New("is empty")
	case len(key) > MaxKey:
		return "", fmt.Errorf("has more than %d characters", MaxKey)
	}
	return key, nil
}

// bare checks a key without quotes: visible ASCII that cannot be taken for the
// syntax of a structured field.
func bare(text string) error {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`",;\`, c) >= 0 {
			return fmt.Errorf("has the character %q, which only a quoted key can have, if at all", c)
		}
	}
	return nil
}

// unquote reads a string behind its first quote (RFC 8941, section 4.2.5).
func unquote(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), parameters(text[i+1:])
		case c == '\\':
			if i++; i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", errors.New(`has a backslash before something other than " or \`)
			}
			b.WriteByte(text[i])
		case c < ' ' || c >= 0x7f:
			return "", fmt.Errorf("has the character %q, which is not printable ASCII", c)
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("does not end with a quote")
}

// parameters checks only that what follows a string begins as parameters do.
func parameters(text string) error {
	if text != "" && text[0] != ';' {
		return errors.New("has something behind its last quote")
	}
	return nil
}
