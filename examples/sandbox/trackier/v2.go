package trackier

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// holder is whose key a path of version 2 takes. That of networks is in no
// document.
func holder(path string) role {
	if strings.HasPrefix(path, "/v2/advertisers/") {
		return advertiser
	}
	return publisher
}

// send answers as version 2 does, which is not written in PHP.
func send(w http.ResponseWriter, data kit.Object) { kit.Plain.Write(w, http.StatusOK, data) }

// fail2 answers with an error of version 2.
func (s *Server) fail2(w http.ResponseWriter, status int, members kit.Object) {
	envelope := kit.Object{{Name: "success", Value: false}, {Name: "error", Value: members}}
	if s.config.WrappedErrors {
		envelope = kit.Object{{Name: "errors", Value: envelope}}
	}
	kit.Plain.Write(w, status, envelope)
}

// invalidKey answers another's key, or none, with status 400. An advertiser's
// campaigns have a code of their own.
func (s *Server) invalidKey(w http.ResponseWriter, path string) {
	if path == "/v2/advertisers/campaigns" {
		s.fail2(w, http.StatusBadRequest, kit.Object{
			{Name: "code", Value: 102},
			{Name: "codeMsg", Value: "Invalid API Key"},
			{Name: "message", Value: "API Key supplied with the request is invalid. Please cross verify the API Key!"},
		})
		return
	}
	s.fail2(w, http.StatusBadRequest, kit.Object{{Name: "code", Value: 13}, {Name: "message", Value: "Invalid API Key"}})
}

func (s *Server) notFound2(w http.ResponseWriter) {
	s.fail2(w, http.StatusNotFound, kit.Object{{Name: "code", Value: 31}, {Name: "message", Value: "Resource Not Found"}})
}

// invalid answers what a request has wrong, all of it.
func invalid(w http.ResponseWriter, messages []string) {
	list := kit.Array{}
	for _, message := range messages {
		list = append(list, kit.Object{
			{Name: "statusCode", Value: 400}, {Name: "code", Value: "107"}, {Name: "codeMsg", Value: "VALIDATION_ERROR"}, {Name: "message", Value: message},
		})
	}
	kit.Plain.Write(w, http.StatusBadRequest, kit.Object{{Name: "success", Value: false}, {Name: "errors", Value: list}})
}

// query2 reads the parameters of version 2, and collects what is wrong.
type query2 struct {
	params
	wrong []string
}

// day reads a day; missing is what it is without.
func (q *query2) day(name string, missing *string) string {
	v := q.r.URL.Query().Get(name)
	if v == "" {
		if missing == nil {
			q.wrong = append(q.wrong, fmt.Sprintf("%q is required", name))
			return ""
		}
		return *missing
	}
	if _, err := time.Parse(time.DateOnly, v); err != nil {
		q.wrong = append(q.wrong, fmt.Sprintf("%q must be in YYYY-MM-DD format", name))
	}
	return v
}

// number reads a number of a range.
func (q *query2) number(name string, missing, least, most int) int {
	v := q.r.URL.Query().Get(name)
	if v == "" {
		return missing
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		q.wrong = append(q.wrong, fmt.Sprintf("%q must be a number", name))
	case n < least:
		q.wrong = append(q.wrong, fmt.Sprintf("%q must be greater than or equal to %d", name, least))
	case n > most:
		q.wrong = append(q.wrong, fmt.Sprintf("%q must be less than or equal to %d", name, most))
	}
	return n
}

// oneOf refuses values that are not among the known.
func (q *query2) oneOf(name string, values, known []string) {
	for _, v := range values {
		if !slices.Contains(known, v) {
			q.wrong = append(q.wrong, fmt.Sprintf("%q must be one of [%s]", name, strings.Join(known, ", ")))
			return
		}
	}
}

// pageOf cuts a page of a list that goes on by tokens; the last has no next.
func pageOf[E any](q *query2, name string, list []E, size int) (page []E, next string) {
	from := 0
	if token := q.r.URL.Query().Get(name); token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		n, bad := strconv.Atoi(strings.TrimPrefix(string(text), "from:"))
		if err != nil || bad != nil || n < 0 || n > len(list) {
			q.wrong = append(q.wrong, fmt.Sprintf("%q is invalid", name))
			return nil, ""
		}
		from = n
	}
	to := min(from+size, len(list))
	if to < len(list) {
		next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "from:%d", to))
	}
	return list[from:to], next
}

// iso writes an instant as version 2 does.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// limits count requests by what limits them, in windows of a clock.
type limits struct {
	mu     sync.Mutex
	counts map[string]*count
}

type count struct {
	window time.Time
	n      int
}

// allow reports whether one more request is within most in a window of time.
func (l *limits) allow(name string, now time.Time, span time.Duration, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]*count{}
	}
	c, current := l.counts[name], now.Truncate(span)
	if c == nil || !c.window.Equal(current) {
		c = &count{window: current}
		l.counts[name] = c
	}
	c.n++
	return c.n <= most
}

// limited answers one request too many with code 40, if limits are enforced.
func (s *Server) limited(name string, span time.Duration, most int, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.config.RateLimits && !s.limits.allow(name, s.config.Now(), span, most) {
			s.fail2(w, http.StatusTooManyRequests, kit.Object{{Name: "code", Value: 40}, {Name: "message", Value: "Too Many Request"}})
			return
		}
		h(w, r)
	}
}
