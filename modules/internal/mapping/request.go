package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/reshape"
)

// SortKey is one key of an order: a member of the unified resource, dotted.
type SortKey struct {
	Member     string
	Descending bool
}

// PushSort offers an order to the call. It tells whether the platform will answer in
// that order; the draft is unchanged when not.
func (c *CallPlan) PushSort(d *Draft, order []SortKey) (bool, error) {
	s := c.spec.Sort
	if s == nil || len(order) == 0 || s.One && len(order) > 1 {
		return false, nil
	}
	var items []string
	for _, k := range order {
		field, ok := s.Fields[k.Member]
		if !ok {
			return false, nil
		}
		direction := s.Directions["asc"]
		if k.Descending {
			direction = s.Directions["desc"]
		}
		value := func(name string) string {
			if name == "field" {
				return field
			}
			return direction
		}
		items = append(items, c.items["sort"].fill(value, func(name string) string { return quoteJSON(value(name)) }))
	}
	if s.To.repeats() {
		for _, item := range items {
			if err := d.Put(s.To, item, item); err != nil {
				return false, err
			}
		}
		return true, nil
	}
	text := strings.Join(items, s.Join)
	json := text
	if !c.items["sort"].json {
		json = quoteJSON(text)
	}
	return true, d.Put(s.To, text, json)
}

// Include asks for members that come on request only.
func (c *CallPlan) Include(d *Draft, names []string) error {
	for _, n := range names {
		if err := d.assign(c.spec.Include[n]); err != nil {
			return err
		}
	}
	return nil
}

// PushCount turns the draft into a request for the number of rows. It tells whether
// the platform can.
func (c *CallPlan) PushCount(d *Draft) (bool, error) {
	if c.Count == nil {
		return false, nil
	}
	return true, d.assign(c.Count.Set)
}

// CountPath is the place of the number of rows in the answer to a count, dotted.
func (c *CallPlan) CountPath() string { return strings.Join(c.Count.Read, ".") }

// Validate tells whether a native answer has the rows, or the row, that the call is
// made for.
func (c *CallPlan) Validate(body []byte) error {
	if c.Plan == nil {
		return nil
	}
	if len(body) == 0 {
		body = []byte("null")
	}
	return c.Plan.Page(new(reshape.Page), body, &reshape.Options{Outer: make([][]byte, len(c.outer))})
}

// PageAt says which rows of a list are asked for.
type PageAt struct {
	Size   int    // rows; at most the paging's Max
	Index  int    // pages before it, for page numbers
	Offset int    // rows before it, for offsets
	Cursor string // the platform's own, for cursors; empty: the start
}

// Page puts the place of a page into a draft.
func (c *CallPlan) Page(d *Draft, at PageAt) error {
	p := c.Paging
	if p == nil {
		return nil
	}
	if p.Size != nil {
		n := strconv.Itoa(at.Size)
		if err := d.Put(*p.Size, n, n); err != nil {
			return err
		}
	}
	var n string
	switch p.Kind {
	case "page":
		n = strconv.Itoa(p.First + at.Index)
	case "offset":
		n = strconv.Itoa(p.First + at.Offset)
	case "cursor":
		if at.Cursor == "" {
			return d.remove(p.To) // the draft may have been at a later page
		}
		return d.Put(p.To, at.Cursor, quoteJSON(at.Cursor))
	}
	return d.Put(p.To, n, n)
}

// Request ends a draft. spellings are the settled choices by name; what is not
// settled has its first choice.
func (c *CallPlan) Request(d *Draft, spellings map[string]string) (*exchange.Request, error) {
	return c.RequestAs(d, spellings, 0)
}

// RequestAs is [CallPlan.Request] with one of the call's [CallPlan.Choices], from zero.
func (c *CallPlan) RequestAs(d *Draft, spellings map[string]string, choice int) (*exchange.Request, error) {
	all := spellings
	for _, name := range c.Spellings() {
		if _, settled := spellings[name]; settled {
			continue
		}
		if len(all) == len(spellings) {
			if all = maps.Clone(spellings); all == nil {
				all = map[string]string{}
			}
		}
		all[name] = c.platform.spellings[name].Choices[0]
	}
	method, template := c.method, c.path
	if choice > 0 {
		method, template = c.others[choice-1].method, c.others[choice-1].path
	}
	path, err := template.appendPath(nil, d.Vars, all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.spec.Position, err)
	}
	r := &exchange.Request{
		Method: method.fill(func(name string) (string, bool) { s, ok := all[name]; return s, ok }),
		Path:   string(path), Query: d.encodeQuery(), Header: d.header, Body: d.body,
		Idempotent: !c.Changes(), Single: c.below(), Limit: c.Limit,
	}
	switch {
	case d.form:
		r.ContentType = "application/x-www-form-urlencoded"
	case d.body != nil:
		r.ContentType = "application/json"
	}
	return r, nil
}

// Choices is the number of ways in which the method and path of the call are spelled.
func (c *CallPlan) Choices() int { return 1 + len(c.others) }

// ChoiceKey names the call, for remembering the choice that the platform answers to.
func (c *CallPlan) ChoiceKey() string { return c.key }

// Changes tells whether the call changes something at the platform, so that it must not
// be repeated for good measure.
func (c *CallPlan) Changes() bool { return c.operation != nil && c.operation.Kind.Writes() }

// below tells whether the call asks for one object, or for rows that belong to one, so
// that a 404 means that there is no such object.
func (c *CallPlan) below() bool {
	for _, hole := range c.path.holes() {
		if hole == "native_id" || c.ofPath(hole) != nil || c.ForEach != nil && hole == c.ForEach.As {
			return true
		}
	}
	return false
}

// Spellings names the spellings that the call uses.
func (c *CallPlan) Spellings() []string {
	var names []string
	for _, r := range append([]route{{c.method, c.path}}, c.others...) {
		for _, n := range append(r.path.holes(), r.method.holes()...) {
			if _, ok := c.platform.spellings[n]; ok && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// Spelling returns the declaration of a spelling.
func (p *Platform) Spelling(name string) *Spelling { return p.spellings[name] }

// Settle builds the request that tells whether a choice of a spelling is the one
// that the platform answers to.
func (s *Spelling) Settle(choice int) (*exchange.Request, error) {
	value := map[string]string{s.Name: s.Choices[choice]}
	path, err := compileTemplate(s.Path).appendPath(nil, nil, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Position, err)
	}
	d := &Draft{}
	for _, name := range keys(s.Query) {
		if err := d.Put(Target{In: "query", Name: name}, s.Query[name], ""); err != nil {
			return nil, err
		}
	}
	return &exchange.Request{
		Method: compileTemplate(s.Method).fill(func(name string) (string, bool) { v, ok := value[name]; return v, ok }),
		Path:   string(path), Query: d.encodeQuery(), Idempotent: true,
	}, nil
}

// Outer names the values that the rows of the call take from outside, in the order
// of reshape's options.
func (c *CallPlan) Outer() []string { return c.outer }
