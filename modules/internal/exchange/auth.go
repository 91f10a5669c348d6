package exchange

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// AuthSpec says where a platform wants one secret, as a mapping states it.
// Exactly one of Header, Query, Body, Bearer and Basic is given.
type AuthSpec struct {
	// Header names a request header that holds Value.
	Header string
	// Query names a query parameter that holds Value.
	Query string
	// Body names a member of the JSON or form body that holds Value. In JSON a
	// dot leads into an object: "auth.key".
	Body string
	// Bearer is the template of what follows "Bearer " in the header
	// Authorization, quotes included where the platform wants them.
	Bearer string
	// Basic is the user and password of HTTP basic authentication.
	Basic *BasicSpec
	// Value is the template of a header, query parameter or body member:
	// literal text and any number of {credentials.NAME}. {token} is the token of the
	// session.
	Value string
}

// BasicSpec holds the templates of HTTP basic authentication (RFC 7617).
type BasicSpec struct {
	Username, Password string
}

// Auth is an [AuthSpec] that has been checked and parsed.
type Auth struct {
	spec AuthSpec
	// value is the template of the place; for basic it is the user's.
	value    template
	password template
}

// Spec returns what the Auth was compiled from.
func (a Auth) Spec() AuthSpec { return a.spec }

// Credentials lists the names of the credentials that the place uses, in order of appearance.
func (a Auth) Credentials() []string {
	var names []string
	for _, p := range append(slices.Clone(a.value), a.password...) {
		if p.credential != "" && !slices.Contains(names, p.credential) {
			names = append(names, p.credential)
		}
	}
	return names
}

// CompileAuth checks the places of a mapping and parses their templates. All
// faults are reported, joined, each with the index of its place.
func CompileAuth(specs []AuthSpec) ([]Auth, error) {
	auths := make([]Auth, 0, len(specs))
	var faults []error
	for i, spec := range specs {
		a, err := compileAuth(spec)
		if err != nil {
			faults = append(faults, fmt.Errorf("compiling auth %d: %w", i, err))
			continue
		}
		auths = append(auths, a)
	}
	return auths, errors.Join(faults...)
}

func compileAuth(spec AuthSpec) (Auth, error) {
	a := Auth{spec: spec}
	places := 0
	for _, given := range []bool{spec.Header != "", spec.Query != "", spec.Body != "", spec.Bearer != "", spec.Basic != nil} {
		if given {
			places++
		}
	}
	if places != 1 {
		return a, fmt.Errorf("exactly one of header, query, body, bearer and basic is needed, got %d", places)
	}
	if named := spec.Bearer == "" && spec.Basic == nil; named && spec.Value == "" {
		return a, errors.New("value is missing")
	} else if !named && spec.Value != "" {
		return a, errors.New("value has no meaning beside bearer or basic")
	}
	if spec.Header != "" && !httpguts.ValidHeaderFieldName(spec.Header) {
		return a, fmt.Errorf("%q is not a header's name", spec.Header)
	}
	var err error
	switch {
	case spec.Basic != nil:
		if strings.Contains(spec.Basic.Username, ":") {
			return a, errors.New("a basic username cannot hold a colon (RFC 7617 section 2)")
		}
		if a.value, err = parseTemplate(spec.Basic.Username); err != nil {
			return a, err
		}
		a.password, err = parseTemplate(spec.Basic.Password)
	case spec.Bearer != "":
		a.value, err = parseTemplate(spec.Bearer)
	default:
		a.value, err = parseTemplate(spec.Value)
	}
	if err != nil {
		return a, err
	}
	if len(a.Credentials()) == 0 {
		return a, errors.New("the template names no credential; write {credentials.NAME}")
	}
	return a, nil
}

// template is literal text and credentials in turn.
type template []templatePart

type templatePart struct {
	literal, credential string
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func parseTemplate(s string) (template, error) {
	var t template
	literal := func(text string) error {
		if strings.ContainsAny(text, "{}") {
			return fmt.Errorf("template %q: a brace stands alone; placeholders are {credentials.NAME}", s)
		}
		if text != "" {
			t = append(t, templatePart{literal: text})
		}
		return nil
	}
	end := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		if err := literal(s[end:m[0]]); err != nil {
			return nil, err
		}
		name, ok := strings.CutPrefix(s[m[2]:m[3]], "credentials.")
		if s[m[0]:m[1]] == tokenName {
			name, ok = tokenName, true
		}
		if !ok || name == "" {
			return nil, fmt.Errorf("template %q: unknown placeholder %q; placeholders are {credentials.NAME}", s, s[m[0]:m[1]])
		}
		t = append(t, templatePart{credential: name})
		end = m[1]
	}
	if err := literal(s[end:]); err != nil {
		return nil, err
	}
	return t, nil
}

func (t template) expand(credentials map[string]string) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if p.credential == "" {
			b.WriteString(p.literal)
			continue
		}
		v := credentials[p.credential]
		if v == "" {
			return "", fmt.Errorf("missing credential %q", p.credential)
		}
		b.WriteString(v)
	}
	return b.String(), nil
}

// resolvedAuth is what every request of a caller carries, made once. It must
// never be printed.
type resolvedAuth struct {
	headers []headerField
	query   string // encoded, parameters joined by "&"
	body    []bodyMember
}

type headerField struct {
	name   string
	values []string // shared by all requests: transports do not write to them
}

type bodyMember struct{ path, value string }

func resolveAuth(auths []Auth, credentials map[string]string) (*resolvedAuth, error) {
	r := new(resolvedAuth)
	var query []string
	for i := range auths {
		a := &auths[i]
		value, err := a.value.expand(credentials)
		if err != nil {
			return nil, err
		}
		name := a.spec.Header
		switch {
		case a.spec.Query != "":
			query = append(query, url.QueryEscape(a.spec.Query)+"="+url.QueryEscape(value))
			continue
		case a.spec.Body != "":
			r.body = append(r.body, bodyMember{a.spec.Body, value})
			continue
		case a.spec.Bearer != "":
			name, value = "Authorization", "Bearer "+value
		case a.spec.Basic != nil:
			password, err := a.password.expand(credentials)
			if err != nil {
				return nil, err
			}
			if strings.Contains(value, ":") {
				return nil, fmt.Errorf("a basic username cannot hold a colon (RFC 7617 section 2): credentials %q", a.Credentials())
			}
			name = "Authorization"
			value = "Basic " + base64.StdEncoding.EncodeToString([]byte(value+":"+password))
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("credentials %q: a line break or control character cannot stand in the header %s", a.Credentials(), name)
		}
		r.headers = append(r.headers, headerField{http.CanonicalHeaderKey(name), []string{value}})
	}
	r.query = strings.Join(query, "&")
	return r, nil
}
