package unifiedapi

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/clock"
	"github.com/tributary-gateway/tributary/modules/internal/query"
	"github.com/tributary-gateway/tributary/modules/internal/ready"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// listOperation is the operation whose list an operation shows or shows one object of;
// empty for none.
func (x *exchange) listOperation() string {
	switch x.operation.Kind {
	case surface.KindList:
		return x.operation.Target().ID
	case surface.KindGet:
		resource, _, _ := strings.Cut(x.operation.ID, ".")
		if list := x.h.surface.Operation(resource + ".list"); list != nil {
			return list.ID
		}
	}
	return ""
}

// listKept answers with a list or an object that is kept, where the configuration says that
// such are, and tells whether it has.
func (x *exchange) listKept() (done bool, err error) {
	operation := x.listOperation()
	if operation == "" || x.h.kept.cache == nil || x.engine.Identity() == "" {
		return false, nil
	}
	if strings.Contains(x.r.URL.RawQuery, "consistency=") {
		return false, nil // the client has said how it is to be read
	}
	if !slices.ContainsFunc(x.engine.Platforms(), func(p *query.Platform) bool {
		return x.client.Allows(p.Name) && x.h.kept.lists(p.Name, operation) > 0
	}) {
		return false, nil
	}
	x.direct()
	x.identify(x.client.Powers()) // some members are shown to some scopes only
	if kept := x.lookUp(); kept != nil {
		return true, x.serveReady(kept)
	}
	if x.directives.OnlyIfCached {
		return true, x.refuse(notCached())
	}
	return false, nil
}

// keepList answers with a list, and keeps it if all platforms gave their part and the
// lists of all of them are kept. It tells whether it has answered.
func (x *exchange) keepList(list *query.List, mark cache.Mark) (done bool, err error) {
	if x.key == nil {
		return false, nil
	}
	statuses := list.Statuses()
	operation := x.listOperation()
	life, asOf := time.Duration(0), time.Time{}
	var labels []cache.Labels
	for i := range statuses {
		s := &statuses[i]
		own := x.h.kept.lists(s.Platform, operation)
		if s.Status != answer.OK || s.Problem != nil || own <= 0 || s.AsOf.IsZero() {
			return false, nil
		}
		if i == 0 || own < life {
			life = own
		}
		if i == 0 || s.AsOf.Before(asOf) {
			asOf = s.AsOf
		}
		labels = append(labels, withoutDays(s.Platform, operation))
	}
	if len(statuses) == 0 {
		return false, nil
	}
	var tail []byte
	body := list.JSON(func(b []byte) []byte {
		tail = answer.AppendStatuses(nil, statuses, "")
		return append(b, tail...)
	})
	head := bytes.TrimSuffix(body[:len(body)-1], tail)
	fields := http.Header{}
	x.announceAll(fields, list.Statuses)
	expires := asOf.Add(life)
	page := []byte(nil)
	rows := head
	if next := list.Next(); next != "" {
		// the cursor is another each time
		number, end := spell(clock.Now())
		expires = earlier(expires, end)
		rows, page, _ = bytes.Cut(head, []byte(next))
		page = strconv.AppendInt(bytes.Clone(page), number, 10)
	}
	content := ready.Content{
		Type: jsonType[0], AsOf: asOf, Expires: expires, Next: x.next(list.Next()), Fields: fields,
		Tag: ready.Tag(rows, page, answer.AppendStatuses(nil, lasting(statuses), "")),
	}
	later := content
	later.Body = append(answer.AppendStatuses(bytes.Clone(head), asKept(statuses), ""), '}')
	content.Body = bytes.Clone(body) // the list's own memory is given back
	return true, x.keepMade(content, later, mark, labels)
}

// keepObject answers with one object and keeps it, where its platform's are kept. It tells
// whether it has answered.
func (x *exchange) keepObject(object *query.Object, mark cache.Mark) (done bool, err error) {
	if x.key == nil {
		return false, nil
	}
	operation := x.listOperation()
	life := x.h.kept.lists(object.Platform, operation)
	if life <= 0 {
		return false, nil
	}
	now := clock.Now()
	body := bytes.Clone(object.JSON)
	content := ready.Content{
		Type: jsonType[0], Body: body, AsOf: now, Expires: now.Add(life), Fields: http.Header{}, Tag: ready.Tag(body),
	}
	x.announcement([]string{object.Platform}).write(content.Fields)
	labels := []cache.Labels{withoutDays(object.Platform, operation)}
	return true, x.keepMade(content, content, mark, labels)
}

// keepMade answers with what was read now, and keeps it as later readers are to see it.
func (x *exchange) keepMade(content, later ready.Content, mark cache.Mark, labels []cache.Labels) error {
	stored := !x.directives.NoStore
	if stored {
		x.keep(&readyAnswer{Answer: ready.New(later), mark: mark, labels: labels, until: later.Expires})
	}
	status := ready.Status{Forward: ready.ForwardMiss, Stored: stored}
	if x.unwanted {
		status.Forward = ready.ForwardRequest
	}
	return x.serveMade(ready.New(content), status.String(), clock.Now())
}
