package mapping_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func loadSurface(t testing.TB) *surface.Surface {
	t.Helper()
	s, err := bundledSurface()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// example is a small mapping that is right; the tests break it.
const example = `mapping: v1
platform: example
title: Example
server: https://api.example.com/v2
timezone: Europe/Paris
credentials:
  token: {description: "Settings, API"}
auth:
  - {header: Authorization, value: "Token {credentials.token}"}
formats:
  day: {date: "2006-01-02"}
  instant: {datetime: "2006-01-02 15:04:05"}
errors:
  - {when: status == 401, problem: platform_credentials_rejected}
resources:
  conversion:
    native_id: id
    status: {from: state, enum: {ok: approved, open: pending, closed: approved}}
    occurred_at: {from: date, as: instant}
    amount: {money: {value: sum, currency: cur}}
    merchant_id: shop
    sub_ids.1: ref
operations:
  conversions.list:
    call: GET /sales
    rows: items
    paging: {page: query.page, size: query.size, max: 500}
    filters:
      occurred_from: {to: query.since, as: instant}
      occurred_to: {to: query.until, as: instant, edge: before}
      updated_from: {to: query.changed, as: day, narrows: true}
      merchant_id: {to: "query.shop[]", many: true}
      status: {to: query.state, many: true, join: "|"}
      sub_id_1: {to: "body.where[]", item: {field: ref, value: "{value}"}}
    sort: {to: query.order, item: "{direction}:{field}", join: ",", directions: {asc: up, desc: down}, fields: {occurred_at: date, amount: sum}}
  conversions.get:
    via: conversions.list
`

func compile(t testing.TB, text string) (*mapping.Platform, error) {
	t.Helper()
	m, err := mapping.Parse("example/mapping.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	return mapping.Compile(m, loadSurface(t), mapping.Binding{Platform: "shop", Currency: "EUR"})
}

func TestFaultsSayWhereAndWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name     string
		old, new string
		mark     string // what the fault points at
		message  string
	}{
		{"unknown key", "    filters:", "    fitlers:", `fitlers:`, `unknown key "fitlers"; did you mean "filters"?`},
		{"unknown top key", "timezone:", "timezon:", `timezon:`, `unknown key "timezon"; did you mean "timezone"?`},
		{"unknown member", "    merchant_id: shop", "    merchnt_id: shop", `merchnt_id: shop`, `conversion has no member "merchnt_id"; did you mean "merchant_id"?`},
		{"unknown operation", "conversions.list:", "conversion.list:", `conversion.list:`, `the surface has no operation "conversion.list"; did you mean "conversions.list"?`},
		{"unknown format", "as: instant}\n    amount", "as: instnt}\n    amount", `occurred_at: {from: date, as: instnt`, `no format named "instnt"; did you mean "instant"?`},
		{"unknown enum value", "ok: approved", "ok: aproved", `ok: aproved`, `the surface has no value "aproved" here; did you mean "approved"?`},
		{"unknown problem", "platform_credentials_rejected", "platform_credential_rejected", `platform_credential_rejected`, `no problem code "platform_credential_rejected"; did you mean "platform_credentials_rejected"?`},
		{"time without a format", "{from: date, as: instant}", "date", `occurred_at: date`, "is a time: say with `as`"},
		{"enum without a table", "{from: state, enum: {ok: approved, open: pending, closed: approved}}", "state", `status: state`, "list its native values with `enum`"},
		{"expression that does not compile", "status == 401", "statu == 401", `statu == 401`, "unknown name statu"},
		{"credential that is not declared", "{credentials.token}", "{credentials.tokn}", `{header: Authorization`, "{credentials.tokn} names no credential"},
		{"no such zone", "Europe/Paris", "Europe/Pariss", `Europe/Pariss`, "no time zone"},
		{"other version", "mapping: v1", "mapping: v2", `v2`, "this gateway reads version v1"},
		{"size without max", "size: query.size, max: 500", "size: query.size", `{page: query.page`, "`size` wants `max`"},
		{"stray white space", "title: Example", `title: "Example "`, `"Example "`, "stray white space"},
		{"sort without template", `item: "{direction}:{field}", `, "", `{to: query.order`, "wants `item`"},
		{"via nothing", "via: conversions.list", "via: conversions.lst", `conversions.get:`, `via names "conversions.lst"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(example, test.old, test.new, 1)
			if text == example {
				t.Fatalf("%q is not in the example", test.old)
			}
			_, err := compile(t, text)
			var faults mapping.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			want := "example/mapping.yaml" + positionOf(t, text, test.mark)
			for _, f := range faults {
				if f.Position.String() == want && strings.Contains(f.Message, test.message) {
					return
				}
			}
			t.Errorf("no fault at %s saying %q in:\n%v", want, test.message, err)
		})
	}
}

// positionOf is :line:column of the first place of a text.
func positionOf(t *testing.T, text, mark string) string {
	t.Helper()
	before, _, ok := strings.Cut(text, mark)
	if !ok {
		t.Fatalf("%q is not in the text", mark)
	}
	line := strings.Count(before, "\n")
	column := len(before) - strings.LastIndexByte(before, '\n')
	return fmt.Sprintf(":%d:%d", line+1, column)
}

func TestSeveralFaultsAtOnceInOrder(t *testing.T) {
	text := strings.NewReplacer("rows: items", "rowz: items", "title:", "titel:").Replace(example)
	_, err := mapping.Parse("m.yaml", []byte(text))
	var faults mapping.Faults
	if !errors.As(err, &faults) || len(faults) < 3 {
		t.Fatalf("got %v, want three faults or more", err)
	}
	for i := 1; i < len(faults); i++ {
		if faults[i].Line < faults[i-1].Line {
			t.Errorf("line %d is told after line %d", faults[i].Line, faults[i-1].Line)
		}
	}
	if text := err.Error(); !strings.Contains(text, "\ttitel: Example\n\t^") {
		t.Errorf("no source line with a caret in:\n%s", text)
	}
}

func TestNotYAML(t *testing.T) {
	for _, text := range []string{"mapping: [v1", "a: b: c", "\t- x", "", "a: 1\n---\nb: 2"} {
		_, err := mapping.Parse("m.yaml", []byte(text))
		if _, ok := errors.AsType[mapping.Faults](err); !ok {
			t.Errorf("%q: got %v, want faults", text, err)
		}
	}
}

func TestBindingFaults(t *testing.T) {
	m, err := mapping.Parse("m.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]mapping.Binding{
		"server":   {Platform: "p", Server: "ftp://x"},
		"user":     {Platform: "p", Server: "https://user:pass@example.com"},
		"timezone": {Platform: "p", Zone: "Mars/Olympus"},
		"currency": {Platform: "p", Currency: "euro"},
		"option":   {Platform: "p", Options: map[string]string{"role": "x"}},
	} {
		if _, err := mapping.Compile(m, loadSurface(t), b); err == nil || !strings.Contains(err.Error(), "platform p") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example)
	for _, name := range []string{"affjet", "keitaro", "trackier", "affili", "trackfinity"} {
		data, err := os.ReadFile("../../../mappings/" + name + "/mapping.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	s := loadSurface(f)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := mapping.Parse("m.yaml", []byte(text))
		if m == nil {
			if err == nil {
				t.Fatal("neither a mapping nor a fault")
			}
			return
		}
		// what is there either compiles or is refused, also where its form is wrong
		_, _ = mapping.Compile(m, s, mapping.Binding{Platform: "p"})
	})
}

// A mapping with a fault in its form is compiled as far as it goes, so that one run of a
// tool can say all that is wrong.
func TestWhatIsLeftOfAFaultyFormIsCompiled(t *testing.T) {
	text, err := os.ReadFile("testdata/schema/every_key.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, lines, faulty := loadSurface(t), strings.Split(string(text), "\n"), 0
	for i, line := range lines {
		misspelt := strings.Replace(line, ":", "x:", 1)
		for _, other := range [][]string{slices.Delete(slices.Clone(lines), i, i+1), slices.Replace(slices.Clone(lines), i, i+1, misspelt)} {
			m, err := mapping.Parse("m.yaml", []byte(strings.Join(other, "\n")))
			if m == nil || err == nil {
				continue
			}
			faulty++
			_, _ = mapping.Compile(m, s, mapping.Binding{Platform: "p", Server: "https://p.example"})
		}
	}
	if faulty < 100 {
		t.Errorf("%d faulty forms", faulty)
	}
}

// What contains itself has no end; it is refused before anyone looks for one.
func TestAliasesThatHaveNoEnd(t *testing.T) {
	const head = "mapping: v1\nplatform: x\n"
	for _, text := range []string{
		head + "operations:\n  networks.list:\n    call: POST /a\n    rows: a\n    body: &b {x: *b}\n",
		head + "resources:\n  network:\n    merchants: {from: a, each: &m {merchants: {from: b, each: *m}}}\n",
		head + "error_body: {body: &b {x: *b}}\n",
		head + "fragments: &f {<<: *f}\n",
	} {
		if _, err := mapping.Parse("m.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "what it is part of") {
			t.Errorf("%s\n%v", text, err)
		}
	}
}
