package mappingtest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/sjson"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// compareRequest compares a native request with the one that the i-th exchange expects.
// auth are the places of credentials, which an expectation may leave out.
func compareRequest(i int, want *mapping.NativeRequest, got *http.Request, body []byte, auth []exchange.AuthSpec) []Difference {
	c := &comparison{exact: true}
	name := fmt.Sprintf("exchange %d: ", i+1)
	if got.Method != want.Method {
		c.differ(want.Position, name+"method", want.Method, got.Method)
	}
	if path := got.URL.EscapedPath(); path != want.Path {
		c.differ(want.Position, name+"path", want.Path, path)
	}
	query, err := url.ParseQuery(got.URL.RawQuery)
	if err != nil {
		c.differ(want.Position, name+"query", "a query that can be parsed", got.URL.RawQuery)
	}
	for _, a := range auth {
		if a.Query != "" && !names(want.Query, a.Query) {
			delete(query, a.Query)
		}
	}
	c.params(want.Position, name+"query ", want.Query, query)
	for _, p := range want.Header {
		if values := got.Header[http.CanonicalHeaderKey(p.Name)]; !slices.Equal(values, p.Values) {
			c.differ(p.Position, name+"header "+p.Name, showList(p.Values), showList(values))
		}
	}
	c.body(name, want, got, body, auth)
	return c.found
}

func (c *comparison) params(at mapping.Position, name string, want []mapping.Param, got url.Values) {
	for _, p := range want {
		if values := got[p.Name]; !slices.Equal(values, p.Values) {
			c.differ(p.Position, name+p.Name, showList(p.Values), showList(values))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if !names(want, key) {
			c.differ(at, name+key, absent, showList(got[key]))
		}
	}
}

func (c *comparison) body(name string, want *mapping.NativeRequest, r *http.Request, body []byte, auth []exchange.AuthSpec) {
	if want.Form != nil || strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			c.differ(want.Position, name+"form", "a form that can be parsed", string(body))
			return
		}
		for _, a := range auth {
			if a.Body != "" && !names(want.Form, a.Body) {
				delete(form, a.Body)
			}
		}
		c.params(want.Position, name+"form ", want.Form, form)
		return
	}
	for _, a := range auth {
		if a.Body != "" && !want.Body.Has(strings.Split(a.Body, ".")...) {
			if rest, err := sjson.DeleteBytes(body, a.Body); err == nil {
				body = rest
			}
		}
	}
	if want.Body == nil {
		if len(body) > 0 && string(body) != "{}" {
			c.differ(want.Position, name+"body", absent, string(body))
		}
		return
	}
	got, err := decode(body)
	if err != nil {
		text := string(body)
		if text == "" {
			text = absent
		}
		c.differ(want.Body.Position, name+"body", show(want.Body.Plain()), text)
		return
	}
	c.compare(name+"body", want.Body, got)
}

func names(params []mapping.Param, name string) bool {
	return slices.ContainsFunc(params, func(p mapping.Param) bool { return p.Name == name })
}

// showList shows the values of one parameter: a single one bare.
func showList(values []string) string {
	switch len(values) {
	case 0:
		return absent
	case 1:
		return show(values[0])
	}
	return show(values)
}

// showRequest shows a request in one line, its credentials left as the tests' own.
func showRequest(r *http.Request, body []byte) string {
	s := r.Method + " " + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		s += "?" + r.URL.RawQuery
	}
	if len(body) > 0 {
		s += " " + string(body)
	}
	return s
}
