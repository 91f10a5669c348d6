package mappingtest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func named(t *testing.T, name string) *attack {
	t.Helper()
	for i := range attacks {
		if attacks[i].name == name {
			return &attacks[i]
		}
	}
	t.Fatalf("there is no attack %q", name)
	return nil
}

func TestHostileAnswersAreMadeOfGoodOnes(t *testing.T) {
	list := placesOf(mapping.Layout{Rows: [][]string{{"data", "rows"}}, Enums: [][]string{{"state"}, {"parts", "0", "kind"}}})
	keyed := placesOf(mapping.Layout{Rows: [][]string{{"*"}}})
	const good = `{"data": {"count": 2, "rows": [{"id": 1, "state": "on", "parts": [{"kind": "a"}, {"kind": null}]}, {"id": 2, "state": ""}]}, "state": "ok"}`
	const put = `"tributary_extra":{"list":[1,"a",null,{"b":[]}]}`
	for _, c := range []struct {
		name, attack string
		p            places
		body, want   string
	}{
		{
			"null", "null everywhere", list, good,
			`{"data":{"count":null,"rows":[{"id":null,"state":null,"parts":[{"kind":null},{"kind":null}]},{"id":null,"state":null}]},"state":null}`,
		},
		{
			"enums of rows alone", "unknown enum values", list, good,
			`{"data":{"count":2,"rows":[{"id":1,"state":"tributary_never_seen","parts":[{"kind":"tributary_never_seen"},{"kind":null}]},{"id":2,"state":""}]},"state":"ok"}`,
		},
		{
			"numbers of rows alone", "huge numbers", list, good,
			`{"data":{"count":2,"rows":[{"id":123456789012345678901234567890,"state":"on","parts":[{"kind":"a"},{"kind":null}]},{"id":123456789012345678901234567890,"state":""}]},"state":"ok"}`,
		},
		{
			"members", "extra members", list, `{"data":{},"a":[{"b":1}]}`,
			`{` + put + `,"data":{` + put + `},"a":[{` + put + `,"b":1}]}`,
		},
		{"no row more", "extra members", keyed, `{"7":{"a":1}}`, `{"7":{` + put + `,"a":1}}`},
		{"half", "cut in the middle", list, ` {"a":[1]} `, `{"a"`},
		{"nearly all", "cut before the end", list, ` {"a":[1]} `, `{"a":[1]`},
		{"order mark", "a byte order mark", list, `{}`, "\xef\xbb\xbf{}"},
		{"nothing", "empty", list, `{}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, ok := named(t, c.attack).make(native{status: 200, body: []byte(c.body)}, c.p)
			require.True(t, ok)
			assert.Equal(t, c.want, string(made.body))
			assert.Equal(t, 200, made.status)
		})
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	rows := placesOf(mapping.Layout{Rows: [][]string{{"rows"}}, Enums: [][]string{{"state"}}})
	for _, c := range []struct{ attack, body string }{
		{"unknown enum values", `{"rows":[{"id":1}]}`},
		{"huge numbers", `{"rows":[{"id":"1"}],"n":1}`},
		{"null everywhere", `not JSON`},
		{"extra members", ``},
		{"deep nesting", ``},
		{"empty", ` `},
	} {
		_, made := named(t, c.attack).make(native{body: []byte(c.body)}, rows)
		assert.False(t, made, "%s of %q", c.attack, c.body)
	}
}

func TestGzipIsOfTheGoodAnswer(t *testing.T) {
	good := native{status: 200, header: http.Header{"X-A": {"1"}}, body: []byte(`{"a":1}`)}
	made, ok := named(t, "gzip").make(good, places{})
	require.True(t, ok)
	assert.Equal(t, "gzip", made.header.Get("Content-Encoding"))
	assert.Empty(t, good.header.Get("Content-Encoding"), "the good answer stays as it is")
	r, err := gzip.NewReader(strings.NewReader(string(made.body)))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, `{"a":1}`, string(text))
}

func TestAnAnswerThatHasToBeRefused(t *testing.T) {
	b := acme(t, "tests.yaml")
	s, trial := tried(t, b, "conversions.get")
	a := &assault{runner: s, victim: trial, good: &trial.watch.answers[0], attack: named(t, "cut in the middle"), evil: native{status: 200, body: []byte(`{"id"`)}}

	a.got = outcome{body: []byte(`{"id":null}`)}
	assert.Equal(t, `the client has to get the problem platform_invalid_response, and got {"id":null}`, a.judge())
	a.got = outcome{problem: problem.New(problem.Internal, "broken")}
	assert.Contains(t, a.judge(), "the gateway took it for a fault of its own")
	a.got = outcome{problem: problem.New(problem.PlatformInvalidResponse, "cut off")}
	assert.Empty(t, a.judge())

	a.evil.status, a.evil.body = 200, []byte(`{"error":7`)
	a.got = outcome{problem: problem.New(problem.PlatformAccountLocked, "locked")}
	assert.Empty(t, a.judge(), "an error rule matches what there is of the answer")
}

func TestAnAnswerThatHasToBeTheSame(t *testing.T) {
	s, trial := tried(t, acme(t, "tests.yaml"), "conversions.get")
	a := &assault{runner: s, victim: trial, good: &trial.watch.answers[0], attack: named(t, "extra members")}
	trial.got = outcome{body: []byte(`{"data":[{"id":"1"}],"page":{"next_cursor":"one"}}`)}
	a.got = outcome{body: []byte(`{"data":[{"id":"1","tributary_extra":{}}],"page":{"next_cursor":"another"}}`)}
	assert.Empty(t, a.judge())
	a.got = outcome{body: []byte(`{"data":[{"id":"2"}],"page":{"next_cursor":"one"}}`)}
	assert.Contains(t, a.judge(), "the client does not get the same as from the good answer")
}

func TestWhatTheRowsOfAHostileAnswerSay(t *testing.T) {
	s, trial := tried(t, acme(t, "tests.yaml"), "conversions.get")
	a := &assault{runner: s, victim: trial, good: &trial.watch.answers[0]}
	row := func(attack, body, got string) string {
		a.attack = named(t, attack)
		a.evil = native{status: 200, body: []byte(body)}
		a.got = outcome{body: []byte(got)}
		return a.judge()
	}
	assert.Empty(t, row("unknown enum values", `{"id":1,"state":"tributary_never_seen"}`, `{}`))
	assert.Empty(t, row("huge numbers", `{"id":123456789012345678901234567890}`, `{}`))
	assert.Empty(t, row("null everywhere", `{"id":null}`, `{}`))
	assert.Contains(t, row("null everywhere", `null`, `{}`), "the answer cannot be used", "and the client got one all the same")
	assert.Contains(t, row("null everywhere", `{}`, `{"a"`), "the client got no JSON")

	a.attack = named(t, "unknown enum values")
	a.evil = native{status: 200, body: []byte(`{"id":1,"state":"tributary_never_seen"}`)}
	a.got = outcome{problem: problem.New(problem.PlatformInvalidResponse, "no such state")}
	assert.Contains(t, a.judge(), "an unknown value of an enum must not refuse the answer")
}

// tried runs the first test of an operation.
func tried(t *testing.T, b *Bench, operation string) (*runner, *trial) {
	t.Helper()
	r, err := b.newRunner()
	require.NoError(t, err)
	t.Cleanup(r.kept.Close)
	for _, test := range b.Suite.Tests {
		if test.Operation == operation {
			trial := r.try(t.Context(), test)
			require.Empty(t, trial.differences)
			return r, trial
		}
	}
	t.Fatalf("there is no test of %s", operation)
	return nil, nil
}
