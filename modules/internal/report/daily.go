package report

import (
	"errors"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// maxDayWindows is the longest range of which each day's rows are kept apart: four
// years.
const maxDayWindows = 4*365 + 1

// errNotByDay is the cause of the problem that rows asked for by day are not all of the
// days that were asked for, so that they cannot be kept by day.
var errNotByDay = errors.New("a row is of no day that was asked for")

// canBeDaily tells whether a report can be asked so that its windows are days.
func (p *planner) canBeDaily(start *fetch) bool {
	if !p.keeps || !p.dated || start.windows != nil || p.days.Days() > maxDayWindows {
		return false
	}
	from := start.report.From
	return from == "" || start.report.Instant != "" && !p.keepsList(from)
}

// placeDailyGrain settles a grouping of which every row is of one day. What rows of the
// report have anyway is kept with them; the order is always the same, so that
// equal rows are kept once however they were asked for.
func (p *planner) placeDailyGrain(f *fetch, plain, times []string) bool {
	for _, name := range f.report.Fixed {
		if !field.IsTime(name) && !slices.Contains(plain, name) {
			plain = append(plain, name)
		}
	}
	slices.Sort(plain)
	if f.report.From != "" {
		f.base = field.Day
		if !allDerivable(times, field.Day) {
			f.base = instant
		}
		f.grain = append(plain, f.base)
		return f.report.Groupable(plain)
	}
	place := func(base string, times ...string) bool {
		grain := append(slices.Clone(plain), times...)
		if !f.report.Groupable(grain) {
			return false
		}
		f.grain, f.base = grain, base
		f.sums = f.sums || !slices.Contains(f.answers, base)
		return true
	}
	if !f.hourly {
		if allDerivable(times, field.Day) && place(field.Day, field.Day) {
			return true
		}
		direct := slices.Clone(times)
		base := field.Hour
		if !slices.Contains(times, field.Hour) {
			base = field.Day
			if !slices.Contains(times, field.Day) {
				direct = append(direct, field.Day)
			}
		}
		slices.Sort(direct)
		if place(base, direct...) {
			return true
		}
	}
	return allDerivable(times, field.Hour) && place(field.Hour, field.Hour)
}

// windowZone returns the zone of the days that the windows are.
func (f *fetch) windowZone(native *time.Location) *time.Location {
	if f.report.From != "" || f.report.TakesZone {
		return f.zone
	}
	return native
}

// dayGetter returns how the day of a row is read: days as they are, hours as those of a
// zone. ok is false where there is none.
func (f *fetch) dayGetter(zone *time.Location) func(r *row) (day Date, ok bool) {
	columns := f.columns()
	if i := slices.Index(columns, field.Day); i >= 0 {
		return func(r *row) (Date, bool) {
			day, err := ParseDate(r.dims[i].Text)
			return day, err == nil
		}
	}
	i := slices.IndexFunc(columns, func(name string) bool { return name == field.Hour || name == instant })
	return func(r *row) (Date, bool) {
		t, err := time.Parse(time.RFC3339Nano, r.dims[i].Text)
		return DateOf(t.In(zone)), err == nil
	}
}

// cut gives each of some adjacent days its rows. A row of another day, or of none, is a
// fault: it would be missing where it belongs.
func (f *fetch) cut(p Platform, rows []row, windows []Window) ([][]row, *problem.Problem) {
	out := make([][]row, len(windows))
	dayOf := f.dayGetter(f.windowZone(p.Zone))
	for i := range rows {
		day, ok := dayOf(&rows[i])
		if at := int(day - windows[0].From); ok && at >= 0 && at < len(windows) {
			out[at] = append(out[at], rows[i])
			continue
		}
		failed := problem.New(problem.PlatformInvalidResponse, "%s: a row is of no day from %s to %s, which were asked for.", p.Title, windows[0].From, windows[len(windows)-1].To)
		failed.Platform, failed.Cause = p.Name, errNotByDay
		return nil, failed
	}
	return out, nil
}

// tooFine tells whether a failure is that of a way by day, where a coarser one may do. A
// list is as long either way.
func tooFine(f *fetch, failed *problem.Problem) bool {
	if failed == nil || !f.daily {
		return false
	}
	return failed.Code == problem.ScanLimitExceeded && f.report.From == "" || errors.Is(failed.Cause, errNotByDay)
}
