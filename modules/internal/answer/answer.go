package answer

import (
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// OK, Partial and Failed are the states of a platform's part in an answer.
const (
	OK      = "ok"
	Partial = "partial"
	Failed  = "failed"
)

// Hit, Miss and Stale tell whether rows were kept from before; stale ones are past their
// time.
const (
	Hit   = "hit"
	Miss  = "miss"
	Stale = "stale"
)

// Status is one platform's part in an answer. What is empty or zero is not written,
// but for Rows, NativeRequests and Elapsed.
type Status struct {
	Platform string
	// Status is [OK], [Partial] or [Failed].
	Status string
	// Rows is how many rows the platform has a part in; of a report, before filters on
	// metrics.
	Rows int
	// Cache is [Hit], [Miss] or [Stale].
	Cache string
	// AsOf is when the platform said so.
	AsOf time.Time
	// Timezone names the zone of a report's days.
	Timezone string
	// NativeRequests is how many native requests were made.
	NativeRequests int
	Elapsed        time.Duration
	// Unsupported names the filters, dimensions and metrics that the platform lacks.
	Unsupported []string
	// Problem is why the platform failed, or what is missing of a partial answer.
	Problem *problem.Problem
	// StaleFor is why rows past their time had to do; nil where they did not. It is not
	// written.
	StaleFor *problem.Problem
}

// AppendStatuses appends the member "platforms" of an answer, a list. base is the
// absolute URL of the API, for the types of problems.
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
	dst = codec.AppendQuoted(append(dst, `{"platform":`...), s.Platform)
	dst = codec.AppendQuoted(append(dst, `,"status":`...), s.Status)
	dst = strconv.AppendInt(append(dst, `,"rows":`...), int64(s.Rows), 10)
	if s.Cache != "" {
		dst = codec.AppendQuoted(append(dst, `,"cache":`...), s.Cache)
	}
	if !s.AsOf.IsZero() {
		dst = append(dst, `,"as_of":"`...)
		dst = append(s.AsOf.UTC().Truncate(time.Second).AppendFormat(dst, time.RFC3339), '"')
	}
	if s.Timezone != "" {
		dst = codec.AppendQuoted(append(dst, `,"timezone":`...), s.Timezone)
	}
	dst = strconv.AppendInt(append(dst, `,"native_requests":`...), int64(s.NativeRequests), 10)
	dst = append(dst, `,"elapsed_ms":`...)
	// tenths of a millisecond
	dst = strconv.AppendFloat(dst, float64(s.Elapsed.Microseconds()/100)/10, 'f', -1, 64)
	if len(s.Unsupported) > 0 {
		dst = append(dst, `,"unsupported":[`...)
		for i, name := range s.Unsupported {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = codec.AppendQuoted(dst, name)
		}
		dst = append(dst, ']')
	}
	if s.Problem != nil {
		dst = append(append(dst, `,"problem":`...), s.Problem.JSON(base)...)
	}
	return append(dst, '}')
}

// AppendPage appends the member "page" of an answer: {"next_cursor":…,"total":…}. An
// empty cursor and a negative total are null.
func AppendPage(dst []byte, next string, total int) []byte {
	dst = append(dst, `{"next_cursor":`...)
	if next == "" {
		dst = append(dst, "null"...)
	} else {
		dst = codec.AppendQuoted(dst, next)
	}
	dst = append(dst, `,"total":`...)
	if total < 0 {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, int64(total), 10)
	}
	return append(dst, '}')
}
