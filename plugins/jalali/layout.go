package jalali

import (
	"errors"
	"fmt"
	"strings"
)

// moment is a Jalali date and a time of day.
type moment struct {
	date
	hour, minute, second int
}

// layout is a text form: numbers and the text between them.
type layout struct {
	source string
	parts  []part
}

// part is a number of a fixed width or, when width is zero, literal text.
type part struct {
	element string
	width   int
}

// elements are the parts of a Go layout that a Jalali date can have: all the numbers,
// with their leading zeros.
var elements = []string{"2006", "01", "02", "15", "04", "05"}

// parseLayout reads a layout in the notation of package time, such as
// "2006-01-02 15:04:05". It needs a year, a month and a day. Names of months and days,
// and zones, are not in the notation, so letters and further digits are refused.
func parseLayout(source string) (layout, error) {
	l := layout{source: source}
	seen := make(map[string]bool)
next:
	for rest := source; rest != ""; {
		for _, e := range elements {
			if after, ok := strings.CutPrefix(rest, e); ok {
				if seen[e] {
					return l, fmt.Errorf("layout %q: %s comes twice", source, e)
				}
				seen[e] = true
				l.parts = append(l.parts, part{e, len(e)})
				rest = after
				continue next
			}
		}
		if c := rest[0]; c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' && c != 'T' {
			return l, fmt.Errorf("layout %q: only %s are understood, not %q",
				source, strings.Join(elements, ", "), rest)
		}
		l.parts = append(l.parts, part{element: rest[:1]})
		rest = rest[1:]
	}
	if !seen["2006"] || !seen["01"] || !seen["02"] {
		return l, fmt.Errorf("layout %q: a year (2006), a month (01) and a day (02) are needed", source)
	}
	return l, nil
}

// errLayout says that a text does not have the form of the layout.
var errLayout = errors.New("not in the layout")

// parse reads a text in the layout.
func (l layout) parse(text []byte) (m moment, err error) {
	for _, p := range l.parts {
		if len(text) < max(p.width, 1) {
			return m, errLayout
		}
		if p.width == 0 {
			if text[0] != p.element[0] {
				return m, errLayout
			}
			text = text[1:]
			continue
		}
		n := 0
		for _, c := range text[:p.width] {
			if c < '0' || c > '9' {
				return m, errLayout
			}
			n = n*10 + int(c-'0')
		}
		*m.field(p.element) = n
		text = text[p.width:]
	}
	if len(text) > 0 {
		return m, errLayout
	}
	return m, nil
}

// append writes a moment in the layout.
func (l layout) append(dst []byte, m moment) []byte {
	for _, p := range l.parts {
		if p.width == 0 {
			dst = append(dst, p.element...)
			continue
		}
		n := *m.field(p.element)
		if p.width == 4 {
			dst = append(dst, byte('0'+n/1000), byte('0'+n/100%10))
		}
		dst = append(dst, byte('0'+n/10%10), byte('0'+n%10))
	}
	return dst
}

// field returns the number that an element of a layout stands for.
func (m *moment) field(element string) *int {
	switch element {
	case "2006":
		return &m.year
	case "01":
		return &m.month
	case "02":
		return &m.day
	case "15":
		return &m.hour
	case "04":
		return &m.minute
	default:
		return &m.second
	}
}
