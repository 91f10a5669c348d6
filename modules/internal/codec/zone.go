package codec

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// offsets remembers a zone's offset from UTC for each day on which it does not
// change, so that reading a page of dates does not search the zone's table for each.
// The zero value is ready; it is safe for concurrent use.
type offsets struct {
	// days holds, at the hash of a day, the day and its offset in one word: the
	// digits of the day << 32, and the offset in seconds plus offsetBias, never 0.
	days [512]atomic.Uint64
}

const offsetBias = 1 << 20

// lookup returns the offset that a zone has during the whole day of a stamp; ok is
// false when it changes on that day, or when there is no such day.
func (o *offsets) lookup(s *stamp, zone *time.Location) (seconds int, ok bool) {
	// the digits of the day, four bits each
	x := (s.a&0x00FFFF00FFFFFFFF | (s.b&0xFF)<<32 | (s.b&0xFF00)<<48) & (0x0F * ones)
	x = (x | x>>4) & 0x00FF00FF00FF00FF
	x = (x | x>>8) & 0x0000FFFF0000FFFF
	day := uint32(x | x>>16)
	slot := &o.days[day*0x9E3779B1>>23]
	if w := slot.Load(); uint32(w>>32) == day && w != 0 {
		return int(uint32(w)) - offsetBias, true
	}
	if !s.validDate() {
		return 0, false
	}
	year, month, d := s.date()
	first := time.Date(year, time.Month(month), d, 0, 0, 0, 0, zone)
	_, seconds = first.Zone()
	start, end := first.ZoneBounds()
	// a change shortly before or after midnight may skip or repeat the first hours
	const margin = 3 * time.Hour
	if !start.IsZero() && first.Sub(start) < margin || !end.IsZero() && end.Sub(first) < 24*time.Hour+margin {
		return 0, false
	}
	slot.Store(uint64(day)<<32 | uint64(seconds+offsetBias))
	return seconds, true
}

// zones holds the time zones that native values have named. Names that do not exist
// are not kept, so that it is no larger than the time zone database.
var zones sync.Map

// loadZone finds a zone by its name, an offset such as "+03:30", or "Z".
func loadZone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
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
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%s is not a known time zone", excerpt([]byte(name)))
	}
	zones.Store(name, zone)
	return zone, nil
}
