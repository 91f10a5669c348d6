package unifiedapi

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// announce says that the interface of a platform which answered is deprecated, since
// when (RFC 9745) and until when it works (RFC 8594). Of several platforms the first
// to be deprecated and the first to end count.
func (x *exchange) announce(platforms ...string) {
	x.announcement(platforms).write(x.w.Header())
}

func (x *exchange) announcement(platforms []string) *announcement {
	first := new(announcement)
	for _, name := range platforms {
		if p := x.engine.Platform(name); p != nil { // the gateway itself is none
			if l := x.lifecycle(p); l != nil {
				first.add(l)
			}
		}
	}
	return first
}

// lifecycle is that of a platform for the operation; nil for none.
func (x *exchange) lifecycle(p *query.Platform) *mapping.Lifecycle {
	if plan := p.Operation(x.operation.Target().ID); plan != nil {
		return plan.Lifecycle
	}
	return p.Lifecycle
}

// announceAll is announce for the platforms of a list that have not failed, into h.
func (x *exchange) announceAll(h http.Header, statuses func() []answer.Status) {
	if !slices.ContainsFunc(x.engine.Platforms(), func(p *query.Platform) bool { return x.lifecycle(p) != nil }) {
		return // as nearly always
	}
	var names []string
	for _, s := range statuses() {
		if s.Status != answer.Failed {
			names = append(names, s.Platform)
		}
	}
	x.announcement(names).write(h)
}

// announcement is what the fields of one answer say of several platforms.
type announcement struct {
	deprecated, sunset time.Time
	links              []string
}

func (a *announcement) add(l *mapping.Lifecycle) {
	a.deprecated = earlier(a.deprecated, l.Deprecated)
	a.sunset = earlier(a.sunset, l.Sunset)
	if l.Link != "" {
		a.links = append(a.links, "<"+l.Link+`>; rel="deprecation"`)
	}
}

// earlier returns the earlier of two times; a zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (a *announcement) write(h http.Header) {
	if !a.deprecated.IsZero() {
		h.Set("Deprecation", "@"+strconv.FormatInt(a.deprecated.Unix(), 10))
	}
	if !a.sunset.IsZero() {
		h.Set("Sunset", a.sunset.UTC().Format(http.TimeFormat))
	}
	for _, link := range a.links {
		h.Add("Link", link)
	}
}
