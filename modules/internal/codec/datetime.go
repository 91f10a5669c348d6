package codec

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tidwall/gjson"
)

// Layouts with names of their own, beside Go's reference layouts.
const (
	// LayoutRFC3339 is an instant as text with its offset from UTC.
	LayoutRFC3339 = "rfc3339"
	// LayoutUnix is a number of seconds since 1970, with or without a fraction.
	LayoutUnix = "unix"
	// LayoutUnixMilli is a number of milliseconds since 1970.
	LayoutUnixMilli = "unix_ms"
)

// Datetime reads instants as RFC 3339 in UTC, with a fraction of a second only where
// there is one. It implements plugins.Codec.
type Datetime struct {
	zone    *time.Location
	layouts []layout
	offsets offsets
}

type form uint8

const (
	formOther     form = iota
	formCompact        // 20060102150405
	formDashed         // 2006-01-02 15:04:05, with or without a fraction
	formDay            // 20060102
	formDashedDay      // 2006-01-02
	formUnix
	formUnixMilli
)

type layout struct {
	form form
	text string
}

// NewDatetime makes a codec for instants in a zone. Each layout is a named one or a
// Go layout such as "2006-01-02 15:04:05"; the first is written, and all are tried,
// in their order, when reading.
func NewDatetime(zone *time.Location, layouts ...string) (*Datetime, error) {
	if zone == nil {
		return nil, errors.New("a datetime needs a time zone")
	}
	parsed, err := parseLayouts(layouts)
	if err != nil {
		return nil, err
	}
	return &Datetime{zone: zone, layouts: parsed}, nil
}

func parseLayouts(layouts []string) ([]layout, error) {
	if len(layouts) == 0 {
		return nil, errors.New("a layout is needed")
	}
	parsed := make([]layout, len(layouts))
	for i, text := range layouts {
		l := layout{text: text}
		switch text {
		case LayoutUnix:
			l.form = formUnix
		case LayoutUnixMilli:
			l.form = formUnixMilli
		case LayoutRFC3339:
			l.text = time.RFC3339Nano
		case "20060102150405":
			l.form = formCompact
		case time.DateTime:
			l.form = formDashed
		case "20060102":
			l.form = formDay
		case time.DateOnly:
			l.form = formDashedDay
		default:
			if err := checkLayout(text); err != nil {
				return nil, err
			}
		}
		parsed[i] = l
	}
	return parsed, nil
}

// checkLayout refuses texts in which no part of a date is recognised: such a layout
// would read nothing but itself.
func checkLayout(text string) error {
	early := time.Date(1999, 3, 4, 5, 6, 7, 0, time.UTC).Format(text)
	late := time.Date(2011, 12, 25, 18, 39, 40, 0, time.UTC).Format(text)
	if early == late {
		return fmt.Errorf("layout %q has no part of a date", text)
	}
	return nil
}

// Read appends the instant of a native text or number. Empty and zero dates, such as
// "0000-00-00 00:00:00", are null.
func (d *Datetime) Read(dst, native []byte) ([]byte, error) {
	if len(native) > 0 && (native[0] <= ' ' || native[len(native)-1] <= ' ') {
		native = bytes.TrimSpace(native)
	}
	for i := range d.layouts {
		l := &d.layouts[i]
		if l.form <= formDashedDay && l.form != formOther {
			if s, fraction, ok := parseStamp(l.form, native); ok {
				if s, ok = s.toUTC(d.zone, &d.offsets); ok {
					return s.appendUTC(dst, fraction), nil
				}
			}
			continue
		}
		if t, ok := l.parse(native, d.zone); ok {
			return appendInstant(dst, t)
		}
	}
	if isZeroDate(native) {
		return dst, nil
	}
	return dst, fmt.Errorf("%s is not a date in the form %q", excerpt(native), d.layouts[0].text)
}

// Put writes the instant of a native text as a JSON string, with bytes of no meaning
// behind it, and returns the string's length. It only knows the usual case, an instant
// without a fraction in a first layout that has a fast path, and returns 0 in any other.
func (d *Datetime) Put(to *[24]byte, native []byte) (size int) {
	var s stamp
	switch f := d.layouts[0].form; {
	case f == formCompact && len(native) == 14:
		s = compactStamp(native)
	case f == formDashed && len(native) == 19:
		s = dashedStamp(native)
	default:
		return 0
	}
	if !s.wellFormed() {
		return 0
	}
	s, ok := s.toUTC(d.zone, &d.offsets)
	if !ok {
		return 0
	}
	s.putUTC(to)
	return instantSize
}

// parse reads the forms that have no fast path.
func (l *layout) parse(native []byte, zone *time.Location) (time.Time, bool) {
	switch l.form {
	case formUnix:
		return parseUnix(native, 0)
	case formUnixMilli:
		return parseUnix(native, 3)
	}
	t, err := time.ParseInLocation(l.text, string(native), zone)
	return t, err == nil && !t.IsZero()
}

// parseUnix reads seconds (places 0) or milliseconds (places 3) since 1970. Zero is
// how platforms write "never", so it is not an instant here.
func parseUnix(native []byte, places int) (time.Time, bool) {
	var buf [64]byte
	text, err := AppendDecimal(buf[:0], native, places)
	if err != nil {
		return time.Time{}, false
	}
	whole, fraction, _ := bytes.Cut(text, []byte{'.'})
	seconds, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil || seconds < -62135596800 || seconds > 253402300799 { // years 1 to 9999
		return time.Time{}, false
	}
	nanos := int64(0)
	for i := range 9 {
		nanos *= 10
		if i < len(fraction) {
			nanos += int64(fraction[i] - '0')
		}
	}
	if whole[0] == '-' {
		nanos = -nanos
	}
	return time.Unix(seconds, nanos), seconds != 0 || nanos != 0
}

// Write appends the native text of an instant in RFC 3339, in the first layout.
func (d *Datetime) Write(dst, unified []byte) ([]byte, error) {
	t, err := time.Parse(time.RFC3339, string(unified))
	if err != nil {
		return dst, fmt.Errorf("%s is not an instant in RFC 3339", excerpt(unified))
	}
	return d.AppendTime(dst, t), nil
}

// AppendTime appends the native text of an instant, in the first layout.
func (d *Datetime) AppendTime(dst []byte, t time.Time) []byte {
	switch l := &d.layouts[0]; l.form {
	case formUnix:
		return strconv.AppendInt(dst, t.Unix(), 10)
	case formUnixMilli:
		return strconv.AppendInt(dst, t.UnixMilli(), 10)
	default:
		return t.In(d.zone).AppendFormat(dst, l.text)
	}
}

// ReadObject reads a PHP DateTime as json_encode writes it:
// {"date":"2006-01-02 15:04:05.000000","timezone_type":3,"timezone":"Europe/London"}.
// Without a zone in the object, the codec's own is meant.
func (d *Datetime) ReadObject(dst, object []byte) ([]byte, error) {
	date := gjson.GetBytes(object, "date")
	if date.Type == gjson.Null {
		return dst, nil
	}
	zone := d.zone
	if name := gjson.GetBytes(object, "timezone"); name.Type == gjson.String && name.Str != "" {
		var err error
		if zone, err = loadZone(name.Str); err != nil {
			return dst, err
		}
	}
	t, err := time.ParseInLocation(time.DateTime, date.String(), zone)
	if err != nil {
		return dst, fmt.Errorf("%s is not a date in the form %q", excerpt([]byte(date.String())), time.DateTime)
	}
	return appendInstant(dst, t)
}

func appendInstant(dst []byte, t time.Time) ([]byte, error) {
	t = t.UTC()
	if year := t.Year(); year < 0 || year > 9999 {
		return dst, fmt.Errorf("the year %d cannot be written in RFC 3339", year)
	}
	return t.AppendFormat(dst, time.RFC3339Nano), nil
}

// isZeroDate reports whether a text is how platforms write that there is no date:
// nothing, or zeros in the form of a date.
func isZeroDate(native []byte) bool {
	for _, c := range native {
		switch c {
		case '0', '-', '/', ':', '.', ' ', 'T', 'Z', '+':
		default:
			return false
		}
	}
	return true
}
