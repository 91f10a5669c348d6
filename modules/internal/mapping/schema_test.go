package mapping_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

const schemaFile = "../../../mappings/mapping.schema.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func schemaDocument(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func fromYAML(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// everyKey are mappings that use every key of the language, by the names of their files.
func everyKey(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "schema", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no mappings: %v", err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		if out[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestSchemaAcceptsBundledMappings(t *testing.T) {
	s := schema(t)
	files, err := fs.Glob(mappings.Bundled, "*/mapping.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no bundled mappings: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			data, err := fs.ReadFile(mappings.Bundled, file)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(fromYAML(t, data)); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

// What the schema offers to editors, the language has.
func TestSchemaHasOnlyKeysOfTheLanguage(t *testing.T) {
	used := map[string]bool{}
	for file, data := range everyKey(t) {
		if _, err := mapping.Parse(file, data); err != nil {
			t.Errorf("the language refuses it:\n%v", err)
		}
		doc := fromYAML(t, data)
		if err := schema(t).Validate(doc); err != nil {
			t.Errorf("the schema refuses %s: %v", file, err)
		}
		keysBelow(doc, func(key string) { used[key] = true })
	}
	for _, key := range schemaKeys(schemaDocument(t)) {
		if !used[key] {
			t.Errorf("no mapping shows that the language has the key %q", key)
		}
	}
}

// asked finds the keys that the parser asks an object for.
var asked = regexp.MustCompile(`\b(?:o|do|b|co|eo|io|only)\.(?:get|require|text|texts|integer|boolean|duration|oneOf|target|item|members)\("([a-z_]+)"`)

func TestSchemaHasEveryKeyOfTheLanguage(t *testing.T) {
	known := schemaKeys(schemaDocument(t))
	files, err := filepath.Glob("parse*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no parser: %v", err)
	}
	found := 0
	for _, file := range files {
		if file == "parse_suite.go" {
			continue // of tests.yaml, which is no mapping
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllSubmatch(source, -1) {
			found++
			if key := string(m[1]); !slices.Contains(known, key) {
				t.Errorf("%s reads the key %q, which the schema does not have", file, key)
			}
		}
	}
	if found < 50 {
		t.Errorf("found only %d keys in the parser", found)
	}
}

func TestSchemaListsEveryProblem(t *testing.T) {
	defs := schemaDocument(t)["$defs"].(map[string]any)
	rule := defs["error_rule"].(map[string]any)["properties"].(map[string]any)
	got := rule["problem"].(map[string]any)["enum"].([]any)
	var want []any
	for _, k := range problem.Kinds() {
		want = append(want, string(k.Code))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the schema lists %v, want %v", got, want)
	}
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	var walk func(at string, v any)
	walk = func(at string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		if properties, ok := object["properties"].(map[string]any); ok {
			for name, p := range properties {
				p := p.(map[string]any)
				ref, _ := p["$ref"].(string)
				if _, ok := p["description"]; !ok && !strings.HasPrefix(ref, "#/$defs/call/properties/") {
					t.Errorf("%s.%s has no description", at, name)
				}
			}
		}
		for name, member := range object {
			walk(at+"/"+name, member)
			if list, ok := member.([]any); ok {
				for _, item := range list {
					walk(at+"/"+name, item)
				}
			}
		}
	}
	walk("", schemaDocument(t))
}

// TestSchemaRefusesMistakes: what the language refuses, an editor shows at once.
func TestSchemaRefusesMistakes(t *testing.T) {
	const head = "mapping: v1\nplatform: example\ncredentials: {key: {}}\n"
	tests := []struct{ name, yaml string }{
		{"unknown key", head + "resuorces: {}"},
		{"unknown version", "mapping: v2\nplatform: example"},
		{"no version", "platform: example"},
		{"name with a capital", "mapping: v1\nplatform: Example"},
		{"server without a scheme", head + "server: api.example.com"},
		{"local time zone", head + "timezone: Local"},
		{"place without a value", head + "auth: [{query: key}]"},
		{"no place", head + `auth: [{value: "{credentials.key}"}]`},
		{"two places in one", head + `auth: [{query: key, header: Key, value: "{credentials.key}"}]`},
		{"further place without a value", head + "auth_also: {query: key}"},
		{"cors that is text", head + "cors: yes please"},
		{"error body without a body", head + "error_body: {status: 400}"},
		{"unknown key of an error body", head + "error_body: {body: {}, code_: 1}"},
		{"status below all final ones", head + "error_body: {body: {}, status: 100}"},
		{"status above all", head + "error_body: {body: {}, codes: {not_found: {status: 600}}}"},
		{"unknown problem of an error body", head + "error_body: {body: {}, codes: {missing: 1}}"},
		{"code that is a list", head + "error_body: {body: {}, codes: {not_found: [1]}}"},
		{"unknown key of a code", head + "error_body: {body: {}, codes: {not_found: {body: {}}}}"},
		{"spelling of one choice", head + `spellings: {a: {choices: [a], settle: "GET /{a}"}}`},
		{"spelling without a settling request", head + "spellings: {a: {choices: [a, b]}}"},
		{"format of two kinds", head + "formats: {d: {date: 20060102, datetime: unix}}"},
		{"options of a layout", head + "formats: {d: {date: 20060102, options: {a: b}}}"},
		{"negative limit", head + "limits: {requests: -1}"},
		{"duration without a unit", head + "limits: {requests: 1, per: 60}"},
		{"rule without a condition", head + "errors: [{problem: not_found}]"},
		{"unknown problem", head + "errors: [{when: status == 404, problem: missing}]"},
		{"retry that is text", head + "errors: [{when: status == 404, problem: not_found, retry: yes please}]"},
		{"member with two sources", head + "resources: {network: {name: {from: a, const: b}}}"},
		{"member without a source", head + "resources: {network: {name: {as: day}}}"},
		{"unknown key of a member", head + "resources: {network: {name: {from: a, encum: {}}}}"},
		{"money without a value", head + "resources: {conversion: {amount: {money: {currency: EUR}}}}"},
		{"call without rows", head + "operations: {networks.list: {call: GET /networks}}"},
		{"call without a path", head + "operations: {networks.list: {call: GET, rows: rows}}"},
		{"call with a query in its path", head + "operations: {networks.list: {call: GET /networks?a=b, rows: rows}}"},
		{"unknown method", head + "operations: {networks.list: {call: FETCH /networks, rows: rows}}"},
		{"unknown key of a call", head + "operations: {networks.list: {call: GET /networks, rows: rows, fitlers: {}}}"},
		{"list for a parameter that does not repeat", head + "operations: {networks.list: {call: GET /networks, rows: rows, query: {a: [b, c]}}}"},
		{"paging of no kind", head + "operations: {networks.list: {call: GET /networks, rows: rows, paging: {stop: total}}}"},
		{"paging of two kinds", head + "operations: {networks.list: {call: GET /networks, rows: rows, paging: {page: query.p, offset: query.o}}}"},
		{"page size without a largest", head + "operations: {networks.list: {call: GET /networks, rows: rows, paging: {page: query.p, size: query.s}}}"},
		{"cursor without its place", head + "operations: {networks.list: {call: GET /networks, rows: rows, paging: {cursor: query.c}}}"},
		{"unknown stop", head + "operations: {networks.list: {call: GET /networks, rows: rows, paging: {page: query.p, stop: never}}}"},
		{"count that reads nothing", head + "operations: {networks.list: {call: GET /networks, rows: rows, count: {query: {count: 1}}}}"},
		{"filter that goes nowhere", head + "operations: {networks.list: {call: GET /networks, rows: rows, filters: {name: {many: true}}}}"},
		{"filter into the answer", head + "operations: {networks.list: {call: GET /networks, rows: rows, filters: {name: answer.name}}}"},
		{"spelling without a path", head + "operations: {networks.archive: {call: [DELETE /networks, POST], answer: none}}"},
		{"answer of another sort", head + "operations: {networks.archive: {call: DELETE /networks, answer: empty}}"},
		{"answer twice", head + "operations: {networks.archive: {call: DELETE /networks, answer: none, row: data, rows: x}}"},
		{"requirement without members", head + "operations: {networks.create: {call: POST /networks, row: data, required_when: [{when: name == nil}]}}"},
		{"requirement without a condition", head + "operations: {networks.create: {call: POST /networks, row: data, required_when: [{members: name}]}}"},
		{"poll without an end", head + "operations: {networks.create: {call: POST /networks, row: data, poll: {operation: networks.get}}}"},
		{"unknown form of a value", head + "resources: {network: {name: {write: {to: a, emit: words}}}}"},
		{"unknown key of writing", head + "resources: {network: {name: {write: {too: a}}}}"},
		{"field that is neither read nor written", head + "resources: {network: {name: {split: ','}}}"},
		{"lifecycle without a day", head + "lifecycle: {note: gone}"},
		{"lifecycle with a wrong day", head + "lifecycle: {deprecated: soon}"},
		{"token of two sorts", head + `auth: [{bearer: "{token}"}]` + "\ntoken: {oauth2: {token_url: 'https://a.example'}, login: {call: POST /login, token: t}}"},
		{"token of no sort", head + `auth: [{bearer: "{token}"}]` + "\ntoken: {}"},
		{"login that reads nothing", head + `auth: [{bearer: "{token}"}]` + "\ntoken: {login: {call: POST /login}}"},
		{"unknown edge", head + "operations: {networks.list: {call: GET /networks, rows: rows, filters: {updated_to: {to: query.t, edge: after}}}}"},
		{"sort without a form", head + "operations: {networks.list: {call: GET /networks, rows: rows, sort: {to: query.s}}}"},
		{"sort with one direction", head + `operations: {networks.list: {call: GET /networks, rows: rows, sort: {to: query.s, item: "{field}", directions: {asc: up}}}}`},
		{"for_each without values", head + "operations: {networks.list: {call: GET /networks, rows: rows, for_each: {as: x}}}"},
		{"for_each of two sorts", head + "operations: {networks.list: {call: GET /networks, rows: rows, for_each: {as: x, values: [a], operation: groups.list}}}"},
		{"report of nothing", head + "reports: [{name: r}]"},
		{"report without a range", head + "reports: [{call: GET /r, rows: rows}]"},
		{"report that is called and computed", head + "reports: [{call: GET /r, rows: rows, from: conversions.list, range: {from: query.a, to: query.b}}]"},
		{"range without an end", head + "reports: [{call: GET /r, rows: rows, range: {from: query.a}}]"},
		{"split by weeks", head + "reports: [{call: GET /r, rows: rows, range: {from: query.a, to: query.b, split: {week: week}}}]"},
		{"grouping that goes nowhere", head + "reports: [{call: GET /r, rows: rows, range: {from: query.a, to: query.b}, group: {by: {date: day}}}]"},
		{"rate of one metric", head + "reports: [{from: conversions.list, metrics: {cr: {rate: [conversions]}}}]"},
	}
	s := schema(t)
	if err := s.Validate(fromYAML(t, []byte(head))); err != nil {
		t.Fatalf("what all cases begin with is refused: %v", err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if s.Validate(fromYAML(t, []byte(test.yaml))) == nil {
				t.Error("the schema accepts it")
			}
			if _, err := mapping.Parse("mapping.yaml", []byte(test.yaml)); err == nil {
				t.Error("the language accepts it")
			}
		})
	}
}

// keysBelow calls found for every key of every object in v.
func keysBelow(v any, found func(key string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			found(k)
			keysBelow(member, found)
		}
	case []any:
		for _, item := range v {
			keysBelow(item, found)
		}
	}
}

// schemaKeys returns the names of all properties in a schema.
func schemaKeys(v any) []string {
	var keys []string
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if properties, ok := member.(map[string]any); ok && name == "properties" {
				for key := range properties {
					keys = append(keys, key)
				}
			}
			keys = append(keys, schemaKeys(member)...)
		}
	case []any:
		for _, item := range v {
			keys = append(keys, schemaKeys(item)...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
