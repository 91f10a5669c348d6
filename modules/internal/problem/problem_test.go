package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// The statuses of the contract's table.
var statuses = map[problem.Code]int{
	"invalid_request": 400, "invalid_cursor": 400, "unauthenticated": 401, "forbidden": 403, "ip_not_allowed": 403,
	"not_found": 404, "method_not_allowed": 405, "conflict": 409, "request_in_progress": 409, "request_interrupted": 409, "idempotency_unavailable": 503, "payload_too_large": 413,
	"unsupported_media_type": 415, "idempotency_key_reused": 422, "scan_limit_exceeded": 422, "unsupported_by_platform": 422,
	"rate_limited": 429, "not_cached": 504, "platform_rate_limited": 503, "platform_credentials_rejected": 502, "platform_ip_not_allowed": 502,
	"platform_account_locked": 502, "platform_forbidden": 502, "platform_error": 502, "platform_invalid_response": 502,
	"platform_unavailable": 503, "platform_timeout": 504, "internal": 500,
}

func TestEveryCodeOfTheContract(t *testing.T) {
	kinds := problem.Kinds()
	if len(kinds) != len(statuses) {
		t.Errorf("%d codes, want %d", len(kinds), len(statuses))
	}
	for _, k := range kinds {
		if k.Status != statuses[k.Code] {
			t.Errorf("%s: status %d, want %d", k.Code, k.Status, statuses[k.Code])
		}
		if k.Title == "" || k.Advice == "" || strings.HasSuffix(k.Title, ".") {
			t.Errorf("%s: title %q, advice %q", k.Code, k.Title, k.Advice)
		}
	}
}

func TestJSON(t *testing.T) {
	p := problem.New(problem.PlatformRateLimited, "wait for %s", "<it>")
	p.Instance, p.Platform, p.RetryAfter = "i1", "tracker", 1500*time.Millisecond
	p.Native = &problem.Native{Status: 429, Code: "40", Message: "Too Many Request"}
	p.Errors = []problem.FieldError{{Parameter: "limit", Detail: "too large"}}
	p.Cause = errors.New("a secret")
	text := string(p.JSON("https://gateway.example/v1"))
	if strings.Contains(text, "secret") || strings.Contains(text, `\u003c`) {
		t.Errorf("%s shows its cause or escapes <", text)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for member, want := range map[string]any{
		"type": "https://gateway.example/v1/problems/platform_rate_limited", "title": "The platform's rate limit is reached",
		"status": 503.0, "detail": "wait for <it>", "instance": "i1", "code": "platform_rate_limited", "platform": "tracker",
		"retryable": true, "retry_after": 2.0,
		"native": map[string]any{"status": 429.0, "code": "40", "message": "Too Many Request"},
		"errors": []any{map[string]any{"parameter": "limit", "detail": "too large"}},
	} {
		if fmt.Sprint(got[member]) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", member, got[member], want)
		}
	}
}

// Who repeats what the gateway calls retryable must not make a change twice.
func TestAnUncertainChangeIsNotRetryable(t *testing.T) {
	p := problem.New(problem.PlatformTimeout, "no answer")
	if !p.Retryable() || !strings.Contains(string(p.JSON("")), `"retryable":true`) {
		t.Errorf("a timeout: %s", p.JSON(""))
	}
	p.Uncertain = true
	if p.Retryable() || !strings.Contains(string(p.JSON("")), `"retryable":false`) {
		t.Errorf("a change that may have been made: %s", p.JSON(""))
	}
}

func TestDoubtTakesTheAdviceToTryAgainAway(t *testing.T) {
	for detail, want := range map[string]string{
		"acme answered with an error (status 500); try again later": "acme answered with an error (status 500)",
		"the answer is larger than 5 bytes; ask for less at once":   "the answer is larger than 5 bytes",
		"acme allows no further call; wait before trying again":     "acme allows no further call",
		"The answer of acme names no object.":                       "The answer of acme names no object",
	} {
		p := problem.New(problem.PlatformUnavailable, "%s", detail)
		p.RetryAfter = time.Second
		p.Doubt()
		if want += "; the change may have been made: look before sending it again"; p.Detail != want {
			t.Errorf("got %q, want %q", p.Detail, want)
		}
		if p.Retryable() || p.RetryAfter != 0 {
			t.Errorf("%s: retryable: %v, after %v", detail, p.Retryable(), p.RetryAfter)
		}
	}
}

func TestRefusedNamesEachFaultyMemberOnce(t *testing.T) {
	faults := []problem.FieldError{{Parameter: "alias", Detail: "is missing"}, {Parameter: "name", Detail: "is too long"}, {Parameter: "alias", Detail: "is empty"}}
	p := problem.Refused(faults)
	if p.Code != problem.InvalidRequest || p.Detail != "Refused: alias, name. The member errors says why." || len(p.Errors) != 3 {
		t.Errorf("got %v %v", p, p.Errors)
	}
}

func TestALastingProblemIsNotRetryable(t *testing.T) {
	p := problem.New(problem.PlatformError, "a redirect")
	p.Lasting = true
	if p.Retryable() || p.Uncertain {
		t.Errorf("retryable: %v, uncertain: %v", p.Retryable(), p.Uncertain)
	}
}

func TestAProblemIsAnError(t *testing.T) {
	p := problem.New(problem.PlatformUnavailable, "no answer")
	p.Platform, p.Cause = "tracker", io.ErrUnexpectedEOF
	if got := p.Error(); got != "platform_unavailable (tracker): no answer" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(p, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	defer func() {
		if recover() == nil {
			t.Error("a code that is not in the contract was accepted")
		}
	}()
	_ = problem.New("made_up", "")
}
