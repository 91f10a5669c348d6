package exchange

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/expr-lang/expr/parser"
	"github.com/tidwall/gjson"
)

// maxRetryAfter bounds what a platform can make clients wait for.
const maxRetryAfter = 24 * time.Hour

// retryAfter tells where the time to wait stands: in the body, fixed, or (the
// zero value apart from place) in the header.
type retryAfter struct {
	place int // -1: not in the body
	fixed time.Duration
}

func compileRetryAfter(source string, p *places) (retryAfter, error) {
	r := retryAfter{place: -1}
	switch {
	case source == "" || source == "header":
		return r, nil
	case strings.HasPrefix(source, "body"):
		tree, err := parser.Parse(source)
		if err != nil {
			return r, fmt.Errorf("parsing %q: %w", source, err)
		}
		chain, ok := chainOf(tree.Node)
		if !ok || len(chain) == 0 {
			return r, fmt.Errorf("%q is not a member of the body; write body.name", source)
		}
		r.place = p.add(chain)
		return r, nil
	}
	fixed, err := time.ParseDuration(source)
	if err != nil || fixed <= 0 {
		return r, fmt.Errorf(`%q is neither "header", nor a member of the body, nor a duration such as "30s"`, source)
	}
	r.fixed = fixed
	return r, nil
}

func (r retryAfter) of(s *scope, now time.Time) time.Duration {
	switch {
	case r.fixed > 0:
		return r.fixed
	case r.place < 0:
		return headerRetryAfter(s.header, now)
	}
	at := s.lookup(r.place)
	spelled := at.Raw
	if at.Type == gjson.String {
		spelled = at.Str
	}
	return seconds(spelled)
}

// headerRetryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds or a
// date; 0 where it is absent, past or unreadable.
func headerRetryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	if d := seconds(value); d > 0 {
		return d
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), maxRetryAfter)
	}
	return 0
}

func seconds(text string) time.Duration {
	n, ok := parseNumber(strings.TrimSpace(text))
	if !ok || n.float <= 0 {
		return 0
	}
	return time.Duration(min(n.float, maxRetryAfter.Seconds()) * float64(time.Second))
}
