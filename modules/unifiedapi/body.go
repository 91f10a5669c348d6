package unifiedapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// maxBody is the largest body of a request, in bytes.
const maxBody = 1 << 20

// body reads the body of the request, which has to be JSON.
func (x *exchange) body() ([]byte, *problem.Problem) {
	if t := x.r.Header.Get("Content-Type"); t != "" {
		mediaType, params, err := mime.ParseMediaType(t)
		if err != nil || mediaType != "application/json" || params["charset"] != "" && !isUTF8(params["charset"]) {
			return nil, problem.New(problem.UnsupportedMediaType, "Send the body as application/json, not as %q.", t)
		}
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.New(problem.PayloadTooLarge, "The body has more than %d bytes.", maxBody)
	case err != nil:
		return nil, problem.New(problem.InvalidRequest, "The body could not be read to its end.")
	}
	return data, nil
}

func isUTF8(charset string) bool {
	return charset == "utf-8" || charset == "UTF-8" || charset == "utf8"
}

// queryBody reads a list that is asked for by a body: the members are the list's
// parameters, and `filters` what a query string cannot say.
func (x *exchange) queryBody() (*query.Request, *problem.Problem) {
	data, p := x.body()
	if p != nil {
		return nil, p
	}
	members, faults := queryMembers(data)
	if faults != nil {
		return nil, problem.Refused(faults)
	}
	filters, faults := query.ParseFilters(x.operation.Target(), members["filters"])
	delete(members, "filters")
	lists := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		list, err := texts(members[name])
		if err != nil {
			faults = append(faults, problem.FieldError{Parameter: name, Detail: err.Error()})
			continue
		}
		lists[name] = list
	}
	own, ownFaults := x.operation.Parse(x.r.URL.RawQuery, nil)
	faults = append(faults, ownFaults...)
	if ownFaults == nil && own.Has("format") && lists["format"] == nil {
		lists["format"] = own.List("format")
	}
	params, listFaults := x.operation.Target().ParseLists(lists, nil)
	if faults = append(faults, listFaults...); len(faults) > 0 {
		return nil, problem.Refused(faults)
	}
	return &query.Request{Params: params, Filters: filters, Client: x.client}, nil
}

// queryMembers reads the body of a query. An empty one is an object without members;
// none of them may be null.
func queryMembers(data []byte) (map[string]json.RawMessage, []problem.FieldError) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	members, faults := surface.ParseObject(data)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if string(members[name]) == "null" {
			faults = append(faults, problem.FieldError{Parameter: name, Detail: mustNotBeNull})
		}
	}
	return members, faults
}

const mustNotBeNull = "must not be null"

// texts turns a member into the values of a parameter: a text, number or boolean is
// one, an array of them several.
func texts(raw json.RawMessage) ([]string, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		list = []json.RawMessage{raw}
	}
	var out []string
	for _, item := range list {
		switch item[0] {
		case '"':
			var s string
			if err := json.Unmarshal(item, &s); err != nil {
				return nil, errors.New("is not a text")
			}
			out = append(out, s)
		case '{', '[':
			return nil, errors.New("has to be a text, a number, a boolean or a list of them")
		case 'n':
			return nil, errors.New(mustNotBeNull)
		default:
			out = append(out, string(item))
		}
	}
	return out, nil
}
