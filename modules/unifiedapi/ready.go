package unifiedapi

import (
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/singleflight"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/ready"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/span"
)

// keeping is what a handler keeps answers with.
type keeping struct {
	cache    *cache.Cache // nil: nothing is kept
	observer cache.Observer
	// lists is how long a list of a platform is kept; zero: it is not.
	lists   func(platform, operation string) time.Duration
	flights *singleflight.Group // of reports
}

// provisionKept takes over what the app keeps.
func (h *Handler) provisionKept() {
	h.kept = keeping{cache: h.app.Kept(), observer: h.app.Observer(), lists: h.app.ListsFor, flights: new(singleflight.Group)}
	// what a client may see depends on its key, also for one browser with several
	fields := "Accept, Accept-Encoding, Authorization, X-Api-Key"
	if h.Identity != "" {
		fields += ", Cookie"
	}
	h.vary = []string{fields}
}

// readyAnswer is an answer that is kept, with what it was kept with, so that it can be
// kept again when it has grown.
type readyAnswer struct {
	*ready.Answer
	mark   cache.Mark
	labels []cache.Labels
	until  time.Time
	stale  bool
}

// longestKey bounds the key of an answer that is kept, in bytes: nobody asks twice for
// what has a longer one.
const longestKey = 8 << 10

// identify sets the key under which the answer is kept: everything that decides what is
// answered. shape is what decides it beside the platforms that the client may use.
func (x *exchange) identify(shape string) {
	identity := x.engine.Identity()
	if x.h.kept.cache == nil || identity == "" || x.r.Method == http.MethodPost {
		return
	}
	// different members never make the same key: each has its length before it
	b := x.room[:0]
	for _, member := range [...]string{identity, x.client.Reach(), shape, x.operation.ID, x.path, x.r.URL.RawQuery} {
		b = binary.AppendUvarint(b, uint64(len(member)))
		b = append(b, member...)
	}
	if b = append(b, byte(accepted(x.r.Header.Get("Accept")))); len(b) <= longestKey {
		x.key = b
	}
}

// direct reads what the client asks of caches.
func (x *exchange) direct() {
	if lines := x.r.Header["Cache-Control"]; len(lines) > 0 {
		x.directives = ready.ParseDirectives(lines)
	}
}

// mode is what the client asks of the caches below.
func (x *exchange) mode() report.Mode {
	return report.Mode{Revalidate: x.directives.Revalidates(), OnlyKept: x.directives.OnlyIfCached}
}

// lookUp returns the answer that is kept for the request, if there is one that it is
// content with.
func (x *exchange) lookUp() *readyAnswer {
	if x.key == nil {
		return nil
	}
	value, ok := x.h.kept.cache.Answer(x.key)
	if !ok {
		return nil
	}
	kept := value.(*readyAnswer)
	if !kept.Satisfies(x.directives, clock.Now()) {
		x.unwanted = true
		return nil
	}
	return kept
}

// keep keeps an answer under the request's key.
func (x *exchange) keep(kept *readyAnswer) {
	size := kept.Size() + int64(len(x.key)+len(kept.labels)*64)
	x.h.kept.cache.KeepAnswer(kept.mark, x.key, kept.labels, kept, size, kept.until)
}

// serveReady answers with what is kept.
func (x *exchange) serveReady(kept *readyAnswer) error {
	outcome := answer.Hit
	if kept.stale {
		outcome = answer.Stale
	}
	_, s := span.Start(x.r.Context(), span.Cache, trace.SpanKindInternal)
	defer s.End()
	s.Ready(x.operation.ID, outcome)
	if observer := x.h.kept.observer; observer != nil {
		for i := range kept.labels {
			// at least one call is saved; how many it would have been nobody knows
			observer.Served(kept.labels[i].Platform, kept.labels[i].Operation, outcome, 1)
		}
	}
	q := ready.Request{Now: clock.Now(), Vary: x.h.vary, Gzip: x.prefersGzip(), Hit: true}
	if q.Gzip && kept.Compress() {
		// it has grown; where another answer has taken its place meanwhile, that one stays
		if v, _ := x.h.kept.cache.Answer(x.key); v == kept {
			x.keep(kept)
		}
	}
	return x.serveAnswer(kept.Answer, q)
}

// serveMade answers with what was made for the request. status is the gateway's member of
// Cache-Status; empty where nothing is kept.
func (x *exchange) serveMade(a *ready.Answer, status string, now time.Time) error {
	q := ready.Request{Now: now, Vary: x.h.vary, Gzip: x.prefersGzip(), Status: status}
	if q.Gzip {
		a.Compress()
	}
	return x.serveAnswer(a, q)
}

func (x *exchange) serveAnswer(a *ready.Answer, q ready.Request) error {
	if a.Continues() {
		q.Base = x.base()
	}
	return a.Serve(x.w, x.r, q)
}

// prefersGzip tells whether the client prefers gzip to a plain body (RFC 9110, section 12.5.3).
func (x *exchange) prefersGzip() bool {
	lines := x.r.Header["Accept-Encoding"]
	switch {
	case len(lines) == 0:
		return false
	case len(lines) == 1 && (lines[0] == "gzip" || lines[0] == "gzip, deflate, br, zstd" || lines[0] == "gzip, deflate, br"):
		return true // as nearly all clients
	}
	for _, name := range encode.AcceptedEncodings(x.r, gzipOnly) {
		switch name {
		case "gzip", "x-gzip":
			return true
		case "identity":
			return false
		case "*":
			// what is named beside it and not among the accepted is refused
			return !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(strings.ToLower(line), "gzip") })
		}
	}
	return false
}

var gzipOnly = []string{"gzip"}

// notCached is the problem of a request with only-if-cached that would need the platforms.
func notCached() *problem.Problem {
	return problem.New(problem.NotCached, "The gateway does not keep all of this answer, or only one that is too old. Send the request without only-if-cached.")
}

// withoutDays are the labels of a part of an answer without days.
func withoutDays(platform, operation string) cache.Labels {
	return cache.Labels{Platform: platform, Operation: operation, From: 1, To: 0}
}

// withoutCalls are the statuses as those see them who waited for the calls of another.
func withoutCalls(statuses []answer.Status) []answer.Status {
	joined := slices.Clone(statuses)
	for i := range joined {
		joined[i].NativeRequests = 0
	}
	return joined
}

// asKept are the statuses as those see them to whom a kept answer is given.
func asKept(statuses []answer.Status) []answer.Status {
	kept := slices.Clone(statuses)
	for i := range kept {
		s := &kept[i]
		if s.Cache == answer.Miss {
			s.Cache = answer.Hit
		}
		s.NativeRequests, s.Elapsed = 0, 0
	}
	return kept
}

// lasting are the statuses without what is not part of what was asked for, for the tag.
func lasting(statuses []answer.Status) []answer.Status {
	kept := asKept(statuses)
	for i := range kept {
		kept[i].Cache, kept[i].AsOf = "", time.Time{}
	}
	return kept
}

// tagLife is how long a page with a cursor keeps its tag: a client that is told that its
// page is as it was has a cursor that can still be used, since that lives longer.
const tagLife = query.CursorLife / 2

// spell returns the stretch of time in which such pages have the same tag, and its end.
func spell(now time.Time) (number int64, end time.Time) {
	number = now.Unix() / int64(tagLife/time.Second)
	return number, time.Unix((number+1)*int64(tagLife/time.Second), 0)
}
