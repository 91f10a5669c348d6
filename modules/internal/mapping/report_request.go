package mapping

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
	"github.com/tributary-gateway/tributary/plugins"
)

// ReportScope is what a report is asked for, as far as `when` may look at it.
type ReportScope struct {
	// Dimensions, Metrics and Filters are the names that clients use. Dimensions
	// are those asked for, Filters the fields of the filters.
	Dimensions, Metrics, Filters []string
	// Days is the length of the range.
	Days int
}

func reportEnv(s ReportScope, options map[string]string) map[string]any {
	return map[string]any{"dimensions": s.Dimensions, "metrics": s.Metrics, "filters": s.Filters, "days": s.Days, "option": options}
}

// Applies tells whether the report's `when` holds.
func (r *ReportPlan) Applies(s ReportScope) (bool, error) {
	ok, err := r.when.holds(reportEnv(s, r.platform.options))
	if err != nil {
		return false, fmt.Errorf("%s: when: %w", r.spec.Position, err)
	}
	return ok, nil
}

// Groupable tells whether a single native call can be grouped by all these
// dimensions at once.
func (r *ReportPlan) Groupable(dimensions []string) bool {
	asked := 0
	for _, name := range dimensions {
		d := r.Dimensions[name]
		switch {
		case d == nil:
			return false
		case slices.Contains(r.Fixed, name):
		case r.From != "":
		case len(d.names) == 0:
			return false
		default:
			asked++
		}
	}
	return asked <= 1 || !r.spec.Group.One
}

// HasInterval tells whether the platform has a word of its own for an interval.
func (r *ReportPlan) HasInterval(interval string) bool {
	if r.spec.Range == nil {
		return false
	}
	_, ok := r.spec.Range.Intervals[interval]
	return ok
}

// Selects tells whether the platform is told which metrics to answer; else all of them are
// in every answer.
func (r *ReportPlan) Selects() bool { return r.spec.Select != nil }

// Parameter returns the parameter by which the list of a computed report filters by
// a dotted member exactly, or the empty text.
func (r *ReportPlan) Parameter(member string) string { return r.parameters[member] }

// Codec returns the codec of a dimension's native values, or nil where they are
// taken as they are. Where the platform was asked in a zone, its times are of that zone.
func (r *ReportPlan) Codec(d *ReportDimension, zone *time.Location) plugins.Codec {
	if !r.TakesZone || d.format == nil || d.format.Kind != "datetime" || d.format.Zone != "" {
		return d.codec
	}
	c, err := codec.NewDatetime(zone, d.format.Layouts...)
	if err != nil {
		return d.codec // the layouts were accepted when the mapping was compiled
	}
	return c
}

// ReportCall says what one native call of a report asks for.
type ReportCall struct {
	// From and To are days, both included. They are empty where Interval is given,
	// a word that the platform has for itself.
	From, To string
	Interval string
	// Zone is the time zone of the days, for platforms that take one.
	Zone *time.Location
	// Group and Metrics are names that clients use.
	Group, Metrics []string
	// Filters have their values as clients give them: full identifiers, unified enum
	// values.
	Filters []condition.Filter
}

// Draft puts a native request of the report together.
func (r *ReportPlan) Draft(c ReportCall) (*Draft, error) {
	d := &Draft{Vars: map[string]string{}}
	if err := d.assign(r.spec.Call.Set); err != nil {
		return nil, err
	}
	if err := r.putRange(d, c); err != nil {
		return nil, err
	}
	g := r.spec.Group
	var names []string
	for _, name := range c.Group {
		names = append(names, r.Dimensions[name].names...)
	}
	if len(names) == 0 && g.None != "" {
		names = []string{g.None}
	}
	if err := putList(d, g.To, g.Join, names); err != nil {
		return nil, err
	}
	if r.spec.Select != nil {
		names = nil
		for _, name := range c.Metrics {
			for _, n := range r.Metrics[name].names {
				if !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
		if err := putList(d, *r.spec.Select, "", names); err != nil {
			return nil, err
		}
	}
	for _, f := range c.Filters {
		if err := r.putFilter(d, f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// putList puts names where a list belongs: one after the other, joined, or as a
// JSON list.
func putList(d *Draft, t Target, join string, names []string) error {
	switch {
	case len(names) == 0:
		return nil
	case t.repeats():
		for _, n := range names {
			if err := d.Put(t, n, quoteJSON(n)); err != nil {
				return err
			}
		}
		return nil
	case t.In == "body" && join == "":
		return d.Put(t, "", (&Filter{}).emitList(names))
	case join == "":
		join = ","
	}
	text := strings.Join(names, join)
	return d.Put(t, text, quoteJSON(text))
}

func (r *ReportPlan) putRange(d *Draft, c ReportCall) error {
	spec := r.spec.Range
	if c.Interval != "" {
		if err := d.assign(spec.Intervals[c.Interval]); err != nil {
			return err
		}
	} else {
		from, to, err := r.bounds(c)
		if err != nil {
			return err
		}
		if err := d.Put(spec.From, from, quoteJSON(from)); err != nil {
			return err
		}
		if err := d.Put(spec.To, to, quoteJSON(to)); err != nil {
			return err
		}
	}
	if spec.Zone != nil && c.Zone != nil {
		return d.Put(*spec.Zone, c.Zone.String(), quoteJSON(c.Zone.String()))
	}
	return nil
}

// bounds writes the first and last day as the platform takes them. Where it takes
// moments, they are those of its own zone.
func (r *ReportPlan) bounds(c ReportCall) (from, to string, err error) {
	spec, p := r.spec.Range, r.platform
	first, err := time.ParseInLocation(time.DateOnly, c.From, p.Zone)
	if err != nil {
		return "", "", fmt.Errorf("reading the first day: %w", err)
	}
	last, err := time.ParseInLocation(time.DateOnly, c.To, p.Zone)
	if err != nil {
		return "", "", fmt.Errorf("reading the last day: %w", err)
	}
	coder := p.formats[spec.As]
	write := func(t time.Time) (string, error) {
		unified := t.Format(time.DateOnly)
		if !p.days[spec.As] {
			unified = t.UTC().Format(time.RFC3339)
		}
		native, err := coder.Write(nil, []byte(unified))
		if err != nil {
			return "", fmt.Errorf("writing the day %s: %w", unified, err)
		}
		return string(native), nil
	}
	if from, err = write(first); err != nil {
		return "", "", err
	}
	switch {
	case spec.Edge == "excluded":
		last = last.AddDate(0, 0, 1)
	case !p.days[spec.As]:
		last = last.AddDate(0, 0, 1).Add(-p.mapping.Formats[spec.As].unit())
	}
	to, err = write(last)
	return from, to, err
}

// Filtering tells how well a platform can apply a filter of a report itself.
type Filtering uint8

const (
	// CannotFilter: the gateway has to, on rows that have the field.
	CannotFilter Filtering = iota
	// FiltersExactly: by letter case, where the filter ignores it. It will do where
	// rows cannot have the field.
	FiltersExactly
	// FiltersWhole: just as asked.
	FiltersWhole
	// FiltersAll: no row of the platform can pass, so that none need be asked for.
	FiltersAll
)

// CanFilter tells whether the platform can apply a filter itself.
func (r *ReportPlan) CanFilter(c condition.Filter) Filtering {
	can, none := r.canFilter(c)
	switch {
	case none:
		return FiltersAll
	case !can:
		return CannotFilter
	case !r.comparesText(c):
		return FiltersWhole
	}
	switch folds := r.filter(c.Field).Folds; {
	case folds && c.CaseSensitive:
		return CannotFilter
	case !folds && !c.CaseSensitive:
		return FiltersExactly
	}
	return FiltersWhole
}

// comparesText tells whether letter case matters to a filter.
func (r *ReportPlan) comparesText(c condition.Filter) bool {
	d := r.Dimensions[c.Field]
	return d.Type == field.Text && d.Enum == nil && len(c.Values) > 0 && !condition.OfLabels(c.Op)
}

func (r *ReportPlan) canFilter(c condition.Filter) (can, none bool) {
	d := r.Dimensions[c.Field]
	if d == nil || r.From != "" {
		return false, false
	}
	values, ok := r.nativeValues(d, c)
	if !ok {
		return false, false
	}
	if len(values) == 0 && len(c.Values) > 0 {
		return true, c.Op == "eq" || c.Op == "in"
	}
	f := r.filter(c.Field)
	if f == nil || f.Field == "*" && len(d.names) == 0 {
		return false, false
	}
	if len(f.Operators) > 0 {
		_, has := f.Operators[c.Op]
		return has, false
	}
	switch c.Op {
	case "eq":
		return len(values) == 1 || f.Many, false
	case "in":
		return len(values) == 1 || f.Many, false
	}
	return false, false
}

func (r *ReportPlan) filter(name string) *ReportFilter {
	if f := r.filters[name]; f != nil {
		return f
	}
	return r.filters["*"]
}

// nativeValues turns the values of a filter back into native ones. Values that no
// row of the platform can have are left out; ok is false where the platform's own
// form of a value is not known.
func (r *ReportPlan) nativeValues(d *ReportDimension, c condition.Filter) (values []string, ok bool) {
	for _, v := range c.Values {
		switch {
		case d.Type == field.Entity:
			switch c.Op {
			case "eq", "ne", "in", "not_in":
			case "has_label", "not_has_label":
				values = append(values, v)
				continue
			default:
				return nil, false // compares names, which the platform may not
			}
			if id, own := strings.CutPrefix(v, r.platform.Name+":"); own {
				values = append(values, id)
			}
		case d.codec != nil:
			return nil, false
		case d.Enum != nil:
			natives, all := d.Enum.Natives(v)
			if !all || c.Op != "eq" && c.Op != "in" {
				return nil, false
			}
			values = append(values, natives...)
		default:
			values = append(values, v)
		}
	}
	return values, true
}

func (r *ReportPlan) putFilter(d *Draft, c condition.Filter) error {
	f, dimension := r.filter(c.Field), r.Dimensions[c.Field]
	values, _ := r.nativeValues(dimension, c)
	if len(values) == 0 && len(c.Values) > 0 {
		return nil // excludes what the platform does not have anyway
	}
	item, hasItem := r.items[f.Field]
	if !hasItem {
		item, hasItem = r.items[c.Field]
	}
	if !hasItem {
		if f.To.repeats() {
			return putList(d, f.To, "", values)
		}
		text := strings.Join(values, f.separator())
		return d.Put(f.To, text, quoteJSON(text))
	}
	name := c.Field
	if len(dimension.names) > 0 {
		name = dimension.names[0]
	}
	text := func(hole string) string {
		switch hole {
		case "name":
			return name
		case "operator":
			return f.Operators[c.Op]
		case "case_sensitive":
			return fmt.Sprint(c.CaseSensitive)
		}
		return strings.Join(values, f.separator())
	}
	json := func(hole string) string {
		switch hole {
		case "name", "operator":
			return quoteJSON(text(hole))
		case "case_sensitive":
			return text(hole)
		}
		return filterJSON(dimension, c.Op, values)
	}
	filled := item.fill(text, json)
	return d.Put(f.To, filled, filled)
}

func (f *ReportFilter) separator() string {
	if f.Join == "" {
		return ","
	}
	return f.Join
}

// filterJSON writes the values of a filter: a list for operators that take one, a
// number where the dimension holds numbers.
func filterJSON(d *ReportDimension, op string, values []string) string {
	emit := &Filter{}
	switch d.Type {
	case field.Entity, field.Integer, field.Decimal:
		emit.Emit = "number"
	}
	switch op {
	case "in", "not_in", "between":
		return emit.emitList(values)
	case "set", "not_set", "true", "false":
		return "null"
	}
	return emit.emit(strings.Join(values, ","))
}

// Prefix is what unified identifiers of the platform begin with.
func (r *ReportPlan) Prefix() string { return r.platform.Name + ":" }
