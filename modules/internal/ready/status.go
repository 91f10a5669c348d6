package ready

import (
	"strconv"
	"time"
)

// CacheName is how the gateway calls itself in Cache-Status.
const CacheName = "tributary"

// Why a request went on to the platforms (RFC 9211, section 2.2).
const (
	// ForwardMiss: what is kept does not answer the request.
	ForwardMiss = "miss"
	// ForwardStale: what is kept is past its life.
	ForwardStale = "stale"
	// ForwardRequest: the request did not want what is kept.
	ForwardRequest = "request"
	// ForwardBypass: such answers are not kept.
	ForwardBypass = "bypass"
)

// Status is the gateway's member of the field Cache-Status (RFC 9211, section 2).
type Status struct {
	// Hit tells that no platform was asked. It excludes Forward, FwdStatus, Stored and
	// Collapsed.
	Hit bool
	// Forward is why platforms were asked; empty where the request was refused before.
	Forward string
	// FwdStatus is the HTTP status that a platform gave; zero for none.
	FwdStatus int
	// Timed tells that TTL is known: how long the answer stays fresh, in whole seconds;
	// negative since it is past its life.
	Timed bool
	TTL   time.Duration
	// Stored tells that the answer was kept.
	Stored bool
	// Collapsed tells that the answer was made for another request too.
	Collapsed bool
	// Detail is a problem's code; empty for none.
	Detail string
}

// String returns the member: tributary; hit; ttl=57.
func (s Status) String() string {
	b := make([]byte, 0, 64)
	b = append(b, CacheName...)
	if s.Hit {
		b = append(b, "; hit"...)
	}
	if s.Forward != "" {
		b = append(append(b, "; fwd="...), s.Forward...)
	}
	if s.FwdStatus != 0 {
		b = strconv.AppendInt(append(b, "; fwd-status="...), int64(s.FwdStatus), 10)
	}
	if s.Timed {
		b = strconv.AppendInt(append(b, "; ttl="...), int64(s.TTL/time.Second), 10)
	}
	if s.Stored {
		b = append(b, "; stored"...)
	}
	if s.Collapsed {
		b = append(b, "; collapsed"...)
	}
	if s.Detail != "" {
		b = append(append(b, "; detail="...), s.Detail...)
	}
	return string(b)
}
