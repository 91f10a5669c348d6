package reshape

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rowsOf returns the rows of a page as text.
func rowsOf(p *Page) []string {
	rows := []string{}
	for i := range p.Len() {
		rows = append(rows, string(p.Row(i)))
	}
	return rows
}

func TestWhereRowsAre(t *testing.T) {
	n := []Member{{"n", Integer{From: from("n")}}}
	keyed := append([]Member{{"k", Text{From: from("@key")}}}, n...)
	data := Source{Rows: []Path{{"data"}}}
	either := Source{Rows: []Path{{"data", "rows"}, {"data"}, {"rows"}}}
	byKey := Source{Rows: []Path{{"data"}}, Keyed: true}
	single := Source{Rows: []Path{{"data"}}, Single: true}
	tests := []struct {
		name    string
		source  Source
		members []Member
		body    string
		want    []string
	}{
		{"the body itself", Source{}, n, `[{"n":1},{"n":2}]`, []string{`{"n":1}`, `{"n":2}`}},
		{"in the body", data, n, `{"x":[{"n":9}],"data":[{"n":1}],"y":{}}`, []string{`{"n":1}`}},
		{"no rows", data, n, `{"data":[]}`, []string{}},
		{"no rows with space", data, n, ` { "data" : [ ] } `, []string{}},
		{"first of several places", either, n, `{"rows":[{"n":3}],"data":{"rows":[{"n":1}]}}`, []string{`{"n":1}`}},
		{"second of several places", either, n, `{"rows":[{"n":3}],"data":[{"n":2}]}`, []string{`{"n":2}`}},
		{"last of several places", either, n, `{"data":{"x":1},"rows":[{"n":3}]}`, []string{`{"n":3}`}},
		{"last of two keys", data, n, `{"data":[{"n":1},{"n":2}],"data":[{"n":3}]}`, []string{`{"n":3}`}},
		{"a wrong row that a later key overrules", data, n, `{"data":[{"n":"x"}],"data":[{"n":3}]}`, []string{`{"n":3}`}},
		{"keyed", byKey, keyed, `{"data":{"a":{"n":1},"b\"":{"n":2}}}`, []string{`{"k":"a","n":1}`, `{"k":"b\"","n":2}`}},
		{"keyed without rows", byKey, keyed, `{"data":{}}`, []string{}},
		{"keyed without rows in PHP", byKey, keyed, `{"data":[ ]}`, []string{}},
		{"keyed scalars", byKey, []Member{{"k", Text{From: from("@key")}}, {"v", Integer{From: from("@this")}}}, `{"data":{"a":1,"b":2}}`, []string{`{"k":"a","v":1}`, `{"k":"b","v":2}`}},
		{"single", single, n, `{"data":{"n":1}}`, []string{`{"n":1}`}},
		{"single in a list of one", single, n, `{"data":[{"n":1}]}`, []string{`{"n":1}`}},
		{"single in an empty list", single, n, `{"data":[]}`, []string{}},
		{"single scalar", Source{Single: true}, []Member{{"ok", Boolean{From: from("@this")}}}, `true`, []string{`{"ok":true}`}},
		{"rows that are arrays", Source{}, []Member{{"a", Text{From: from("0")}}, {"b", Text{From: from("1")}}}, `[["x","y"],["z"]]`, []string{`{"a":"x","b":"y"}`, `{"a":"z","b":null}`}},
		{"optional, absent", Source{Rows: []Path{{"data"}}, Optional: true}, n, `{}`, []string{}},
		{"optional, null", Source{Rows: []Path{{"data"}}, Optional: true}, n, `{"data":null}`, []string{}},
		{
			"keys in another order in each row",
			Source{},
			[]Member{{"a", Integer{From: from("a")}}, {"b", Integer{From: from("b.c")}}},
			`[{"a":1,"x":0,"b":{"c":2}},{"b":{"y":0,"c":4},"a":3},{"x":{"a":9},"a":5},{"b":{"c":8},"x":[{"a":1}],"a":7}]`,
			[]string{`{"a":1,"b":2}`, `{"a":3,"b":4}`, `{"a":5,"b":null}`, `{"a":7,"b":8}`},
		},
		{"no members", Source{}, nil, `[{"a":1}]`, []string{`{}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var page Page
			require.NoError(t, compile(t, Shape{Members: test.members}, test.source).Page(&page, []byte(test.body), nil))
			assert.Equal(t, test.want, rowsOf(&page))
		})
	}
}

func TestPagesThatAreRefused(t *testing.T) {
	shape := Shape{Members: []Member{
		{"id", ID{Prefix: "p:", From: from("id")}},
		{"text", Text{From: from("text")}},
		{"n", Integer{From: from("n")}},
		{"f", Number{From: from("f")}},
		{"ok", Boolean{From: from("ok")}},
		{"at", Coded{From: from("at"), Codec: datetime(t, "UTC", "2006-01-02")}},
		{"s", Enum{From: from("s"), Table: enum(t, "", "a", "b")}},
		{"m", Money{Amount: from("m"), Currency: from("c")}},
		{"o", Object{Members: []Member{{"d", Decimal{From: from("d")}}}}},
		{"l", List{From: from("l"), Members: []Member{{"n", Integer{From: from("n")}}}}},
		{"k", List{From: from("k"), Keyed: true, Members: []Member{{"n", Integer{From: from("n")}}}}},
		{"split", Split{From: from("split"), Sep: ","}},
		{"calc", Computed{From: []Path{{"calc"}}, Func: func(dst []byte, args [][]byte) ([]byte, error) {
			if args[0] != nil {
				return dst, errors.New("no")
			}
			return append(dst, "null"...), nil
		}}},
	}}
	data := Source{Rows: []Path{{"data"}}}
	tests := []struct {
		name   string
		source Source
		body   string
		want   ShapeError
	}{
		{"absent", data, `{}`, ShapeError{Path: "data", Want: "an array of rows", Got: "nothing"}},
		{"null", data, `{"data":null}`, ShapeError{Path: "data", Want: "an array of rows", Got: "null"}},
		{"object", data, `{"data":{}}`, ShapeError{Path: "data", Want: "an array of rows", Got: "an object"}},
		{"optional, but text", Source{Rows: []Path{{"data"}}, Optional: true}, `{"data":"none"}`, ShapeError{Path: "data", Want: "an array of rows", Got: "a string"}},
		{"body", Source{}, `{"error":1}`, ShapeError{Path: "the body", Want: "an array of rows", Got: "an object"}},
		{"keyed array", Source{Keyed: true}, `[{}]`, ShapeError{Path: "the body", Want: "an object of rows", Got: "an array"}},
		{"single null", Source{Single: true}, `null`, ShapeError{Path: "the body", Want: "a row", Got: "null"}},
		{"row is a number", data, `{"data":[{},1]}`, ShapeError{Path: "data.1", Want: "an object", Got: "a number"}},
		{"row is null", data, `{"data":[null]}`, ShapeError{Path: "data.0", Want: "an object", Got: "null"}},
		{"object for an identifier", data, `{"data":[{"id":{"a":1}}]}`, ShapeError{Path: "data.0.id", Want: "an identifier", Got: "an object"}},
		{"boolean for an identifier", data, `{"data":[{"id":true}]}`, ShapeError{Path: "data.0.id", Want: "an identifier", Got: "a boolean"}},
		{"array for text", data, `{"data":[{"text":["a"]}]}`, ShapeError{Path: "data.0.text", Want: "text", Got: "an array"}},
		{"fraction for an integer", data, `{"data":[{"n":1.5}]}`, ShapeError{Path: "data.0.n", Want: "a number", Got: `"1.5" is not a whole number`}},
		{"text for a number", data, `{"data":[{"f":"NaN"}]}`, ShapeError{Path: "data.0.f", Want: "a number", Got: `"NaN" is not a decimal number`}},
		{"word for a boolean", data, `{"data":[{"ok":"perhaps"}]}`, ShapeError{Path: "data.0.ok", Want: "a boolean", Got: `"perhaps" is neither true nor false`}},
		{"no date", data, `{"data":[{},{"at":"2026-02-30"}]}`, ShapeError{Path: "data.1.at", Want: "a date", Got: `"2026-02-30" is not a date in the form "2006-01-02"`}},
		{"object for an enum", data, `{"data":[{"s":{}}]}`, ShapeError{Path: "data.0.s", Want: "a word", Got: "an object"}},
		{"text for an amount", data, `{"data":[{"m":"12 EUR"}]}`, ShapeError{Path: "data.0.m", Want: "an amount", Got: `"12 EUR" is not a decimal number`}},
		{"number for a currency", data, `{"data":[{"m":12,"c":978}]}`, ShapeError{Path: "data.0.m", Want: "a currency", Got: "a number"}},
		{"nested", data, `{"data":[{"d":true}]}`, ShapeError{Path: "data.0.o.d", Want: "a number", Got: `"true" is not a decimal number`}},
		{"scalars in a list", data, `{"data":[{"l":[{},1]}]}`, ShapeError{Path: "data.0.l", Want: "a list of objects", Got: "a number in it"}},
		{"text in a list", data, `{"data":[{"l":[{"n":"x"}]}]}`, ShapeError{Path: "data.0.l.n", Want: "a number", Got: `"x" is not a decimal number`}},
		{"scalar for a keyed list", data, `{"data":[{"k":1}]}`, ShapeError{Path: "data.0.k", Want: "an object of objects", Got: "a number"}},
		{"objects to split", data, `{"data":[{"split":["a",{}]}]}`, ShapeError{Path: "data.0.split", Want: "a list of texts", Got: "an object in it"}},
		{"computing fails", data, `{"data":[{"calc":1}]}`, ShapeError{Path: "data.0.calc", Want: "a value that can be computed", Got: "no"}},
		{"the first fault is told", data, `{"data":[{"n":"x"},{"n":"y"}]}`, ShapeError{Path: "data.0.n", Want: "a number", Got: `"x" is not a decimal number`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan := compile(t, shape, test.source)
			var page Page
			err := plan.Page(&page, []byte(test.body), nil)
			var got *ShapeError
			require.ErrorAs(t, err, &got)
			assert.Equal(t, test.want, ShapeError{Path: got.Path, Want: got.Want, Got: got.Got})
			assert.Zero(t, page.Len())
			assert.Empty(t, page.Data)

			err = plan.Page(&page, []byte(test.body[:len(test.body)-1]), nil)
			var syntax *SyntaxError
			assert.ErrorAs(t, err, &syntax, "not being JSON is the graver fault")
		})
	}
}

func TestSyntaxErrorSaysWhere(t *testing.T) {
	plan := compile(t, Shape{}, Source{})
	for body, want := range map[string]string{
		`[{"a":01}]`:  "invalid JSON at byte 7: leading zero in number",
		`[{"a":1]`:    "invalid JSON at byte 7: invalid character after a value",
		`[{"a":"x\q"`: `invalid JSON at byte 9: invalid escape in string`,
		`[{}`:         "invalid JSON at byte 3: unexpected end",
		`[] x`:        "invalid JSON at byte 3: invalid character after the value",
	} {
		assert.EqualError(t, plan.Page(new(Page), []byte(body), nil), want)
	}
}

func TestARefusedPageLeavesTheOthers(t *testing.T) {
	plan := compile(t, Shape{Members: []Member{{"n", Integer{From: from("n")}}, {"s", Enum{From: from("s"), Table: enum(t, "", "a", "b")}}}}, Source{})
	tap, _ := plan.Tap("n")
	o := &Options{Taps: []int{tap}}
	var page Page
	require.NoError(t, plan.Page(&page, []byte(`[{"n":1,"s":"?"}]`), o))
	require.Error(t, plan.Page(&page, []byte(`[{"n":2,"s":"?"},{"n":"x"}]`), o))
	require.Error(t, plan.Page(&page, []byte(`[{"n":2,"s":"?"}`), o))
	require.NoError(t, plan.Page(&page, []byte(`[{"n":3}]`), o))
	assert.Equal(t, []string{`{"n":1,"s":"unknown"}`, `{"n":3,"s":null}`}, rowsOf(&page))
	assert.Equal(t, 1, page.UnknownEnums)
	assert.Equal(t, "3", string(page.Tap(1, 0)))
}

func TestMaskAndTaps(t *testing.T) {
	plan := compile(t, Shape{Members: []Member{
		{"id", ID{Prefix: "p:", From: from("id")}},
		{"name", Text{From: from("name")}},
		{"none", Null{}},
		{"kind", Const{JSON: []byte(`"x"`)}},
		{"original", Object{Members: []Member{{"amount", Money{Amount: from("amount"), DefaultCurrency: "EUR"}}, {"note", Text{From: from("note")}}}}},
		{"sub_ids", Map{Members: []Member{{"1", Text{From: from("one")}}, {"2", Text{From: from("two")}}}}},
	}}, Source{})
	var taps []int
	names := []string{"original.amount", "name", "kind", "none", "original", "sub_ids.2", "id"}
	for _, name := range names {
		tap, ok := plan.Tap(name)
		require.True(t, ok, name)
		taps = append(taps, tap)
	}
	_, ok := plan.Tap("original.nothing")
	require.False(t, ok)

	body := []byte(`[{"id":1,"name":"a","amount":5,"one":"x","two":"y"},{"id":2}]`)
	values := [][]string{
		{`{"value":"5","currency":"EUR"}`, `"a"`, `"x"`, `null`, `{"amount":{"value":"5","currency":"EUR"},"note":null}`, `"y"`, `"p:1"`},
		{`null`, `null`, `"x"`, `null`, `null`, `null`, `"p:2"`},
	}
	tests := []struct {
		name string
		keep []string
		rows []string
	}{
		{"everything", nil, []string{
			`{"id":"p:1","name":"a","none":null,"kind":"x","original":{"amount":{"value":"5","currency":"EUR"},"note":null},"sub_ids":{"1":"x","2":"y"}}`,
			`{"id":"p:2","name":null,"none":null,"kind":"x","original":null,"sub_ids":null}`,
		}},
		{"one member and the identifier", []string{"name"}, []string{
			`{"id":"p:1","name":"a","none":null,"kind":null,"original":null,"sub_ids":null}`,
			`{"id":"p:2","name":null,"none":null,"kind":null,"original":null,"sub_ids":null}`,
		}},
		{"objects", []string{"original", "kind"}, []string{
			`{"id":"p:1","name":null,"none":null,"kind":"x","original":{"amount":{"value":"5","currency":"EUR"},"note":null},"sub_ids":null}`,
			`{"id":"p:2","name":null,"none":null,"kind":"x","original":null,"sub_ids":null}`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := &Options{Taps: taps}
			if test.keep != nil {
				o.Mask = plan.Mask(func(member string) bool { return strings.Contains(strings.Join(test.keep, " "), member) })
			}
			var page Page
			for range 2 { // the second time with a linked program
				page.Reset()
				require.NoError(t, plan.Page(&page, body, o))
				assert.Equal(t, test.rows, rowsOf(&page))
				for i := range values {
					for j := range names {
						assert.Equal(t, values[i][j], string(page.Tap(i, j)), "%s of row %d", names[j], i)
					}
				}
			}
			page.Reset()
			require.NoError(t, plan.Page(&page, body, &Options{Mask: o.Mask}))
			assert.Equal(t, test.rows, rowsOf(&page), "taps change nothing")
		})
	}
}

func TestOptionsOfAnotherPlan(t *testing.T) {
	plan := compile(t, Shape{Members: []Member{{"a", Null{}}}, Outer: []string{"o"}}, Source{})
	for name, o := range map[string]*Options{
		"unknown tap":     {Taps: []int{1}},
		"tap twice":       {Taps: []int{0, 0}},
		"mask":            {Mask: Mask{1, 2}},
		"too many outers": {Outer: [][]byte{nil, nil}},
		"outer not JSON":  {Outer: [][]byte{[]byte(`"x`)}},
	} {
		t.Run(name, func(t *testing.T) { assert.Error(t, plan.Page(new(Page), []byte(`[]`), o)) })
	}
	var page Page
	require.NoError(t, plan.Page(&page, []byte(`[{}]`), &Options{Taps: []int{0}}))
	require.Error(t, plan.Page(&page, []byte(`[{}]`), nil), "all bodies of a page have the same taps")
}

func TestNativeRowsAndDroppedMembers(t *testing.T) {
	secret := []Path{{"password"}, {"deep", "token"}, {"users", "password"}, {"any", "*", "key"}}
	tests := []struct {
		name, row, want string
	}{
		{"nothing to drop", `{"a" : 1.50, "b":"\/é\ud800" }`, `{"a" : 1.50, "b":"\/é\ud800" }`},
		{"first", `{"password":"x", "a":1}`, `{"a":1}`},
		{"middle", `{"a":1 , "password":"x" , "b":2}`, `{"a":1 , "b":2}`},
		{"last", `{"a":1, "password":"x" }`, `{"a":1 }`},
		{"only", `{ "password" : {"x":[1]} }`, `{  }`},
		{"twice", `{"password":1,"password":2,"a":1,"password":3}`, `{"a":1}`},
		{"escaped key", `{"pass\u0077ord":1,"a":1}`, `{"a":1}`},
		{"deeper", `{"deep":{"token":"x","a":1},"token":2}`, `{"deep":{"a":1},"token":2}`},
		{"in every element", `{"users":[{"password":1},{"a":1,"password":2},[{"password":3,"b":[]}]]}`, `{"users":[{},{"a":1},[{"b":[]}]]}`},
		{"below any key", `{"any":{"1":{"key":1,"a":2},"2":{"key":3}}}`, `{"any":{"1":{"a":2},"2":{}}}`},
		{"invalid UTF-8", "{\"a\":\"x\xff\"}", `{"a":"x�"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var page Page
			plan := compile(t, Shape{Members: []Member{{"x", Null{}}}, Drop: secret}, Source{})
			require.NoError(t, plan.Page(&page, []byte(`[ `+test.row+` ]`), &Options{Native: true}))
			assert.Equal(t, []string{`{"x":null,"native":` + test.want + `}`}, rowsOf(&page))

			page.Reset()
			plan = compile(t, Shape{Members: []Member{{"r", Raw{}}}, Drop: secret}, Source{})
			require.NoError(t, plan.Page(&page, []byte(`[ `+test.row+` ]`), nil))
			assert.Equal(t, []string{`{"r":` + test.want + `}`}, rowsOf(&page), "raw values lose them too")
		})
	}
}

func TestDroppedMembersInsideValues(t *testing.T) {
	shape := Shape{
		Drop: []Path{{"a", "secret"}, {"list", "secret"}, {"map", "*", "secret"}, {"gone"}},
		Members: []Member{
			{"a", Raw{From: from("a")}},
			{"first", Raw{From: from("list.0")}},
			{"list", List{From: from("list"), Element: Raw{}}},
			{"map", List{From: from("map"), Keyed: true, Members: []Member{{"v", Raw{}}, {"a", Raw{From: from("@parent.a")}}}}},
			{"gone", Raw{From: from("gone")}},
			{"below", Raw{From: from("gone.x")}},
		},
	}
	var page Page
	body := `[{"a":{"secret":1,"b":2},"list":[{"secret":1},{"c":3,"secret":2}],"map":{"k":{"secret":1,"d":4}},"gone":{"x":"secret"}}]`
	require.NoError(t, compile(t, shape, Source{}).Page(&page, []byte(body), nil))
	assert.Equal(t, []string{`{"a":{"b":2},"first":{},"list":[{},{"c":3}],"map":[{"v":{"d":4},"a":{"b":2}}],"gone":null,"below":null}`}, rowsOf(&page))
}

func TestCapturedValues(t *testing.T) {
	source := Source{Rows: []Path{{"data"}}, Capture: []Path{{"total"}, {"links", "next"}, {"data", "0", "n"}, {"none"}}, Last: []Path{{"cursor"}, {"n"}}}
	plan := compile(t, Shape{Members: []Member{{"n", Integer{From: from("n")}}}}, source)
	var page Page
	require.NoError(t, plan.Page(&page, []byte(`{"data":[{"n":1,"cursor":"a"},{"n":2,"cursor":"b"}],"total":2,"links":{"next":"/x?y"}}`), nil))
	text := func(tokens [][]byte) (s []string) {
		for _, token := range tokens {
			s = append(s, fmt.Sprintf("%s/%t", token, token == nil))
		}
		return s
	}
	assert.Equal(t, []string{"2/false", `"/x?y"/false`, "1/false", "/true"}, text(page.Captured))
	assert.Equal(t, []string{`"b"/false`, "2/false"}, text(page.Last))

	require.NoError(t, plan.Page(&page, []byte(`{"data":[],"total":null}`), nil))
	assert.Equal(t, []string{"null/false", "/true", "/true", "/true"}, text(page.Captured), "they are the last body's")
	assert.Equal(t, []string{"/true", "/true"}, text(page.Last))
	assert.Equal(t, 2, page.Len())
}

func TestMappingsThatDoNotCompile(t *testing.T) {
	member := func(v Value) Shape { return Shape{Members: []Member{{"m", v}}} }
	tests := []struct {
		name    string
		shape   Shape
		source  Source
		problem string
	}{
		{"member twice", Shape{Members: []Member{{"a", Null{}}, {"a", Null{}}}}, Source{}, "member a: declared twice"},
		{"constant that is not JSON", member(Const{JSON: []byte(`x`)}), Source{}, "not JSON"},
		{"unknown outer token", member(Text{From: from("@outer.x")}), Source{}, `no outer token "x"`},
		{"unknown step", member(Text{From: from("@self")}), Source{}, "@self has no meaning here"},
		{"parent of a row", member(Text{From: from("@parent.a")}), Source{}, "no row around"},
		{"enum without a table", member(Enum{From: from("a")}), Source{}, "no table"},
		{"codec missing", member(Coded{From: from("a")}), Source{}, "no codec"},
		{"function missing", member(Computed{From: from("a")}), Source{}, "no function"},
		{"separator missing", member(Split{From: from("a")}), Source{}, "no separator"},
		{"list of nothing", member(List{From: from("a")}), Source{}, "either members or an element"},
		{"list of an outer token", Shape{Outer: []string{"x"}, Members: []Member{{"m", List{From: from("@outer.x"), Element: Text{}}}}}, Source{}, "outer token"},
		{"fault inside an object", member(Object{Members: []Member{{"x", Split{}}}}), Source{}, "member m.x: has no separator"},
		{"dropping the row", Shape{Drop: []Path{{}}}, Source{}, "cannot be dropped"},
		{"dropping an element", Shape{Drop: []Path{{"a", "0"}}}, Source{}, "arrays are stepped over"},
		{"dropping ambiguously", Shape{Drop: []Path{{"*", "a"}, {"b", "c"}}}, Source{}, `"*" stands beside`},
		{"special step to the rows", Shape{}, Source{Rows: []Path{{"@this"}}}, "rows: path @this"},
		{"special step in a captured value", Shape{}, Source{Capture: []Path{{"@key"}}}, "captured value"},
		{"keyed and single", Shape{}, Source{Keyed: true, Single: true}, "both keyed and single"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Compile(test.shape, test.source)
			assert.ErrorContains(t, err, test.problem)
		})
	}
}

// TestPlansServeManyAtOnce is for the race detector.
func TestPlansServeManyAtOnce(t *testing.T) {
	plan := compile(t, conversionShape(t), transactionRows)
	body := transactions(50)
	var want Page
	require.NoError(t, plan.Page(&want, body, nil))
	tap, _ := plan.Tap("occurred_at")
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			var page Page
			o := &Options{Native: worker%2 == 0}
			if worker%3 == 0 {
				o.Taps = []int{tap}
			}
			for range 20 {
				page.Reset()
				if !assert.NoError(t, plan.Page(&page, body, o)) || !assert.Equal(t, want.Len(), page.Len()) {
					return
				}
				if !o.Native {
					assert.Equal(t, string(want.Row(7)), string(page.Row(7)))
				}
			}
		})
	}
	group.Wait()
}

// TestHostileKeysAreForgotten reads objects whose keys never repeat, and then the usual.
func TestHostileKeysAreForgotten(t *testing.T) {
	plan := compile(t, Shape{Members: []Member{{"n", Integer{From: from("n")}}}}, Source{})
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, `,{"k%d":{"x%d":1},"n":%d}`, i, i, i)
	}
	var page Page
	for range 3 {
		page.Reset()
		require.NoError(t, plan.Page(&page, []byte("["+b.String()[1:]+"]"), nil))
		require.Equal(t, `{"n":1999}`, string(page.Row(1999)))
		require.NoError(t, plan.Page(&page, []byte(`[{"n":1},{"n":2}]`), nil))
		require.Equal(t, `{"n":2}`, string(page.Row(2001)))
	}
}

func TestRowsCostNoAllocation(t *testing.T) {
	plan := compile(t, conversionShape(t), transactionRows)
	const rows = 2000
	body := transactions(rows)
	tap, _ := plan.Tap("occurred_at")
	var page Page
	for name, o := range map[string]*Options{"plain": nil, "native": {Native: true}, "taps": {Taps: []int{tap}}} {
		page.Reset()
		require.NoError(t, plan.Page(&page, body, o))
		allocs := testing.AllocsPerRun(5, func() {
			page.Reset()
			if err := plan.Page(&page, body, o); err != nil {
				t.Fatal(err)
			}
		})
		// the pool may have been emptied, and then a run is made anew
		assert.Less(t, allocs, rows/10.0, name)
	}
}
