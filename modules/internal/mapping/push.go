package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// Pushed tells what became of a filter that was offered to a native call.
type Pushed int

const (
	// NotPushed: the platform cannot do it; the gateway has to filter its rows.
	NotPushed Pushed = iota
	// PushedNarrowing: the platform leaves some rows out, the gateway has to look at the rest.
	PushedNarrowing
	// PushedWhole: the platform does all of it.
	PushedWhole
	// PushedEmpty: no row of the platform can match; no call is needed.
	PushedEmpty
)

// Applies tells whether the call is one of those to make for the given parameters.
func (c *CallPlan) Applies(o *OperationPlan, args map[string][]string) (bool, error) {
	if c.when == nil {
		return true, nil
	}
	env := make(map[string]any, len(o.env))
	maps.Copy(env, o.env)
	for name, values := range args {
		env[name] = values
	}
	ok, err := c.when.holds(env)
	if err != nil {
		return false, fmt.Errorf("%s: when: %w", c.spec.Position, err)
	}
	return ok, nil
}

// Draft starts a native request with the constants of the call and the defaults of
// the filters that args does not give.
func (c *CallPlan) Draft(args map[string][]string) (*Draft, error) {
	d := &Draft{}
	if !c.path.plain() {
		d.Vars = map[string]string{}
	}
	if err := d.assign(c.set); err != nil {
		return nil, err
	}
	for _, f := range c.spec.Filters {
		if f.Default == "" || len(args[f.Parameter]) > 0 {
			continue
		}
		text := f.Default
		if text == "{today}" {
			text = c.today(f)
		}
		for _, t := range f.To {
			if err := d.Put(t, text, f.emit(text)); err != nil {
				return nil, err
			}
		}
		d.defaults = append(d.defaults, f.Parameter)
	}
	return d, nil
}

// today is the day after now in the platform's zone, so that rows of every zone's
// today are within it.
func (c *CallPlan) today(f *Filter) string {
	coder := c.platform.formats[f.As]
	if coder == nil {
		return ""
	}
	out, err := coder.Write(nil, []byte(c.platform.now().In(c.platform.Zone).AddDate(0, 0, 1).Format(time.DateOnly)))
	if err != nil {
		return ""
	}
	return string(out)
}

// Push offers a filter to the call. values are the parameter's values as the surface
// has them: full identifiers, unified enum values, RFC 3339 times.
func (c *CallPlan) Push(d *Draft, parameter string, values []string) (Pushed, error) {
	natives, pushed, err := c.natives(parameter, values)
	if err != nil || pushed == NotPushed || pushed == PushedEmpty {
		return pushed, err
	}
	f := c.filters[parameter]
	if !d.free(f) {
		return NotPushed, nil
	}
	for _, t := range f.To {
		if err := c.put(d, f, t, natives); err != nil {
			return NotPushed, err
		}
	}
	if err := d.assign(f.With); err != nil {
		return NotPushed, err
	}
	if f.Narrows || c.withinDay(f, values) {
		return PushedNarrowing, nil
	}
	return PushedWhole, nil
}

// free tells whether a filter can still be put into the draft. Where another unified filter
// went to the same native one both have to hold; its own default gives way.
func (d *Draft) free(f *Filter) bool {
	i := slices.Index(d.defaults, f.Parameter)
	if i < 0 {
		return !slices.ContainsFunc(f.To, d.Taken)
	}
	if slices.ContainsFunc(f.To, Target.repeats) {
		return false // it would stand beside the default
	}
	d.defaults = slices.Delete(d.defaults, i, i+1)
	return true
}

// withinDay tells whether a time is asked for of which the platform takes the day only.
func (c *CallPlan) withinDay(f *Filter, values []string) bool {
	return c.platform.days[f.As] && slices.ContainsFunc(values, func(v string) bool {
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return false // a day
		}
		y, m, d := t.In(c.platform.Zone).Date()
		return !t.Equal(time.Date(y, m, d, 0, 0, 0, 0, c.platform.Zone))
	})
}

// natives translates the values of a filter.
func (c *CallPlan) natives(parameter string, values []string) ([]string, Pushed, error) {
	f := c.filters[parameter]
	member := c.member(parameter)
	var out []string
	for _, v := range values {
		// a value that no row of this platform can have matches nothing, also
		// where the platform could not have filtered by it
		native, pushed, err := c.native(f, parameter, member, v)
		if err != nil {
			return nil, NotPushed, err
		}
		switch pushed {
		case PushedEmpty:
			continue
		case NotPushed:
			return nil, NotPushed, nil
		}
		for _, n := range native {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	if len(out) == 0 {
		return nil, PushedEmpty, nil
	}
	if f == nil || len(out) > 1 && !f.Many {
		return nil, NotPushed, nil
	}
	return out, PushedWhole, nil
}

// member is the surface's member that a parameter filters by, or nil.
func (c *CallPlan) member(parameter string) *surface.Member {
	p := c.operation.Parameter(parameter)
	if p == nil || p.Filter == nil {
		return nil
	}
	return p.Filter.Member
}

// identifies tells whether the values of a parameter are unified identifiers. The
// platform knows what follows its prefix.
func (c *CallPlan) identifies(parameter string, m *surface.Member) bool {
	if m != nil {
		return m.Type == surface.ID && m.Path != "id"
	}
	// what a path names filters by no member
	p := c.ofPath(parameter)
	return p != nil && p.Type == surface.ID
}

// ofPath returns the parameter of the operation's path with a name, or nil. The
// calls of reports belong to no operation.
func (c *CallPlan) ofPath(name string) *surface.Parameter {
	if c.operation == nil {
		return nil
	}
	for _, p := range c.operation.Parameters {
		if p.In == "path" && p.Name == name {
			return p
		}
	}
	return nil
}

// native translates one value. f is nil where the platform has no such filter, and
// only values that cannot match are told from others.
func (c *CallPlan) native(f *Filter, parameter string, m *surface.Member, v string) ([]string, Pushed, error) {
	if c.identifies(parameter, m) {
		id, ok := strings.CutPrefix(v, c.platform.Name+":")
		if !ok {
			return nil, PushedEmpty, nil
		}
		v = id
	}
	if f != nil && len(f.Values) > 0 {
		var out []string
		for _, e := range f.Values {
			if e.Unified == v {
				out = append(out, e.Native)
			}
		}
		if out == nil {
			return nil, NotPushed, nil
		}
		return out, PushedWhole, nil
	}
	if table := c.enum(m); table != nil {
		natives, closed := table.Natives(v)
		switch {
		case !closed || v == codec.Unknown:
			return nil, NotPushed, nil
		case len(natives) == 0:
			return nil, PushedEmpty, nil
		case f == nil:
			return nil, NotPushed, nil
		}
		return natives, PushedWhole, nil
	}
	if f == nil {
		return nil, NotPushed, nil
	}
	if f.As != "" {
		native, err := c.bound(f, parameter, v)
		if err != nil {
			return nil, NotPushed, err
		}
		return []string{native}, PushedWhole, nil
	}
	if f.Emit == "integer" {
		var ok bool
		if v, ok = wholeNumber(v); !ok {
			return nil, NotPushed, nil
		}
	}
	return []string{v}, PushedWhole, nil
}

// wholeNumber cuts a fraction of zeros off decimal text. It tells whether that is a
// number that every platform with whole numbers can hold.
func wholeNumber(v string) (string, bool) {
	digits, fraction, _ := strings.Cut(v, ".")
	return digits, strings.Trim(fraction, "0") == "" && len(strings.TrimPrefix(digits, "-")) <= 18
}

// enum is the table of a member that reads native values of a fixed list, or nil.
func (c *CallPlan) enum(m *surface.Member) *codec.Enum {
	if m == nil {
		return nil
	}
	return c.shape.enums[m.Path]
}

// bound translates a time or a day. A lower bound between two steps of the native
// format goes up to the next step; an upper bound, which the surface excludes, goes
// down to the last step before it where the platform includes it.
func (c *CallPlan) bound(f *Filter, parameter, v string) (string, error) {
	coder := c.platform.formats[f.As]
	format := c.platform.mapping.Formats[f.As]
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		native, err := coder.Write(nil, []byte(v))
		return string(native), err
	}
	if !c.platform.days[f.As] {
		unit := format.unit()
		floor := t.Truncate(unit)
		switch {
		case f.Edge == "before":
			if floor.Equal(t) {
				floor = floor.Add(-unit)
			}
		case strings.HasSuffix(parameter, "_from") && !floor.Equal(t):
			floor = floor.Add(unit)
		case strings.HasSuffix(parameter, "_to") && !floor.Equal(t):
			floor = floor.Add(unit)
		}
		native, err := coder.Write(nil, []byte(floor.UTC().Format(time.RFC3339Nano)))
		return string(native), err
	}
	if f.Edge == "before" {
		t = t.Add(-time.Nanosecond)
	}
	native, err := coder.Write(nil, []byte(t.In(c.platform.Zone).Format(time.DateOnly)))
	return string(native), err
}

func (c *CallPlan) put(d *Draft, f *Filter, t Target, natives []string) error {
	item, hasItem := c.items[f.Parameter]
	switch {
	case hasItem:
		text := item.fill(
			func(string) string { return strings.Join(natives, f.separator()) },
			func(name string) string {
				if name == "values" {
					return f.emitList(natives)
				}
				return f.emit(strings.Join(natives, f.separator()))
			})
		return d.Put(t, text, text)
	case f.Join != "" || len(natives) == 1 && !t.Append || t.In != "body" && !t.repeats():
		text := strings.Join(natives, f.separator())
		return d.Put(t, text, f.emit(text))
	case t.In == "body" && !t.Append:
		return d.Put(t, "", f.emitList(natives))
	}
	for _, n := range natives {
		if err := d.Put(t, n, f.emit(n)); err != nil {
			return err
		}
	}
	return nil
}

func (f *Filter) separator() string {
	if f.Join == "" {
		return ","
	}
	return f.Join
}

// emit writes a native value as JSON, for bodies.
func (f *Filter) emit(text string) string {
	switch f.Emit {
	case "number", "integer":
		if isNumber(text) {
			return text
		}
	case "boolean":
		if text == "true" || text == "false" {
			return text
		}
	}
	return quoteJSON(text)
}

func (f *Filter) emitList(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = f.emit(t)
	}
	return "[" + strings.Join(out, ",") + "]"
}

// isNumber tells whether a text is a JSON number without exponent.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, has := strings.Cut(s, ".")
	return digits(whole) && (len(whole) == 1 || !strings.HasPrefix(whole, "0")) && (!has || digits(fraction))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
