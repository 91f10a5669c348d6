package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/inventory"
)

// samples are the answers that a platform's documents show, typed from them: by the rows
// of the coverage table, null where no document shows one.
//
// An object of "=" alone stands for an answer that is that value, a text "@name" for the
// sample of that name. A member "=name" has in every answer the very value of the sample,
// "name?" may be missing, and "*" stands for all members of an object whose names are
// data. Of a list the first element stands for all.
type samples struct {
	Named map[string]any `json:"named"`
	Rows  map[string]any `json:"rows"`
}

func readSamples(t *testing.T, platform string, table []inventory.Line) *samples {
	t.Helper()
	text, err := os.ReadFile("testdata/coverage/" + platform + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	d.DisallowUnknownFields()
	var s samples
	if err := d.Decode(&s); err != nil {
		t.Fatalf("%s: %v", platform, err)
	}
	for call := range s.Rows {
		if !slices.ContainsFunc(table, func(l inventory.Line) bool { return l.Call == call }) {
			t.Errorf("there is a sample of %s, which the table has not", call)
		}
	}
	return &s
}

// judge compares an answer with the sample of its row: every member that is shown is in
// every row, and is of the sample's type or null; and somewhere it is not null.
func (s *samples) judge(t *testing.T, call, body string) {
	t.Helper()
	want, ok := s.Rows[call]
	if !ok {
		t.Errorf("no sample of %s; null says that no document shows one", call)
	}
	if want == nil {
		return
	}
	faults := s.faults(want, decode[any](t, []byte(body)))
	for _, path := range slices.Sorted(maps.Keys(faults)) {
		t.Errorf("the answer's %s %s, by the document's sample", path, faults[path])
	}
}

// faults tells by members how an answer is not like a sample.
func (s *samples) faults(sample, answer any) map[string]string {
	if o, ok := sample.(map[string]any); ok && len(o) == 1 && o["="] != nil {
		sample, answer = map[string]any{"=value": o["="]}, map[string]any{"value": answer}
	}
	c := comparison{samples: s, seen: map[string]bool{}, wanted: map[string]bool{}, faults: map[string]string{}}
	c.want("", sample)
	c.compare("", sample, answer)
	for path := range c.wanted {
		if !c.seen[path] && c.faults[path] == "" {
			c.faults[path] = "is nowhere but null or missing"
		}
	}
	return c.faults
}

// comparison is one answer beside one sample.
type comparison struct {
	*samples
	wanted, seen map[string]bool // members that the sample shows and the answer has
	faults       map[string]string
}

// resolve follows the name of a sample.
func (c *comparison) resolve(sample any) any {
	if name, ok := sample.(string); ok && strings.HasPrefix(name, "@") {
		named, ok := c.Named[name[1:]]
		if !ok {
			panic("no sample is called " + name)
		}
		return named
	}
	return sample
}

// want notes the members that an answer has to show somewhere.
func (c *comparison) want(path string, sample any) {
	switch sample := c.resolve(sample).(type) {
	case nil:
	case map[string]any:
		for name, member := range sample {
			if !strings.HasSuffix(name, "?") {
				c.want(path+"."+strings.TrimPrefix(name, "="), member)
			}
		}
	case []any:
		if len(sample) > 0 {
			c.want(path+"[]", sample[0])
			return
		}
		c.wanted[path] = true
	default:
		c.wanted[path] = true
	}
}

func (c *comparison) compare(path string, sample, got any) {
	sample = c.resolve(sample)
	if sample == nil || got == nil {
		return
	}
	list, isList := got.([]any)
	switch sample := sample.(type) {
	case map[string]any:
		o, ok := got.(map[string]any)
		if !ok && isList && len(list) == 0 {
			return // PHP writes an empty map as a list
		}
		if !ok {
			c.faults[path] = fmt.Sprintf("is %v, no object", got)
			return
		}
		c.members(path, sample, o)
	case []any:
		if !isList {
			c.faults[path] = fmt.Sprintf("is %v, no list", got)
			return
		}
		c.seen[path] = true
		for _, element := range list {
			if len(sample) > 0 {
				c.compare(path+"[]", sample[0], element)
			}
		}
	default:
		if c.seen[path] = true; !alike(form(sample), got) {
			c.faults[path] = fmt.Sprintf("is %v, not like %v", got, sample)
		}
	}
}

func (c *comparison) members(path string, sample, got map[string]any) {
	for name, member := range sample {
		if name == "*" {
			for _, v := range got {
				c.compare(path+".*", member, v)
			}
			continue
		}
		bare, exact := strings.CutPrefix(name, "=")
		bare, optional := strings.CutSuffix(bare, "?")
		v, ok := got[bare]
		at := path + "." + bare
		switch {
		case !ok && optional:
		case !ok:
			c.faults[at] = "is missing"
		case !exact:
			c.compare(at, member, v)
		case reflect.DeepEqual(v, c.resolve(member)):
			c.seen[at] = true
		default:
			c.faults[at] = fmt.Sprintf("is %v, not %v", v, member)
		}
	}
}

// forms are what texts can be told apart by.
var forms = []struct {
	name string
	text *regexp.Regexp
}{
	{"instant", regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)},
	{"instant of PHP", regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$`)},
	{"instant of RFC 3339", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)},
	{"day", regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)},
	{"Datetime", regexp.MustCompile(`^\d{14}$`)},
	{"Date", regexp.MustCompile(`^20\d{6}$`)},
	{"decimal", regexp.MustCompile(`^-?\d+\.\d+$`)},
}

// alike reports whether a value can be where a sample has one of a form: a sample without
// a fraction is of whole numbers, and a text without a form of its own of any text.
func alike(sample string, got any) bool {
	_, isText := got.(string)
	f := form(got)
	return f == sample || sample == "number" && f == "integer" || sample == "text" && isText
}

// form is the type of a value, and of a text what it is written like.
func form(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	case string:
		for _, f := range forms {
			if f.text.MatchString(v) {
				return f.name
			}
		}
		return "text"
	}
	return fmt.Sprintf("%T", v)
}

// The comparison with samples finds what differs, and nothing else.
func TestSamplesAreCompared(t *testing.T) {
	s := &samples{Named: map[string]any{"offer": map[string]any{"id": json.Number("1")}}}
	tests := []struct{ name, sample, answer, faults string }{
		{"alike", `{"id":1,"name":"a","at":"2017-03-28 19:55:13","rate":1.5,"on":true}`, `{"id":7,"name":"2017","at":"2026-01-01 00:00:00","rate":2,"on":false,"more":[]}`, ""},
		{"a number as text", `{"id":1}`, `{"id":"1"}`, ".id"},
		{"text as a number", `{"id":"1"}`, `{"id":1}`, ".id"},
		{"a fraction", `{"id":1}`, `{"id":1.5}`, ".id"},
		{"a day for an instant", `{"at":"2017-03-28 19:55:13"}`, `{"at":"2017-03-28"}`, ".at"},
		{"a decimal without decimals", `{"cost":"10.0000"}`, `{"cost":"10"}`, ".cost"},
		{"missing", `{"id":1,"name":"a"}`, `{"id":1}`, ".name"},
		{"may be missing", `{"id":1,"name?":"a"}`, `{"id":1}`, ""},
		{"of another type where it may be missing", `{"id":1,"name?":"a"}`, `{"id":1,"name":2}`, ".name"},
		{"missing in one row", `[{"id":1}]`, `[{"id":1},{}]`, "[].id"},
		{"null in one row", `[{"id":1}]`, `[{"id":1},{"id":null}]`, ""},
		{"null in every row", `[{"id":1}]`, `[{"id":null}]`, "[].id"},
		{"no rows", `[{"id":1}]`, `[]`, "[].id"},
		{"an object for a list", `[{"id":1}]`, `{"id":1}`, " [].id"},
		{"anything where the sample has null", `{"group":null}`, `{"group":{"id":1}}`, ""},
		{"missing where the sample has null", `{"group":null}`, `{}`, ".group"},
		{"another value", `{"=state":"active"}`, `{"state":"disabled"}`, ".state"},
		{"the value", `{"=state":"active"}`, `{"state":"active"}`, ""},
		{"the value null", `{"=state":null}`, `{"state":"active"}`, ".state"},
		{"by its name", `{"offer":"@offer"}`, `{"offer":{"id":"1"}}`, ".offer.id"},
		{"members whose names are data", `{"*":{"id":1}}`, `{"a":{"id":1},"b":{"id":"2"}}`, ".*.id"},
		{"an empty map as PHP writes it", `{"meta":{}}`, `{"meta":[]}`, ""},
		{"a value alone", `{"=":true}`, `true`, ""},
		{"another value alone", `{"=":true}`, `1`, ".value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			faults := s.faults(decode[any](t, []byte(test.sample)), decode[any](t, []byte(test.answer)))
			if got := strings.Join(slices.Sorted(maps.Keys(faults)), " "); got != test.faults {
				t.Errorf("faults of %q, want %q: %v", got, test.faults, faults)
			}
		})
	}
}
