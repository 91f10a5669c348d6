package query

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// changed returns the platform at which a change is to be made, and the native identifier
// that the path names.
func (e *Engine) changed(r *WriteRequest) (*Platform, string, *problem.Problem) {
	read := &Request{Params: r.Params, Client: r.Client}
	if r.Params.Text("id") != "" {
		platform, native, p := e.addressed(read)
		if p == nil && r.Body != nil && r.Body.Platform != "" && r.Body.Platform != platform.Name {
			p = wrongPlatform("platform", "is %s, but the path names an object of %s", r.Body.Platform, platform.Name)
		}
		return platform, native, p
	}
	name := r.Params.Text("platform")
	if r.Body != nil && r.Body.Platform != "" {
		if name != "" && name != r.Body.Platform {
			return nil, "", wrongPlatform("platform", "is %s in the body and %s in the query", r.Body.Platform, name)
		}
		name = r.Body.Platform
	}
	if name == "" && r.Body != nil {
		var p *problem.Problem
		if name, p = e.named(r.Params.Operation().Body, r.Body.JSON); p != nil {
			return nil, "", p
		}
	}
	if name == "" {
		var p *problem.Problem
		if name, p = e.only(read); p != nil {
			return nil, "", p
		}
	}
	platform := e.byName[name]
	switch {
	case platform == nil:
		return nil, "", wrongPlatform("platform", "%s", e.noPlatform(name, r.Client))
	case !r.Client.Allows(name):
		p := problem.New(problem.Forbidden, "The client may not use the platform %s. It may use: %s.", name, strings.Join(e.allowed(r.Client), ", "))
		p.Platform = name
		return nil, "", p
	}
	return platform, "", nil
}

func wrongPlatform(parameter, format string, args ...any) *problem.Problem {
	return problem.Refused([]problem.FieldError{{Parameter: parameter, Detail: fmt.Sprintf(format, args...)}})
}

// named returns the platform of the identifiers in a body, which have to be of one;
// empty where there are none.
func (e *Engine) named(members []*surface.Member, body []byte) (string, *problem.Problem) {
	var name, first string
	var faults []problem.FieldError
	eachID(members, gjson.ParseBytes(body), "", func(path, text string) {
		id, ok := surface.SplitID(text)
		switch {
		case !ok || id.Platform == name:
		case name == "":
			name, first = id.Platform, path
		default:
			faults = append(faults, problem.FieldError{Parameter: path, Detail: fmt.Sprintf("is of %s, but %s is of %s", id.Platform, first, name)})
		}
	})
	if faults != nil {
		p := problem.New(problem.InvalidRequest, "The identifiers have to be of one platform; errors says which are not.")
		p.Errors = faults
		return "", p
	}
	return name, nil
}

// eachID gives the identifiers in an object, with their paths.
func eachID(members []*surface.Member, object gjson.Result, prefix string, yield func(path, id string)) {
	object.ForEach(func(key, value gjson.Result) bool {
		for _, m := range members {
			if m.Name == key.Str {
				idsOf(m, value, prefix+m.Name, yield)
			}
		}
		return true
	})
}

func idsOf(m *surface.Member, v gjson.Result, path string, yield func(path, id string)) {
	switch {
	case m.Type == surface.ID:
		yield(path, v.Str)
	case m.Type == surface.Object:
		eachID(m.Members, v, path+".", yield)
	case m.Type == surface.List && m.Element != nil:
		for i, item := range v.Array() {
			idsOf(m.Element, item, fmt.Sprintf("%s[%d]", path, i), yield)
		}
	}
}
