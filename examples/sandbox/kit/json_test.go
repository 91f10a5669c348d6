package kit_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func TestAppend(t *testing.T) {
	value := kit.Object{
		{Name: "z", Value: "a/é\"\\\n\x01🛒"},
		{Name: "a", Value: kit.Array{nil, true, 1, int64(-2), uint64(3), kit.Cents(1230), kit.Number("4.5e6")}},
		{Name: "o", Value: []kit.Object{{}, {{Name: "k", Value: []string{"v"}}}}},
		{Name: "n", Value: []int64{1, 2}},
		{Name: "i", Value: []int{3}},
		{Name: "e", Value: kit.EmptyAsList(nil)},
		{Name: "f", Value: kit.EmptyAsList(kit.Object{{Name: "k", Value: nil}})},
		{Name: "x", Value: kit.Array(nil)},
		{Name: "m", Value: map[string]int{"b": 1}},
	}
	tests := []struct {
		name  string
		style kit.Style
		text  string
	}{
		{"plain", kit.Plain, `"a/é\"\\\n\u0001🛒"`},
		{"PHP", kit.PHP, `"a\/\u00e9\"\\\n\u0001\ud83d\uded2"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, `{"z":`+test.text+
				`,"a":[null,true,1,-2,3,12.30,4.5e6],"o":[{},{"k":["v"]}],"n":[1,2],"i":[3],"e":[],"f":{"k":null},"x":[],"m":{"b":1}}`,
				string(test.style.Append(nil, value)))
		})
	}
}

func TestFloatsAreRefused(t *testing.T) {
	require.Panics(t, func() { kit.Plain.Append(nil, 0.1) })
	require.Panics(t, func() { kit.Plain.Append(nil, make(chan int)) })
}

func TestWrite(t *testing.T) {
	w := httptest.NewRecorder()
	kit.Plain.Write(w, http.StatusTeapot, kit.Object{})
	require.Equal(t, http.StatusTeapot, w.Code)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "2", w.Header().Get("Content-Length"))

	w = httptest.NewRecorder()
	w.Header().Set("Content-Type", "text/json")
	kit.Plain.Write(w, http.StatusOK, nil)
	require.Equal(t, "text/json", w.Header().Get("Content-Type"))
}

func FuzzAppendString(f *testing.F) {
	f.Add("plain")
	f.Add("a/b\\\"\x00\u2028\xff🛒é")
	f.Fuzz(func(t *testing.T, text string) {
		for _, style := range []kit.Style{kit.Plain, kit.PHP} {
			encoded := style.Append(nil, text)
			var decoded string
			require.NoError(t, json.Unmarshal(encoded, &decoded))
			require.Equal(t, string([]rune(text)), decoded, "invalid bytes become U+FFFD each")
			if style.EscapeUnicode {
				require.Equal(t, len(encoded), utf8.RuneCount(encoded), "only ASCII is left")
			}
		}
	})
}
