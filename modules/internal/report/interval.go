package report

// Intervals lists the words for ranges relative to today.
var Intervals = []string{
	"today", "yesterday", "last_7_days", "this_week", "last_month", "this_month", "last_year", "this_year",
	intervalAllTime, intervalCurrentPeriod, intervalLastPeriod,
}

const (
	intervalAllTime       = "all_time"
	intervalCurrentPeriod = "current_period"
	intervalLastPeriod    = "last_period"
)

// firstDay is where all_time begins for platforms that have no word for it: before
// any of them existed.
const firstDay Date = 10957 // 2000-01-01

// Range is a range of days, both included.
type Range struct{ From, To Date }

// Days returns the number of days.
func (r Range) Days() int { return int(r.To-r.From) + 1 }

// intervalRange returns the days that an interval means. What is called last_… rolls
// back from today, which is its last day; weeks begin on Monday. dated is false for
// the pay periods, which only platforms know.
func intervalRange(interval string, today Date) (r Range, dated bool) {
	r.To = today
	switch interval {
	case "today":
		r.From = today
	case "yesterday":
		r.From, r.To = today-1, today-1
	case "last_7_days":
		r.From = today - 6
	case "this_week":
		r.From = today - Date(today.weekday()-1)
	case "last_month":
		r.From = today.addMonths(-1) + 1
	case "this_month":
		r.From = today.monthStart()
	case "last_year":
		r.From = today.addMonths(-12) + 1
	case "this_year":
		r.From = today.yearStart()
	case intervalAllTime:
		r.From = firstDay
	default:
		return Range{}, false
	}
	return r, true
}
