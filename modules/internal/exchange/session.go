package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// SessionSpec says how the token is got that places with {token} hold: by OAuth 2.0 or
// by a call that logs in. Exactly one of the two is given.
type SessionSpec struct {
	OAuth2 *OAuth2Spec
	Login  *LoginSpec
}

// OAuth2Spec gets a token by OAuth 2.0 (RFC 6749): with client credentials (section
// 4.4), or with a refresh token (section 6) where Refresh is given. All but TokenURL
// and Scopes are templates with {credentials.NAME}.
type OAuth2Spec struct {
	TokenURL               string // absolute
	ClientID, ClientSecret string
	Scopes                 []string
	Refresh                string
	// InBody puts the client's id and secret into the body (RFC 6749, section 2.3.1).
	// Default: into the field Authorization, as all servers have to take them; an id
	// without a secret is always in the body.
	InBody bool
}

// LoginSpec gets a token by a call of the platform's own.
type LoginSpec struct {
	Method, Path string
	// Body is a JSON object whose texts may hold {credentials.NAME}.
	Body string
	// Form sends the body's members as a form.
	Form bool
	// Token and Expires are dotted places in the answer: of the token, and of the number
	// of seconds for which it lasts. Without Expires it lasts until it is refused.
	Token, Expires string
}

// tokenName is the name of the token among the credentials of a template.
const tokenName = "{token}"

const (
	// maxToken is the most bytes of an answer that holds a token.
	maxToken = 1 << 20
	// expiryMargin is how long before its end a token is renewed.
	expiryMargin = 10 * time.Second
	// maxLifetime is how long a token is used at most, whatever its answer says.
	maxLifetime = 365 * 24 * time.Hour
)

// session gets tokens for the callers of one account, and keeps the current one.
type session struct {
	mu      sync.Mutex
	token   string
	expires time.Time // zero: not known
	refresh string    // a newer refresh token than the configured one
	known   []string  // the current token and its predecessor

	secrets atomic.Pointer[strings.Replacer] // of those tokens
}

// source is a caller's way to get tokens.
type source struct {
	spec        SessionSpec
	credentials map[string]string
	caller      *Caller
	session     *session
}

// check parses every template, so that a wrong one is found when the configuration loads.
func (s *SessionSpec) check(credentials map[string]string) error {
	if (s.OAuth2 == nil) == (s.Login == nil) {
		return errors.New("a session wants either oauth2 or login")
	}
	texts := []string{}
	if o := s.OAuth2; o != nil {
		if u, err := url.Parse(o.TokenURL); err != nil || u.Host == "" {
			return errors.New("the token's URL has to be absolute")
		}
		texts = append(texts, o.ClientID, o.ClientSecret, o.Refresh)
	} else {
		if !gjson.Valid(s.Login.Body) && s.Login.Body != "" {
			return errors.New("the body of the login is not JSON")
		}
		eachText(gjson.Parse(s.Login.Body), func(text string) { texts = append(texts, text) })
	}
	for _, text := range texts {
		if _, err := fill(text, credentials); err != nil {
			return err
		}
	}
	return nil
}

func eachText(v gjson.Result, yield func(string)) {
	if v.Type == gjson.String {
		yield(v.Str)
	}
	v.ForEach(func(_, value gjson.Result) bool {
		if v.Type == gjson.JSON {
			eachText(value, yield)
		}
		return v.Type == gjson.JSON
	})
}

func fill(text string, credentials map[string]string) (string, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return "", err
	}
	return t.expand(credentials)
}

// current returns a token that is worth trying, and gets one where there is none. A
// token that is no longer, because it was refused, is given as refused.
func (s *source) current(ctx context.Context, refused string) (string, error) {
	s.session.mu.Lock()
	defer s.session.mu.Unlock()
	fresh := s.session.expires.IsZero() || s.caller.now().Add(expiryMargin).Before(s.session.expires)
	if s.session.token != "" && s.session.token != refused && fresh {
		return s.session.token, nil
	}
	token, expires, err := s.get(ctx)
	if err != nil {
		return "", err
	}
	s.session.keep(token, expires)
	return token, nil
}

// keep makes a token the current one. Its predecessor may still be echoed by answers that
// are on their way.
func (s *session) keep(token string, expires time.Time) {
	s.token, s.expires = token, expires
	if s.known = append(s.known, token); len(s.known) > 2 {
		s.known = s.known[1:]
	}
	names := make(map[string]string, len(s.known)+1)
	for i, known := range s.known {
		names[fmt.Sprint(i)] = known
	}
	if s.refresh != "" {
		names["refresh"] = s.refresh
	}
	s.secrets.Store(newScrubber(names, new(resolvedAuth)).replacer)
}

// scrub removes the tokens from a text.
func (s *session) scrub(text string) string {
	if secrets := s.secrets.Load(); secrets != nil {
		return secrets.Replace(text)
	}
	return text
}

// get asks for a token. It makes one request.
func (s *source) get(ctx context.Context) (token string, expires time.Time, err error) {
	if s.spec.Login != nil {
		return s.login(ctx)
	}
	o := s.spec.OAuth2
	client := &http.Client{
		Transport:     exchanger(s.caller.exchange),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
	id, _ := fill(o.ClientID, s.credentials)
	secret, _ := fill(o.ClientSecret, s.credentials)
	style := oauth2.AuthStyleInHeader // the default tries one way after the other
	if o.InBody || secret == "" {
		style = oauth2.AuthStyleInParams
	}
	var got *oauth2.Token
	if o.Refresh == "" {
		config := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: o.TokenURL, Scopes: o.Scopes, AuthStyle: style}
		got, err = config.Token(ctx)
	} else {
		refresh := s.session.refresh
		if refresh == "" {
			refresh, _ = fill(o.Refresh, s.credentials)
		}
		config := oauth2.Config{ClientID: id, ClientSecret: secret, Endpoint: oauth2.Endpoint{TokenURL: o.TokenURL, AuthStyle: style}, Scopes: o.Scopes}
		if got, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token(); err == nil && got.RefreshToken != refresh {
			s.session.refresh = got.RefreshToken
		}
	}
	if err != nil {
		if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			return "", expires, &tokenError{status: refusal.Response.StatusCode}
		}
		return "", expires, err
	}
	return got.AccessToken, got.Expiry, nil
}

// login makes the call that logs in.
func (s *source) login(ctx context.Context) (token string, expires time.Time, err error) {
	l := s.spec.Login
	var body []byte
	contentType := "application/json"
	if l.Body != "" {
		filled, err := s.fillJSON(l.Body)
		if err != nil {
			return "", expires, err
		}
		if body = filled; l.Form {
			form := url.Values{}
			gjson.ParseBytes(filled).ForEach(func(key, value gjson.Result) bool {
				form.Set(key.Str, value.String())
				return true
			})
			body, contentType = []byte(form.Encode()), "application/x-www-form-urlencoded"
		}
	}
	c := s.caller
	address := c.server
	address.Path, address.RawPath = strings.TrimRight(address.Path, "/")+l.Path, ""
	r, err := http.NewRequestWithContext(ctx, l.Method, address.String(), bytes.NewReader(body))
	if err != nil {
		return "", expires, fmt.Errorf("making the login: %w", err)
	}
	for _, f := range c.common {
		if f.name != "Accept-Encoding" {
			r.Header[f.name] = f.values
		}
	}
	if body != nil {
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := c.exchange(r)
	if err != nil {
		return "", expires, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return "", expires, fmt.Errorf("reading the answer to the login: %w", err)
	}
	if token = gjson.GetBytes(answer, l.Token).String(); token == "" || resp.StatusCode >= 300 {
		return "", expires, &tokenError{status: resp.StatusCode}
	}
	if seconds := gjson.GetBytes(answer, l.Expires).Int(); l.Expires != "" && seconds > 0 {
		expires = c.now().Add(time.Duration(min(seconds, int64(maxLifetime/time.Second))) * time.Second)
	}
	return token, expires, nil
}

// fillJSON fills the templates among the texts of a JSON value.
func (s *source) fillJSON(text string) ([]byte, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading the body of the login: %w", err)
	}
	return json.Marshal(s.filled(v))
}

func (s *source) filled(v any) any {
	switch v := v.(type) {
	case string:
		text, _ := fill(v, s.credentials) // checked when the configuration was loaded
		return text
	case map[string]any:
		for name, value := range v {
			v[name] = s.filled(value)
		}
	case []any:
		for i, value := range v {
			v[i] = s.filled(value)
		}
	}
	return v
}

// tokenError is a platform's refusal to give a token. What it said may hold secrets.
type tokenError struct{ status int }

func (e *tokenError) Error() string {
	return fmt.Sprintf("asking for a token: the platform answered with the status %d and without a token", e.status)
}

// exchanger makes a function an http.RoundTripper.
type exchanger func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f exchanger) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
