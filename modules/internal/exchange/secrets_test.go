package exchange

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// However a platform echoes a credential, no problem shows it.
func TestNoProblemShowsACredential(t *testing.T) {
	echoes := map[string]func(string) string{
		"as it is":     func(s string) string { return s },
		"query":        url.QueryEscape,
		"path":         url.PathEscape,
		"lower hex":    func(s string) string { return lowerHex(url.QueryEscape(s)) },
		"JSON":         func(s string) string { b, _ := json.Marshal(s); return string(b) },
		"HTML":         html.EscapeString,
		"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"basic":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
		"in a URL":     func(s string) string { return "GET http://api.example.com/?apikey=" + url.QueryEscape(s) + "&page=1" },
		"far inside":   func(s string) string { return strings.Repeat("x", 490) + s },
		"line by line": func(s string) string { return strings.ReplaceAll(s, " ", "\n") },
	}
	kinds := make([]string, 0, len(echoes))
	for kind := range echoes {
		kinds = append(kinds, kind)
	}
	rules := rulesOf(t, RuleSpec{When: `status == 400 or body.code == 1`, Problem: "platform_error", Code: "body.what", Message: "body.message"})
	auth := authOf(t, AuthSpec{Query: "apikey", Value: "{credentials.key}"}, AuthSpec{Basic: &BasicSpec{"user", "{credentials.key}"}})

	rapid.Check(t, func(t *rapid.T) {
		// digits between keep generated words from being parts of the fixed texts
		secret := rapid.StringMatching(`[0-9]{3}[A-Za-z0-9 /+&"'<>%=?\\ö-]{4,20}[0-9]{3}`).Draw(t, "secret")
		said := echoes[rapid.SampledFrom(kinds).Draw(t, "echo")](secret)
		location := said
		if rapid.Bool().Draw(t, "escaped") {
			location = url.PathEscape(said)
		}
		status := rapid.SampledFrom([]int{0, 200, 301, 400, 401, 403, 404, 500}).Draw(t, "status")
		body, err := json.Marshal(map[string]any{"code": 1, "what": said, "message": []string{"refused:", said}})
		require.NoError(t, err)
		c, err := New(Config{
			Platform: "acme", Server: &url.URL{Scheme: "http", Host: "api.example.com"}, Retries: -1,
			Auth: auth, Credentials: map[string]string{"key": secret}, Rules: rules,
			Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				if status == 0 {
					return nil, errors.New("dialing with " + said)
				}
				return &http.Response{
					StatusCode: status, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: -1,
					Header: http.Header{"Location": {"http://h/" + location}},
				}, nil
			}),
		})
		require.NoError(t, err)
		_, p := c.Do(t.Context(), get)
		require.NotNil(t, p)
		shown := map[string]any{}
		require.NoError(t, json.Unmarshal(p.JSON("http://gateway.example/v1"), &shown))
		texts := []string{p.Error(), string(p.JSON("http://gateway.example/v1")), p.Detail}
		if p.Cause != nil {
			texts = append(texts, p.Cause.Error())
		}
		if p.Native != nil {
			texts = append(texts, p.Native.Code, p.Native.Message)
		}
		for _, text := range texts {
			for kind, echo := range echoes {
				if kind == "in a URL" || kind == "far inside" {
					continue // these hold more than the credential
				}
				require.NotContains(t, text, echo(secret), kind)
			}
		}
	})
}

func TestCleanTextIsFitForAProblem(t *testing.T) {
	s := newScrubber(map[string]string{"key": "0123456789", "n": "a"}, &resolvedAuth{})
	tests := []struct{ name, text, want string }{
		{"plain", "API Key supplied is invalid", "API Key supplied is invalid"},
		{"credential", "key 0123456789!", "key [redacted]!"},
		{"too short to be one", "a banana", "a banana"},
		{"control characters", "a\r\nb\x00c\x1b[31m", "a  b c [31m"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
		{"space", "  x  ", "x"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, s.clean(tt.text, 100))
		})
	}
}

func TestErrorKeepsItsCauseWithoutItsText(t *testing.T) {
	s := newScrubber(map[string]string{"key": "0123456789"}, &resolvedAuth{})
	cause := problem.New(problem.Internal, "with 0123456789")
	err := s.err(cause)
	require.NotContains(t, err.Error(), "0123456789")
	require.ErrorIs(t, err, cause)
	require.NoError(t, s.err(nil))
}
