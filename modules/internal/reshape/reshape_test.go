package reshape

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
)

// from is a single path, written with dots.
func from(path string) []Path { return []Path{strings.Split(path, ".")} }

// enum makes a table of native and unified values, one after the other.
func enum(t testing.TB, otherwise string, pairs ...string) *codec.Enum {
	o := codec.EnumOptions{Else: otherwise}
	for pair := range slices.Chunk(pairs, 2) {
		o.Pairs = append(o.Pairs, codec.Pair{Native: pair[0], Unified: pair[1]})
	}
	e, err := codec.NewEnum(o)
	require.NoError(t, err)
	return e
}

func datetime(t testing.TB, zone string, layouts ...string) *codec.Datetime {
	location, err := time.LoadLocation(zone)
	require.NoError(t, err)
	d, err := codec.NewDatetime(location, layouts...)
	require.NoError(t, err)
	return d
}

func compile(t testing.TB, shape Shape, source Source) *Plan {
	p, err := Compile(shape, source)
	require.NoError(t, err)
	return p
}

// one reshapes a body that is one row with one member called v.
func one(t *testing.T, v Value, body string, o *Options) (string, error) {
	p := compile(t, Shape{Members: []Member{{"v", v}}, Outer: []string{"a", "b"}}, Source{Single: true})
	var page Page
	err := p.Page(&page, []byte(body), o)
	// usual values are read and written in another way where there is room
	roomy := Page{Data: make([]byte, 0, 4096)}
	roomyErr := p.Page(&roomy, []byte(body+strings.Repeat(" ", 100)), o)
	require.Equal(t, err == nil, roomyErr == nil)
	require.Equal(t, rowsOf(&page), rowsOf(&roomy))
	require.Equal(t, page.UnknownEnums, roomy.UnknownEnums)
	if err != nil {
		require.Zero(t, page.Len())
		return "", err
	}
	require.Equal(t, 1, page.Len())
	row := string(page.Row(0))
	return strings.TrimSuffix(strings.TrimPrefix(row, `{"v":`), "}"), nil
}

func TestValues(t *testing.T) {
	status := Enum{From: from("a"), Table: enum(t, "", "confirmed", "approved", "1", "pending")}
	paid := Enum{From: from("a"), Table: enum(t, "unpaid", "paid", "paid")}
	instant := Coded{From: from("a"), Codec: datetime(t, "Europe/London", "20060102150405", "2006-01-02 15:04:05")}
	money := Money{Amount: from("a"), Currency: from("c"), DefaultCurrency: "EUR"}
	ab := Object{Members: []Member{{"a", Text{From: from("a")}}, {"b", Integer{From: from("b")}}}}
	tests := []struct {
		name       string
		value      Value
		body, want string
	}{
		{"null", Null{}, `{}`, `null`},
		{"constant", Const{JSON: []byte(`"x"`)}, `{}`, `"x"`},

		{"text", Text{From: from("a")}, `{"a":"x"}`, `"x"`},
		{"text of a number", Text{From: from("a")}, `{"a":1.50}`, `"1.50"`},
		{"text of a boolean", Text{From: from("a")}, `{"a":true}`, `"true"`},
		{"empty text", Text{From: from("a")}, `{"a":""}`, `""`},
		{"empty text as null", Text{From: from("a"), EmptyIsNull: true}, `{"a":""}`, `null`},
		{"text absent", Text{From: from("a")}, `{}`, `null`},
		{"text with escapes", Text{From: from("a")}, `{"a":"a\/b\u0041\n\u00e9"}`, `"a/bA\né"`},
		{"text in Persian", Text{From: from("a")}, `{"a":"خرید"}`, `"خرید"`},
		{"lone surrogate", Text{From: from("a")}, `{"a":"\ud83dx\udc00"}`, `"�x�"`},
		{"surrogate pair", Text{From: from("a")}, `{"a":"\ud83d\ude00"}`, `"😀"`},
		{"invalid UTF-8", Text{From: from("a")}, "{\"a\":\"x\xffy\"}", `"x�y"`},
		{"empty array is null", Text{From: from("a")}, `{"a":[ ]}`, `null`},
		{"second path", Text{From: []Path{{"a"}, {"b"}}}, `{"a":null,"b":"x"}`, `"x"`},
		{"first path wins in any order", Text{From: []Path{{"a"}, {"b"}}}, `{"b":"y","a":"x"}`, `"x"`},
		{"last of two keys", Text{From: from("a")}, `{"a":"x","a":"y"}`, `"y"`},
		{"last of two objects", Text{From: from("a.b")}, `{"a":{"b":"x"},"a":{}}`, `null`},
		{"escaped key", Text{From: from("a")}, `{"\u0061":"x"}`, `"x"`},

		{"nested", Text{From: from("a.b.c")}, `{"a":{"x":[1],"b":{"c":"x"}}}`, `"x"`},
		{"nested in a list of one", Text{From: from("a.b")}, `{"a":[{"b":"x"},{"b":"y"}]}`, `"x"`},
		{"element", Text{From: from("a.1")}, `{"a":["x","y"]}`, `"y"`},
		{"numeric key", Text{From: from("a.1")}, `{"a":{"1":"y"}}`, `"y"`},
		{"path through a scalar", Text{From: from("a.b")}, `{"a":5}`, `null`},

		{"integer", Integer{From: from("a")}, `{"a":12345678901234567890}`, `12345678901234567890`},
		{"integer from text", Integer{From: from("a")}, `{"a":"007"}`, `7`},
		{"integer with zero fraction", Integer{From: from("a")}, `{"a":12.0}`, `12`},
		{"integer with exponent", Integer{From: from("a")}, `{"a":1.2e3}`, `1200`},
		{"negative integer", Integer{From: from("a")}, `{"a":-3}`, `-3`},
		{"number", Number{From: from("a")}, `{"a":0.10}`, `0.10`},
		{"number from text", Number{From: from("a")}, `{"a":".5"}`, `0.5`},
		{"decimal", Decimal{From: from("a")}, `{"a":12.30}`, `"12.30"`},
		{"decimal in minor units", Decimal{From: from("a"), Scale: 2}, `{"a":"1230"}`, `"12.30"`},
		{"decimal with exponent", Decimal{From: from("a")}, `{"a":-1.5E-3}`, `"-0.0015"`},

		{"boolean", Boolean{From: from("a")}, `{"a":false}`, `false`},
		{"boolean from a number", Boolean{From: from("a")}, `{"a":1}`, `true`},
		{"boolean from a word", Boolean{From: from("a")}, `{"a":"No"}`, `false`},

		{"identifier", ID{Prefix: "p:", From: from("a")}, `{"a":"x/y"}`, `"p:x/y"`},
		{"identifier beyond 2^53", ID{Prefix: "p:", From: from("a")}, `{"a":12345678901234567890}`, `"p:12345678901234567890"`},
		{"identifier with a quote", ID{Prefix: "p:", From: from("a")}, `{"a":"x\"y"}`, `"p:x\"y"`},
		{"empty identifier", ID{Prefix: "p:", From: from("a")}, `{"a":""}`, `null`},

		{"instant in winter", instant, `{"a":"20260115103000"}`, `"2026-01-15T10:30:00Z"`},
		{"instant in summer", instant, `{"a":"20260715003000"}`, `"2026-07-14T23:30:00Z"`},
		{"instant as a PHP object", instant, `{"a":{"date":"2026-07-15 00:30:00.000000","timezone_type":3,"timezone":"UTC"}}`, `"2026-07-15T00:30:00Z"`},
		{"instant with a fraction", instant, `{"a":"2026-01-15 10:30:00.250"}`, `"2026-01-15T10:30:00.25Z"`},
		{"zero date", instant, `{"a":"0000-00-00 00:00:00"}`, `null`},
		{"empty date", instant, `{"a":""}`, `null`},

		{"enum", status, `{"a":"Confirmed"}`, `"approved"`},
		{"enum by number", status, `{"a":1}`, `"pending"`},
		{"enum unknown", status, `{"a":"new"}`, `"unknown"`},
		{"enum else", paid, `{"a":"confirmed"}`, `"unpaid"`},
		{"enum absent", paid, `{"a":null}`, `null`},

		{"money", money, `{"a":12.30,"c":"usd"}`, `{"value":"12.30","currency":"USD"}`},
		{"money from text", money, `{"a":"0012.30"}`, `{"value":"12.30","currency":"EUR"}`},
		{"money absent", money, `{"c":"usd"}`, `null`},
		{"money without a currency", Money{Amount: from("a")}, `{"a":1}`, `{"value":"1","currency":null}`},

		{"object", ab, `{"a":"x"}`, `{"a":"x","b":null}`},
		{"object of nulls", ab, `{"c":1}`, `null`},
		{"object with a constant", Object{Members: []Member{{"a", Text{From: from("a")}}, {"t", Const{JSON: []byte("1")}}}}, `{}`, `{"a":null,"t":1}`},
		{"map", Map(ab), `{"b":2}`, `{"b":2}`},
		{"map of nulls", Map(ab), `{}`, `null`},
		{"map with a constant", Map{Members: []Member{{"n", Null{}}, {"a", Text{From: from("a")}}, {"t", Const{JSON: []byte("1")}}}}, `{}`, `{"t":1}`},

		{"list", List{From: from("l"), Members: ab.Members}, `{"l":[{"b":1},{"a":"x"}]}`, `[{"a":null,"b":1},{"a":"x","b":null}]`},
		{"list of one object", List{From: from("l"), Members: ab.Members}, `{"l":{"b":1}}`, `[{"a":null,"b":1}]`},
		{"list empty", List{From: from("l"), Members: ab.Members}, `{"l":[ ]}`, `[]`},
		{"list absent", List{From: from("l"), Members: ab.Members}, `{}`, `null`},
		{"list keyed", List{From: from("l"), Keyed: true, Members: []Member{{"k", Text{From: from("@key")}}, {"b", Integer{From: from("b")}}}}, `{"l":{"7":{"b":1},"8":{}}}`, `[{"k":"7","b":1},{"k":"8","b":null}]`},
		{"list with the row around", List{From: from("l"), Members: []Member{{"p", Text{From: from("@parent.a")}}, {"b", Integer{From: from("b")}}}}, `{"l":[{"b":1}],"a":"x"}`, `[{"p":"x","b":1}]`},
		{"list of scalars", List{From: from("l"), Element: Text{}}, `{"l":["x",1,null]}`, `["x","1",null]`},
		{"list of one scalar", List{From: from("l"), Element: Text{}}, `{"l":"DE"}`, `["DE"]`},
		{"list of constants", List{From: from("l"), Members: []Member{{"c", Const{JSON: []byte("1")}}}}, `{"l":[{},{}]}`, `[{"c":1},{"c":1}]`},
		{"list in a list", List{From: from("l"), Members: []Member{{"m", List{From: from("m"), Element: Integer{}}}}}, `{"l":[{"m":[1,2]},{"m":[]},{}]}`, `[{"m":[1,2]},{"m":[]},{"m":null}]`},

		{"split text", Split{From: from("a"), Sep: ","}, `{"a":"x, y,,z"}`, `["x","y","z"]`},
		{"split array", Split{From: from("a"), Sep: ","}, `{"a":["x",2]}`, `["x","2"]`},
		{"split empty", Split{From: from("a"), Sep: ","}, `{"a":""}`, `[]`},
		{"raw", Raw{From: from("a")}, `{"a":{"x": [1, "\/"]}}`, `{"x": [1, "\/"]}`},
		{"the row itself", Raw{}, `{"x":1}`, `{"x":1}`},
		{"scalar row", Text{From: from("@this")}, `true`, `"true"`},
		{"outer", Text{From: from("@outer.b")}, `{}`, `"out"`},
		{"currency from outside", Money{Amount: from("a"), Currency: from("@outer.b")}, `{"a":1}`, `{"value":"1","currency":"OUT"}`},
		{"computed", Computed{From: []Path{{"a"}, {"b"}, {"@outer.b"}}, Func: func(dst []byte, args [][]byte) ([]byte, error) {
			return fmt.Appendf(dst, `[%s,%t,%s]`, args[0], args[1] == nil, args[2]), nil
		}}, `{"a":"x"}`, `["x",true,"out"]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := one(t, test.value, test.body, &Options{Outer: [][]byte{nil, []byte(`"out"`)}})
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}
