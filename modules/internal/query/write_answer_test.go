package query

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func TestChangeWhoseAnswerIsOfNoUse(t *testing.T) {
	const made, maybe = "The change was made, but ", "; the change may have been made: look before sending it again"
	for _, test := range []struct{ name, operation, body, answer, want string }{
		{"no object", "campaigns.create", `{"name":"n","alias":"x"}`, `[]`, maybe},
		{"object without its identifier", "campaigns.create", `{"name":"n","alias":"x"}`, `{"name":"n"}`, maybe},
		{"something else", "campaigns.update", `{"name":"n"}`, `{"foo":1}`, maybe},
		{"nothing", "campaigns.create", `{"name":"n","alias":"x"}`, ``, maybe},
		{"null", "campaigns.create", `{"name":"n","alias":"x"}`, `null`, maybe},
		{"text", "campaigns.create", `{"name":"n","alias":"x"}`, `"done"`, maybe},
		{"no JSON to its end", "campaigns.create", `{"name":"n","alias":"x"}`, `{"id":1,`, maybe},
		{"web page", "campaigns.create", `{"name":"n","alias":"x"}`, `<html>`, maybe},
		{"object that cannot be fetched", "campaigns.enable", "", ``, made},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &register{answer: func(method, _ string) (int, string) {
				if method == http.MethodGet {
					return 500, ""
				}
				return 200, test.answer
			}}
			e := keeping(t, ledgerMapping, map[string]*register{"a": l})
			id := ""
			if test.operation != "campaigns.create" {
				id = "a:1"
			}
			_, p := e.Write(t.Context(), writing(t, e, test.operation, id, "", test.body, person{}))
			if p == nil || !p.Uncertain || !strings.Contains(p.Detail, test.want) || strings.Contains(p.Detail, "try again") {
				t.Errorf("got %v", p)
			}
			if test.want == maybe {
				requireInvalidAnswer(t, p)
			}
		})
	}
}

// An object that was asked for by its identifier, or was changed, has one.
func TestAnObjectWithoutIdentifierIsNone(t *testing.T) {
	const nameless = `{"foo":1}`
	l := &register{answer: func(string, string) (int, string) { return 200, nameless }}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	read := func(e *Engine, operation, id string) *problem.Problem {
		params, faults := e.surface.Operation(operation).Parse("", map[string]string{"id": id})
		if faults != nil {
			t.Fatal(faults)
		}
		_, p := e.Get(t.Context(), &Request{Params: params, Client: person{}})
		return p
	}
	t.Run("read", func(t *testing.T) {
		p := read(e, "campaigns.get", "a:1")
		requireInvalidAnswer(t, p)
		if p.Uncertain || p.Detail != "The answer of a names no object." {
			t.Errorf("got %v", p)
		}
	})
	t.Run("fetched after a change", func(t *testing.T) {
		_, p := e.Write(t.Context(), writing(t, e, "campaigns.enable", "a:1", "", "", person{}))
		requireInvalidAnswer(t, p)
		if !p.Uncertain || !strings.HasPrefix(p.Detail, "The change was made, but ") {
			t.Errorf("got %v", p)
		}
	})
	t.Run("of a resource without identifiers", func(t *testing.T) {
		text := strings.Replace(ledgerMapping, "    native_id: id\n    name: name\n", "    name: name\n", 1)
		if p := read(keeping(t, text, map[string]*register{"a": l}), "campaigns.get", "a:1"); p != nil {
			t.Errorf("got %v", p)
		}
	})
	t.Run("in a list", func(t *testing.T) {
		l := &register{answer: func(string, string) (int, string) { return 200, "[" + nameless + "]" }}
		if got := get(t, keeping(t, ledgerMapping, map[string]*register{"a": l}), "campaigns.list", ""); len(got.rows) != 1 {
			t.Errorf("got %v", got.rows)
		}
	})
}

func requireInvalidAnswer(t *testing.T, p *problem.Problem) {
	t.Helper()
	if code(p) != problem.PlatformInvalidResponse || p.Platform != "a" {
		t.Fatalf("got %v", p)
	}
}

// What was made is not what it was made from, also where the platform does not name it.
func TestCloneIsNeverTheOriginal(t *testing.T) {
	text := strings.Replace(ledgerMapping, "  campaigns.enable:", "  campaigns.clone: {call: \"POST /things/{native_id}/clone\", fetch: campaigns.get, id: id}\n  campaigns.enable:", 1)
	for answer, want := range map[string]string{`{"id":2}`: "a:2", ``: "", `{"ok":true}`: ""} {
		l := &register{objects: map[string]string{"1": `{"id":1,"name":"original"}`, "2": `{"id":2,"name":"copy"}`}}
		l.answer = func(method, _ string) (int, string) {
			if method == http.MethodPost {
				return 200, answer
			}
			return 0, ""
		}
		e := keeping(t, text, map[string]*register{"a": l})
		o, p := e.Write(t.Context(), writing(t, e, "campaigns.clone", "a:1", "", "", person{}))
		got := ""
		if p == nil {
			got = gjson.GetBytes(o.JSON, "id").Str
			o.Close()
		}
		if got != want || want == "" && (code(p) != problem.PlatformInvalidResponse || !p.Uncertain) {
			t.Errorf("%q: got %q, %v", answer, got, p)
		}
	}
}

// An object that cannot be found after a change does not make the change one that was not made.
func TestChangeWhoseObjectIsNotFound(t *testing.T) {
	l := &register{answer: func(method, _ string) (int, string) {
		if method == http.MethodPost {
			return 200, ""
		}
		return 404, `{}`
	}}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	_, p := e.Write(t.Context(), writing(t, e, "campaigns.enable", "a:1", "", "", person{}))
	if code(p) != problem.PlatformInvalidResponse || !p.Uncertain || !strings.HasPrefix(p.Detail, "The change was made, but ") {
		t.Errorf("got %v", p)
	}
}
