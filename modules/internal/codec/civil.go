package codec

import (
	"bytes"
	"encoding/binary"
	"time"
)

// stamp is a date and time of day in the form "2006-01-02 15:04:05", which is in no
// zone, as two words and a half: "2006-01-", "02 15:04", ":05". All work on the words is
// little-endian, so that the first byte is the lowest. A stamp is small enough to be
// handed around in registers, which is why it has no fraction of a second.
type stamp struct {
	a, b uint64
	c    uint32
}

const (
	zeroA = uint64('-'<<56 | '0'<<48 | '0'<<40 | '-'<<32 | '0'<<24 | '0'<<16 | '0'<<8 | '0')
	zeroB = uint64('0'<<56 | '0'<<48 | ':'<<40 | '0'<<32 | '0'<<24 | ' '<<16 | '0'<<8 | '0')
	zeroC = uint32('0'<<16 | '0'<<8 | ':')

	// Added to a stamp less the zeros above, these set the highest bit of every
	// byte that is not a digit or not the mark that belongs there.
	strayA, strayB = uint64(0x7F76767F_76767676), uint64(0x76767F76_767F7676)
	strayC         = uint32(0x76767F)

	highBits = 0x80 * ones
)

// parseStamp reads the forms that most platforms use, and the digits after the second
// without trailing zeros. It checks the form; whether the numbers are those of a date
// is looked at later.
func parseStamp(f form, b []byte) (s stamp, fraction []byte, ok bool) {
	switch {
	case f == formCompact && len(b) == 14:
		s = compactStamp(b)
	case f == formDashed && len(b) >= 19:
		s = dashedStamp(b)
		if len(b) > 19 {
			if fraction, ok = parseFraction(b[19:]); !ok {
				return s, nil, false
			}
		}
	case f == formDay && len(b) == 8:
		s.a, s.b = compactDay(binary.LittleEndian.Uint64(b))
		s.b, s.c = s.b|zeroB&^0xFFFF, zeroC
	case f == formDashedDay && len(b) == 10:
		s.a = binary.LittleEndian.Uint64(b)
		s.b, s.c = uint64(binary.LittleEndian.Uint16(b[8:]))|zeroB&^0xFFFF, zeroC
	default:
		return s, nil, false
	}
	return s, fraction, s.wellFormed()
}

// compactStamp takes a stamp from 20060102150405.
func compactStamp(b []byte) (s stamp) {
	w := binary.LittleEndian.Uint64(b[6:14])
	s.a, s.b = compactDay(binary.LittleEndian.Uint64(b[:8]))
	s.b |= ' '<<16 | (w>>16&0xFFFF)<<24 | ':'<<40 | (w>>32&0xFFFF)<<48
	s.c = ':' | uint32(w>>48)<<8
	return s
}

// compactDay takes the bytes of a stamp that are the day from 20060102.
func compactDay(w uint64) (a, b uint64) {
	return w&0xFFFFFFFF | '-'<<32 | (w>>32&0xFFFF)<<40 | '-'<<56, w >> 48
}

// dashedStamp takes a stamp from 2006-01-02 15:04:05.
func dashedStamp(b []byte) stamp {
	return stamp{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:16]), binary.LittleEndian.Uint32(b[15:19]) >> 8}
}

// wellFormed reports whether digits and marks are where they belong.
func (s stamp) wellFormed() bool {
	ta, tb, tc := s.a^zeroA, s.b^zeroB, s.c^zeroC
	stray := ((ta+strayA)|ta|(tb+strayB)|tb)&highBits | uint64(((tc+strayC)|tc)&0x808080)
	return stray == 0
}

// number2 reads the two digits that begin at a bit.
func number2(w uint64, bit int) int { return int(w>>bit&0xF)*10 + int(w>>(bit+8)&0xF) }

// digits2 is the two digits of a number below 100, as they stand in a word.
func digits2(n int) uint64 { return uint64('0'+uint32(n)/10) | uint64('0'+uint32(n)%10)<<8 }

func (s stamp) date() (year, month, day int) {
	return number2(s.a, 0)*100 + number2(s.a, 16), number2(s.a, 40), number2(s.b, 0)
}

// validDate reports whether the day exists.
func (s stamp) validDate() bool {
	year, month, day := s.date()
	return 1 <= month && month <= 12 && 1 <= day && day <= daysIn(year, month)
}

// clock returns the time of day; ok is false when there is none such.
func (s stamp) clock() (hour, minute, second int, ok bool) {
	hour, minute, second = number2(s.b, 24), number2(s.b, 48), number2(uint64(s.c), 8)
	return hour, minute, second, hour < 24 && minute < 60 && second < 60
}

// toUTC changes a stamp from a zone to UTC. It reports whether the date and time exist
// and the year stays within the four digits of RFC 3339.
func (s stamp) toUTC(zone *time.Location, known *offsets) (_ stamp, ok bool) {
	hour, minute, second, ok := s.clock()
	if !ok {
		return s, false
	}
	offset, ok := known.lookup(s, zone)
	if !ok {
		if !s.validDate() {
			return s, false
		}
		// a day on which the clocks change: the offset depends on the time, which
		// may even be one that the clocks skip
		year, month, day := s.date()
		local := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
		offset = int(local.Unix() - time.Date(year, time.Month(month), day, hour, minute, second, 0, zone).Unix())
	}
	if hours := offset / 3600; hours*3600 == offset && uint(hour-hours) < 24 {
		s.b = s.b&^(0xFFFF<<24) | digits2(hour-hours)<<24
		return s, true
	}
	second += hour*3600 + minute*60 - offset
	switch {
	case second < 0:
		second += secondsPerDay
		s, ok = s.addDay(-1)
	case second >= secondsPerDay:
		second -= secondsPerDay
		s, ok = s.addDay(1)
	default:
		ok = true
	}
	s.b = s.b&0xFFFF | ' '<<16 | digits2(second/3600)<<24 | ':'<<40 | digits2(second/60%60)<<48
	s.c = ':' | uint32(digits2(second%60))<<8
	return s, ok
}

const secondsPerDay = 24 * 60 * 60

// addDay moves the date by one day, forward or back.
func (s stamp) addDay(by int) (_ stamp, ok bool) {
	year, month, day := s.date()
	switch day += by; {
	case day == 0:
		if month--; month == 0 {
			year, month = year-1, 12
		}
		day = daysIn(year, month)
	case day > daysIn(year, month):
		day = 1
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
	if year < 0 || year > 9999 {
		return s, false
	}
	s.a = digits2(year/100) | digits2(year%100)<<16 | '-'<<32 | digits2(month)<<40 | '-'<<56
	s.b = s.b&^0xFFFF | digits2(day)
	return s, true
}

// instantSize is the length of an instant without a fraction, in quotes.
const instantSize = len(`"2006-01-02T15:04:05Z"`)

// putUTC writes a stamp that is in UTC in RFC 3339, in quotes, and two zeros.
func (s stamp) putUTC(to *[24]byte) {
	b, c := s.b^(' '^'T')<<16, uint64(s.c)|'Z'<<24|'"'<<32
	binary.LittleEndian.PutUint64(to[:], '"'|s.a<<8)
	binary.LittleEndian.PutUint64(to[8:], s.a>>56|b<<8)
	binary.LittleEndian.PutUint64(to[16:], b>>56|c<<8)
}

// appendUTC appends a stamp that is in UTC in RFC 3339.
func (s stamp) appendUTC(dst, fraction []byte) []byte {
	var text [24]byte
	s.putUTC(&text)
	if len(fraction) == 0 {
		return append(dst, text[1:instantSize-1]...)
	}
	dst = append(append(dst, text[1:instantSize-2]...), '.')
	return append(append(dst, fraction...), 'Z')
}

// appendDay appends the day of a stamp.
func (s stamp) appendDay(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, s.a)
	return binary.LittleEndian.AppendUint16(dst, uint16(s.b))
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
	return bytes.TrimRight(b, "0"), true
}
