package ledger

import "time"

// Policy is how long what was pulled is good for, by how old the end of the asked range
// was at the pull. Days are those of UTC.
type Policy struct {
	// Open is the life for ranges that touch the day of the pull.
	Open time.Duration
	// Recent is the life for ranges that had ended up to 3 days before.
	Recent time.Duration
	// Month is the life for ranges that had ended up to 35 days before.
	Month time.Duration
	// Old is the life for all others.
	Old time.Duration
	// Stale is how long after their life rows are served while changes are pulled.
	Stale time.Duration
	// StaleOnError is how long after their life rows are served while the platform fails.
	StaleOnError time.Duration
}

// life is how long a pull is good for a range; a zero end is open.
func (p Policy) life(end, pulled time.Time) time.Duration {
	const day = 24 * time.Hour
	if end.IsZero() {
		return p.Open
	}
	switch age := pulled.UTC().Truncate(day).Sub(end); {
	case age < 0:
		return p.Open
	case age < 3*day:
		return p.Recent
	case age < 35*day:
		return p.Month
	}
	return p.Old
}
