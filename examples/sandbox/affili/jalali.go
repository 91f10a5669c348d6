package affili

import (
	"fmt"
	"time"
)

// leapYears are the years of a 33-year cycle that have 366 days: those whose
// number leaves one of these remainders. The rule holds for the years 1244 to
// 1472 of the Iranian calendar, which is more than this sandbox shows.
var leapYears = map[int]bool{1: true, 5: true, 9: true, 13: true, 17: true, 22: true, 26: true, 30: true}

func daysInYear(year int) int {
	if leapYears[year%33] {
		return 366
	}
	return 365
}

// daysInMonth returns the length of a month: six of 31 days, five of 30, and
// Esfand, which takes the rest of the year.
func daysInMonth(year, month int) int {
	switch {
	case month <= 6:
		return 31
	case month <= 11:
		return 30
	}
	return daysInYear(year) - 6*31 - 5*30
}

// jalaliDate returns the day of t, in t's own time zone, in the Iranian calendar.
func jalaliDate(t time.Time) (year, month, day int) {
	// 1 Farvardin 1400 was 21 March 2021; count days from there.
	y, m, d := t.Date()
	days := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(2021, 3, 21, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	year = 1400
	for ; days < 0; days += daysInYear(year) {
		year--
	}
	for ; days >= daysInYear(year); year++ {
		days -= daysInYear(year)
	}
	for month = 1; days >= daysInMonth(year, month); month++ {
		days -= daysInMonth(year, month)
	}
	return year, month, days + 1
}

// jalali writes t as answers do, in t's own time zone: "1399-01-17 12:46:38".
func jalali(t time.Time) string {
	year, month, day := jalaliDate(t)
	return fmt.Sprintf("%04d-%02d-%02d %s", year, month, day, t.Format("15:04:05"))
}
