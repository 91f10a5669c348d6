package ready

import (
	"strings"
	"time"
)

// Directives are what the field Cache-Control of a request asks (RFC 9111, section 5.2.1).
// Directives that are not listed here are ignored, as caches may.
type Directives struct {
	// NoCache: nothing kept from before the request is good enough.
	NoCache bool
	// NoStore: the answer is not to be kept.
	NoStore bool
	// OnlyIfCached: only what is kept is wanted.
	OnlyIfCached bool
	// Aged tells that MaxAge was given: an older answer, or one that is past its life,
	// is not wanted.
	Aged   bool
	MaxAge time.Duration
}

// Revalidates tells whether nothing kept is wanted: by no-cache, or by max-age=0, which is
// how browsers say it.
func (d *Directives) Revalidates() bool { return d.NoCache || d.Aged && d.MaxAge == 0 }

// maxSeconds is what a greater number of seconds reads as (RFC 9111, section 1.2.2).
const maxSeconds = 1 << 31

// ParseDirectives reads the lines of the field. What is malformed is passed over; of
// several max-age the smallest counts (section 4.2.1 lets the most restrictive win).
func ParseDirectives(lines []string) Directives {
	var d Directives
	for _, line := range lines {
		for line != "" {
			var item string
			item, line = cutItem(line)
			d.add(item)
		}
	}
	return d
}

// cutItem cuts a list at the first comma that no quoted text holds.
func cutItem(list string) (item, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

func (d *Directives) add(item string) {
	name, argument, given := strings.Cut(strings.Trim(item, " \t"), "=")
	switch strings.ToLower(name) {
	case "no-cache":
		d.NoCache = true
	case "no-store":
		d.NoStore = true
	case "only-if-cached":
		d.OnlyIfCached = true
	case "max-age":
		age, ok := seconds(argument)
		if given && ok && (!d.Aged || age < d.MaxAge) {
			d.Aged, d.MaxAge = true, age
		}
	}
}

// seconds reads a number of seconds, which may stand in quotes (section 5.2).
func seconds(text string) (time.Duration, bool) {
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	if text == "" {
		return 0, false
	}
	n := int64(0)
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = min(n*10+int64(text[i]-'0'), maxSeconds)
	}
	return time.Duration(n) * time.Second, true
}
