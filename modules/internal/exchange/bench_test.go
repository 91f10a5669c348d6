package exchange

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func successRules(t testing.TB) *Rules {
	return rulesOf(t,
		RuleSpec{When: "status == 429", Problem: "platform_rate_limited", Retry: true, RetryAfter: "header"},
		RuleSpec{When: "body.result == 100", Problem: "platform_credentials_rejected", Code: "body.result", Message: "body.errors"},
		RuleSpec{When: "body.result == 200", Problem: "invalid_request", Code: "body.result", Message: "body.errors"},
		RuleSpec{When: "body.result == 300", Problem: "not_found", Code: "body.result", Message: "body.errors"},
		RuleSpec{When: "body.result == 400", Problem: "platform_error", Retry: true, Code: "body.result", Message: "body.errors"},
	)
}

// successBody is about 60 KB, a page of 100 rows.
func successBody() []byte {
	row := `{"uniqueId":"10042","date":"20260101123456","status":"confirmed","note":"` + strings.Repeat("x", 500) + `"}`
	return []byte(`{"result":0,"dataCount":100,"dataList":[` + strings.Repeat(row+",", 99) + row + `],"errors":[]}`)
}

func BenchmarkJudgeSuccess(b *testing.B) {
	rules, body := successRules(b), successBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, matched := rules.Judge(200, nil, body, time.Time{}); matched {
			b.Fatal("a success matched a rule")
		}
	}
}

// A member that success never has makes the rules walk over the whole body.
func BenchmarkJudgeAbsentMember(b *testing.B) {
	rules := rulesOf(b, RuleSpec{When: "body.error.code == 13", Problem: "platform_error"})
	body := successBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, matched := rules.Judge(200, nil, body, time.Time{}); matched {
			b.Fatal("a success matched a rule")
		}
	}
}

type memoryBody struct{ bytes.Reader }

func (*memoryBody) Close() error { return nil }

// inMemory answers without a network and with few allocations of its own.
func inMemory(body []byte) http.RoundTripper {
	header := http.Header{"Content-Type": {"application/json"}}
	return roundTripper(func(*http.Request) (*http.Response, error) {
		r := &memoryBody{}
		r.Reset(body)
		return &http.Response{StatusCode: 200, Header: header, Body: r, ContentLength: int64(len(body))}, nil
	})
}

func BenchmarkDo(b *testing.B) {
	c, err := New(Config{
		Platform: "acme", Server: &url.URL{Scheme: "https", Host: "api.example.com", Path: "/v2"},
		Transport:   inMemory([]byte(`{"result":0,"id":1,"note":"` + strings.Repeat("x", 2000) + `"}`)),
		Rules:       successRules(b),
		Auth:        authOf(b, AuthSpec{Query: "apikey", Value: "{credentials.api_key}"}),
		Credentials: map[string]string{"api_key": "0123456789abcdef"},
		Concurrency: 8,
		Rate:        Rate{Requests: 1 << 30, Per: time.Second},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		response, p := c.Do(b.Context(), get)
		if p != nil {
			b.Fatal(p)
		}
		response.Release()
	}
}

// The same round trip with nothing around it but what any caller has to do.
func BenchmarkBareRoundTrip(b *testing.B) {
	transport := inMemory([]byte(`{"result":0,"id":1,"note":"` + strings.Repeat("x", 2000) + `"}`))
	b.ReportAllocs()
	for b.Loop() {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "https://api.example.com/v2/things?apikey=0123456789abcdef", nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Accept", "application/json")
		response, err := transport.RoundTrip(request)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			b.Fatal(err)
		}
	}
}
