package platformproxy

import (
	"net/http"
	"slices"
	"strings"
)

// addressFields tell a server behind a proxy who the client is. That is nothing to a
// platform: it sees the gateway.
var addressFields = []string{
	"Cf-Connecting-Ip", "Client-Ip", "Fastly-Client-Ip", "Forwarded", "True-Client-Ip", "Via",
	"X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Forwarded-For", "X-Real-Ip",
}

// traceFields carry a trace from one service of somebody to the next, in the forms that
// Caddy's tracing reads and writes. A platform is a third party: the trace is of no use to
// it, and would tell it which requests belong together, and what baggage they have.
var traceFields = []string{"Baggage", "B3", "Traceparent", "Tracestate", "Uber-Trace-Id", "X-Amzn-Trace-Id"}

// hideClient removes the fields that proxies before the gateway, and the gateway's own
// tracing, have added.
func hideClient(h http.Header) {
	for _, names := range [][]string{addressFields, traceFields} {
		for _, name := range names {
			delete(h, name)
		}
	}
	for name := range h {
		for _, prefix := range []string{"X-Forwarded-", "X-B3-", "Ot-Tracer-", "Ot-Baggage-", "Uberctx-"} {
			if strings.HasPrefix(name, prefix) {
				delete(h, name)
			}
		}
	}
}

// overrideFields let a request be another one to some servers than its first line
// says, which is what rules go by.
var overrideFields = []string{
	"X-Http-Method", "X-Http-Method-Override", "X-Method-Override", "X-Original-Url", "X-Rewrite-Url",
}

// overrides tells whether a request says that it is meant as another one.
func overrides(r *http.Request) bool {
	if slices.ContainsFunc(overrideFields, func(name string) bool { return len(r.Header[name]) > 0 }) {
		return true
	}
	for pair := range strings.FieldsFuncSeq(r.URL.RawQuery, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(pair, "=")
		if isMethodParameter(unescape(name)) {
			return true
		}
	}
	return false
}

// isMethodParameter tells whether some server would take a parameter's name for
// _method. PHP passes over spaces before a name, ends it at a zero byte, and writes
// the others of these characters as underscores.
func isMethodParameter(name string) bool {
	name, _, _ = strings.Cut(strings.TrimLeft(name, " +"), "\x00")
	return strings.EqualFold(phpName.Replace(name), "_method")
}

var phpName = strings.NewReplacer(" ", "_", ".", "_", "[", "_")

// keepPrivate sees to it that no shared cache keeps an answer, since to such a cache a
// key in a query or a header of the platform's own is none. What the platform says
// stays where it is as strict.
func keepPrivate(h http.Header) {
	// for caches of content networks alone; these obey Cache-Control without it
	delete(h, "Cdn-Cache-Control")
	delete(h, "Surrogate-Control")

	directives := []string{"private"}
	for _, v := range h["Cache-Control"] {
		for directive := range strings.SplitSeq(v, ",") {
			directive = strings.TrimSpace(directive)
			name, _, _ := strings.Cut(strings.ToLower(directive), "=")
			switch strings.TrimSpace(name) {
			case "no-store":
				return
			case "", "private", "public", "s-maxage", "proxy-revalidate":
			default:
				directives = append(directives, directive)
			}
		}
	}
	if v := h["Cache-Control"]; len(v) == 1 && isPrivate(v[0]) {
		return
	}
	h["Cache-Control"] = []string{strings.Join(directives, ", ")}
}

// isPrivate tells whether a Cache-Control forbids shared caches already. One that
// names fields forbids these alone.
func isPrivate(v string) bool {
	private := false
	for directive := range strings.SplitSeq(v, ",") {
		switch strings.ToLower(strings.TrimSpace(directive)) {
		case "private":
			private = true
		case "public":
			return false
		}
	}
	return private
}
