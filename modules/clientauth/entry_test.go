package clientauth

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBadEntriesTakeNothingFromTheOthers(t *testing.T) {
	configured := []Client{{Name: "own", KeySHA256: []string{sumOfTest}}}
	const good = `{"name":"good","key_sha256":["` + sumOfRotated + `"],"allow_ips":["10.0.0.0/8"]}`
	tests := []struct {
		name, entry string
		client      string // the name that is known nevertheless
		want        string
	}{
		{"not an object", `"acme"`, "", "cannot unmarshal string"},
		{"null", `null`, "", "a client needs a name"},
		{"unknown member", `{"name":"acme","platform":["one"]}`, "acme", `unknown field "platform"`},
		{"member of another type", `{"rate":{"requests":"many"},"name":"acme"}`, "acme", "cannot unmarshal string"},
		{"a rate without a unit", `{"rate":{"requests":1,"per":"60"},"name":"acme"}`, "acme", "missing unit in duration"},
		{"a rate of nothing", `{"name":"acme","rate":{"requests":0,"per":"1m"}}`, "acme", "at least 1 request"},
		{"no address", `{"name":"acme","allow_ips":["localhost"]}`, "acme", `"localhost" is neither an address`},
		{"unknown scope", `{"name":"acme","scopes":["root"]}`, "acme", `unknown scope "root"`},
		{"a key instead of its digest", `{"name":"acme","key_sha256":["trib_secret"]}`, "acme", "not this text of 11 characters"},
		{"accounts of its own", `{"name":"acme","credentials":{"one":{"api_key":"trib_secret"}}}`, "acme", "only a client of the configuration"},
		{"the name of a configured client", `{"name":"own"}`, "own", "another client of this name"},
		{"the key of a configured client", `{"name":"acme","key_sha256":["` + sumOfTest + `"]}`, "acme", `the same key_sha256 is given for client "own"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clients.json")
			require.NoError(t, os.WriteFile(path, []byte(`{"clients":[`+tt.entry+`,`+good+`]}`), 0o600))
			entries, err := ReadFile(path)
			require.NoError(t, err)
			usable, err := Usable(configured, entries)
			require.NoError(t, err)

			require.Len(t, usable, 1)
			assert.Equal(t, "good", usable[0].Name)
			assert.Equal(t, []string{"10.0.0.0/8"}, usable[0].AllowIPs)
			require.Len(t, entries, 2)
			require.NoError(t, entries[1].Err)
			assert.Equal(t, tt.client, entries[0].Client.Name)
			require.ErrorContains(t, entries[0].Err, tt.want)
			require.ErrorContains(t, entries[0].Err, path)
			assert.NotContains(t, entries[0].Err.Error(), "trib_secret")

			// a change of the file leaves the entry for its owner to mend
			require.NoError(t, EditFile(t.Context(), path, func(entries []Entry) ([]Entry, error) { return entries[:1], nil }))
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.JSONEq(t, `{"clients":[`+tt.entry+`]}`, string(content))
		})
	}
}

func TestOfTwoEntriesTheFirstIsUsed(t *testing.T) {
	entries := []Entry{
		{Client: Client{Name: "a", KeySHA256: []string{sumOfTest}, Scopes: []Scope{ScopeRead}}},
		{Client: Client{Name: "a", KeySHA256: []string{sumOfRotated}, Scopes: []Scope{ScopeAdmin}}},
		{Client: Client{Name: "b", KeySHA256: []string{sumOfRotated, sumOfTest}}},
		{Client: Client{Name: "c", KeySHA256: []string{sumOfRotated}}},
	}
	usable, err := Usable(nil, entries)
	require.NoError(t, err)
	assert.Equal(t, []Client{entries[0].Client, entries[3].Client}, usable, "what is left out takes no name and no key")
	require.ErrorContains(t, entries[1].Err, "another client of this name")
	require.ErrorContains(t, entries[2].Err, `the same key_sha256 is given for client "a"`)
}

func TestNoEntryMakesUpForABadConfiguration(t *testing.T) {
	_, err := Usable([]Client{{Name: "a"}, {Name: "a"}}, nil)
	require.ErrorContains(t, err, "another client of this name")
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"name":"acme","scopes":["read"],"rate":{"requests":1,"per":"1m"}}`))
	f.Add([]byte(`{"name":"acme","allow_ips":["10.0.0.1/8"]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := parseEntry("clients.json", raw)
		if e.Err == nil && e.Client.Validate() != nil {
			t.Error("an invalid client was taken for usable")
		}
		if _, err := New([]Client{e.Client}, nil); e.Err == nil && err != nil {
			t.Errorf("a usable client is refused: %v", err)
		}
	})
}
