package report

import (
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// instant is the name, in a fetch's grain, of the moment that rows of a computed
// report have.
const instant = "@instant"

// derivable tells whether a dimension of time follows from another one.
func derivable(name, from string) bool {
	if name == from {
		return true
	}
	switch from {
	case instant, field.Hour:
		return true
	case field.Day:
		return name != field.Hour && name != field.HourOfDay
	case field.Month:
		return name == field.Year
	}
	return false
}

func allDerivable(names []string, from string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !derivable(n, from) })
}

// derive makes a dimension of time of the value of another one; zone is that of the
// days that are asked for.
func derive(name, from string, v Value, zone *time.Location) Value {
	if v.Null || name == from && from != field.Hour {
		return v
	}
	var day Date
	switch from {
	case instant, field.Hour:
		t, err := time.Parse(time.RFC3339Nano, v.Text)
		if err != nil {
			return null
		}
		t = t.In(zone)
		switch name {
		case field.Hour:
			_, minute, second := t.Clock()
			start := t.Add(-time.Duration(minute)*time.Minute - time.Duration(second)*time.Second - time.Duration(t.Nanosecond()))
			return Value{Text: start.UTC().Format(time.RFC3339)}
		case field.HourOfDay:
			return Value{Text: strconv.Itoa(t.Hour())}
		}
		day = DateOf(t)
	case field.Month:
		if len(v.Text) < len("2006-01") {
			return null
		}
		return Value{Text: v.Text[:4]} // only the year follows from a month
	default:
		d, err := ParseDate(v.Text)
		if err != nil {
			return null
		}
		day = d
	}
	return Value{Text: partOf(name, day)}
}

// partOf writes the day's part that a dimension is.
func partOf(name string, day Date) string {
	switch name {
	case field.Week:
		return day.week()
	case field.Weekday:
		return strconv.Itoa(day.weekday())
	case field.Month:
		return day.String()[:len("2006-01")]
	case field.Year:
		return strconv.Itoa(day.civil().Year())
	}
	return day.String()
}

// agree tells whether two zones have the same offset from UTC all the time from one
// moment to another.
func agree(a, b *time.Location, from, to time.Time) bool {
	return sameOffsets(a, b, from, to, func(x, y int) bool { return x == y })
}

// alignedHours tells whether hours of two zones begin at the same moments.
func alignedHours(a, b *time.Location, from, to time.Time) bool {
	return sameOffsets(a, b, from, to, func(x, y int) bool { return (x-y)%3600 == 0 })
}

func sameOffsets(a, b *time.Location, from, to time.Time, same func(x, y int) bool) bool {
	if a.String() == b.String() {
		return true
	}
	for t := from; t.Before(to); {
		_, x := t.In(a).Zone()
		_, y := t.In(b).Zone()
		if !same(x, y) {
			return false
		}
		// on to the next change of either
		next := to
		for _, zone := range []*time.Location{a, b} {
			if end, changes := offsetEnd(t, zone); changes && end.Before(next) {
				next = end
			}
		}
		t = next
	}
	return true
}

// offsetEnd returns a moment after t up to which a zone certainly keeps the offset that
// it has at t; changes is false where it keeps it for good. Beyond the table of a zone
// the end that time.Time.ZoneBounds gives is that of a year of 365 days, so that on the
// last day of a leap year it is not after t: there it goes on by the hour.
func offsetEnd(t time.Time, zone *time.Location) (end time.Time, changes bool) {
	_, end = t.In(zone).ZoneBounds()
	switch {
	case end.IsZero():
		return end, false
	case !end.After(t):
		return t.Truncate(time.Hour).Add(time.Hour), true
	}
	return end, true
}
