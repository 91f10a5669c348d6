package report

import (
	"fmt"
	"time"
)

// Date is a calendar day in no zone, as the number of days since 1970-01-01.
type Date int32

const secondsOfDay = 24 * 60 * 60

// The days that a report can be about, both included. No platform is older, and what
// every step of planning takes is bounded by them.
const (
	earliestDay Date = -25567 // 1900-01-01
	latestDay   Date = 84005  // 2199-12-31
)

// ParseDate reads 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day in the form 2006-01-02", s)
	}
	return DateOf(t), nil
}

// DateOf returns the day that a moment is on, in the moment's own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

// civil returns midnight of the day in UTC, for its calendar.
func (d Date) civil() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// String returns 2006-01-02.
func (d Date) String() string { return d.civil().Format(time.DateOnly) }

// Start returns the first moment of the day in a zone. Where the clocks skip
// midnight that is later than midnight.
func (d Date) Start(zone *time.Location) time.Time {
	year, month, day := d.civil().Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if DateOf(t) == d {
		return t
	}
	// midnight does not exist: Go answers with the offset before the change
	_, end := t.ZoneBounds()
	return end
}

// addMonths goes some months on or back; where that month is shorter, to its last day.
func (d Date) addMonths(n int) Date {
	year, month, day := d.civil().Date()
	first := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return DateOf(first) + Date(min(day, last)-1)
}

// monthStart and yearStart return the first day of the day's month and year.
func (d Date) monthStart() Date { return d - Date(d.civil().Day()-1) }
func (d Date) yearStart() Date  { return d - Date(d.civil().YearDay()-1) }

// weekday returns the day of the week by ISO 8601: 1 is Monday, 7 Sunday.
func (d Date) weekday() int { return (int(d.civil().Weekday())+6)%7 + 1 }

// week returns the ISO 8601 week: 2026-W05.
func (d Date) week() string {
	year, week := d.civil().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}
