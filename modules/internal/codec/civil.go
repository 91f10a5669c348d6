package codec

import (
	"encoding/binary"
	"fmt"
	"time"
)

// civil is a date and time of day as a native text shows it, in no zone.
type civil struct {
	year, month, day     int
	hour, minute, second int
	fraction             []byte // digits after the second, without trailing zeros
}

// parseCivil reads the forms that most platforms use. It checks that each number is
// in its range, but leaves the day of the month to daysIn.
func parseCivil(f form, b []byte) (c civil, ok bool) {
	switch f {
	case formCompact:
		if len(b) != 14 || !digits8(b) || !digits8(b[6:]) {
			return c, false
		}
		c = civil{year: four(b), month: two(b[4:]), day: two(b[6:]), hour: two(b[8:]), minute: two(b[10:]), second: two(b[12:])}
	case formDay:
		if len(b) != 8 || !digits8(b) {
			return c, false
		}
		c = civil{year: four(b), month: two(b[4:]), day: two(b[6:])}
	case formDashed:
		if len(b) < 19 || !dashedDay(b) || b[10] != ' ' || b[13] != ':' || b[16] != ':' {
			return c, false
		}
		if !pair(b[11:]) || !pair(b[14:]) || !pair(b[17:]) {
			return c, false
		}
		c = civil{year: four(b), month: two(b[5:]), day: two(b[8:]), hour: two(b[11:]), minute: two(b[14:]), second: two(b[17:])}
		if len(b) > 19 {
			if c.fraction, ok = parseFraction(b[19:]); !ok {
				return c, false
			}
		}
	case formDashedDay:
		if len(b) != 10 || !dashedDay(b) {
			return c, false
		}
		c = civil{year: four(b), month: two(b[5:]), day: two(b[8:])}
	default:
		return c, false
	}
	return c, uint(c.month-1) < 12 && uint(c.day-1) < uint(daysIn(c.year, c.month)) && c.hour < 24 && c.minute < 60 && c.second < 60
}

// appendCivil appends the instant that a date and time of day is in the codec's zone.
func (d *Datetime) appendCivil(dst []byte, c civil, native []byte) ([]byte, error) {
	offset, ok := d.offsets.lookup(&c, d.zone)
	if !ok {
		// a day on which the clocks change: the offset depends on the time
		t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, 0, d.zone)
		_, offset = t.Zone()
	}
	second := c.hour*3600 + c.minute*60 + c.second - offset
	switch {
	case second < 0:
		second += 86400
		c.previousDay()
	case second >= 86400:
		second -= 86400
		c.nextDay()
	}
	if uint(c.year) > 9999 {
		return dst, fmt.Errorf("%s is outside the years that RFC 3339 can write", excerpt(native))
	}
	hour, minute := second/3600, second/60%60
	second %= 60
	text := [20]byte{4: '-', 7: '-', 10: 'T', 13: ':', 16: ':', 19: 'Z'}
	put2(text[0:], c.year/100)
	put2(text[2:], c.year%100)
	put2(text[5:], c.month)
	put2(text[8:], c.day)
	put2(text[11:], hour)
	put2(text[14:], minute)
	put2(text[17:], second)
	if len(c.fraction) == 0 {
		return append(dst, text[:]...), nil
	}
	dst = append(append(dst, text[:19]...), '.')
	return append(append(dst, c.fraction...), 'Z'), nil
}

func (c *civil) previousDay() {
	if c.day--; c.day > 0 {
		return
	}
	if c.month--; c.month == 0 {
		c.year, c.month = c.year-1, 12
	}
	c.day = daysIn(c.year, c.month)
}

func (c *civil) nextDay() {
	if c.day++; c.day <= daysIn(c.year, c.month) {
		return
	}
	c.day = 1
	if c.month++; c.month > 12 {
		c.year, c.month = c.year+1, 1
	}
}

func daysIn(year, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

// parseFraction reads ".250000" as 25: one to nine digits, of which trailing zeros
// say nothing.
func parseFraction(b []byte) ([]byte, bool) {
	if len(b) < 2 || len(b) > 10 || b[0] != '.' {
		return nil, false
	}
	b = b[1:]
	for _, c := range b {
		if !isDigit(c) {
			return nil, false
		}
	}
	for len(b) > 0 && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b, true
}

// digits8 reports whether the first eight bytes are digits, all at once: their upper
// halves are 3, and stay so when 6 is added.
func digits8(b []byte) bool {
	w := binary.LittleEndian.Uint64(b)
	return (w&(w+6*ones))&(0xF0*ones) == 0x30*ones && w&(0xF0*ones) == 0x30*ones
}

func dashedDay(b []byte) bool {
	return b[4] == '-' && b[7] == '-' && pair(b) && pair(b[2:]) && pair(b[5:]) && pair(b[8:])
}

func pair(b []byte) bool { return isDigit(b[0]) && isDigit(b[1]) }

func two(b []byte) int { return int(b[0]-'0')*10 + int(b[1]-'0') }

func four(b []byte) int { return two(b)*100 + two(b[2:]) }

func put2(b []byte, n int) {
	b[0], b[1] = byte('0'+n/10), byte('0'+n%10)
}
