package jalali

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tributary-gateway/tributary/plugins"
)

// Codec reads Jalali dates as instants in RFC 3339, UTC, and writes them back.
type Codec struct {
	layout layout
	zone   *time.Location
}

// NewCodec makes a codec for a layout in the notation of package time whose numbers are
// Jalali ones, such as "2006-01-02 15:04:05", in a time zone. Without a time of day in
// the layout, the beginning of the day is meant.
func NewCodec(layout string, zone *time.Location) (*Codec, error) {
	l, err := parseLayout(layout)
	if err != nil {
		return nil, err
	}
	return &Codec{l, zone}, nil
}

// Read appends the instant of a native text. A text without any other digit than zero,
// such as "0000-00-00 00:00:00", is null.
func (c *Codec) Read(dst, native []byte) ([]byte, error) {
	m, err := c.layout.parse(native)
	if m.year == 0 && bytes.Trim(native, "0-/:. T") == nil {
		return dst, nil
	}
	if err != nil {
		return dst, fmt.Errorf("%.40q is not a Jalali date in the form %q", native, c.layout.source)
	}
	if !m.valid() || m.hour > 23 || m.minute > 59 || m.second > 59 {
		return dst, fmt.Errorf("%.40q is not a Jalali date of the years %d to %d", native, firstYear, lastYear)
	}
	t := time.Date(1970, 1, 1+m.unixDay(), m.hour, m.minute, m.second, 0, c.zone)
	return t.UTC().AppendFormat(dst, time.RFC3339), nil
}

// Write appends the native text of an instant in RFC 3339.
func (c *Codec) Write(dst, unified []byte) ([]byte, error) {
	t, err := time.Parse(time.RFC3339, string(unified))
	if err != nil {
		return dst, fmt.Errorf("%.40q is not an instant in RFC 3339", unified)
	}
	t = t.In(c.zone)
	year, month, day := t.Date()
	const secondsPerDay = 24 * 60 * 60
	d, ok := fromUnixDay(int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay))
	if !ok {
		return dst, fmt.Errorf("%s is outside the Jalali years %d to %d", unified, firstYear, lastYear)
	}
	return c.layout.append(dst, moment{d, t.Hour(), t.Minute(), t.Second()}), nil
}

var _ plugins.Codec = (*Codec)(nil)
