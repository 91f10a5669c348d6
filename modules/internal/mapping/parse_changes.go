package mapping

import "time"

// Changes says how a list is asked for what has changed, so that its rows can be kept.
type Changes struct {
	Position
	// Since is the parameter that narrows the list to rows that have changed since a moment.
	Since string
	// Overlap is how far before the last time changes are asked for: clocks differ, and
	// a change may show later than it is dated. Default: 1 h.
	Overlap time.Duration
	// Whole is how often everything is read again, since no platform tells what
	// has vanished. Default: 7 days.
	Whole time.Duration
}

const (
	defaultOverlap = time.Hour
	defaultWhole   = 7 * 24 * time.Hour
)

func parseChanges(o *object) *Changes {
	n, ok := o.get("changes")
	if !ok {
		return nil
	}
	o = n.object()
	defer o.done()
	c := &Changes{Position: n.position(), Overlap: defaultOverlap, Whole: defaultWhole}
	if v, ok := o.require("since"); ok {
		c.Position, c.Since = v.position(), v.text()
	}
	if v, ok := o.get("overlap"); ok {
		c.Overlap = v.duration()
	}
	if v, ok := o.get("whole"); ok {
		if c.Whole = v.duration(); c.Whole < time.Hour {
			v.faultf("wants an hour or more: everything is read each time")
		}
	}
	return c
}
