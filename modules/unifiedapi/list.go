package unifiedapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

func (x *exchange) list(values map[string]string) error {
	if done, err := x.listKept(); done {
		return err
	}
	req, p := x.request(values)
	if p != nil {
		return x.refuse(p)
	}
	form, p := x.form(req.Params.Text("format"))
	if p != nil {
		return x.refuse(p)
	}
	if req.Params.Text("limit") == "all" {
		if form == formJSON {
			return x.refuse(problem.Refused([]problem.FieldError{{Parameter: "limit", Detail: `"all" needs format=ndjson or format=csv, which are written while they are read; JSON pages have at most 1000 rows`}}))
		}
		req.Stream = true
	}
	x.direct()
	req.Mode = x.mode()
	ctx, mark := x.r.Context(), x.mark()
	list, p := x.engine.List(ctx, req)
	if p != nil {
		return x.refuse(p)
	}
	defer list.Close()
	if form == formJSON {
		if done, err := x.keepList(list, mark); done {
			return err
		}
	}
	x.announceAll(x.w.Header(), list.Statuses)
	switch form {
	case formNDJSON:
		return x.listNDJSON(list)
	case formCSV:
		return x.listCSV(list, req)
	}
	return x.listJSON(list)
}

// request turns the HTTP request into one of the engine.
func (x *exchange) request(values map[string]string) (*query.Request, *problem.Problem) {
	if x.operation.Kind == surface.KindQuery {
		return x.queryBody()
	}
	params, p := x.params(values)
	if p != nil {
		return nil, p
	}
	req := &query.Request{Params: params, Client: x.client}
	if a := x.operation.Alias; a != nil && a.Filter != nil {
		// what is below one object is asked of its platform alone
		if id, ok := params.ID(a.Filter.Name); ok {
			req.Platform = id.Platform
		}
	}
	return req, nil
}

func (x *exchange) listJSON(list *query.List) error {
	x.link(list.Next())
	return x.writeJSON(http.StatusOK, list.JSON(func(b []byte) []byte {
		return answer.AppendStatuses(b, x.statuses(list), x.base())
	}))
}

// statuses are those of a list, without what is for the log only.
func (x *exchange) statuses(list *query.List) []answer.Status {
	return x.hideAll(list.Statuses())
}

func (x *exchange) hideAll(statuses []answer.Status) []answer.Status {
	for i := range statuses {
		if p := statuses[i].Problem; p != nil {
			statuses[i].Problem = x.hide(p)
		}
	}
	return statuses
}

// writeJSON writes a whole JSON body.
func (x *exchange) writeJSON(status int, body []byte) error {
	h := x.w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.w.WriteHeader(status)
	_, err := x.w.Write(body)
	return err
}

var jsonType = []string{"application/json"}

// link says where the next page is (RFC 8288).
func (x *exchange) link(cursor string) {
	if next := x.next(cursor); next != "" {
		x.w.Header().Add("Link", "<"+x.base()+next+`>; rel="next"`)
	}
}

// next is what follows the base in the URL of the next page; empty where there is none.
func (x *exchange) next(cursor string) string {
	if cursor == "" || x.r.Method == http.MethodPost {
		return ""
	}
	var b strings.Builder
	b.WriteString(x.path)
	b.WriteByte('?')
	for pair := range strings.SplitSeq(x.r.URL.RawQuery, "&") {
		if name, _, _ := strings.Cut(pair, "="); pair != "" && name != "cursor" {
			b.WriteString(strings.NewReplacer("<", "%3C", ">", "%3E").Replace(pair))
			b.WriteByte('&')
		}
	}
	b.WriteString("cursor=")
	b.WriteString(cursor)
	return b.String()
}
