package reshape

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile are bodies at the edges of JSON's grammar.
var hostile = []string{
	``, ` `, `null`, `true`, `tru`, `truee`, `nul`, `fals`, `"`, `"a`, `"a"`, `"a"b`, `{}`, `{`, `[`, `]`, `[]`, `[]]`, `[,]`, `[1,]`, `[1 2]`,
	`{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{a:1}`, `{"a":1}x`, `{"a":1} `, `{"a" : 1 , "b":[ ] }`, "\ufeff{}",
	`0`, `-`, `-0`, `00`, `01`, `-01`, `1.`, `.1`, `1.5`, `1e`, `1e+`, `1e+5`, `1E-05`, `1.e5`, `+1`, `0x1`, `NaN`, `Infinity`, `1_000`, `--1`,
	"\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"\t\"", "\"\n\"", "\"\xff\"", "\"\xc3\"", "\xff", `"\`, `"\x"`, `"\u12"`, `"\u12G4"`, `"\ud800"`, `"\ud800\u0041"`, `"\u0000"`,
	"\"12345678\x01\"", `"1234567\"89"`, `"1234567\\"`, "\u00a0{}", "{\v}", "// x\n{}", `{"a":1,"a":2}`, `{'a':1}`,
	`{"rows":[{"a":"x"},{"a":1}],"rows":null}`, `{"rows":[{"a":{}}],"rows":[{"a":"y"}]}`, `{"rows":[{"a":"x"}]`, `{"rows":[{"a":"x"}]}}`,
	`{"other":1,"rows":[{"d":"2026-02-30"}]}`, `{"rows":{"1":{"a":1}}}`, `{"rows":[[],[{"a":1}],{"b":[[[{"c":1}]]]}]}`,
}

// everything is a shape that uses every kind of value.
func everything(t testing.TB) Shape {
	return Shape{
		Outer: []string{"o"},
		Drop:  []Path{{"b", "secret"}, {"secret"}, {"l", "a"}},
		Members: []Member{
			{"id", ID{Prefix: "p:", From: from("a")}},
			{"text", Text{From: []Path{{"a"}, {"b", "c"}}}},
			{"int", Integer{From: from("n")}},
			{"number", Number{From: from("n")}},
			{"decimal", Decimal{From: from("n"), Scale: 2}},
			{"boolean", Boolean{From: from("t")}},
			{"at", Coded{From: from("d"), Codec: datetime(t, "Asia/Tehran", "2006-01-02 15:04:05", "20060102", "unix")}},
			{"status", Enum{From: from("s"), Table: enum(t, "", "A", "a", "B", "b")}},
			{"money", Money{Amount: from("m"), Currency: from("c")}},
			{"object", Object{Members: []Member{{"x", Text{From: from("b.c")}}, {"y", Object{Members: []Member{{"z", Raw{From: from("b.0")}}}}}}}},
			{"map", Map{Members: []Member{{"1", Text{From: from("a")}}, {"2", Text{From: from("b.1.c")}}}}},
			{"list", List{From: from("l"), Members: []Member{
				{"k", Text{From: from("@key")}},
				{"p", Text{From: from("@parent.a")}},
				{"r", Raw{}},
				{"l", List{From: from("l"), Element: Raw{}}},
			}}},
			{"keyed", List{From: from("k"), Keyed: true, Members: []Member{{"k", Text{From: from("@key")}}, {"b", Raw{From: from("b")}}}}},
			{"split", Split{From: from("x"), Sep: ","}},
			{"raw", Raw{From: from("b")}},
			{"this", Raw{From: from("@this")}},
			{"outer", Raw{From: from("@outer.o")}},
		},
	}
}

func sources() []Source {
	return []Source{
		{},
		{Rows: []Path{{"rows"}}, Capture: []Path{{"other"}, {"rows", "0"}}, Last: []Path{{"a"}}},
		{Rows: []Path{{"rows"}, {"data", "rows"}, nil}, Optional: true},
		{Rows: []Path{{"rows"}}, Keyed: true},
		{Single: true},
	}
}

// checkPage reshapes a body with every source and compares the verdict about its syntax
// with that of encoding/json. Whatever comes out has to be JSON in UTF-8.
func checkPage(t *testing.T, plans []*Plan, body []byte) {
	valid := json.Valid(body)
	for _, plan := range plans {
		tap, ok := plan.Tap("object.y")
		require.True(t, ok)
		o := &Options{Native: true, Taps: []int{tap}, Outer: [][]byte{[]byte(`{"a":1}`)}}
		var page Page
		err := plan.Page(&page, body, o)
		var syntax *SyntaxError
		if errors.As(err, &syntax) == valid {
			t.Fatalf("valid is %v, got %v for %.200q", valid, err, body)
		}
		if err != nil {
			require.Zero(t, page.Len())
			require.Empty(t, page.Data)
			continue
		}
		for i := range page.Len() {
			row := page.Row(i)
			if !json.Valid(row) || !utf8.Valid(row) {
				t.Fatalf("row %d of %.200q is not JSON in UTF-8: %.200q", i, body, row)
			}
			require.True(t, json.Valid(page.Tap(i, 0)))
		}
		for _, captured := range page.Captured {
			require.True(t, captured == nil || json.Valid(captured))
		}
		// where there is room, usual values are written in another way
		roomy := Page{Data: make([]byte, 0, 1<<16)}
		require.NoError(t, plan.Page(&roomy, append(bytes.Clone(body), strings.Repeat(" ", 100)...), o))
		require.Equal(t, rowsOf(&page), rowsOf(&roomy))
	}
}

func everyPlan(t testing.TB) []*Plan {
	var plans []*Plan
	for _, source := range sources() {
		plans = append(plans, compile(t, everything(t), source))
	}
	return plans
}

func TestHostileBodies(t *testing.T) {
	plans := everyPlan(t)
	for _, body := range hostile {
		checkPage(t, plans, []byte(body))
		checkPage(t, plans, []byte(`{"rows":[{"a":"x","b":`+body+`,"n":1}]}`))
		checkPage(t, plans, []byte(`[`+body+`]`))
	}
}

// TestEveryTruncation cuts a page at every byte.
func TestEveryTruncation(t *testing.T) {
	plans := everyPlan(t)
	body := []byte(` { "rows" : [ { "a" : "x\u00e9" , "n":-1.5e+3,"t":true,"f":false,"z":null,"b":{"c":[1,{}]},"l":[{}],"k":{"1":{}} } ] , "other" : 1 } `)
	require.True(t, json.Valid(body))
	for i := range body {
		checkPage(t, plans, body[:i])
	}
	checkPage(t, plans, body)
}

func TestDepthLimitIsThatOfEncodingJSON(t *testing.T) {
	nest := func(depth int) []byte {
		return []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
	}
	objects := func(depth int) []byte {
		return []byte(strings.Repeat(`{"b":`, depth) + "1" + strings.Repeat("}", depth))
	}
	plans := everyPlan(t)
	for _, depth := range []int{maxDepth - 100, maxDepth, maxDepth + 1} {
		require.Equal(t, depth <= maxDepth, json.Valid(nest(depth)))
		for _, plan := range plans {
			for _, body := range [][]byte{nest(depth), objects(depth)} {
				var syntax *SyntaxError
				require.Equal(t, depth > maxDepth, errors.As(plan.Page(new(Page), body, nil), &syntax))
			}
		}
	}
	checkPage(t, plans, objects(maxDepth-100))
}

func FuzzPage(f *testing.F) {
	for _, body := range hostile {
		f.Add([]byte(body))
	}
	f.Add(transactions(2))
	f.Add([]byte(`{"rows":[{"a":"\u0061","n":"1e3","t":"yes","d":"2026-01-01 00:00:00","s":"A","m":"12.5","c":"eur","b":{"0":1,"secret":2,"c":"x"},"l":[{"l":[1]}],"k":{"1":{"b":1}},"x":"a,b"}]}`))
	plans := everyPlan(f)
	f.Fuzz(func(t *testing.T, body []byte) { checkPage(t, plans, body) })
}

// FuzzLastKeyWins compares which of equal keys counts with encoding/json, and what
// strings decode to.
func FuzzLastKeyWins(f *testing.F) {
	for _, body := range []string{`{"a":1}`, `{"a":"x","a":null}`, `{"a":{"b":1},"a":{"b":"2"},"a":{}}`, `{"a":{"b":1,"b":null}}`, `{"\u0061":"\ud800x\/"}`, `{"a":{"b":"` + "\xff" + `"}}`} {
		f.Add([]byte(body))
	}
	plan, err := Compile(Shape{Members: []Member{{"a", Raw{From: from("a")}}, {"b", Raw{From: from("a.b")}}}}, Source{Single: true})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		var want map[string]any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) || !json.Valid(body) || decoder.Decode(&want) != nil || want == nil {
			return
		}
		var page Page
		require.NoError(t, plan.Page(&page, body, nil))
		var got struct{ A, B any }
		decoder = json.NewDecoder(bytes.NewReader(page.Row(0)))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&got))
		assert.Equal(t, want["a"], got.A)
		if inside, ok := want["a"].(map[string]any); ok {
			assert.Equal(t, inside["b"], got.B)
		}
	})
}
