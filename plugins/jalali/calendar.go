package jalali

// The years for which the Institute of Geophysics of the University of Tehran has
// published leap years. Nowruz is an astronomical event, so that beyond them no
// arithmetic is certain; within them a cycle of 33 years gives the published table.
const (
	firstYear = 1206
	lastYear  = 1498
)

// date is a day of the Jalali calendar.
type date struct{ year, month, day int }

// epoch is the count of days from 1970-01-01 back to the day before the first of
// Farvardin of the year 1, which the cycle puts on 622-03-22.
const epoch = -492268 - 1

// leap reports whether a year has 366 days: 8 of every 33 years do.
func leap(year int) bool { return (25*year+11)%33 < 8 }

// daysIn returns the number of days of a month: six of 31, five of 30, and Esfand,
// of 29 or in leap years 30.
func daysIn(year, month int) int {
	switch {
	case month <= 6:
		return 31
	case month <= 11 || leap(year):
		return 30
	}
	return 29
}

// valid reports whether the day exists, in a year of the published table.
func (d date) valid() bool {
	return firstYear <= d.year && d.year <= lastYear &&
		1 <= d.month && d.month <= 12 &&
		1 <= d.day && d.day <= daysIn(d.year, d.month)
}

// unixDay returns the number of days from 1970-01-01 to the day.
func (d date) unixDay() int {
	days := daysBefore(d.year) + 31*(d.month-1) + d.day
	if d.month > 7 {
		days -= d.month - 7 // the months from Mehr on have a day less
	}
	return epoch + days
}

// fromUnixDay returns the day that comes a number of days after 1970-01-01; ok is
// false outside the published table.
func fromUnixDay(n int) (d date, ok bool) {
	days := n - epoch // counted from 1 for the first of Farvardin of the year 1
	// 12053 days are 33 years; an estimate is at most one year off
	d.year = 33*days/12053 + 1
	for daysBefore(d.year) >= days {
		d.year--
	}
	for daysBefore(d.year+1) < days {
		d.year++
	}
	days -= daysBefore(d.year) + 1
	if days < 186 { // six months of 31 days
		d.month, d.day = days/31+1, days%31+1
	} else {
		days -= 186
		d.month, d.day = days/30+7, days%30+1
	}
	return d, d.valid()
}

// daysBefore returns the number of days in all years before a year.
func daysBefore(year int) int { return 365*(year-1) + (8*year+21)/33 }
