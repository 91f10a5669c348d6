package query

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// A call with several spellings keeps the one that the platform answers to.
func TestSpellingsOfACall(t *testing.T) {
	l := &register{objects: map[string]string{"1": `{"id":1}`}}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	l.answer = func(method, path string) (int, string) {
		if method == http.MethodPost && path == "/things/1/archive" {
			return 200, ""
		}
		return 0, ""
	}
	changed(t, e, "campaigns.archive", "a:1", "")
	changed(t, e, "campaigns.archive", "a:1", "")
	if diff := cmp.Diff([]string{"DELETE /things/1", "POST /things/1/archive", "POST /things/1/archive"}, l.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestSpellingsOfARead(t *testing.T) {
	l := &register{answer: func(_, path string) (int, string) {
		switch path {
		case "/stream/1/events":
			return 200, `[{"id":1,"text":"made"}]`
		case "/stream/2/events":
			return 404, `{}`
		}
		return 405, `{}`
	}}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	for _, id := range []string{"1", "2"} {
		params, faults := e.surface.Operation("streams.events").Parse("", map[string]string{"id": "a:" + id})
		if faults != nil {
			t.Fatal(faults)
		}
		a, p := read(t.Context(), e, &Request{Params: params, Client: person{}, Platform: "a"})
		if found := p == nil && len(a.rows) == 1; found != (id == "1") || !found && code(p) != problem.NotFound {
			t.Errorf("%s: %v %v", id, a.rows, p)
		}
	}
	if diff := cmp.Diff([]string{"GET /streams/1/events", "GET /stream/1/events", "GET /stream/2/events"}, l.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestSpellingsThatAreAllRefused(t *testing.T) {
	l := &register{}
	e := keeping(t, ledgerMapping, map[string]*register{"a": l})
	for range 2 { // nothing is remembered
		_, p := e.Write(t.Context(), writing(t, e, "campaigns.archive", "a:9", "", "", person{}))
		if code(p) != problem.NotFound {
			t.Fatalf("got %v", p)
		}
		if diff := cmp.Diff([]string{"DELETE /things/9", "POST /things/9/archive"}, l.requests()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSpellingsAreNotTriedAfterOtherFailures(t *testing.T) {
	for _, status := range []int{401, 403, 429, 500, 503} {
		l := &register{answer: func(_, _ string) (int, string) { return status, `{}` }}
		e := keeping(t, ledgerMapping, map[string]*register{"a": l})
		for range 2 { // nor is the first remembered
			if _, p := e.Write(t.Context(), writing(t, e, "campaigns.archive", "a:1", "", "", person{})); p == nil {
				t.Fatal("no problem")
			}
			if diff := cmp.Diff([]string{"DELETE /things/1"}, l.requests()); diff != "" {
				t.Error(diff)
			}
			if _, known := e.Platform("a").State.Choice("campaigns.archive 0"); known {
				t.Errorf("%d tells nothing about a spelling", status)
			}
		}
	}
}
