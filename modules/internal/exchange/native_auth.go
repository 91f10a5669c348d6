package exchange

import (
	"encoding/base64"
	"fmt"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// NativeAuth is the auth of a mapping read backwards: where clients of the platform
// put their key, and so where a key of this gateway may stand in its place.
type NativeAuth struct {
	places  []Auth
	headers []string // canonical names
	queries []string
	bodies  []string
}

// NewNativeAuth checks the places that the platform's credentials go to, and further
// ones where its clients may put their key.
func NewNativeAuth(auth, also []AuthSpec) (*NativeAuth, error) {
	places, err := CompileAuth(slices.Concat(auth, also))
	if err != nil {
		return nil, err
	}
	n := &NativeAuth{places: places}
	for i := range places {
		switch spec := &places[i].spec; {
		case spec.Query != "":
			n.queries = append(n.queries, spec.Query)
		case spec.Body != "":
			n.bodies = append(n.bodies, spec.Body)
		case spec.Header != "":
			n.headers = append(n.headers, http.CanonicalHeaderKey(spec.Header))
		default:
			n.headers = append(n.headers, "Authorization")
		}
	}
	return n, nil
}

// InBody tells whether a key may stand in the body, which then has to be read before
// it is known who is calling.
func (n *NativeAuth) InBody() bool { return len(n.bodies) > 0 }

// Keys returns what a request has in the places where a key may be. Not all of it is
// one: a user's name may stand beside it. Body is nil where it was not read.
func (n *NativeAuth) Keys(h http.Header, rawQuery string, body []byte) []string {
	var keys []string
	for i := range n.places {
		a := &n.places[i]
		switch spec := &a.spec; {
		case spec.Query != "":
			for pair := range pairs(rawQuery) {
				if pairName(pair) == spec.Query {
					keys = append(keys, a.value.read(pairValue(pair))...)
				}
			}
		case spec.Body != "":
			keys = append(keys, a.value.read(readMember(h.Get("Content-Type"), body, spec.Body))...)
		case spec.Bearer != "":
			for _, token := range tokens(h, "Bearer") {
				keys = append(keys, a.value.read(token)...)
			}
		case spec.Basic != nil:
			keys = append(keys, a.readBasic(h)...)
		default:
			for _, v := range h[http.CanonicalHeaderKey(spec.Header)] {
				keys = append(keys, a.value.read(strings.Trim(v, " "))...)
			}
		}
	}
	return keys
}

func (a *Auth) readBasic(h http.Header) []string {
	var keys []string
	for _, token := range tokens(h, "Basic") {
		plain, err := base64.StdEncoding.DecodeString(token)
		if err != nil {
			continue
		}
		user, password, _ := strings.Cut(string(plain), ":")
		keys = append(append(keys, a.value.read(user)...), a.password.read(password)...)
	}
	return keys
}

// tokens returns what follows a scheme in the fields Authorization. The scheme's name
// is case-insensitive (RFC 9110 section 11.1).
func tokens(h http.Header, scheme string) []string {
	var found []string
	for _, v := range h["Authorization"] {
		if name, token, ok := strings.Cut(v, " "); ok && strings.EqualFold(name, scheme) {
			found = append(found, strings.Trim(token, " "))
		}
	}
	return found
}

// read takes the credentials out of a text that was made by the template; none, when
// it was not. Quotes that the template has around a credential may be missing, since
// clients leave them out.
func (t template) read(text string) []string {
	if text == "" {
		return nil
	}
	if found, ok := t.match(text); ok {
		return found
	}
	bare := slices.Clone(t)
	for i := range bare {
		bare[i].literal = strings.Trim(bare[i].literal, `"'`)
	}
	found, _ := bare.match(text)
	return found
}

func (t template) match(text string) (found []string, ok bool) {
	for i, p := range t {
		if p.credential == "" {
			if text, ok = strings.CutPrefix(text, p.literal); !ok {
				return nil, false
			}
			continue
		}
		end := len(text)
		if i+1 < len(t) && t[i+1].literal != "" {
			// the last credential of all ends where the last literal begins
			if end = strings.Index(text, t[i+1].literal); i+2 == len(t) {
				end = strings.LastIndex(text, t[i+1].literal)
			}
		}
		if end <= 0 {
			return nil, false
		}
		found, text = append(found, text[:end]), text[end:]
	}
	return found, text == ""
}

// pairs goes through the parameters of a query as they are written.
func pairs(rawQuery string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if rawQuery == "" {
			return
		}
		for pair := range strings.SplitSeq(rawQuery, "&") {
			if !yield(pair) {
				return
			}
		}
	}
}

func pairName(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	return unescape(name)
}

func pairValue(pair string) string {
	_, value, _ := strings.Cut(pair, "=")
	return unescape(value)
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

const formType = "application/x-www-form-urlencoded"

func isForm(contentType string) bool {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == formType
}

// readMember returns a member of a JSON or form body; empty where there is none.
func readMember(contentType string, body []byte, path string) string {
	if isForm(contentType) {
		for pair := range pairs(string(body)) {
			if pairName(pair) == path {
				return pairValue(pair)
			}
		}
		return ""
	}
	if !gjson.ValidBytes(body) {
		return ""
	}
	return gjson.GetBytes(body, path).String()
}

// authorize puts the platform's credentials into a request in place of what its
// client has put there, and removes whatever stands in another place of a key. All
// else stays as it was written. Without auth the request gets no credentials.
func (c *Caller) authorize(r *http.Request, n *NativeAuth, body []byte, auth *resolvedAuth) ([]byte, error) {
	// the gateway's own places, on every platform
	for _, name := range append([]string{"Authorization", "X-Api-Key"}, n.headers...) {
		delete(r.Header, name)
	}
	if auth == nil {
		r.URL.RawQuery = replacePairs(r.URL.RawQuery, n.queries, "")
		return body, nil
	}
	for _, f := range auth.headers {
		r.Header[f.name] = f.values
	}
	r.URL.RawQuery = replacePairs(r.URL.RawQuery, n.queries, auth.query)
	contentType := r.Header.Get("Content-Type")
	switch {
	case !n.InBody():
		return body, nil
	case isForm(contentType):
		return []byte(replacePairs(string(body), n.bodies, auth.form())), nil
	}
	body, contentType, err := c.nativeBody(&Request{Body: body, ContentType: contentType}, auth)
	for _, path := range n.bodies {
		own := slices.ContainsFunc(auth.body, func(m bodyMember) bool { return m.path == path })
		if err == nil && !own && gjson.GetBytes(body, path).Exists() {
			body, err = sjson.DeleteBytes(body, path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("replacing the key of a body: %w", err)
	}
	if len(body) > 0 && r.Header.Get("Content-Type") == "" {
		r.Header["Content-Type"] = []string{contentType}
	}
	return body, nil
}

// replacePairs puts the encoded pairs of own in place of those of the same name, the
// first of each, and at the end where there was none. Others of these names are
// dropped; what is left stays as it was written.
func replacePairs(rawQuery string, names []string, own string) string {
	if len(names) == 0 && own == "" {
		return rawQuery
	}
	missing := slices.Collect(pairs(own))
	var kept []string
	for pair := range pairs(rawQuery) {
		name := pairName(pair)
		if i := slices.IndexFunc(missing, func(p string) bool { return pairName(p) == name }); i >= 0 {
			kept = append(kept, missing[i])
			missing = slices.Delete(missing, i, i+1)
		} else if !slices.Contains(names, name) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(append(kept, missing...), "&")
}
