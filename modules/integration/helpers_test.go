package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// object is a unified object as a test expects it: a member that is left out is null.
type object = map[string]any

// money is an amount of minor units, of which digits are behind the point.
func money(minor int64, digits int, currency string) object {
	return object{"value": decimal(minor, digits), "currency": currency}
}

// decimal writes minor units as decimal text.
func decimal(minor int64, digits int) string {
	text := strconv.FormatInt(minor, 10)
	sign := ""
	if minor < 0 {
		sign, text = "-", text[1:]
	}
	for len(text) <= digits {
		text = "0" + text
	}
	if digits == 0 {
		return sign + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// at writes an instant as the contract has it; none is null.
func at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// given is a text; none is null.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// ref is the unified identifier of a numbered object; none is null.
func ref(platform string, id int64) any {
	if id == 0 {
		return nil
	}
	return fmt.Sprintf("%s:%d", platform, id)
}

// identified begins an object with what all have.
func identified(platform, native string, members object) object {
	members["id"], members["platform"], members["native_id"] = platform+":"+native, platform, native
	return members
}

// decimals are the members that are decimal text without being money.
var decimals = []string{"commission_rate", "traffic_loss", "rate", "percent"}

// natively is a value of the sandboxes' own JSON types as a client reads it.
func natively(v any) any {
	switch v := v.(type) {
	case kit.Object:
		o := object{}
		for _, m := range v {
			o[m.Name] = natively(m.Value)
		}
		return o
	case kit.Array:
		list := make([]any, len(v))
		for i := range v {
			list[i] = natively(v[i])
		}
		return list
	}
	return v
}

// plain is a value in the form in which two are compared: members that are null are
// left out, and so are objects of nothing else; numbers are their digits; decimals have
// no zeros at their end.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return plainObject(v)
	case []any:
		return plainList(v)
	case []object:
		return plainList(v)
	case []string:
		return plainList(v)
	case int:
		return json.Number(strconv.Itoa(v))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	}
	return v
}

func plainObject(v object) any {
	_, amount := v["value"].(string)
	_, currency := v["currency"]
	amount = amount && currency && len(v) == 2
	out := object{}
	for name, member := range v {
		text, ok := member.(string)
		if ok && (amount && name == "value" || slices.Contains(decimals, name)) {
			out[name] = shortest(text)
		} else if m := plain(member); m != nil {
			out[name] = m
		}
	}
	if len(v) > 0 && len(out) == 0 {
		return nil
	}
	return out
}

func plainList[T any](v []T) []any {
	out := make([]any, len(v))
	for i := range v {
		out[i] = plain(v[i])
	}
	return out
}

// diff tells how an answer is not what is expected; empty if it is.
func diff(got, want any) string {
	got, want = plain(got), plain(want)
	if reflect.DeepEqual(got, want) {
		return ""
	}
	return cmp.Diff(want, got)
}

var decimalText = regexp.MustCompile(`^-?\d+\.\d*$`)

func shortest(text string) string {
	if decimalText.MatchString(text) {
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// same compares one object with what is expected of it.
func same(t *testing.T, got, want any) {
	t.Helper()
	if d := diff(got, want); d != "" {
		t.Errorf("the answer is not the platform's data (-want +got):\n%s", d)
	}
}

// sameRows compares lists whatever their order: each row is there once, and every
// member is what is expected.
func sameRows(t *testing.T, got []map[string]any, want []object) {
	t.Helper()
	expected := make(map[string]object, len(want))
	for _, w := range want {
		expected[fmt.Sprint(w["id"])] = w
	}
	if len(expected) != len(want) {
		t.Fatal("what is expected has an identifier twice")
	}
	seen, wrong := map[string]bool{}, 0
	for _, row := range got {
		id := fmt.Sprint(row["id"])
		w, known := expected[id]
		switch {
		case !known:
			t.Errorf("%s is not expected", id)
		case seen[id]:
			t.Errorf("%s is there twice", id)
		default:
			d := diff(row, w)
			if d == "" {
				seen[id] = true
				continue
			}
			t.Errorf("%s is not the platform's data (-want +got):\n%s", id, d)
		}
		seen[id] = true
		if wrong++; wrong == 3 {
			t.Fatal("and so on")
		}
	}
	for id := range expected {
		if !seen[id] {
			t.Fatalf("%d rows of %d: %s is missing", len(got), len(want), id)
		}
	}
}

// in is the gateway as seen by a subtest.
func (g *gateway) in(t *testing.T) *gateway {
	c := *g
	c.t = t
	return &c
}

// fits checks rows against a schema of the document that the gateway serves: all
// members are there, of their types, with values of their enums.
func (g *gateway) fits(schema string, rows ...map[string]any) {
	g.t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(g.get("/v1/openapi.json").body))
	if err != nil {
		g.t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("openapi.json", document); err != nil {
		g.t.Fatal(err)
	}
	s, err := c.Compile("openapi.json#/components/schemas/" + schema)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, row := range rows {
		if err := s.Validate(any(row)); err != nil {
			g.t.Fatalf("%v of the published document: %v", row["id"], err)
		}
	}
}

// paged adds the largest page to a list's path.
func paged(path string) string {
	if strings.Contains(path, "?") {
		return path + "&limit=1000"
	}
	return path + "?limit=1000"
}

// gives checks that a list has exactly the expected rows, in the published form, and
// knows how many there are.
func (g *gateway) gives(path, schema string, want []object) {
	g.t.Helper()
	rows, _ := g.walk(paged(path))
	sameRows(g.t, rows, want)
	g.fits(schema, rows...)
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	count := g.list(path + separator + "limit=0")
	if count.Page.Total == nil || *count.Page.Total != len(want) || len(count.Data) != 0 {
		g.t.Errorf("limit=0 of %s: total %v and %d rows, want %d and none", path, count.Page.Total, len(count.Data), len(want))
	}
}

// one reads an object that has to be there.
func (g *gateway) one(path string) map[string]any {
	g.t.Helper()
	a := g.get(path)
	if a.status != http.StatusOK {
		g.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	return decode[map[string]any](g.t, a.body)
}

// givesEach gets every expected object by its identifier.
func (g *gateway) givesEach(path, query, schema string, want []object) {
	g.t.Helper()
	var rows []map[string]any
	for _, w := range want {
		rows = append(rows, g.one(path+"/"+url.PathEscape(w["id"].(string))+query))
	}
	sameRows(g.t, rows, want)
	g.fits(schema, rows...)
}

// selection is a query of a list, and which of a platform's objects it is to give.
type selection[T any] struct {
	query string
	keep  func(T) bool
}

// selects checks selections of a list: rows, and their number.
func selects[T any](g *gateway, path string, all []T, id func(T) string, tests []selection[T]) {
	g.t.Helper()
	t := g.t
	for _, test := range tests {
		t.Run(path+"?"+test.query, func(t *testing.T) {
			g := g.in(t)
			var want []string
			for _, v := range all {
				if test.keep(v) {
					want = append(want, id(v))
				}
			}
			rows, _ := g.walk(path + "?limit=1000&" + test.query)
			sameSet(t, ids(rows), want)
			if p := g.list(path + "?limit=0&" + test.query); p.Page.Total == nil || *p.Page.Total != len(want) {
				t.Errorf("limit=0 counts %v, want %d", p.Page.Total, len(want))
			}
			for _, s := range g.list(path + "?limit=1&" + test.query).Platforms {
				if s.Status != "ok" || len(s.Unsupported) > 0 {
					t.Errorf("%s is %s without %v", s.Platform, s.Status, s.Unsupported)
				}
			}
		})
	}
}

// order is a sort key, and the value that it orders the expected objects by: nil is
// null, which goes last.
type order struct {
	sort string
	less func(a, b object) int
}

// by orders by the text of a dotted member, as codes of letters compare.
func by(name string) func(a, b object) int {
	return nullsLast(name, strings.Compare)
}

// byNumber orders by a dotted member that is a number, decimal text or money.
func byNumber(name string) func(a, b object) int {
	return nullsLast(name, func(a, b string) int {
		x, y := padded(a), padded(b)
		switch {
		case strings.HasPrefix(x, "-") && strings.HasPrefix(y, "-"):
			return strings.Compare(y, x)
		case strings.HasPrefix(x, "-"):
			return -1
		case strings.HasPrefix(y, "-"):
			return 1
		}
		return strings.Compare(x, y)
	})
}

// padded writes decimal text so that it compares as text: 40 digits before the point.
func padded(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	return sign + strings.Repeat("0", 40-len(whole)) + whole + "." + (fraction + strings.Repeat("0", 10))[:10]
}

// descending turns an order round; nulls stay last.
func descending(less func(a, b object) int) func(a, b object) int {
	return func(a, b object) int {
		switch c := less(a, b); c {
		case nullFirst, nullSecond:
			return c
		default:
			return -c
		}
	}
}

// What an order answers when one of the two is null.
const nullFirst, nullSecond = 2, -2

func nullsLast(name string, compare func(a, b string) int) func(a, b object) int {
	return func(a, b object) int {
		x, y := member(a, name), member(b, name)
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return nullFirst
		case y == nil:
			return nullSecond
		}
		return compare(fmt.Sprint(x), fmt.Sprint(y))
	}
}

// member is the value of a dotted member; that of money is its amount.
func member(o any, name string) any {
	for step := range strings.SplitSeq(name, ".") {
		m, ok := o.(object)
		if !ok {
			return nil
		}
		o = m[step]
	}
	if m, ok := o.(object); ok {
		return m["value"]
	}
	return o
}

// orders checks that lists come in an order and are whole. Rows that an order does not
// tell apart may come either way.
func (g *gateway) orders(path string, want []object, tests []order) {
	g.t.Helper()
	t := g.t
	byID := map[string]object{}
	var all []string
	for _, w := range want {
		byID[w["id"].(string)] = w
		all = append(all, w["id"].(string))
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for _, test := range tests {
		t.Run(path+separator+"sort="+test.sort, func(t *testing.T) {
			// a page much smaller than the list, so that cursors carry the order on
			rows, _ := g.in(t).walk(fmt.Sprintf("%s%slimit=%d&sort=%s", path, separator, min(1000, 3+len(want)/3), test.sort))
			sameSet(t, ids(rows), all)
			for i := 1; i < len(rows); i++ {
				a, b := byID[rows[i-1]["id"].(string)], byID[rows[i]["id"].(string)]
				if a == nil || b == nil || test.less(a, b) > 0 {
					t.Fatalf("%v comes before %v", rows[i-1]["id"], rows[i]["id"])
				}
			}
		})
	}
}

// stand puts a handler behind a server of its own, as a platform of a name.
func stand(t *testing.T, name string, h http.Handler, c *kit.Counter, path, block string) *native {
	t.Helper()
	p := &platforms{native: map[string]*native{}}
	p.add(t, name, h, c, path, block)
	return p.native[name]
}

// nativeRow is the native object of a row that was asked for with include=native.
func nativeRow(row map[string]any) map[string]any {
	n, _ := row["native"].(map[string]any)
	return n
}
