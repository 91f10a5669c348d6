package unifiedapi

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// system answers what the gateway knows by itself.
func (x *exchange) system(values map[string]string) error {
	switch x.operation.ID {
	case "system.health", "system.ready":
		// an app that is not provisioned serves nothing, so whoever asks is answered yes
		return x.writeJSON(http.StatusOK, []byte(`{"status":"ok"}`))
	case "system.openapi":
		return x.writeJSON(http.StatusOK, x.h.openapi)
	case "system.problem":
		return x.problemPage(values["code"])
	case "platforms.list", "platforms.get":
		return x.platforms(values)
	}
	return x.refuse(problem.New(problem.NotFound, "There is no such operation."))
}

func (x *exchange) platforms(values map[string]string) error {
	params, p := x.params(values)
	if p != nil {
		return x.refuse(p)
	}
	req := &query.Request{Params: params, Client: x.client}
	if x.operation.ID == "platforms.get" {
		description, p := x.engine.Describe(req, values["platform"])
		if p != nil {
			return x.refuse(p)
		}
		return x.writeValue(description)
	}
	all := x.engine.DescribeAll(req)
	total := len(all)
	return x.writeValue(map[string]any{
		"data":      all,
		"page":      map[string]any{"next_cursor": nil, "total": total},
		"platforms": []any{},
	})
}

func (x *exchange) writeValue(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		p := problem.New(problem.Internal, "the answer could not be written")
		p.Cause = err
		return x.refuse(p)
	}
	return x.writeJSON(http.StatusOK, b)
}

var problemTemplate = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:.1em .3em;border-radius:.2em}</style></head>
<body>
<h1>{{.Title}}</h1>
<p><code>{{.Code}}</code>, HTTP status {{.Status}}{{if .Retryable}}; the same request may succeed later{{end}}.</p>
<p>{{.Advice}}</p>
</body>
</html>
`))

// problemPage is the page about a problem code: HTML for people, JSON for programs.
func (x *exchange) problemPage(code string) error {
	kind, ok := problem.Lookup(problem.Code(code))
	if !ok {
		return x.refuse(problem.New(problem.NotFound, "There is no problem with the code %q.", code))
	}
	x.w.Header().Set("Cache-Control", "public, max-age=3600")
	x.w.Header().Set("Vary", "Accept")
	if !strings.Contains(x.r.Header.Get("Accept"), "text/html") {
		return x.writeValue(map[string]any{
			"code": kind.Code, "status": kind.Status,
			"title": kind.Title, "advice": kind.Advice, "retryable": kind.Retryable,
		})
	}
	x.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return problemTemplate.Execute(x.w, kind)
}
