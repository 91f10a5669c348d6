package affili

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// list serves GET /api/merchants/conversions.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	p := params{values: r.URL.Query(), zone: s.zone}
	keep := p.filter()
	page := p.page()
	if len(p.errors) > 0 {
		refuseWith(w, http.StatusUnprocessableEntity, p.errors)
		return
	}
	rows := s.rows(keep)
	if size := s.config.PageSize; size > 0 {
		from := min((page-1)*size, len(rows))
		rows = rows[from:min(from+size, len(rows))]
	}
	respond(w, "conversions", rows)
}

// rows writes the conversions that pass keep.
func (s *Server) rows(keep func(*Conversion) bool) kit.Array {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := kit.Array{}
	for i := range s.conversions {
		if keep(&s.conversions[i]) {
			rows = append(rows, s.write(&s.conversions[i]))
		}
	}
	return rows
}

// find serves GET /api/merchants/conversions/{id}.
func (s *Server) find(w http.ResponseWriter, id string) {
	s.mu.RLock()
	c := s.lookup(id)
	var row kit.Object
	if c != nil {
		row = s.write(c)
	}
	s.mu.RUnlock()
	if c == nil {
		refuse(w, http.StatusNotFound, "CONVERSION_NOT_FOUND")
		return
	}
	respond(w, "findConversion", row)
}

// lookup returns the conversion of an id, or nil. The caller holds the lock.
func (s *Server) lookup(id string) *Conversion {
	i := slices.IndexFunc(s.conversions, func(c Conversion) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &s.conversions[i]
}

// params reads the parameters of a list and collects what is wrong with them.
type params struct {
	values url.Values
	zone   *time.Location
	errors kit.Object
}

func (p *params) refuse(name, message string) {
	p.errors = append(p.errors, kit.Member{Name: name, Value: []string{message}})
}

// page returns the page asked for, at least 1.
func (p *params) page() int {
	n, err := strconv.ParseInt(p.values.Get("page"), 10, 32)
	if err != nil || n < 1 {
		return 1
	}
	return int(n)
}

// choice compares value with a parameter that is one of the digits from 0 to last.
func (p *params) choice(name string, last int, value func(*Conversion) int) func(*Conversion) bool {
	text := p.values.Get(name)
	if text == "" {
		return everything
	}
	want, err := strconv.Atoi(text)
	if err != nil || want < 0 || want > last {
		p.refuse(name, "The selected "+name+" is invalid.")
	}
	return func(c *Conversion) bool { return value(c) == want }
}

// integers compares value with the parameters min_<name> and max_<name>.
func (p *params) integers(name string, value func(*Conversion) int64) func(*Conversion) bool {
	bound := func(name string) (n int64, given bool) {
		text := p.values.Get(name)
		if text == "" {
			return 0, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			p.refuse(name, "The "+name+" must be an integer.")
		}
		return n, true
	}
	low, from := bound("min_" + name)
	high, to := bound("max_" + name)
	return func(c *Conversion) bool {
		v := value(c)
		return (!from || v >= low) && (!to || v <= high)
	}
}

// instants compares value with the parameters min_<name> and max_<name>.
func (p *params) instants(name string, value func(*Conversion) time.Time) func(*Conversion) bool {
	bound := func(name string) time.Time {
		text := p.values.Get(name)
		if text == "" {
			return time.Time{}
		}
		t, ok := gregorian(text, p.zone)
		if !ok {
			p.refuse(name, "The "+name+" is not a valid date.")
		}
		return t
	}
	low, high := bound("min_"+name), bound("max_"+name)
	return func(c *Conversion) bool {
		v := value(c)
		return !v.Before(low) && (high.IsZero() || !v.After(high))
	}
}

// gregorian reads a date-time. One that can only be a Jalali date is refused,
// because it would silently match nothing or everything.
func gregorian(text string, zone *time.Location) (time.Time, bool) {
	for _, format := range []string{time.DateTime, time.DateOnly, "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(format, text, zone); err == nil {
			return t, t.Year() >= 1900
		}
	}
	return time.Time{}, false
}

func everything(*Conversion) bool { return true }

// filter reads all filters of the document. A blank value filters nothing.
func (p *params) filter() func(*Conversion) bool {
	checks := []func(*Conversion) bool{
		p.choice("status", int(Duplicated), func(c *Conversion) int { return int(c.Status) }),
		p.choice("is_closed", 1, func(c *Conversion) int { return digit(c.Closed) }),
		p.choice("checked_out", 1, func(c *Conversion) int { return digit(c.CheckedOut) }),
		p.integers("commission_amount", func(c *Conversion) int64 { return c.CommissionAmount() }),
		p.integers("amount", func(c *Conversion) int64 { return c.Amount }),
		p.integers("wage", func(c *Conversion) int64 { return c.Wage }),
		p.instants("created_at", func(c *Conversion) time.Time { return c.Created }),
		p.instants("updated_at", func(c *Conversion) time.Time { return c.Updated }),
	}
	if external := p.values.Get("external_id"); external != "" {
		checks = append(checks, func(c *Conversion) bool { return c.ExternalID == external })
	}
	return func(c *Conversion) bool {
		for _, check := range checks {
			if !check(c) {
				return false
			}
		}
		return true
	}
}
