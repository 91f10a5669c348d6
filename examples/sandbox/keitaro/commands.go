package keitaro

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// command is a write. It is called with the lock held, so it neither reads from
// nor writes to the client.
type command func(r *http.Request, in *input) answer

// answer is what a write is answered with.
type answer struct {
	status int
	value  any // nil: no body
}

func ok(v any) answer { return answer{http.StatusOK, v} }

func refused(bad invalid) answer { return answer{http.StatusNotAcceptable, kit.Object(bad)} }

func missing(message string) answer {
	return answer{http.StatusNotFound, kit.Object{{Name: "error", Value: message}}}
}

// success is the answer of writes that change no single entity.
func success() answer { return ok(kit.Object{{Name: "success", Value: true}}) }

func (a answer) send(w http.ResponseWriter) {
	if a.value == nil {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(a.status)
		return
	}
	kit.PHP.Write(w, a.status, a.value)
}

// reading serves h from one state of the data. The answer leaves after the lock,
// so that a slow client does not hold up the next write.
func (s *Server) reading(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := &held{ResponseWriter: w, status: http.StatusOK}
		func() {
			s.mu.RLock()
			defer s.mu.RUnlock()
			h(a, r)
		}()
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // the client has gone: nobody to tell
	}
}

// held keeps the status and the body of an answer back.
type held struct {
	http.ResponseWriter
	status int
	body   []byte
}

func (h *held) WriteHeader(status int) { h.status = status }

func (h *held) Write(b []byte) (int, error) {
	h.body = append(h.body, b...)
	return len(b), nil
}

// writing serves a command that takes a body.
func (s *Server) writing(c command) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tree, err := readTree(r)
		if err != nil {
			fail(w, http.StatusBadRequest, "Malformed JSON")
			return
		}
		s.run(c, r, &input{tree: tree}).send(w)
	}
}

// acting serves a command that takes none: whatever is sent is not looked at.
func (s *Server) acting(c command) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.run(c, r, &input{}).send(w) }
}

func (s *Server) run(c command, r *http.Request, in *input) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c(r, in)
}

// now is the time of a change, in the seconds that the platform writes.
func (s *Server) now() time.Time { return s.config.Now().UTC().Truncate(time.Second) }

// form is how a written entity is answered.
type form func(in *input, entity kit.Object) any

func itself(_ *input, entity kit.Object) any { return entity }

// alone is a list of the entity.
func (s *Server) alone(_ *input, entity kit.Object) any {
	if s.config.BareEntities {
		return entity
	}
	return kit.Array{entity}
}

// aloneTextID is a list of the entity with its id as text, as the samples of
// networks have it.
func (s *Server) aloneTextID(in *input, entity kit.Object) any { return s.alone(in, textID(entity)) }

// textID writes the id as text.
func textID(entity kit.Object) kit.Object {
	for i, m := range entity {
		if id, isNumber := m.Value.(int64); isNumber && m.Name == "id" {
			entity[i].Value = strconv.FormatInt(id, 10)
		}
	}
	return entity
}

// create keeps a new entity.
func create[E stateful](s *Server, k *kind[E], f form) command {
	return func(_ *http.Request, in *input) answer {
		in.creating = true
		e := k.fresh
		k.fill(in, &e)
		if len(in.bad) > 0 {
			return refused(in.bad)
		}
		h := k.head(&e)
		if h.created != nil {
			*h.created = s.now()
		}
		if !k.silent {
			*h.updated = s.now()
		}
		return ok(f(in, k.json(k.add(s, e))))
	}
}

// update changes what the body gives of an entity.
func update[E stateful](s *Server, k *kind[E], f form) command {
	return func(r *http.Request, in *input) answer {
		old, found := k.get(s, pathID(r))
		if !found {
			return missing(noEntity)
		}
		e := *old
		k.fill(in, &e)
		if len(in.bad) > 0 {
			return refused(in.bad)
		}
		if !k.silent {
			*k.head(&e).updated = s.now()
		}
		return ok(f(in, k.json(k.replace(s, e))))
	}
}

// turn gives an entity that is not archived another state.
func turn[E stateful](s *Server, k *kind[E], state State, f form) command {
	return func(r *http.Request, in *input) answer {
		e, found := k.get(s, pathID(r))
		if !found {
			return missing(noEntity)
		}
		return ok(f(in, k.json(k.turned(s, *e, state))))
	}
}

// restore makes an archived entity active; one that is not archived stays as it
// is.
func restore[E stateful](s *Server, k *kind[E], f form) command {
	return func(r *http.Request, in *input) answer {
		e := k.index(&s.byID)[pathID(r)]
		if e == nil {
			return missing(noEntity)
		}
		if deleted(*e) {
			e = k.turned(s, *e, Active)
		}
		return ok(f(in, k.json(e)))
	}
}

func (k *kind[E]) turned(s *Server, e E, state State) *E {
	h := k.head(&e)
	*h.state, *h.updated = state, s.now()
	return k.replace(s, e)
}

// clone keeps a copy of an entity.
func clone[E stateful](s *Server, k *kind[E], f form) command {
	return func(r *http.Request, in *input) answer {
		from, found := k.get(s, pathID(r))
		if !found {
			return missing(noEntity)
		}
		e := *from
		h := k.head(&e)
		*h.updated = s.now()
		if h.created != nil {
			*h.created = s.now()
		}
		switch {
		case s.config.CopyOf:
			*h.name = "Copy of " + *h.name
		case k.dated:
			*h.name += " Copy " + s.now().Format("02 Jan 2006 15:04")
		default:
			*h.name += " Copy"
		}
		if k.distinct != nil {
			k.distinct(&e)
		}
		added := k.add(s, e)
		if k.cloned != nil {
			k.cloned(pathID(r), *k.head(added).id)
		}
		return ok(f(in, k.json(added)))
	}
}
