package report

import "time"

// maxWindows is the most native calls into which one report of a platform is split,
// pages not counted.
const maxWindows = 400

// windows cuts a range into pieces of no more than longest days; zero: one piece. It
// stops when there are more than limit.
func windows(r Range, longest, limit int) []Window {
	if longest <= 0 || r.Days() <= longest {
		return []Window{{Range: r}}
	}
	var out []Window
	for from := r.From; from <= r.To && len(out) <= limit; from += Date(longest) {
		out = append(out, Window{Range: Range{from, min(from+Date(longest)-1, r.To)}})
	}
	return out
}

// splitWindows cuts a range into days, months or years, and these into pieces of
// no more than longest days. cut tells that a day, month or year takes several pieces. It stops
// when there are more than limit.
func splitWindows(r Range, unit string, longest, limit int) (out []Window, cut bool) {
	for from := r.From; from <= r.To && len(out) <= limit; {
		var end Date
		switch unit {
		case "month":
			end = from.monthStart().addMonths(1) - 1
		case "year":
			end = from.yearStart().addMonths(12) - 1
		default:
			end = from
		}
		end = min(end, r.To)
		part := from.String()
		switch unit {
		case "month":
			part = part[:len("2006-01")]
		case "year":
			part = part[:len("2006")]
		}
		pieces := windows(Range{from, end}, longest, limit)
		cut = cut || len(pieces) > 1
		for _, w := range pieces {
			w.Part = part
			out = append(out, w)
		}
		from = end + 1
	}
	return out, cut
}

// dayWindows cuts a range into its days.
func dayWindows(r Range) []Window {
	out := make([]Window, r.Days())
	for i := range out {
		day := r.From + Date(i)
		out[i].Range = Range{day, day}
	}
	return out
}

// callsFor returns how many native calls of no more than longest days a range takes; zero:
// one call takes any number of days.
func callsFor(r Range, longest int) int {
	if longest <= 0 {
		return 1
	}
	return (r.Days() + longest - 1) / longest
}

// nativeRange returns the days of another zone on which the range's moments are.
func nativeRange(r Range, asked, native *time.Location) Range {
	return Range{DateOf(r.From.Start(asked).In(native)), DateOf((r.To + 1).Start(asked).Add(-time.Nanosecond).In(native))}
}
