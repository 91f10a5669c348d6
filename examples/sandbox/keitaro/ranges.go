package keitaro

import (
	"time"
)

// intervals are the relative ranges of the document: each begins so many days
// ago or at the named day, at midnight, and ends now. Only yesterday ends before.
var intervals = map[string]func(today time.Time) time.Time{
	"today":      func(t time.Time) time.Time { return t },
	"yesterday":  func(t time.Time) time.Time { return t.AddDate(0, 0, -1) },
	"7_days_ago": func(t time.Time) time.Time { return t.AddDate(0, 0, -7) },
	"first_day_of_this_week": func(t time.Time) time.Time {
		return t.AddDate(0, 0, -int(t.Weekday()+6)%7) // Monday
	},
	"1_month_ago":             func(t time.Time) time.Time { return t.AddDate(0, -1, 0) },
	"first_day_of_this_month": func(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.Day()) },
	"1_year_ago":              func(t time.Time) time.Time { return t.AddDate(-1, 0, 0) },
	"first_day_of_this_year":  func(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.YearDay()) },
	"all_time":                func(time.Time) time.Time { return time.Time{} },
}

// readRange reads the range, which is needed unless there is a limit.
func (s *Server) readRange(q *query, tree map[string]any, want shape, bad *invalid) {
	q.zone, q.to = s.config.Zone, s.config.Now()
	given, ok := tree["range"].(map[string]any)
	if !ok {
		switch {
		case tree["range"] != nil:
			bad.add("range", "Must be an object")
		case want.needWindow && tree["limit"] == nil:
			bad.add("range", "Either range or limit is required")
		}
		return
	}
	if name, _ := scalar(given["timezone"]); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			bad.add("timezone", "Unknown timezone "+name)
			return
		}
		q.zone = zone
	}
	if name, _ := scalar(given["interval"]); name != "" {
		begin, known := intervals[name]
		if !known {
			bad.add("interval", "Unknown interval "+name)
			return
		}
		y, m, d := s.config.Now().In(q.zone).Date()
		today := time.Date(y, m, d, 0, 0, 0, 0, q.zone)
		q.from = begin(today)
		if name == "yesterday" {
			q.to = today.Add(-time.Second)
		}
		return
	}
	from, _ := scalar(given["from"])
	to, _ := scalar(given["to"])
	var ok1, ok2 bool
	q.from, _, ok1 = parseTime(from, q.zone)
	last, day, ok2 := parseTime(to, q.zone)
	if !ok1 || !ok2 {
		bad.add("range", "Must have from and to, or interval")
		return
	}
	if day { // a day without a time is included whole
		last = last.AddDate(0, 0, 1).Add(-time.Second)
	}
	q.to = last
}

// parseTime reads a day, or a day with a time, in a zone.
func parseTime(s string, zone *time.Location) (t time.Time, day, ok bool) {
	for _, layout := range []string{time.DateOnly, wall, "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, layout == time.DateOnly, true
		}
	}
	return time.Time{}, false, false
}

func (q *query) covers(t time.Time) bool { return !t.Before(q.from) && !t.After(q.to) }
