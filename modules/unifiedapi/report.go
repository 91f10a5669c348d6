package unifiedapi

import (
	"net/http"
	"net/url"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func (x *exchange) report(map[string]string) error {
	if x.operation.Kind == surface.KindDefinition {
		return x.writeJSON(http.StatusOK, x.engine.ReportDefinition(x.client).AppendJSON(nil))
	}
	q, p := x.reportQuery()
	if p != nil {
		return x.refuse(p)
	}
	form, p := x.form(q.Format)
	if p != nil {
		return x.refuse(p)
	}
	answer, p := x.engine.Report(x.r.Context(), q, x.client)
	if p != nil {
		return x.refuse(p)
	}
	page := report.Page{Offset: answer.Offset, Limit: answer.Limit, NextCursor: answer.Next, Base: x.base}
	x.link(answer.Next)
	switch form {
	case formNDJSON:
		x.w.Header().Set("Content-Type", ndjsonType)
		return answer.WriteNDJSON(x.w, page)
	case formCSV:
		x.w.Header().Set("Content-Type", csvType)
		return answer.WriteCSV(x.w, page)
	}
	return x.writeJSON(http.StatusOK, answer.AppendJSON(nil, page))
}

// reportQuery reads the query of a report: from the URL, or from the body of a POST.
func (x *exchange) reportQuery() (*report.Query, *problem.Problem) {
	if x.r.Method == http.MethodPost {
		body, p := x.body()
		if p != nil {
			return nil, p
		}
		q, faults := report.ParseBody(body)
		if len(faults) > 0 {
			return nil, invalid(faults)
		}
		return q, nil
	}
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, invalid([]problem.FieldError{{Parameter: "query", Detail: "is not percent-encoded: " + err.Error()}})
	}
	q, faults := report.ParseQuery(values)
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	return q, nil
}
