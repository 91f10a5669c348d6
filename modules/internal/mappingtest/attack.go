package mappingtest

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// attack is one kind of hostile answer, made from a good one.
type attack struct {
	name string
	// make changes the answer; false: there is nothing in it to change.
	make func(n native, p places) (native, bool)
	// same: the client gets what the good answer gives.
	same bool
	// reads: it is nothing to calls that do not look into their answer.
	reads bool
	// problem is what the client gets, unless an error rule of the mapping knows better;
	// empty: it may get any problem but the gateway's own, or an answer.
	problem problem.Code
	// explain looks at how the rows of the answer are read.
	explain func(a *assault) string
}

const (
	stranger = "tributary_never_seen"           // an enum value that no table has
	extra    = "tributary_extra"                // a member that no mapping reads
	huge     = "123456789012345678901234567890" // more digits than any machine number has
	deepness = 20_000
)

var attacks = []attack{
	{name: "empty", reads: true, make: withBody(func([]byte) []byte { return nil }), problem: problem.PlatformInvalidResponse},
	{name: "null everywhere", reads: true, make: nulls, explain: nothingFromNulls},
	{name: "unknown enum values", reads: true, make: strangers, explain: unknownEnums},
	{name: "extra members", make: extras, same: true},
	{name: "cut in the middle", reads: true, make: withBody(func(b []byte) []byte { return b[:len(b)/2] }), problem: problem.PlatformInvalidResponse},
	{name: "cut before the end", reads: true, make: withBody(func(b []byte) []byte { return b[:len(b)-1] }), problem: problem.PlatformInvalidResponse},
	{name: "a web page with 200", make: webPage, problem: problem.PlatformInvalidResponse},
	{name: "401", make: withStatus(http.StatusUnauthorized), problem: problem.PlatformCredentialsRejected},
	{name: "429", make: withStatus(http.StatusTooManyRequests), problem: problem.PlatformRateLimited},
	{name: "500", make: withStatus(http.StatusInternalServerError), problem: problem.PlatformError},
	{name: "gzip", make: zipped, same: true},
	{name: "a byte order mark", make: withBody(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }), same: true},
	{name: "huge numbers", reads: true, make: hugeNumbers, explain: digitsKept},
	{name: "deep nesting", reads: true, make: deep, problem: problem.PlatformInvalidResponse},
}

func withBody(change func([]byte) []byte) func(native, places) (native, bool) {
	return func(n native, _ places) (native, bool) {
		body := bytes.TrimSpace(n.body)
		if len(body) == 0 {
			return n, false
		}
		n.body = change(bytes.Clone(body))
		return n, true
	}
}

func withStatus(status int) func(native, places) (native, bool) {
	return func(n native, _ places) (native, bool) {
		return native{status: status, header: n.header, body: []byte("{}")}, true
	}
}

func webPage(n native, _ places) (native, bool) {
	h := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	return native{status: http.StatusOK, header: h, body: []byte("<!doctype html><title>Sign in</title><p>Please sign in.</p>")}, true
}

func zipped(n native, _ places) (native, bool) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// a buffer takes all that is written
	_, _ = w.Write(n.body)
	_ = w.Close()
	n.header = n.header.Clone()
	n.header.Set("Content-Encoding", "gzip")
	n.body = b.Bytes()
	return n, true
}

func nulls(n native, _ places) (native, bool) {
	if !gjson.ValidBytes(n.body) {
		return n, false
	}
	n.body = rewrite{scalar: func([]string, gjson.Result) string { return "null" }}.json(n.body)
	return n, true
}

func strangers(n native, p places) (native, bool) {
	found := false
	body := rewrite{scalar: func(path []string, v gjson.Result) string {
		if v.Type == gjson.Null || v.Raw == `""` || !p.enum(path) {
			return ""
		}
		found = true
		return `"` + stranger + `"`
	}}.json(n.body)
	n.body = body
	return n, found
}

func extras(n native, p places) (native, bool) {
	if !gjson.ValidBytes(n.body) {
		return n, false
	}
	n.body = rewrite{extra: func(path []string) string {
		if p.container(path) {
			return "" // it would be one more row
		}
		return `"` + extra + `":{"list":[1,"a",null,{"b":[]}]}`
	}}.json(n.body)
	return n, true
}

func hugeNumbers(n native, p places) (native, bool) {
	found := false
	body := rewrite{scalar: func(path []string, v gjson.Result) string {
		if v.Type != gjson.Number || !p.inRow(path) {
			return ""
		}
		found = true
		return huge
	}}.json(n.body)
	n.body = body
	return n, found
}

// deep nests lists and objects deeper than any JSON that is meant to be read.
func deep(n native, _ places) (native, bool) {
	if !gjson.ValidBytes(n.body) {
		return n, false
	}
	n.body = []byte(strings.Repeat(`[{"a":`, deepness) + "1" + strings.Repeat("}]", deepness))
	return n, true
}
