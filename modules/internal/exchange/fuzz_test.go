package exchange

import (
	"errors"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Whatever an author writes is compiled or refused with its place, and what is
// compiled judges any body without a panic.
func FuzzCompileRules(f *testing.F) {
	for _, when := range []string{
		"status == 429", `body.error.code in [12, 13]`, `headers["x-a"] contains body.b`, "body[0]?.a != nil",
		`any(body.errors, .code == 13)`, "let b = body; b.x > 1", "body.a.b.c == -1 and not (status < 3)", "body", "headers.x",
	} {
		f.Add(when, "body.message", "body.wait", []byte(`{"error":{"code":"13"},"errors":[{"code":13}]}`))
	}
	f.Fuzz(func(t *testing.T, when, message, retryAfter string, body []byte) {
		rules, err := CompileRules([]RuleSpec{{When: when, Problem: "platform_error", Message: message, RetryAfter: retryAfter, IP: message}})
		if err != nil {
			var fault *RuleError
			if !errors.As(err, &fault) || fault.Message == "" {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		if v, matched := rules.Judge(200, http.Header{"X-A": {"1"}}, body, time.Time{}); matched && v.RetryAfter < 0 {
			t.Fatalf("a negative wait: %s", v.RetryAfter)
		}
	})
}

// Whatever a platform sends becomes text that starts like JSON, or is refused.
func FuzzJSONText(f *testing.F) {
	f.Add([]byte(`{"a":1}`), "application/json")
	f.Add([]byte("\xef\xbb\xbf[]"), "text/json; charset=utf-8")
	f.Add([]byte("\xff\xfe[\x00]\x00"), "application/json; charset=utf-16")
	f.Add([]byte("{\"a\":\"\xfc\"}"), "application/json; charset=windows-1252")
	f.Add([]byte("<html>"), "text/html")
	f.Add([]byte(" tru"), `text/plain; charset="`)
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, err := jsonText(body, contentType)
		switch {
		case err != nil:
			if text != nil {
				t.Fatal("text beside an error")
			}
		case len(text) == 0:
			if text != nil {
				t.Fatal("empty text that is not nil")
			}
		case text[0] == '{' || text[0] == '[':
			if declaredCharset(contentType) != "" && !utf8.Valid(text) && !hasUTF8BOM(body) {
				t.Fatalf("converted text that is not UTF-8: %q", text)
			}
		case !gjson.ValidBytes(text):
			t.Fatalf("a scalar that is not JSON: %q", text)
		}
	})
}

func hasUTF8BOM(b []byte) bool { return len(b) >= 3 && string(b[:3]) == "\xef\xbb\xbf" }
