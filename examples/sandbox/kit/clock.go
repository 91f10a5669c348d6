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
	const wall = "2006-01-02 15:04:05"
	local := t.In(loc)
	for _, shift := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		for _, other := range []time.Time{local.Add(shift), local.Add(-shift)} {
			if other.Format(wall) == local.Format(wall) {
				return true
			}
		}
	}
	return false
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
