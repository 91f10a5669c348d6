package affjet

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The two formats of the document, chapter "Field Types".
const (
	dateFormat     = "20060102"
	datetimeFormat = "20060102150405"
)

// maxPageSize is the default and maximum of pageSize.
const maxPageSize = 10000

// params reads the parameters of one request and collects what is wrong with
// them.
type params struct {
	values url.Values
	zone   *time.Location
	errors []string
}

func (p *params) refuse(name, why string) {
	p.errors = append(p.errors, fmt.Sprintf("Parameter '%s' %s", name, why))
}

// only refuses parameters that the endpoint does not have.
func (p *params) only(names ...string) {
	given := make([]string, 0, len(p.values))
	for name := range p.values {
		given = append(given, name)
	}
	slices.Sort(given)
	for _, name := range given {
		if name != "apikey" && !slices.Contains(names, name) {
			p.refuse(name, "does not exist")
		}
	}
}

func (p *params) boolean(name string) bool {
	if !p.values.Has(name) {
		return false
	}
	switch p.values.Get(name) {
	case "true":
		return true
	case "false":
	default:
		p.refuse(name, "must be true or false")
	}
	return false
}

// integer returns a parameter, or missing if it is not given.
func (p *params) integer(name string, missing int64) int64 {
	if !p.values.Has(name) {
		return missing
	}
	n, err := strconv.ParseInt(p.values.Get(name), 10, 64)
	if err != nil {
		p.refuse(name, "must be an integer")
		return missing
	}
	return n
}

// instant returns a date or datetime in the account's zone; the zero time if it
// is not given.
func (p *params) instant(name, format string) time.Time {
	if !p.values.Has(name) {
		return time.Time{}
	}
	t, err := time.ParseInLocation(format, p.values.Get(name), p.zone)
	if err != nil {
		kind := map[string]string{dateFormat: "Date (YYYYMMDD)", datetimeFormat: "Datetime (YYYYMMDDHHmmss)"}[format]
		p.refuse(name, "must be a "+kind)
	}
	return t
}

// page returns the bounds of the requested page among n rows.
func (p *params) page(n int) (from, to int) {
	size, index := p.integer("pageSize", maxPageSize), p.integer("pageIndex", 0)
	if size < 1 {
		p.refuse("pageSize", "must be greater than 0")
		size = 1
	}
	if index < 0 {
		p.refuse("pageIndex", "must not be negative")
		index = 0
	}
	size = min(size, maxPageSize)
	if index > int64(n)/size {
		return n, n
	}
	from = int(index * size)
	return from, min(from+int(size), n)
}

// fields says how rows compare by each field that they can be ordered by.
type fields[T any] map[string]func(a, b T) int

// sortRows orders rows as the parameter order says, for example
// "name-desc,importDate-asc". Equal rows stay in the default order.
func sortRows[T any](p *params, rows []T, by fields[T]) {
	order := p.values.Get("order")
	if order == "" {
		return
	}
	var steps []func(a, b T) int
	for part := range strings.SplitSeq(order, ",") {
		name, direction, _ := strings.Cut(part, "-")
		compare, ok := by[name]
		switch {
		case !ok:
			p.refuse("order", fmt.Sprintf("has an unknown field '%s'", name))
		case direction == "asc":
			steps = append(steps, compare)
		case direction == "desc":
			steps = append(steps, func(a, b T) int { return compare(b, a) })
		default:
			p.refuse("order", "must be a list of field-asc or field-desc")
		}
	}
	slices.SortStableFunc(rows, func(a, b T) int {
		for _, step := range steps {
			if c := step(a, b); c != 0 {
				return c
			}
		}
		return 0
	})
}

// key makes a comparison of one ordered value of a row.
func key[T any, K cmp.Ordered](value func(T) K) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(value(a), value(b)) }
}

// when makes a comparison of one instant of a row.
func when[T any](value func(T) time.Time) func(a, b T) int {
	return func(a, b T) int { return value(a).Compare(value(b)) }
}
