package kit

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // sandboxes must run where no zone files are installed
)

// Location returns the time zone of an IANA name; an unknown name is a mistake
// in the sandbox's own code, and panics.
func Location(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(fmt.Sprintf("sandbox: loading time zone: %v", err))
	}
	return loc
}

// Window returns the year of data that a sandbox shows at the instant now: the
// 365 days in [from, to). It ends at the last midnight UTC, not at now itself,
// so that the data is the same all day long and no row lies in the future.
func Window(now time.Time) (from, to time.Time) {
	y, m, d := now.UTC().Date()
	to = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return to.AddDate(0, 0, -365), to
}

// Ambiguous reports whether the wall clock of loc shows the time of t twice,
// because clocks are put back then. A platform that writes local times without
// an offset loses which of the two was meant, so sandboxes avoid them.
func Ambiguous(t time.Time, loc *time.Location) bool {
	t = t.In(loc)
	offset := func(t time.Time) time.Duration {
		_, seconds := t.Zone()
		return time.Duration(seconds) * time.Second
	}
	start, end := t.ZoneBounds() // of the offset that is in force; zero if there is no change
	if !end.IsZero() && !t.Before(end.Add(offset(end)-offset(t))) {
		return true // as much before the change as clocks are put back
	}
	before := start.Add(-time.Second)
	return !start.IsZero() && t.Before(start.Add(offset(before)-offset(t)))
}

// Wait pauses for d, or until ctx ends. It reports whether d has passed.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
