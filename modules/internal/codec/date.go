package codec

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tidwall/gjson"
)

// Date reads calendar days as "2006-01-02". A day has no zone: what time of day a
// native value adds is left out.
type Date struct{ layouts []layout }

// NewDate makes a codec for days, with Go layouts such as "20060102". The first is
// written, and all are tried, in their order, when reading.
func NewDate(layouts ...string) (*Date, error) {
	parsed, err := parseLayouts(layouts)
	if err != nil {
		return nil, err
	}
	for _, l := range parsed {
		if l.form == formUnix || l.form == formUnixMilli {
			return nil, fmt.Errorf("layout %q is of an instant, not of a day", l.text)
		}
	}
	return &Date{layouts: parsed}, nil
}

// Read appends the day. Empty and zero dates are null.
func (d *Date) Read(dst, native []byte) ([]byte, error) {
	native = bytes.TrimSpace(native)
	for i := range d.layouts {
		l := &d.layouts[i]
		if l.form != formOther {
			if s, _, ok := parseStamp(l.form, native); ok && s.validDate() {
				return s.appendDay(dst), nil
			}
			continue
		}
		if t, err := time.Parse(l.text, string(native)); err == nil {
			return t.AppendFormat(dst, time.DateOnly), nil
		}
	}
	if isZeroDate(native) {
		return dst, nil
	}
	return dst, fmt.Errorf("%s is not a day in the form %q", excerpt(native), d.layouts[0].text)
}

// ReadObject reads the day of a PHP DateTime, as it is in the object's own zone.
func (d *Date) ReadObject(dst, object []byte) ([]byte, error) {
	date := gjson.GetBytes(object, "date")
	if date.Type == gjson.Null {
		return dst, nil
	}
	s, _, ok := parseStamp(formDashed, []byte(date.String()))
	if !ok || !s.validDate() {
		return dst, fmt.Errorf("%s is not a date in the form %q", excerpt([]byte(date.String())), time.DateTime)
	}
	return s.appendDay(dst), nil
}

// Write appends the native text of a day "2006-01-02", in the first layout.
func (d *Date) Write(dst, unified []byte) ([]byte, error) {
	t, err := time.Parse(time.DateOnly, string(unified))
	if err != nil {
		return dst, fmt.Errorf("%s is not a day in the form 2006-01-02", excerpt(unified))
	}
	return t.AppendFormat(dst, d.layouts[0].text), nil
}
