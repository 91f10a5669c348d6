package codec

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/timezone"
)

// offsets remembers a zone's offset from UTC for each day on which it does not
// change, so that reading a page of dates does not search the zone's table for each.
// The zero value is ready; it is safe for concurrent use.
type offsets struct {
	// days has a place for each day of two years. A place holds a day and its
	// offset in one word: the year and day << 32, and the offset in seconds plus
	// offsetBias, which is never 0.
	days [1024]atomic.Uint64
}

const offsetBias = 1 << 20

// lookup returns the offset that a zone has during the whole day of a stamp; ok is
// false when it changes on that day, or when there is no such day.
func (o *offsets) lookup(s stamp, zone *time.Location) (seconds int, ok bool) {
	year, month, day := s.date()
	place := &o.days[(year&1<<9|month<<5|day)&1023]
	key := uint64(year<<9|month<<5|day) << 32
	if w := place.Load(); w&^0xFFFFFFFF == key && w != 0 {
		return int(uint32(w)) - offsetBias, true
	}
	if !s.validDate() {
		return 0, false
	}
	first := time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone)
	_, seconds = first.Zone()
	start, end := first.ZoneBounds()
	// a change shortly before or after midnight may skip or repeat the first hours
	const margin = 3 * time.Hour
	if !start.IsZero() && first.Sub(start) < margin || !end.IsZero() && end.Sub(first) < 24*time.Hour+margin {
		return 0, false
	}
	place.Store(key | uint64(seconds+offsetBias))
	return seconds, true
}

// loadZone finds a zone by its name, an offset such as "+03:30", or "Z".
func loadZone(name string) (*time.Location, error) {
	if name == "Z" {
		return time.UTC, nil
	}
	if name[0] == '+' || name[0] == '-' {
		t, err := time.Parse("-07:00", name)
		if err != nil {
			return nil, fmt.Errorf("%s is not an offset from UTC", excerpt([]byte(name)))
		}
		_, offset := t.Zone()
		return time.FixedZone(name, offset), nil
	}
	zone, err := timezone.Load(name)
	if err != nil {
		return nil, fmt.Errorf("%s is not a known time zone", excerpt([]byte(name)))
	}
	return zone, nil
}
