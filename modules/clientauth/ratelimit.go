package clientauth

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// Limiter keeps one client's rate. It is what survives a reload: whoever makes
// an [Authenticator] hands the same limiter to the next one.
type Limiter struct {
	rate   Rate
	bucket *rate.Limiter
	policy []string
}

// NewLimiter makes a limiter with a full bucket. The rate must be valid.
func NewLimiter(r Rate) *Limiter {
	return &Limiter{
		rate:   r,
		bucket: rate.NewLimiter(rate.Limit(r.perSecond()), r.Requests),
		policy: []string{fmt.Sprintf(`"default";q=%d;w=%d`, r.Requests, wholeSeconds(time.Duration(r.Per).Seconds()))},
	}
}

// Take takes one request out of the bucket. When there is none it returns how
// long until there will be, which is more than zero, and false.
func (l *Limiter) Take() (wait time.Duration, ok bool) {
	now := time.Now()
	if l.bucket.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - l.bucket.TokensAt(now)
	wait = time.Duration(missing / l.rate.perSecond() * float64(time.Second))
	// another request may have found the bucket a moment fuller
	return max(wait, time.Millisecond), false
}

// SetFields writes the fields RateLimit-Policy and RateLimit of
// draft-ietf-httpapi-ratelimit-headers: the quota (q) and its window in
// seconds (w), what is left of it (r), and in how many seconds it is whole
// again (t).
func (l *Limiter) SetFields(h http.Header) {
	left := max(l.bucket.TokensAt(time.Now()), 0)
	whole := wholeSeconds((float64(l.rate.Requests) - left) / l.rate.perSecond())

	b := make([]byte, 0, 40)
	b = append(b, `"default";r=`...)
	b = strconv.AppendInt(b, int64(left), 10)
	b = append(b, ";t="...)
	b = strconv.AppendInt(b, whole, 10)
	h["Ratelimit"] = []string{string(b)}
	// shared by all responses: its capacity is 1, so that an Add copies it
	h["Ratelimit-Policy"] = l.policy
}

// wholeSeconds rounds up, since a caller that waits too short a time is refused
// again. A rest below a microsecond is an error of the division.
func wholeSeconds(s float64) int64 { return int64(math.Ceil(s - 1e-6)) }
