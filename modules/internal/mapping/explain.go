package mapping

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// Reading says where one unified value came from.
type Reading struct {
	// Member is the unified member, dotted; elements of lists are numbered:
	// history[0].status. Declared is the same as the mapping has it: history.status.
	Member, Declared string
	// Value is the unified value as JSON.
	Value string
	// From is the native path whose value was taken, and Native that value as JSON.
	// Both are empty where no native value was found, or none is asked for.
	From, Native string
	// Rule says in words what was done to the native value.
	Rule string
	// At is where the mapping says so.
	At Position
	// Entry is the line of an enum's table that applied; nil where none did.
	Entry *EnumEntry
}

// Null tells whether the member came out as null.
func (r *Reading) Null() bool { return r.Value == "null" }

// Explain reshapes a native answer and says for every member of each row how it was
// read. outer are the values that the rows take from outside, by [CallPlan.Outer]; what
// is missing is null. The error is that of reading the answer.
func (c *CallPlan) Explain(body []byte, outer [][]byte) ([][]Reading, error) {
	if len(body) == 0 {
		body = []byte("null")
	}
	var page reshape.Page
	given := make([][]byte, len(c.outer))
	copy(given, outer)
	if err := c.Plan.Page(&page, body, &reshape.Options{Native: true, Outer: given}); err != nil {
		return nil, err
	}
	rows := make([][]Reading, page.Len())
	for i := range rows {
		unified := gjson.ParseBytes(page.Row(i))
		e := explainer{call: c, outer: given}
		e.row(unified, child(unified, "native"))
		rows[i] = e.readings
	}
	return rows, nil
}

// Resource returns the name of the mapping's resource that the rows are of; empty where
// the answer is the gateway's own.
func (c *CallPlan) Resource() string {
	if c.shape == nil {
		return ""
	}
	return c.shape.resource.Name
}

// Layout says where the answers of a call have their rows, and where in a row enums are
// read from. Paths lead through lists as if their elements were one; a row of an object
// of rows has the key "*".
type Layout struct {
	Rows  [][]string
	Enums [][]string
}

// Layout returns where the rows and enums are.
func (c *CallPlan) Layout() Layout {
	l := Layout{Rows: placesOfRows(c.spec.Rows, c.spec.Keyed)}
	if c.shape != nil {
		l.Enums = enumPaths(c.shape.resource.Fields, [][]string{nil})
	}
	return l
}

func placesOfRows(rows [][]string, keyed bool) [][]string {
	if len(rows) == 0 {
		rows = [][]string{nil}
	}
	if !keyed {
		return rows
	}
	out := make([][]string, len(rows))
	for i, path := range rows {
		out[i] = append(slices.Clone(path), "*")
	}
	return out
}

func enumPaths(fields []*Field, below [][]string) [][]string {
	var out [][]string
	for _, f := range fields {
		if f.Enum == nil && f.Each == nil {
			continue
		}
		var from [][]string
		for _, path := range f.From {
			for _, base := range below {
				from = append(from, slices.Concat(base, path))
			}
		}
		if f.Enum != nil {
			out = append(out, from...)
		}
		out = append(out, enumPaths(f.Each, from)...)
	}
	return out
}

// explainer says how one row was read.
type explainer struct {
	call     *CallPlan
	outer    [][]byte
	readings []Reading
}

// scope is the object whose members are explained: the row, or an element of a list.
type scope struct {
	unified, native gjson.Result
	parent          gjson.Result // the native row around an element
	below           [][]string   // paths that all others start from
	member          string       // the prefix of its members, with numbers
	declared        string       // the same without
	at              string       // the native path of the object, as a prefix
}

func (e *explainer) row(unified, native gjson.Result) {
	e.members(e.call.shape.resource.Fields, scope{unified: unified, native: native})
}

func (e *explainer) members(fields []*Field, s scope) {
	for _, f := range fields {
		value := s.unified
		for step := range strings.SplitSeq(f.Member, ".") {
			value = child(value, step)
		}
		if f.Each != nil {
			e.each(f, value, s)
			continue
		}
		r := Reading{Member: s.member + f.Member, Declared: s.declared + f.Member, Value: orNull(value), At: f.Position}
		e.field(&r, f, s)
		switch {
		case f.Member == "native_id" && s.member == "":
			id := r
			id.Member, id.Declared, id.Value = "id", "id", orNull(child(s.unified, "id"))
			id.Rule = "identifier: the platform's name and the native one"
			e.readings = append(e.readings, id)
		case f.Enum != nil:
			e.readings = append(e.readings, r)
			e.nativeOf(r, f, s)
			continue
		}
		e.readings = append(e.readings, r)
	}
}

// nativeOf adds the member that shows the native value of an enum.
func (e *explainer) nativeOf(r Reading, f *Field, s scope) {
	parent, name := s.unified, f.Member
	prefix := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		prefix, name = name[:i+1], name[i+1:]
		for step := range strings.SplitSeq(strings.TrimSuffix(prefix, "."), ".") {
			parent = child(parent, step)
		}
	}
	value := child(parent, "native_"+name)
	if !value.Exists() {
		return
	}
	r.Member, r.Declared = s.member+prefix+"native_"+name, s.declared+prefix+"native_"+name
	r.Value, r.Rule, r.Entry = orNull(value), "as the platform wrote it", nil
	e.readings = append(e.readings, r)
}

// field says how one member was read.
func (e *explainer) field(r *Reading, f *Field, s scope) {
	switch {
	case f.Const != nil:
		r.Rule = "constant"
		return
	case f.Expr != "":
		r.Rule = "expr: " + f.Expr
		return
	case f.Money != nil:
		e.money(r, f, s)
		return
	}
	var native gjson.Result
	r.From, native = e.find(f.From, s)
	r.Native = native.Raw
	switch {
	case f.Enum != nil:
		r.Rule, r.Entry = f.Enum.explain(native)
	case f.As != "":
		r.Rule = "as " + f.As
	case f.Split != "":
		r.Rule = fmt.Sprintf("split at %q", f.Split)
	default:
		r.Rule = e.typeOf(r.Declared)
	}
	if f.Scale > 0 {
		r.Rule += fmt.Sprintf(", in units of 10^-%d", f.Scale)
	}
}

func (e *explainer) money(r *Reading, f *Field, s scope) {
	var native gjson.Result
	r.From, native = e.find(f.Money.Amount, s)
	r.Native = native.Raw
	from, currency := e.find(f.Money.Currency, s)
	switch {
	case currency.String() != "":
		r.Rule = fmt.Sprintf("money, its currency from %s = %s", from, currency.Raw)
	case f.Money.Fixed != "":
		r.Rule = "money, always in " + f.Money.Fixed
	case f.Money.Alone, e.call.platform.Currency == "":
		r.Rule = "money without a currency"
	default:
		r.Rule = "money in the platform's currency, " + e.call.platform.Currency
	}
	if f.Scale > 0 {
		r.Rule += fmt.Sprintf(", in units of 10^-%d", f.Scale)
	}
}

// each explains the objects of a list, or the one object that a member is.
func (e *explainer) each(f *Field, value gjson.Result, s scope) {
	from, native := e.find(f.From, s)
	r := Reading{Member: s.member + f.Member, Declared: s.declared + f.Member, Value: orNull(value), From: from, Native: native.Raw, Rule: "each", At: f.Position}
	e.readings = append(e.readings, r)
	inner := scope{parent: s.native, declared: r.Declared + "."}
	if !value.IsArray() {
		if value.IsObject() {
			inner.unified, inner.native, inner.below, inner.member, inner.at = value, s.native, f.From, r.Member+".", s.at
			e.members(f.Each, inner)
		}
		return
	}
	natives := []gjson.Result{native}
	if native.IsArray() {
		natives = native.Array()
	}
	for i, element := range value.Array() {
		if i == len(natives) {
			return
		}
		number := "[" + strconv.Itoa(i) + "]."
		inner.unified, inner.native, inner.member, inner.at = element, natives[i], r.Member+number, from+number
		e.members(f.Each, inner)
	}
}

// find returns the first value of some paths that is there and not null.
func (e *explainer) find(paths [][]string, s scope) (from string, native gjson.Result) {
	for _, path := range paths {
		if len(s.below) == 0 || len(path) > 0 && strings.HasPrefix(path[0], "@") {
			if from, native = e.at(path, s); native.Exists() {
				return from, native
			}
			continue
		}
		for _, base := range s.below {
			if from, native = e.at(slices.Concat(base, path), s); native.Exists() {
				return from, native
			}
		}
	}
	return "", gjson.Result{}
}

func (e *explainer) at(path []string, s scope) (string, gjson.Result) {
	name := s.at + strings.Join(path, ".")
	v := s.native
	switch {
	case len(path) == 0:
		name = "@this"
	case path[0] == "@outer" && len(path) == 2:
		i := slices.Index(e.call.outer, path[1])
		if i < 0 || e.outer[i] == nil {
			return "", gjson.Result{}
		}
		v, name, path = gjson.ParseBytes(e.outer[i]), strings.Join(path, "."), nil
	case path[0] == "@parent":
		v, name, path = s.parent, strings.Join(path, "."), path[1:]
	case path[0] == "@key":
		// the native row does not hold its key, but what was read of it does
		return "@key", child(s.unified, "native_id")
	}
	for _, step := range path {
		v = child(v, step)
	}
	if v.Type == gjson.Null {
		return "", gjson.Result{}
	}
	return name, v
}

func (e *explainer) typeOf(member string) string {
	if sr := e.call.shape.surface; sr != nil {
		if m := sr.Member(member); m != nil {
			return m.Type.String()
		}
	}
	return "text"
}

// explain finds the line of the table that applies to a native value.
func (t *Enum) explain(native gjson.Result) (rule string, entry *EnumEntry) {
	if !native.Exists() {
		return "enum", nil
	}
	text := native.String()
	for i := range t.Table {
		if n := t.Table[i].Native; n == text || !t.Case && strings.EqualFold(n, text) {
			return fmt.Sprintf("enum: %s reads as %s", n, t.Table[i].Unified), &t.Table[i]
		}
	}
	if t.Else != "" {
		return "enum: any other reads as " + t.Else, nil
	}
	return "enum: not in the table, so it reads as " + codec.Unknown, nil
}

// child follows one step of a path as reshape does: into an array by number, else into
// its first element.
func child(v gjson.Result, step string) gjson.Result {
	if v.IsArray() {
		items := v.Array()
		if i, err := strconv.Atoi(step); err == nil && i >= 0 {
			if i < len(items) {
				return items[i]
			}
			return gjson.Result{}
		}
		if len(items) == 0 {
			return gjson.Result{}
		}
		v = items[0]
	}
	var out gjson.Result
	if !v.IsObject() {
		return out
	}
	v.ForEach(func(key, value gjson.Result) bool {
		if key.Str == step {
			out = value
		}
		return !out.Exists()
	})
	return out
}

func orNull(v gjson.Result) string {
	if !v.Exists() {
		return "null"
	}
	return string(bytes.TrimSpace([]byte(v.Raw)))
}

// Reads tells whether the field gives the member a value when it is read.
func (f *Field) Reads() bool {
	return len(f.From) > 0 || f.Money != nil || f.Const != nil || f.Expr != ""
}
