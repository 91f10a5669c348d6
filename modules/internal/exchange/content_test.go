package exchange

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestBodyBecomesJSONTextInUTF8(t *testing.T) {
	const umlaut = `{"name":"Bücher €"}`
	tests := []struct{ name, contentType, body, want string }{
		{"application/json", "application/json", umlaut, umlaut},
		{"suffix", "application/hal+json; charset=utf-8", umlaut, umlaut},
		{"text/json", "text/json", umlaut, umlaut},
		{"text/plain", "text/plain", umlaut, umlaut},
		{"JSON under the default type of PHP", "text/html; charset=UTF-8", umlaut, umlaut},
		{"unquoted charset in capitals", `application/json; Charset="UTF8"`, umlaut, umlaut},
		{"surrounding space", "application/json", "\r\n\t [1] \n", "[1]"},
		{"scalar", "text/plain", "true", "true"},
		{"text scalar", "application/json", `"pong"`, `"pong"`},
		{"UTF-8 byte order mark", "application/json", "\xef\xbb\xbf" + umlaut, umlaut},
		{"windows-1252", "application/json; charset=windows-1252", "{\"name\":\"B\xfccher \x80\"}", umlaut},
		{"iso-8859-1", "application/json;charset=ISO-8859-1", "{\"name\":\"B\xfccher\"}", `{"name":"Bücher"}`},
		{"UTF-8 under the server's default charset", "application/json; charset=iso-8859-1", umlaut, umlaut},
		{"utf-16 with mark, little endian", "application/json; charset=utf-16", "\xff\xfe{\x00\"\x00\xfc\x00\"\x00:\x001\x00}\x00", `{"ü":1}`},
		{"utf-16 with mark, undeclared", "application/json", "\xfe\xff\x00{\x00\"\x00\xfc\x00\"\x00:\x001\x00}", `{"ü":1}`},
		{"utf-16 without mark, big endian", "application/json; charset=UTF-16", "\x00[\x001\x00]", "[1]"},
		{"utf-16le", "application/json; charset=utf-16le", "[\x001\x00]\x00", "[1]"},
		{"empty", "application/json", "", ""},
		{"only space", "application/json", " \n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, answers(http.StatusOK, tt.contentType, tt.body))
			response, p := c.Do(t.Context(), get)
			require.Nil(t, p)
			require.Equal(t, tt.want, string(response.Body))
			require.Equal(t, tt.want == "", response.Body == nil)
			response.Release()
			require.Nil(t, response.Body)
		})
	}
}

func TestMissingContentType(t *testing.T) {
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil // keeps net/http from guessing
		_, _ = w.Write([]byte(`{}`))
	})
	response, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Empty(t, response.Header.Get("Content-Type"))
	require.Equal(t, `{}`, string(response.Body))
}

func TestNoContentHasNoBody(t *testing.T) {
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	response, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Equal(t, http.StatusNoContent, response.Status)
	require.Nil(t, response.Body)
}

func TestGzipIsDecompressed(t *testing.T) {
	const text = `{"rows":[1,2,3]}`
	tests := []struct {
		name, encoding, body string
	}{
		{"gzip", "gzip", gzipped(t, text)},
		{"the old name", "X-GZIP", gzipped(t, text)},
		{"several members", "gzip", gzipped(t, text[:5]) + gzipped(t, text[5:])},
		{"decompressed by the transport, header left", "gzip", text},
		{"identity", "identity", text},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked string
			c := callerOf(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r.Header.Get("Accept-Encoding")
				w.Header().Set("Content-Encoding", tt.encoding)
				_, _ = w.Write([]byte(tt.body))
			})
			response, p := c.Do(t.Context(), get)
			require.Nil(t, p)
			require.Equal(t, text, string(response.Body))
			require.Equal(t, "gzip", asked)
		})
	}
}

func TestBodyThatCannotBeUsed(t *testing.T) {
	tests := []struct {
		name, contentType, encoding, body, detail string
	}{
		{"web page", "text/html", "", "<!DOCTYPE html><p>Welcome", "a web page instead of JSON"},
		{"web page as JSON", "application/json", "", " <html>", "a web page instead of JSON"},
		{"XML", "application/xml", "", `<?xml version="1.0"?><a/>`, "a web page instead of JSON"},
		{"words", "text/plain", "", "not found", "is not JSON"},
		{"words that start like a literal", "text/plain", "", "true story", "is not JSON"},
		{"CSV", "text/csv", "", "1,2,3\n", "is not JSON"},
		{"binary", "application/octet-stream", "", "\x00\x01\x02", "is not JSON"},
		{"unknown charset", "application/json; charset=x-klingon", "", "\xff\xfd", "is not JSON"},
		{"short gzip", "application/json", "gzip", gzipped(t, `{"rows":[1,2,3]}`)[:20], "was cut off"},
		{"gzip with a wrong sum", "application/json", "gzip", gzipped(t, `[]`)[:14] + "\x00\x00\x00\x00\x02\x00\x00\x00", "cannot be decompressed"},
		{"gzip of a gzip's start", "application/json", "gzip", "\x1f\x8b\x09garbage", "cannot be decompressed"},
		{"compression that was not asked for", "application/json", "br", "\x0b\x00\x80[]\x03", "cannot be decompressed"},
		{"too large", "application/json", "", `["` + strings.Repeat("x", 5000) + `"]`, "larger than the 4096 bytes"},
		{"too large after decompression", "application/json", "gzip", gzipped(t, `["`+strings.Repeat("x", 100000)+`"]`), "larger than the 4096 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				_, _ = w.Write([]byte(tt.body))
			}, func(cfg *Config) { cfg.MaxBody = 4096 })
			response, p := c.Do(t.Context(), get)
			requireCode(t, problem.PlatformInvalidResponse, p)
			require.Contains(t, p.Detail, tt.detail)
			require.Equal(t, 200, p.Native.Status)
			require.Error(t, p.Cause)
			require.Nil(t, response.Body)
		})
	}
}

func TestBodyOfExactlyTheLimitIsRead(t *testing.T) {
	body := `["` + strings.Repeat("x", 4092) + `"]`
	c := callerOf(t, answers(200, "application/json", body), func(cfg *Config) { cfg.MaxBody = 4096 })
	response, p := c.Do(t.Context(), get)
	require.Nil(t, p)
	require.Equal(t, body, string(response.Body))
}

func TestAnswerThatEndsTooEarly(t *testing.T) {
	c := callerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"rows":[`))
	}, func(cfg *Config) { cfg.Retries = -1 })
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformInvalidResponse, p)
	require.Contains(t, p.Detail, "was cut off")
}

func TestErrorStatusWinsOverAnUnusableBody(t *testing.T) {
	c := callerOf(t, answers(502, "text/html", "<html>"+strings.Repeat("x", 5000)), func(cfg *Config) { cfg.MaxBody, cfg.Retries = 4096, -1 })
	_, p := c.Do(t.Context(), get)
	requireCode(t, problem.PlatformError, p)
	require.Equal(t, 502, p.Native.Status)
}
