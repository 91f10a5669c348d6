package query

import (
	"strconv"
	"time"

	"github.com/tidwall/gjson"
)

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
