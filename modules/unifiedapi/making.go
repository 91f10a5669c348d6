package unifiedapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/ready"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

const (
	// makingTime bounds the making of a report that may serve several requests: it goes
	// on when the client that came first has gone.
	makingTime = 5 * time.Minute
	// mostRows is the most rows of a report that is held as a body. A longer one is
	// written while it is encoded, and what it was made of is kept all the same.
	mostRows = 20_000
	// staleFor is how long an answer that is past its life is given without looking
	// whether there is a fresher one by now.
	staleFor = 5 * time.Second
)

// making is a report that was made, for one request or for several.
type making struct {
	problem *problem.Problem // set: nothing else is
	report  *query.Report
	answer  *ready.Answer // nil: each request writes it for itself
	// shared is the answer for those who waited for another request to have it made.
	shared  func() *ready.Answer
	expires time.Time // the end of the report's life; zero where it is not known
	// revalidated tells that what is kept was not wanted; collapsed, that another request
	// had it made.
	revalidated, collapsed bool
}

// makeReport makes a report. Requests for the same one that come meanwhile get it too.
// The error says that the client has gone.
func (x *exchange) makeReport(q *report.Query, form form) (*making, error) {
	if x.key == nil {
		return x.compose(x.r.Context(), q, form), nil
	}
	led := false
	done := x.h.kept.flights.DoChan(x.flight(), func() (any, error) {
		led = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(x.r.Context()), makingTime)
		defer cancel()
		return x.composeSafely(ctx, q, form), nil
	})
	select {
	case result := <-done:
		m := *result.Val.(*making)
		if !led {
			x.join(&m)
		}
		return &m, nil
	case <-x.r.Context().Done():
		// the status by which reverse proxies log it
		return nil, caddyhttp.Error(499, x.r.Context().Err())
	}
}

// flight names what requests share that are made together: who wants other things of
// caches is answered otherwise, and what was begun before a drop is not for those who
// come after it.
func (x *exchange) flight() string {
	return fmt.Sprintf("%d %s%v", x.mark(), x.key, x.directives)
}

// join makes of a report that another request had made the one of this request, which has
// asked no platform itself.
func (x *exchange) join(m *making) {
	m.collapsed = true
	if m.problem != nil {
		return
	}
	if m.shared != nil {
		m.answer = m.shared()
	}
	if observer := x.h.kept.observer; observer != nil {
		for i := range m.report.Platforms {
			s := &m.report.Platforms[i]
			switch {
			case s.Status != answer.OK:
			case s.Cache == answer.Miss:
				observer.Served(s.Platform, reportOperation, "coalesced", max(1, s.NativeRequests))
			case s.Cache != "":
				observer.Served(s.Platform, reportOperation, s.Cache, 1)
			}
		}
	}
}

// composeSafely is compose where a panic would end the process: it runs for no request.
func (x *exchange) composeSafely(ctx context.Context, q *report.Query, form form) (m *making) {
	defer func() {
		if v := recover(); v != nil {
			p := problem.New(problem.Internal, "making a report panicked")
			p.Cause = fmt.Errorf("%v\n%s", v, debug.Stack())
			m = &making{problem: p}
		}
	}()
	return x.compose(ctx, q, form)
}

// compose makes a report and, when it is whole, the answer, which it keeps.
func (x *exchange) compose(ctx context.Context, q *report.Query, form form) *making {
	m := &making{revalidated: q.Mode.Revalidate}
	mark, began := x.mark(), clock.Now()
	m.report, m.problem = x.engine.Report(ctx, q, x.client)
	if m.problem == nil && x.tooOld(m.report) {
		if q.Mode.OnlyKept {
			return &making{problem: notCached()}
		}
		again := *q
		again.Mode.Revalidate, m.revalidated = true, true
		mark, began = x.mark(), clock.Now()
		m.report, m.problem = x.engine.Report(ctx, &again, x.client)
	}
	if m.problem != nil {
		return m
	}
	m.expires = expiry(q, m.report, began)
	rows := len(m.report.Page(m.report.Offset, m.report.Limit))
	if !m.report.Whole || rows > mostRows || x.r.Method == http.MethodPost {
		return m
	}
	x.finish(m, mark, began, form)
	return m
}

// mark is the moment from which on a drop is one of what is being made.
func (x *exchange) mark() cache.Mark {
	if x.h.kept.cache == nil {
		return 0
	}
	return x.h.kept.cache.Mark()
}

// tooOld tells whether a report is older than max-age allows.
func (x *exchange) tooOld(made *query.Report) bool {
	d, f := &x.directives, &made.Freshness
	if !d.Aged || f.State == "" || f.State == answer.Miss && !made.Kept {
		return false
	}
	return f.State == answer.Stale || clock.Now().Sub(f.AsOf).Truncate(time.Second) > d.MaxAge
}

// expiry is the end of a report's life: that of the first of its parts, the next midnight
// where its days are relative to today, and for a page with a cursor that of the tag.
func expiry(q *report.Query, made *query.Report, began time.Time) time.Time {
	expires := made.Freshness.Until
	if made.Freshness.State == answer.Stale {
		return made.Freshness.Since
	}
	if expires.IsZero() {
		return expires
	}
	if q.Interval != "" {
		day := began.In(q.Zone)
		if midnight := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, q.Zone); midnight.Before(expires) {
			expires = midnight
		}
	}
	if made.Next != "" {
		if _, end := spell(began); end.Before(expires) {
			expires = end
		}
	}
	return expires
}

// finish makes the answer of a whole report, and keeps it as later readers are to see it.
func (x *exchange) finish(m *making, mark cache.Mark, began time.Time, form form) {
	statuses := m.report.Platforms
	if m.report.Kept {
		statuses = asKept(statuses)
	}
	body, at := renderReport(m.report, form, statuses)
	content := ready.Content{
		Type: mediaTypes[form], AsOf: m.report.Freshness.AsOf, Expires: m.expires, Next: x.next(m.report.Next),
		Tag: reportTag(m.report, form, body[:at], began),
	}
	if content.AsOf.IsZero() {
		content.AsOf = began
	}
	fields := http.Header{}
	x.announceAll(fields, func() []answer.Status { return statuses })
	content.Fields = fields
	content.Body, content.Trailers = body, trailers(form, statuses)
	m.answer = ready.New(content)
	joined := content
	m.shared = sync.OnceValue(func() *ready.Answer {
		statuses := withoutCalls(statuses)
		joined.Body = append(bytes.Clone(body[:at]), reportTail(m.report, form, statuses)...)
		joined.Trailers = trailers(form, statuses)
		return ready.New(joined)
	})
	if x.key == nil || x.directives.NoStore || m.report.Freshness.State == "" {
		return
	}
	kept := &readyAnswer{mark: mark, labels: reportLabels(m.report), until: m.expires, stale: m.report.Freshness.State == answer.Stale}
	if kept.stale {
		kept.until = earlier(m.report.Freshness.Until, clock.Now().Add(staleFor))
	}
	later := asKept(statuses)
	// of the body only what stands behind the rows is another
	content.Body = append(bytes.Clone(body[:at]), reportTail(m.report, form, later)...)
	content.Trailers = trailers(form, later)
	kept.Answer = ready.New(content)
	x.keep(kept)
}

// renderReport encodes a page of a report without problems. at is where the tail begins.
func renderReport(made *query.Report, form form, statuses []answer.Status) (body []byte, at int) {
	shown := *made.Result
	shown.Platforms = statuses
	page := report.Page{Offset: made.Offset, Limit: made.Limit, NextCursor: made.Next}
	var b bytes.Buffer // which does not fail
	switch form {
	case formNDJSON:
		_ = shown.WriteNDJSON(&b, page)
	case formCSV:
		_ = shown.WriteCSV(&b, page)
	default:
		b.Write(shown.AppendJSON(nil, page))
	}
	return b.Bytes(), b.Len() - len(reportTail(made, form, statuses))
}

// reportTail is what stands behind the rows, totals and range of a body: where the next
// page is, and what the platforms did.
func reportTail(made *query.Report, form form, statuses []answer.Status) []byte {
	var b []byte
	switch form {
	case formNDJSON:
		b = answer.AppendStatuses(append(b, `,"platforms":`...), statuses, "")
		return append(b, "}\n"...)
	case formCSV:
		return nil
	}
	b = answer.AppendPage(append(b, `,"page":`...), made.Next, len(made.Rows))
	b = answer.AppendStatuses(append(b, `,"platforms":`...), statuses, "")
	return append(b, '}')
}

// reportTag is the entity tag of a page: of all of it but the tail's volatile members.
func reportTag(made *query.Report, form form, head []byte, began time.Time) string {
	statuses := answer.AppendStatuses(nil, lasting(made.Platforms), "")
	// the number of all rows, in the forms that say it in their tail
	page := []byte{byte(form)}
	page = strconv.AppendInt(page, int64(len(made.Rows)), 10)
	if made.Next != "" {
		number, _ := spell(began)
		page = strconv.AppendInt(append(page, ' '), number, 10)
	}
	return ready.Tag(head, page, statuses)
}

// trailers are those of a form that has no place for the platforms.
func trailers(form form, statuses []answer.Status) http.Header {
	if form != formCSV {
		return nil
	}
	return http.Header{platformsTrailer: {string(answer.AppendStatuses(nil, statuses, ""))}}
}

// reportLabels say what a report is made of. Its days are in its own zone, so those
// beside them may have a part in it.
func reportLabels(made *query.Report) []cache.Labels {
	var labels []cache.Labels
	for i := range made.Platforms {
		l := withoutDays(made.Platforms[i].Platform, reportOperation)
		if r := made.Range; r != nil {
			l.From, l.To = int32(r.From)-1, int32(r.To)+1
		}
		labels = append(labels, l)
	}
	return labels
}

const reportOperation = "reports.query"

// mediaTypes are those of the forms.
var mediaTypes = map[form]string{formJSON: jsonType[0], formNDJSON: ndjsonType, formCSV: csvType}

// describeReport writes what an answer says about caches that is written for one request.
func (x *exchange) describeReport(h http.Header, m *making) {
	now := clock.Now()
	if status := x.cacheStatus(m, now); status != "" {
		h.Add("Cache-Status", status)
	}
	h.Add("Vary", x.h.vary[0])
	for i := range m.report.Platforms {
		if m.report.Platforms[i].Status != answer.OK {
			// what is missing may be there in a moment
			h["Cache-Control"] = []string{"private, no-store"}
			return
		}
	}
	a := m.timing()
	if age := a.Age(now); m.report.Freshness.State != "" && age > 0 {
		h.Set("Age", strconv.Itoa(int(age/time.Second)))
	}
	if x.r.Method != http.MethodPost {
		h["Cache-Control"] = a.Control(now)
	}
}

// timing is the report's age and life, as an answer has them.
func (m *making) timing() *ready.Answer {
	return ready.New(ready.Content{AsOf: m.report.Freshness.AsOf, Expires: m.expires})
}

// cacheStatus is the gateway's member of Cache-Status for a report; empty where nothing
// is kept.
func (x *exchange) cacheStatus(m *making, now time.Time) string {
	f := &m.report.Freshness
	if x.h.kept.cache == nil {
		return ""
	}
	asked, detail, fwdStatus := 0, "", 0
	for i := range m.report.Platforms {
		s := &m.report.Platforms[i]
		asked += s.NativeRequests
		p := s.Problem
		if p == nil {
			p = s.StaleFor
		}
		if p != nil && detail == "" {
			detail = string(p.Code)
			if p.Native != nil {
				fwdStatus = p.Native.Status
			}
		}
	}
	s := ready.Status{Detail: detail}
	switch {
	case f.State == "":
		s.Forward = ready.ForwardBypass
	case f.State == answer.Hit, m.report.Kept, f.State == answer.Stale && asked == 0:
		s.Hit = true
		s.TTL, s.Timed = m.timing().TTL(now)
	case f.State == answer.Stale:
		s.Forward, s.FwdStatus, s.Collapsed = ready.ForwardStale, fwdStatus, m.collapsed
	default:
		s.Forward, s.FwdStatus = ready.ForwardMiss, fwdStatus
		if m.revalidated {
			s.Forward = ready.ForwardRequest
		}
		s.Stored = m.report.Whole && !x.directives.NoStore
		s.Collapsed = m.collapsed || asked == 0
	}
	return s.String()
}
