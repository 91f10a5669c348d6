package ready

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Content is what an [Answer] is made of.
type Content struct {
	// Type is the media type of Body.
	Type string
	Body []byte
	// Tag is the entity tag; empty for none.
	Tag string
	// AsOf is when the oldest part of the body was fetched. Expires is the end of its
	// life; zero where that is not known, so that a client has to ask each time.
	AsOf, Expires time.Time
	// NoStore tells that clients are not to keep it.
	NoStore bool
	// Next is what follows the API's URL in that of the next page; empty on the last.
	Next string
	// Fields are further fields, and Trailers those after the body.
	Fields, Trailers http.Header
}

// Answer is a whole answer with status 200, ready to send. It is safe for concurrent use.
type Answer struct {
	content Content
	age     time.Duration // of the body at the end of its life
	plain   form
	gzip    atomic.Pointer[form]
	pressed atomic.Bool // somebody has made, or is making, the gzip form

	// fields that are the same each time, in the form in which a header holds them
	mediaType, tag, control []string

	moment atomic.Pointer[moment]
}

// form is a body with its length as a field.
type form struct {
	body   []byte
	length []string
}

// moment holds the fields that change from second to second.
type moment struct {
	age         time.Duration // whole seconds
	field       []string
	control     []string
	cacheStatus []string
}

// The values of fields are shared by all answers. The capacity of each is 1, so that an
// Add by a later handler copies them.
var (
	gzipEncoding = []string{"gzip"}
	noStore      = []string{"private, no-store"}
	noCache      = []string{"private, no-cache"}
)

// New makes an answer. Body and fields must not be changed afterwards.
func New(c Content) *Answer {
	a := &Answer{content: c, plain: newForm(c.Body), mediaType: []string{c.Type}, control: noStore}
	if c.Tag != "" {
		a.tag = []string{c.Tag}
	}
	if !c.NoStore {
		a.control = noCache
	}
	if !c.NoStore && !c.Expires.IsZero() {
		a.age = max(c.Expires.Sub(c.AsOf), 0).Truncate(time.Second)
		a.control = nil
	}
	return a
}

// clientLife is the longest that a client may go by its own copy without asking: nobody
// tells it of a change that drops the answer here. Asking costs it a 304.
const clientLife = time.Minute

// Control is the field Cache-Control. It must not be changed.
func (a *Answer) Control(now time.Time) []string {
	if a.control != nil {
		return a.control
	}
	return controlOf(min(a.age, a.Age(now)+clientLife))
}

// controlOf lets a client's copy live until it has an age (RFC 9111, section 4.2).
func controlOf(age time.Duration) []string {
	return []string{"private, max-age=" + strconv.FormatInt(int64(age/time.Second), 10)}
}

func newForm(body []byte) form {
	return form{body: body, length: []string{strconv.Itoa(len(body))}}
}

// Age returns how old the answer is, in whole seconds.
func (a *Answer) Age(now time.Time) time.Duration {
	return max(now.Sub(a.content.AsOf), 0).Truncate(time.Second)
}

// TTL returns how long the answer stays fresh, in whole seconds; negative since it is past
// its life. known is false where its life is not known.
func (a *Answer) TTL(now time.Time) (ttl time.Duration, known bool) {
	return a.age - a.Age(now), !a.content.Expires.IsZero()
}

// Satisfies tells whether a request with these directives is content with the answer.
func (a *Answer) Satisfies(d Directives, now time.Time) bool {
	if d.Revalidates() {
		return false
	}
	if !d.Aged {
		return true
	}
	ttl, known := a.TTL(now)
	return known && ttl >= 0 && a.Age(now) <= d.MaxAge
}

// Size is the memory that the answer takes, in bytes, about.
func (a *Answer) Size() int64 {
	n := len(a.plain.body) + len(a.content.Next) + 1024
	if z := a.gzip.Load(); z != nil {
		n += len(z.body)
	}
	return int64(n)
}

// Continues tells whether there is a next page.
func (a *Answer) Continues() bool { return a.content.Next != "" }

// Compress makes the gzip form and tells whether the answer has grown by it: it is made
// once, and whoever asks meanwhile is sent the plain form.
func (a *Answer) Compress() bool {
	if a.pressed.Load() || !a.pressed.CompareAndSwap(false, true) {
		return false
	}
	body := compress(a.plain.body)
	if body == nil {
		return false
	}
	z := newForm(body)
	a.gzip.Store(&z)
	return true
}

// Request is what a request decides of how it is answered.
type Request struct {
	Now time.Time
	// Gzip tells that the client prefers gzip to the plain form.
	Gzip bool
	// Vary is the field of this name. Its capacity has to be its length.
	Vary []string
	// Hit tells that the answer was kept: Cache-Status says so. Otherwise it says Status,
	// which is empty where nothing is kept.
	Hit    bool
	Status string
	// Base is the URL of the API, for an answer that continues.
	Base string
}

// Serve answers a request: with 304 where If-None-Match names the answer's tag (RFC 9110,
// section 15.4.5).
func (a *Answer) Serve(w http.ResponseWriter, r *http.Request, q Request) error {
	h := w.Header()
	a.describe(h, &q)
	if lines := r.Header["If-None-Match"]; len(lines) > 0 && a.tag != nil && Matches(lines, a.tag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := &a.plain
	if q.Gzip {
		if z := a.gzip.Load(); z != nil {
			body = z
			h["Content-Encoding"] = gzipEncoding
		}
	}
	h["Content-Type"] = a.mediaType
	for name, values := range a.content.Fields {
		h[name] = append(h[name], values...)
	}
	if a.content.Next != "" {
		h["Link"] = append(h["Link"], "<"+q.Base+a.content.Next+`>; rel="next"`)
	}
	if a.content.Trailers == nil {
		h["Content-Length"] = body.length
	}
	for name := range a.content.Trailers {
		h.Add("Trailer", name)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		if _, err := w.Write(body.body); err != nil {
			return err
		}
	}
	maps.Copy(h, a.content.Trailers)
	return nil
}

// describe writes what a 304 has too.
func (a *Answer) describe(h http.Header, q *Request) {
	if a.tag != nil {
		h["Etag"] = a.tag
	}
	add(h, "Vary", q.Vary)
	age := a.Age(q.Now)
	if !q.Hit {
		h["Cache-Control"] = a.Control(q.Now)
		if q.Status == "" {
			return
		}
		add(h, "Cache-Status", []string{q.Status})
		if age > 0 && !a.content.NoStore {
			h["Age"] = []string{strconv.FormatInt(int64(age/time.Second), 10)}
		}
		return
	}
	m := a.moment.Load()
	if m == nil || m.age != age {
		m = a.at(age)
		a.moment.Store(m)
	}
	h["Age"], h["Cache-Control"] = m.field, m.control
	add(h, "Cache-Status", m.cacheStatus)
}

// add sets a field, or adds to it what is not there from elsewhere.
func add(h http.Header, name string, values []string) {
	if there := h[name]; len(there) > 0 {
		values = append(slices.Clip(there), values...)
	}
	h[name] = values
}

// at makes the fields of a hit at an age.
func (a *Answer) at(age time.Duration) *moment {
	s := Status{Hit: true, Timed: !a.content.Expires.IsZero(), TTL: a.age - age}
	control := a.control
	if control == nil {
		control = controlOf(min(a.age, age+clientLife))
	}
	return &moment{
		age:         age,
		control:     control,
		field:       []string{strconv.FormatInt(int64(age/time.Second), 10)},
		cacheStatus: []string{s.String()},
	}
}
