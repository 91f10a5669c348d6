package query

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Failed, OK and Partial are the states of a platform's part in an answer.
const (
	OK      = "ok"
	Partial = "partial"
	Failed  = "failed"
)

// Status is one platform's part in an answer.
type Status struct {
	Platform       string
	Status         string
	Rows           int
	Cache          string // miss, or hit for rows that were kept
	AsOf           time.Time
	NativeRequests int
	Elapsed        time.Duration
	Unsupported    []string
	Timezone       string // reports: the zone of the days
	Problem        *problem.Problem
}

// Statuses describes every platform's part, by name.
func (l *List) Statuses() []Status {
	out := make([]Status, 0, len(l.sources)+len(l.lacking))
	for _, s := range l.sources {
		st := Status{
			Platform: s.read.platform.Name, Status: OK, Rows: s.given, Cache: "miss", AsOf: s.asOf,
			NativeRequests: int(s.read.requests.Load()), Elapsed: s.elapsed, Unsupported: s.lacking, Problem: s.failed,
		}
		if s.warm && s.failed == nil && s.given > 0 {
			st.Cache = "hit"
		}
		if s.failed != nil {
			st.Status = Failed
			if s.given > 0 {
				st.Status = Partial
			}
		}
		out = append(out, st)
	}
	out = append(out, l.lacking...)
	slices.SortFunc(out, func(a, b Status) int { return strings.Compare(a.Platform, b.Platform) })
	return out
}

// AppendPage appends the member "page" of a list: {"next_cursor":…,"total":…}.
func (l *List) AppendPage(dst []byte) []byte {
	return AppendPage(dst, l.next, l.total)
}

// AppendPage appends the object of the member "page". An empty cursor and a negative
// total are null.
func AppendPage(dst []byte, next string, total int) []byte {
	dst = append(dst, `{"next_cursor":`...)
	if next == "" {
		dst = append(dst, "null"...)
	} else {
		dst = append(append(append(dst, '"'), next...), '"') // base64url needs no escapes
	}
	dst = append(dst, `,"total":`...)
	if total < 0 {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, int64(total), 10)
	}
	return append(dst, '}')
}

// AppendStatuses appends the member "platforms" of an answer. base is the absolute URL
// of the API, for the types of problems.
func AppendStatuses(dst []byte, statuses []Status, base string) []byte {
	dst = append(dst, '[')
	for i := range statuses {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = statuses[i].append(dst, base)
	}
	return append(dst, ']')
}

func (s *Status) append(dst []byte, base string) []byte {
	dst = append(dst, `{"platform":`...)
	dst = gjson.AppendJSONString(dst, s.Platform)
	dst = append(append(append(dst, `,"status":"`...), s.Status...), `","rows":`...)
	dst = strconv.AppendInt(dst, int64(s.Rows), 10)
	if s.Cache != "" {
		dst = append(append(append(dst, `,"cache":"`...), s.Cache...), '"')
	}
	if !s.AsOf.IsZero() {
		dst = append(dst, `,"as_of":"`...)
		dst = s.AsOf.UTC().Truncate(time.Second).AppendFormat(dst, time.RFC3339)
		dst = append(dst, '"')
	}
	if s.Timezone != "" {
		dst = append(dst, `,"timezone":`...)
		dst = gjson.AppendJSONString(dst, s.Timezone)
	}
	dst = append(dst, `,"native_requests":`...)
	dst = strconv.AppendInt(dst, int64(s.NativeRequests), 10)
	dst = append(dst, `,"elapsed_ms":`...)
	dst = strconv.AppendFloat(dst, float64(s.Elapsed.Microseconds()/100)/10, 'f', -1, 64)
	if len(s.Unsupported) > 0 {
		dst = append(dst, `,"unsupported":[`...)
		for i, u := range s.Unsupported {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = gjson.AppendJSONString(dst, u)
		}
		dst = append(dst, ']')
	}
	if s.Problem != nil {
		dst = append(dst, `,"problem":`...)
		dst = append(dst, s.Problem.JSON(base)...)
	}
	return append(dst, '}')
}
