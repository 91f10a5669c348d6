package mapping

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/plugins"
)

// ReportPlan is one native report, or one computed from a list, compiled. Its
// dimensions and metrics are known by the names that clients ask for: those of
// the vocabulary, and <platform>.<native name> for what only the platform has.
type ReportPlan struct {
	Name string
	// From is the list operation whose rows the report is computed from; empty
	// for a native report.
	From string
	// Call makes the native requests of a native report; nil when computed.
	Call *CallPlan

	Dimensions map[string]*ReportDimension
	Metrics    map[string]*ReportMetric

	// Fixed lists the dimensions that every native row has, asked or not.
	Fixed []string
	// Split lists the dimensions that are got by asking once for each day, month
	// or year.
	Split map[string]string
	// Rows are the places where the rows may be in an answer; the first that is there
	// is taken. An empty path is the answer itself. Keyed: they are the values of an
	// object. Single: there is one row.
	Rows          [][]string
	Keyed, Single bool
	// SplitLimit is the most native calls of one question that days, months or
	// years are asked for singly; zero: no limit of its own.
	SplitLimit int
	// MaxDays is the longest range of one call in days; zero: no limit.
	MaxDays int
	// TakesZone tells that days can be asked for in any time zone.
	TakesZone bool
	// Instant is the member, of a computed report, from which days and hours are made.
	Instant string

	spec       *Report
	platform   *Platform
	when       *when
	filters    map[string]*ReportFilter // by name as asked for, and "*"
	items      map[string]itemTemplate
	parameters map[string]string // computed: member → parameter of the list that filters by it
}

// ReportDimension is a dimension of one report.
type ReportDimension struct {
	Name string
	Type field.Type
	// From and Label are paths in the native row or, computed, dotted members.
	From, Label [][]string
	// LabelOf is the list operation whose rows have the names; empty: none.
	LabelOf string
	// Enum translates native values; nil: they are taken as they are.
	Enum *codec.Enum

	names  []string // native names to group by; none when fixed
	format *Format
	codec  plugins.Codec
}

// ReportMetric is a metric of one report.
type ReportMetric struct {
	Name string
	Type field.Type
	// From are alternative paths; Parts, where there are any, are added up.
	From, Parts [][]string
	// Currency are paths of the currency; those that start with @body lead into
	// the whole answer. Fixed is the currency where these give none; may be empty.
	Currency [][]string
	Fixed    string
	Scale    int
	// Adds tells whether values may be summed over time and groups.
	Adds bool
	// Rate are the numerator and denominator of a rate, by their names; nil for
	// what the platform gives itself.
	Rate []string
	// Percent tells that native values are percents of what is answered.
	Percent bool
	Negate  bool

	// Count and Sum say how a computed report makes the metric: by the number of
	// rows, or by the sum of a member. Where narrows the rows.
	Count bool
	Sum   string
	Where []Condition

	names []string // native names to ask for
}

// compileReports compiles the reports, in the order in which they are tried.
func (p *Platform) compileReports() {
	for _, r := range p.mapping.Reports {
		if r.From == "" && (r.Call == nil || r.Range == nil) {
			continue // parsing has said so
		}
		if p.operations[r.From] == nil && p.mapping.Operations[r.From] != nil {
			continue // with these options the platform has no such list
		}
		plan := &ReportPlan{
			Name: r.Name, From: r.From, Dimensions: map[string]*ReportDimension{}, Metrics: map[string]*ReportMetric{},
			Split: map[string]string{}, spec: r, platform: p,
			filters: map[string]*ReportFilter{}, items: map[string]itemTemplate{}, parameters: map[string]string{},
		}
		if r.When != "" {
			when, err := compileWhen(r.When, reportEnv(ReportScope{}, p.options))
			if err != nil {
				p.fault(r.Position, "when: %v", err)
			}
			plan.when = when
		}
		if r.From != "" {
			plan.compileComputed()
		} else {
			plan.compileNative()
		}
		if !plan.when.impossible() {
			p.Reports = append(p.Reports, plan)
		}
	}
}

// key is the name by which clients ask for a dimension or metric.
func (r *ReportPlan) key(name string, only bool) string {
	if only {
		return r.platform.Name + "." + name
	}
	return name
}

func (r *ReportPlan) compileNative() {
	p, spec := r.platform, r.spec
	r.Call = &CallPlan{
		Method: spec.Call.Method, Paging: spec.Call.Paging, Total: -1, Cursor: -1, platform: p, spec: spec.Call,
		method: compileTemplate(spec.Call.Method), path: compileTemplate(spec.Call.Path), set: spec.Call.Set,
		key: "report " + strconv.Itoa(len(p.Reports)), Limit: spec.Call.limit(),
	}
	r.Rows, r.Keyed, r.Single = spec.Call.Rows, spec.Call.Keyed, spec.Call.Single
	for _, other := range spec.Call.Else {
		r.Call.others = append(r.Call.others, route{compileTemplate(other.Method), compileTemplate(other.Path)})
	}
	for i, spelled := range append([]route{{r.Call.method, r.Call.path}}, r.Call.others...) {
		at := spec.Call.Position
		if i > 0 {
			at = spec.Call.Else[i-1].Position
		}
		for _, name := range append(spelled.path.holes(), spelled.method.holes()...) {
			if _, ok := p.spellings[name]; !ok {
				p.fault(at, "nothing gives {%s}%s", name, suggest.DidYouMean(name, keys(p.spellings)))
			}
		}
	}
	group := spec.Group
	if group == nil {
		group = &Group{By: map[string][]string{}}
		r.spec.Group = group
	}
	if spec.Range == nil {
		return
	}
	r.compileRange()
	for _, d := range spec.Dimensions {
		r.compileDimension(d)
	}
	for _, m := range spec.Metrics {
		r.compileMetric(m)
	}
	r.compileGroup()
	r.addNativeNames()
	r.compileRates()
	for _, f := range spec.Filters {
		r.compileFilter(f)
	}
}

func (r *ReportPlan) compileRange() {
	p, spec := r.platform, r.spec.Range
	const day = 24 * time.Hour
	r.MaxDays = int(spec.Max / day)
	if spec.Max > 0 && r.MaxDays == 0 {
		p.fault(spec.Position, "max: a range is of one day or more")
	}
	r.TakesZone = spec.Zone != nil
	r.SplitLimit = spec.SplitLimit
	if spec.As == "" {
		p.fault(spec.Position, "wants `as`, the format in which the platform takes days")
	} else if p.format(spec.Position, spec.As) != nil && r.TakesZone && !p.days[spec.As] {
		p.fault(spec.Position, "a platform that takes a zone takes days, so `as` has to name a format of the kind `date`")
	}
	for _, name := range keys(spec.Split) {
		unit := spec.Split[name]
		if want := map[string]string{field.Day: "day", field.Month: "month", field.Year: "year"}[name]; want != unit {
			p.fault(spec.Position, "split: date is got by day, month by month and year by year; not %s by %s", name, unit)
			continue
		}
		r.Split[name] = unit
	}
}

func (r *ReportPlan) compileDimension(d *Dimension) {
	p := r.platform
	out := &ReportDimension{Name: r.key(d.Name, d.Only), Type: field.Type(d.Type), From: d.From, Label: d.Label, LabelOf: d.LabelOf}
	if !d.Only {
		known, ok := field.LookupDimension(d.Name)
		if !ok || d.Name == field.Platform {
			p.fault(d.Position, "no dimension %q%s; what only this platform has goes below `native`", d.Name, suggest.DidYouMean(d.Name, dimensionNames()))
			return
		}
		out.Type = known.Type
	}
	if out.Type == "" {
		out.Type = field.Text
	}
	if d.As != "" {
		out.codec, out.format = p.format(d.Position, d.As), p.mapping.Formats[d.As]
	} else if r.From == "" && (out.Type == field.Date || out.Type == field.Instant) {
		p.fault(d.Position, "%s is a time: say with `as` how the platform writes it", d.Name)
	}
	if d.Enum != nil {
		out.Enum = p.compileEnum(d.Enum, nil)
	}
	switch {
	case d.LabelOf == "" || p.operations[d.LabelOf] != nil:
	case p.mapping.Operations[d.LabelOf] != nil:
		out.LabelOf = "" // with these options the platform has no such list
	default:
		p.fault(d.Position, "label_of names %q, which this mapping does not have%s", d.LabelOf, suggest.DidYouMean(d.LabelOf, keys(p.operations)))
	}
	if out.Type != field.Entity && (d.Label != nil || d.LabelOf != "") {
		p.fault(d.Position, "%s has no id, so it has no name beside one", d.Name)
	}
	if _, twice := r.Dimensions[out.Name]; twice {
		p.fault(d.Position, "the dimension %q is there twice", d.Name)
	}
	r.Dimensions[out.Name] = out
}

func (r *ReportPlan) compileMetric(m *Metric) {
	p := r.platform
	out := &ReportMetric{
		Name: r.key(m.Name, m.Only), Type: field.Type(m.Type), From: m.From, Parts: m.SumOf, Currency: m.Currency, Fixed: m.Fixed,
		Scale: m.Scale, Adds: m.Adds || m.Count || m.Sum != "", Percent: m.Percent, Negate: m.Negate, Count: m.Count, Sum: m.Sum, Where: m.Where, Rate: m.Rate,
	}
	known, ok := field.LookupMetric(m.Name)
	switch {
	case m.Only:
		if out.Type == "" {
			out.Type = field.Decimal
		}
	case !ok:
		p.fault(m.Position, "no metric %q%s; what only this platform has goes below `native`", m.Name, suggest.DidYouMean(m.Name, metricNames()))
		return
	default:
		out.Type = known.Type
		if known.Made() && m.Rate != nil && !slices.Equal(m.Rate, []string{known.Numerator, known.Denominator}) {
			p.fault(m.Position, "%s is made of [%s, %s] everywhere", m.Name, known.Numerator, known.Denominator)
		}
		if known.Made() && m.Adds {
			p.fault(m.Position, "%s is a rate, so it does not add up", m.Name)
		}
	}
	if out.Rate != nil {
		out.Type = field.Rate
	}
	if out.Type == field.Money && out.Fixed == "" {
		out.Fixed = p.Currency
	}
	ways := 0
	for _, has := range []bool{m.From != nil, m.SumOf != nil, m.Rate != nil && m.From == nil, m.Count, m.Sum != ""} {
		if has {
			ways++
		}
	}
	if ways != 1 {
		p.fault(m.Position, "wants exactly one of from, money, sum_of, rate, count and sum")
		return
	}
	if computed := m.Count || m.Sum != ""; computed != (r.From != "") && m.Rate == nil {
		p.fault(m.Position, "count and sum are for reports computed from a list, and only they")
		return
	}
	out.names = metricNamesOf(m)
	if _, twice := r.Metrics[out.Name]; twice {
		p.fault(m.Position, "the metric %q is there twice", m.Name)
	}
	r.Metrics[out.Name] = out
}

// metricNamesOf returns the native names by which a metric is asked for.
func metricNamesOf(m *Metric) []string {
	if m.Native != "" {
		return []string{m.Native}
	}
	paths := m.SumOf
	if len(m.From) > 0 {
		paths = m.From[:1]
	}
	var names []string
	for _, path := range paths {
		if len(path) > 0 {
			names = append(names, path[len(path)-1])
		}
	}
	return names
}

// compileRates resolves the parts of rates: metrics of the vocabulary first, then
// those that only the platform has.
func (r *ReportPlan) compileRates() {
	for _, spec := range r.spec.Metrics {
		m := r.Metrics[r.key(spec.Name, spec.Only)]
		if m == nil || m.Rate == nil {
			continue
		}
		if !spec.Only {
			delete(r.Metrics, m.Name) // the vocabulary says already how it is made
			continue
		}
		parts := make([]string, len(m.Rate))
		for i, name := range m.Rate {
			parts[i] = name
			if r.Metrics[name] == nil {
				parts[i] = r.key(name, true)
			}
			if part := r.Metrics[parts[i]]; part == nil || part.Rate != nil {
				r.platform.fault(spec.Position, "rate: the report has no metric %q to make it of%s", name, suggest.DidYouMean(name, keys(r.Metrics)))
			}
		}
		m.Rate = parts
	}
}

// compileGroup settles how each dimension is got: by grouping, with every row, or
// by asking once for each of its values.
func (r *ReportPlan) compileGroup() {
	p, g := r.platform, r.spec.Group
	for _, name := range keys(g.By) {
		d := r.Dimensions[name]
		if d == nil {
			p.fault(g.Position, "by: the report has no dimension %q%s", name, suggest.DidYouMean(name, keys(r.Dimensions)))
			continue
		}
		d.names = g.By[name]
	}
	for _, name := range g.Fixed {
		key := name
		if r.Dimensions[key] == nil {
			key = r.key(name, true)
		}
		d := r.Dimensions[key]
		if d == nil || len(d.names) > 0 {
			p.fault(g.Position, "fixed: %q is not one of the report's dimensions, or is in `by` as well", name)
			continue
		}
		r.Fixed = append(r.Fixed, key)
	}
	for _, spec := range r.spec.Dimensions {
		key := r.key(spec.Name, spec.Only)
		d := r.Dimensions[key]
		if d == nil || len(d.names) > 0 || slices.Contains(r.Fixed, key) {
			continue
		}
		if !spec.Only || g.To.In == "" {
			p.fault(spec.Position, "%s is neither in `group.by` nor in `group.fixed`, so nothing tells how to group by it", spec.Name)
			continue
		}
		d.names = []string{spec.Name}
	}
}

// addNativeNames makes every native name that the report uses reachable as
// <platform>.<native name> too, as the platform has it.
func (r *ReportPlan) addNativeNames() {
	for _, spec := range r.spec.Dimensions {
		d := r.Dimensions[r.key(spec.Name, spec.Only)]
		if spec.Only || d == nil {
			continue
		}
		names, fixed := d.names, len(d.names) == 0
		if fixed && len(d.From) > 0 {
			names = []string{strings.Join(d.From[0], ".")}
		}
		for i, name := range names {
			key := r.key(name, true)
			if r.Dimensions[key] != nil {
				continue
			}
			column := &ReportDimension{Name: key, Type: d.Type, From: d.From, Enum: d.Enum, names: []string{name}, format: d.format, codec: d.codec}
			if d.Type == field.Entity {
				column.Type = field.Text
			}
			if i > 0 {
				column.From, column.Enum = [][]string{{name}}, nil
				if i == 1 && d.Label != nil {
					column.From = d.Label
				}
			}
			if fixed {
				column.names = nil
				r.Fixed = append(r.Fixed, key)
			}
			r.Dimensions[key] = column
		}
	}
	for _, spec := range r.spec.Metrics {
		m := r.Metrics[r.key(spec.Name, spec.Only)]
		if spec.Only || m == nil {
			continue
		}
		for i, name := range m.names {
			key := r.key(name, true)
			if r.Metrics[key] != nil {
				continue
			}
			column := *m
			column.Name, column.names, column.Negate = key, []string{name}, false
			if m.Parts != nil {
				column.From, column.Parts = m.Parts[i:i+1], nil
			}
			r.Metrics[key] = &column
		}
	}
}

func (r *ReportPlan) compileFilter(f *ReportFilter) {
	p := r.platform
	if f.Field == "*" && f.Item == "" {
		p.fault(f.Position, "a filter on any field wants `item`, a template with {name}, {operator} and {value}")
		return
	}
	for _, op := range keys(f.Operators) {
		if !condition.IsOperator(op) {
			p.fault(f.Position, "no operator %q%s", op, suggest.DidYouMean(op, condition.Operators()))
		}
	}
	key := f.Field
	if d := r.Dimensions[key]; key != "*" && d == nil {
		key = r.key(f.Field, true)
		if r.Dimensions[key] == nil {
			// some filters are on what cannot be grouped by: the name is all there is
			known, ok := field.LookupDimension(f.Field)
			if ok {
				key = f.Field
			} else {
				known.Type = field.Text
			}
			r.Dimensions[key] = &ReportDimension{Name: key, Type: known.Type}
		}
	}
	if f.Item != "" {
		r.items[key] = compileItem(f.Item)
	}
	r.filters[key] = f
}

func dimensionNames() []string {
	var names []string
	for _, d := range field.Dimensions() {
		if d.Name != field.Platform {
			names = append(names, d.Name)
		}
	}
	return names
}

func metricNames() []string {
	var names []string
	for _, m := range field.Metrics() {
		names = append(names, m.Name)
	}
	return names
}
