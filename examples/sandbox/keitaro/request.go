package keitaro

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is a checked request for a log or a report.
type query struct {
	from, to time.Time // both included
	zone     *time.Location
	limit    int // -1: all
	offset   int
	columns  []string // of logs; grouping of reports
	metrics  []string // of reports
	filters  []filter
	sort     []order
}

type order struct {
	name string
	desc bool
}

// maxBody is more bytes than any sensible request has.
const maxBody = 1 << 20

// readTree reads the parameters of a request as PHP would: a JSON body, else the
// query string with its brackets (columns[]=a&range[from]=b).
func readTree(r *http.Request) (map[string]any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if len(strings.TrimSpace(string(body))) == 0 {
		return bracketTree(r.URL.Query()), nil
	}
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	var tree map[string]any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return tree, nil
}

// bracketTree nests the parameters of a query string by their brackets.
func bracketTree(values url.Values) map[string]any {
	tree := map[string]any{}
	for key, list := range values {
		name, rest, nested := strings.Cut(key, "[")
		if !nested {
			tree[name] = list[len(list)-1]
			continue
		}
		path := append([]string{name}, strings.Split(strings.TrimSuffix(rest, "]"), "][")...)
		for i, value := range list {
			plant(tree, path, i, value)
		}
	}
	return tree
}

// plant sets a value at a path; an empty last step appends.
func plant(tree map[string]any, path []string, i int, value string) {
	for _, step := range path[:len(path)-1] {
		child, ok := tree[step].(map[string]any)
		if !ok {
			child = map[string]any{}
			tree[step] = child
		}
		tree = child
	}
	last := path[len(path)-1]
	if last == "" {
		last = strconv.Itoa(i)
	}
	tree[last] = value
}

// items are the elements of a list, which a query string gives as a map of
// indices.
func items(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		keys := make([]int, 0, len(v))
		for k := range v {
			n, err := strconv.Atoi(k)
			if err != nil {
				return nil
			}
			keys = append(keys, n)
		}
		slices.Sort(keys)
		list := make([]any, len(keys))
		for i, k := range keys {
			list[i] = v[strconv.Itoa(k)]
		}
		return list
	}
	return nil
}

// scalar is the text of a JSON scalar.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// shape is what one endpoint takes.
type shape struct {
	columns []string // the parameter's names: `columns`, or `grouping` and `dimensions`
	known   func(column string) bool
	metrics bool // takes metrics too
	// whether columns are required, and whether a range or a limit is
	needColumns, needWindow bool
}

// readQuery checks a request. It has answered if it returns false.
func (s *Server) readQuery(w http.ResponseWriter, r *http.Request, want shape) (query, bool) {
	tree, err := readTree(r)
	if err != nil {
		fail(w, http.StatusBadRequest, "Malformed JSON")
		return query{}, false
	}
	q, bad := s.parseQuery(tree, want)
	if len(bad) > 0 {
		bad.write(w)
		return query{}, false
	}
	return q, true
}

func (s *Server) parseQuery(tree map[string]any, want shape) (query, invalid) {
	var bad invalid
	q := query{limit: -1}
	s.readRange(&q, tree, want, &bad)
	if v, ok := tree["limit"]; ok && v != nil {
		q.limit = readCount(v, "limit", &bad)
	}
	for _, name := range []string{"offset", "offer"} { // the document misprints it
		if v, ok := tree[name]; ok && v != nil {
			q.offset = readCount(v, name, &bad)
		}
	}
	q.columns = readNames(tree, want.columns, want.known, &bad)
	if want.needColumns && len(q.columns) == 0 {
		bad.add(want.columns[0], "Is required")
	}
	sortable := func(name string) bool { return want.known(name) }
	if want.metrics {
		q.metrics = readNames(tree, []string{"metrics", "measures"}, isMetric, &bad)
		sortable = func(name string) bool { return slices.Contains(q.columns, name) || slices.Contains(q.metrics, name) }
	}
	for _, v := range items(tree["filters"]) {
		f, err := newFilter(v, func(name string) bool { return want.known(name) || want.metrics && isMetric(name) })
		if err != nil {
			bad.add("filters", err.Error())
			continue
		}
		q.filters = append(q.filters, f)
	}
	for _, v := range items(tree["sort"]) {
		member, _ := v.(map[string]any)
		name, _ := scalar(member["name"])
		direction, _ := scalar(member["order"])
		direction = strings.ToLower(direction)
		if !sortable(name) || direction != "" && direction != "asc" && direction != "desc" {
			bad.add("sort", "Unknown field or order: "+name+" "+direction)
			continue
		}
		q.sort = append(q.sort, order{name, direction == "desc"})
	}
	return q, bad
}

// readCount reads a number that must not be negative.
func readCount(v any, field string, bad *invalid) int {
	given, _ := scalar(v)
	n, err := strconv.Atoi(given)
	if err != nil || n < 0 {
		bad.add(field, "Must be a non-negative integer")
		return 0
	}
	return n
}

// readNames reads a list of columns or metrics under one of its names.
func readNames(tree map[string]any, names []string, known func(string) bool, bad *invalid) []string {
	var list []string
	for _, name := range names {
		v, ok := tree[name]
		if !ok || v == nil {
			continue
		}
		elements := items(v)
		if elements == nil {
			bad.add(name, "Must be an array")
		}
		for _, e := range elements {
			column, _ := scalar(e)
			if !known(column) {
				bad.add(name, "Unknown column "+column)
				continue
			}
			list = append(list, column)
		}
	}
	return list
}
