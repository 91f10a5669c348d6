package surface

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
)

// checked is a value in canonical form: instants in UTC, decimals and integers
// without needless zeros.
type checked struct {
	text string
	time time.Time // of an Instant or Date
}

// check checks one value that is not empty. The error is for the client.
func (p *Parameter) check(text string) (checked, error) {
	if len(p.Enum) > 0 && slices.Contains(p.Enum, text) {
		return checked{text: text}, nil
	}
	switch p.Type {
	case Integer:
		return p.integer(text)
	case Decimal:
		canonical, ok := canonicalDecimal(text)
		if !ok {
			return checked{}, fmt.Errorf("%s is not a decimal number such as 10.50", quote(text))
		}
		return checked{text: canonical}, nil
	case Number:
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return checked{}, fmt.Errorf("%s is not a number", quote(text))
		}
		return checked{text: text}, nil
	case Boolean:
		if text != "true" && text != "false" {
			return checked{}, fmt.Errorf("%s is neither true nor false", quote(text))
		}
		return checked{text: text}, nil
	case Instant:
		return checkInstant(text)
	case Date:
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return checked{}, fmt.Errorf("%s is not a date such as 2026-01-31", quote(text))
		}
		return checked{text: text, time: day}, nil
	case ID:
		if _, ok := SplitID(text); !ok {
			return checked{}, fmt.Errorf("%s is not an id of the form <platform>:<native id>", quote(text))
		}
		return checked{text: text}, nil
	}
	for _, pattern := range p.patterns {
		if pattern.MatchString(text) {
			return checked{text: text}, nil
		}
	}
	switch {
	case len(p.Enum) > 0 && len(p.patterns) > 0:
		return checked{}, fmt.Errorf("%s is none of %s, nor of the form <platform>.<column>%s", quote(text), list(p.Enum), suggest.DidYouMean(text, p.Enum))
	case len(p.Enum) > 0:
		return checked{}, fmt.Errorf("%s is not one of %s%s", quote(text), list(p.Enum), suggest.DidYouMean(text, p.Enum))
	case len(p.patterns) > 0:
		return checked{}, fmt.Errorf("%s does not match %s", quote(text), p.patterns[0])
	}
	return checked{text: text}, nil
}

func (p *Parameter) integer(text string) (checked, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case p.min != nil && (err != nil || n < *p.min || n > *p.max):
		or := ""
		if len(p.Enum) > 0 {
			or = " or " + list(p.Enum)
		}
		return checked{}, fmt.Errorf("%s is not a whole number from %d to %d%s", quote(text), *p.min, *p.max, or)
	case err != nil:
		return checked{}, fmt.Errorf("%s is not a whole number", quote(text))
	}
	return checked{text: strconv.FormatInt(n, 10)}, nil
}

func checkInstant(text string) (checked, error) {
	t, ok := parseInstant(text)
	if !ok {
		if _, ok := parseInstant(strings.Replace(text, " ", "+", 1)); ok {
			return checked{}, errors.New("a + in a query is a space: write it as %2B, or give the time in UTC with Z")
		}
		return checked{}, fmt.Errorf("%s is not an RFC 3339 time such as 2026-01-31T15:04:05Z", quote(text))
	}
	t = t.UTC()
	return checked{text: t.Format(time.RFC3339Nano), time: t}, nil
}

// parseInstant is time.Parse without what it permits beyond RFC 3339 section
// 5.6: an hour of one digit, a comma before the fraction, any offset of hours.
func parseInstant(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || text[len("2006-01-02T15")] != ':' || strings.IndexByte(text, ',') >= 0 {
		return time.Time{}, false
	}
	if _, offset := t.Zone(); offset <= -24*3600 || offset >= 24*3600 {
		return time.Time{}, false
	}
	// years beyond four digits could not be written again
	if utc := t.UTC(); utc.Year() < 0 || utc.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// canonicalDecimal checks -?[0-9]+(\.[0-9]+)? and takes needless zeros away.
func canonicalDecimal(text string) (string, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if !allDigits(whole) || dotted && !allDigits(fraction) {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	if negative && whole+fraction != "0" {
		whole = "-" + whole
	}
	return whole + fraction, true
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// UnifiedID is an identifier of the surface.
type UnifiedID struct {
	// Platform is the platform's name.
	Platform string
	// Native is the platform's own identifier, which may hold any character.
	Native string
}

// String returns "<platform>:<native id>".
func (id UnifiedID) String() string { return id.Platform + ":" + id.Native }

// SplitID takes "<platform>:<native id>" apart; false when a part is missing.
func SplitID(text string) (UnifiedID, bool) {
	platform, native, ok := strings.Cut(text, ":")
	return UnifiedID{platform, native}, ok && platform != "" && native != ""
}

// quote shows a client's own text in a message, shortened.
func quote(text string) string { return strconv.Quote(shorten(text)) }

// shorten cuts a long text at a whole character.
func shorten(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
