package exchange

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// minSecret is the length in bytes from which a credential is looked for in
	// texts: a shorter one protects nothing, and hiding every "a" would leave no
	// message to read.
	minSecret = 4
	redacted  = "[redacted]"
	// maxMessage and maxCode bound, in bytes, what a platform can put into a
	// problem; maxCause what can get into a log line.
	maxMessage = 500
	maxCode    = 100
	maxCause   = 2000
)

// scrubber removes credentials from texts that leave the gateway, in every
// spelling in which platforms are known to echo them.
type scrubber struct {
	replacer *strings.Replacer
	session  *session // whose tokens are removed too; may be nil
}

func newScrubber(credentials map[string]string, auth *resolvedAuth) scrubber {
	var forms []string
	add := func(s string) {
		if len(s) >= minSecret && !slices.Contains(forms, s) {
			forms = append(forms, s)
		}
	}
	addAll := func(v string) {
		add(v)
		for _, escaped := range []string{url.QueryEscape(v), url.PathEscape(v)} {
			add(escaped)
			add(lowerHex(escaped))
		}
		if quoted, err := json.Marshal(v); err == nil {
			add(strings.Trim(string(quoted), `"`))
			add(strings.ReplaceAll(strings.Trim(string(quoted), `"`), "/", `\/`))
		}
		add(strings.ReplaceAll(strings.ReplaceAll(v, `\`, `\\`), `"`, `\"`))
		add(html.EscapeString(v))
		add(base64.StdEncoding.EncodeToString([]byte(v)))
		add(base64.URLEncoding.EncodeToString([]byte(v)))
	}
	for _, v := range credentials {
		if len(v) >= minSecret {
			addAll(v)
		}
	}
	for _, h := range auth.headers {
		// basic authentication carries its secrets in base64 of both together
		if token, ok := strings.CutPrefix(h.values[0], "Basic "); ok {
			add(token)
		}
	}
	// strings.Replacer takes the first pair that matches at a place: longer forms go first
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, redacted)
	}
	return scrubber{replacer: strings.NewReplacer(pairs...)}
}

// lowerHex writes percent-encoding with the lower-case digits that some platforms use.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			b[i+1] = lowerByte(b[i+1])
			b[i+2] = lowerByte(b[i+2])
		}
	}
	return string(b)
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (s scrubber) scrub(text string) string {
	if s.session != nil {
		text = s.session.scrub(text)
	}
	return s.replacer.Replace(text)
}

// clean makes a platform's text fit for a problem: without credentials,
// control characters and surplus space, in valid UTF-8, of at most limit bytes.
func (s scrubber) clean(text string, limit int) string {
	if text == "" {
		return ""
	}
	// scrubbed before any cut, which could leave half a credential behind
	text = s.scrub(text)
	text = strings.ToValidUTF8(text[:min(len(text), 16*limit)], "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	// and again, since what was a line break may now be a credential's space
	text = strings.TrimSpace(s.scrub(text))
	if len(text) <= limit {
		return text
	}
	end := limit - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// scrubbedError is an error whose text has lost its credentials; what it wraps
// can still be asked for with errors.Is and errors.As.
type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string { return e.text }
func (e *scrubbedError) Unwrap() error { return e.err }

func (s scrubber) err(err error) error {
	if err == nil {
		return nil
	}
	return &scrubbedError{s.clean(err.Error(), maxCause), err}
}
