package keitaro

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// clickLog answers POST clicks/log: one row per click, oldest first unless
// sorted.
func (s *Server) clickLog(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	q, ok := s.readQuery(w, r, shape{columns: []string{"columns"}, known: isClickColumn, needColumns: true, needWindow: true})
	if !ok {
		return
	}
	var rows []row
	for i := range s.data.Clicks {
		c := &s.data.Clicks[i]
		if e := (row{s: s, c: c, zone: q.zone}); q.covers(c.At) && e.passes(q.filters) {
			rows = append(rows, e)
		}
	}
	s.writeLog(w, q, rows, begun)
}

// conversionLog answers conversions/log: one row per conversion. Its range and
// its datetime, day, … are those of the postback; the click has click_datetime.
func (s *Server) conversionLog(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	q, ok := s.readQuery(w, r, shape{columns: []string{"columns"}, known: isConversionColumn, needColumns: true})
	if !ok {
		return
	}
	var rows []row
	for i := range s.data.Conversions {
		v := &s.data.Conversions[i]
		if e := (row{s: s, c: s.byID.clicks[v.ClickID], v: v, zone: q.zone}); q.covers(v.PostbackAt) && e.passes(q.filters) {
			rows = append(rows, e)
		}
	}
	s.writeLog(w, q, rows, begun)
}

func (s *Server) writeLog(w http.ResponseWriter, q query, rows []row, begun time.Time) {
	// sorted by columns that need not be shown
	slices.SortStableFunc(rows, func(a, b row) int {
		for _, o := range q.sort {
			if c := compareValues(a.value(o.name), b.value(o.name)); c != 0 {
				return o.direct(c)
			}
		}
		return 0
	})
	out := kit.Array{}
	for _, e := range page(rows, q) {
		o := make(kit.Object, len(q.columns))
		for i, name := range q.columns {
			o[i] = kit.Member{Name: name, Value: s.printed(e.value(name))}
		}
		out = append(out, o)
	}
	s.writeRows(w, out, len(rows), begun)
}

func (o order) direct(c int) int {
	if o.desc {
		return -c
	}
	return c
}

// page cuts a list by limit and offset.
func page[E any](rows []E, q query) []E {
	rows = rows[min(q.offset, len(rows)):]
	if q.limit >= 0 {
		rows = rows[:min(q.limit, len(rows))]
	}
	return rows
}

// result is a row of a report.
type result struct {
	keys  []any
	tally tally
}

// value is the row's value of a grouping or a metric. A name that is both
// (revenue, cost, profit) is the metric, unless it is grouped by.
func (e *result) value(q query, name string) any {
	if i := slices.Index(q.columns, name); i >= 0 {
		return e.keys[i]
	}
	return metrics[name](&e.tally)
}

// report answers report/build and clicks/build. The document requires grouping
// and metrics, but has no sample of their absence: without a grouping there is
// one row, without metrics there are only the keys.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	q, ok := s.readQuery(w, r, reportShape)
	if !ok {
		return
	}
	results := s.build(q)
	out := kit.Array{}
	for _, e := range page(results, q) {
		out = append(out, s.resultJSON(e, q))
	}
	s.writeRows(w, out, len(results), begun)
}

var reportShape = shape{
	columns: []string{"grouping", "dimensions"}, known: isClickColumn, metrics: true, needWindow: true,
}

// summary answers clicks/summary, whose shape is in no document: the report of
// everything that matches as a single row, with all metrics unless some are
// named.
func (s *Server) summary(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	q, ok := s.readQuery(w, r, reportShape)
	if !ok {
		return
	}
	q.columns = nil
	if len(q.metrics) == 0 {
		q.metrics = sortedNames(metrics)
	}
	out := kit.Array{}
	for _, e := range s.build(q) {
		out = append(out, s.resultJSON(e, q))
	}
	s.writeRows(w, out, len(out), begun)
}

func (s *Server) resultJSON(e *result, q query) kit.Object {
	o := make(kit.Object, 0, len(q.columns)+len(q.metrics))
	for i, name := range q.columns {
		o = append(o, kit.Member{Name: name, Value: s.printed(e.keys[i])})
	}
	for _, name := range q.metrics {
		o = append(o, kit.Member{Name: name, Value: s.printed(metrics[name](&e.tally))})
	}
	return o
}

// build groups the clicks of a query and sorts the rows; without a sort they
// come in the order of their keys.
func (s *Server) build(q query) []*result {
	below, above := splitFilters(q)
	groups := map[string]*result{}
	if len(q.columns) == 0 {
		groups[""] = &result{}
	}
	var key strings.Builder
	for i := range s.data.Clicks {
		c := &s.data.Clicks[i]
		e := row{s: s, c: c, zone: q.zone}
		if !q.covers(c.At) || !e.passes(below) {
			continue
		}
		keys := make([]any, len(q.columns))
		key.Reset()
		for i, name := range q.columns {
			keys[i] = e.value(name)
			key.WriteString(string(kit.Plain.Append(nil, keys[i])))
			key.WriteByte(',')
		}
		g := groups[key.String()]
		if g == nil {
			g = &result{keys: keys}
			groups[key.String()] = g
		}
		g.tally.add(c, s.byID.outcomes[c.ID])
	}
	var results []*result
	for _, g := range groups {
		if !slices.ContainsFunc(above, func(f filter) bool { return !f.match(g.value(q, f.name)) }) {
			results = append(results, g)
		}
	}
	slices.SortFunc(results, func(a, b *result) int {
		for _, o := range q.sort {
			if c := compareValues(a.value(q, o.name), b.value(q, o.name)); c != 0 {
				return o.direct(c)
			}
		}
		return slices.CompareFunc(a.keys, b.keys, compareValues)
	})
	return results
}

// splitFilters tells conditions on clicks from those on a report's rows.
func splitFilters(q query) (below, above []filter) {
	for _, f := range q.filters {
		if isMetric(f.name) && !slices.Contains(q.columns, f.name) {
			above = append(above, f)
		} else {
			below = append(below, f)
		}
	}
	return below, above
}

// printed is a value as this installation writes it.
func (s *Server) printed(v any) any {
	switch v := v.(type) {
	case bool:
		if !s.config.NumericFlags {
			return v
		}
		if v {
			return 1
		}
		return 0
	case kit.Decimal:
		if s.config.MoneyAsText && v.Scale == 4 {
			return v.String()
		}
	}
	return v
}

// writeRows answers with the envelope of logs and reports: total counts the rows
// before they were cut by limit and offset.
func (s *Server) writeRows(w http.ResponseWriter, rows kit.Array, total int, begun time.Time) {
	took := kit.Decimal{Units: time.Since(begun).Microseconds() / 100, Scale: 4}.String()
	now := s.config.Now().UTC().Format("2006-01-02T15:04:05+00:00")
	var meta any = kit.Object{{Name: "datetime", Value: now}, {Name: "execution_time", Value: took}}
	if s.config.MetaAsList {
		meta = []string{now, took}
	}
	kit.PHP.Write(w, http.StatusOK, kit.Object{
		{Name: "rows", Value: rows}, {Name: "total", Value: total}, {Name: "meta", Value: meta},
	})
}
