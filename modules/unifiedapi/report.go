package unifiedapi

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// report answers with a report: with one that is kept, else with one that is made now,
// together with others who ask for the same.
func (x *exchange) report() error {
	x.direct()
	x.identify("")
	if kept := x.lookUp(); kept != nil {
		return x.serveReady(kept)
	}
	q, p := x.reportQuery()
	if p != nil {
		return x.refuse(p)
	}
	form, p := x.form(q.Format)
	if p != nil {
		return x.refuse(p)
	}
	if x.directives.OnlyIfCached {
		if x.directives.Revalidates() || x.h.kept.cache == nil {
			return x.refuse(notCached())
		}
		q.RequireAll = true // a part of the answer is not the answer that is kept
	}
	q.Mode = x.mode()
	m, err := x.makeReport(q, form)
	switch {
	case err != nil:
		return err
	case m.problem != nil:
		return x.refuse(m.problem)
	case m.answer != nil:
		now := clock.Now()
		return x.serveMade(m.answer, x.cacheStatus(m, now), now)
	}
	return x.writeReport(m, form)
}

// writeReport writes a report that no other request is answered with: one that is not
// whole, or too long to be held as a body.
func (x *exchange) writeReport(m *making, form form) error {
	made := *m.report
	shown := *made.Result // the result itself may be kept for further pages
	shown.Platforms = x.hideAll(slices.Clone(shown.Platforms))
	if m.collapsed {
		shown.Platforms = withoutCalls(shown.Platforms)
	}
	made.Result = &shown
	h := x.w.Header()
	x.describeReport(h, m)
	x.announceAll(h, func() []answer.Status { return shown.Platforms })
	page := report.Page{Offset: made.Offset, Limit: made.Limit, NextCursor: made.Next, Base: x.base()}
	x.link(made.Next)
	switch form {
	case formNDJSON:
		h.Set("Content-Type", ndjsonType)
		return made.WriteNDJSON(x.w, page)
	case formCSV:
		return x.reportCSV(&made, page)
	}
	return x.writeJSON(http.StatusOK, made.AppendJSON(nil, page))
}

func (x *exchange) reportDefinition() error {
	params, p := x.params(nil)
	if p != nil {
		return x.refuse(p)
	}
	definition, p := x.engine.ReportDefinition(params.List("platform"), x.client)
	if p != nil {
		return x.refuse(p)
	}
	return x.writeJSON(http.StatusOK, definition.AppendJSON(nil))
}

// reportCSV writes a table as listCSV does, with the state of the platforms in the
// trailer Tributary-Platforms.
func (x *exchange) reportCSV(made *query.Report, page report.Page) error {
	h := x.w.Header()
	h.Set("Content-Type", csvType)
	h.Set("Trailer", platformsTrailer)
	if err := made.WriteCSV(x.w, page); err != nil {
		return err
	}
	h.Set(platformsTrailer, string(answer.AppendStatuses(nil, made.Platforms, x.base())))
	return nil
}

// reportQuery reads the query of a report: from the URL, or from the body of a POST,
// beside which the URL has the format alone.
func (x *exchange) reportQuery() (*report.Query, *problem.Problem) {
	if x.r.Method == http.MethodPost {
		own, p := x.params(nil)
		if p != nil {
			return nil, p
		}
		body, p := x.body()
		if p != nil {
			return nil, p
		}
		q, faults := report.ParseBody(body)
		if len(faults) > 0 {
			return nil, problem.Refused(faults)
		}
		q.Format = own.Text("format")
		return q, nil
	}
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, problem.Refused([]problem.FieldError{{Parameter: "query", Detail: "is not percent-encoded: " + err.Error()}})
	}
	q, faults := report.ParseQuery(values)
	if len(faults) > 0 {
		return nil, problem.Refused(faults)
	}
	return q, nil
}
