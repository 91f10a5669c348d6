package reshape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shuffle writes the same page with the keys of each row in another order, now and then
// without some that are null or empty, and with or without white space.
func shuffle(t testing.TB, body []byte, seed uint64) []byte {
	var page map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &page))
	var rows []map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(page["dataList"], &rows))
	random := rand.New(rand.NewPCG(seed, 0))
	colon, comma := ":", ","
	if seed%2 == 1 {
		colon, comma = " : ", ",\n\t"
	}
	var b bytes.Buffer
	b.WriteString(`{"dataList":[`)
	for i, row := range rows {
		if i > 0 {
			b.WriteString(comma)
		}
		var keys []string
		for key, value := range row {
			if string(value) != "null" && string(value) != "[]" || random.IntN(2) == 0 {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteByte('{')
		for j, key := range keys {
			if j > 0 {
				b.WriteString(comma)
			}
			b.WriteString(`"` + key + `"` + colon)
			b.Write(row[key])
		}
		b.WriteByte('}')
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func TestAnyOrderOfKeys(t *testing.T) {
	plan := compile(t, conversionShape(t), transactionRows)
	body := transactions(100)
	var want Page
	require.NoError(t, plan.Page(&want, body, nil))
	for seed := range uint64(6) {
		var got Page
		require.NoError(t, plan.Page(&got, shuffle(t, body, seed), nil))
		require.Equal(t, rowsOf(&want), rowsOf(&got))
	}
}

// TestKeysBeyondTheOrder reads wanted keys, one inside the other, after more unknown
// ones than are remembered.
func TestKeysBeyondTheOrder(t *testing.T) {
	plan, err := Compile(Shape{Members: []Member{{"a", Raw{From: from("a")}}, {"b", Raw{From: from("a.b")}}}}, Source{Single: true})
	require.NoError(t, err)
	var unknown strings.Builder
	for i := range 2 * maxMissed {
		fmt.Fprintf(&unknown, `"k%d":%d,`, i, i)
	}
	inside := `{` + unknown.String() + `"b":"x"}`
	var page Page
	require.NoError(t, plan.Page(&page, []byte(`{`+unknown.String()+`"a":`+inside+`}`), nil))
	require.Equal(t, `{"a":`+inside+`,"b":"x"}`, string(page.Row(0)))
}

// BenchmarkReshapeAnyOrder is BenchmarkReshapePage with the keys of each row in an order
// of its own.
func BenchmarkReshapeAnyOrder(b *testing.B) {
	benchmarkPage(b, shuffle(b, transactions(10_000), 2))
}
