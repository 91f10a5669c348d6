package unifiedapi

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-gateway/tributary/modules/internal/idempotency"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

const idempotencyKey = idempotency.HeaderName

// replayedField says that an answer is that of an earlier request with the same key.
const replayedField = "Idempotent-Replayed"

// once makes the change of a request with a key, unless a request with that key has
// made it. What the first one was answered is answered again.
func (x *exchange) once(keys []string, req *query.WriteRequest) error {
	key, err := idempotency.ParseKey(keys)
	if err != nil {
		return x.refuse(problem.Refused([]problem.FieldError{{Parameter: idempotencyKey, Detail: err.Error()}}))
	}
	claim, answer, err := x.h.app.Keys().Begin(x.client.Name(), key, fingerprint(req))
	switch {
	case err != nil:
		p := refusedKey(err)
		if p.Cause != nil {
			x.h.logger.Error("a request with an Idempotency-Key is refused", zap.String("operation", x.operation.ID), zap.Error(p.Cause))
		}
		return x.refuse(p)
	case answer != nil:
		return x.replay(answer)
	}
	// a change that panics, or that is cut off, may have been made
	defer claim.Abandon()
	recorded := &recorder{header: http.Header{}}
	w := x.w
	x.w = recorded
	// the change goes on when the client has gone: it will ask again, with its key
	p, err := x.make(context.WithoutCancel(x.r.Context()), req)
	x.w = w
	if err != nil {
		return err
	}
	if settled(p) {
		err = claim.Keep(recorded.answer())
	} else {
		err = claim.Release()
	}
	if err != nil {
		x.h.logger.Error("what came of a request with an Idempotency-Key cannot be kept", zap.String("operation", x.operation.ID), zap.Error(err))
	}
	return x.send(recorded.answer())
}

// fingerprint is the same for requests that mean the same.
func fingerprint(req *query.WriteRequest) idempotency.Fingerprint {
	platform, body := "", ""
	if req.Body != nil {
		platform, body = req.Body.Platform, string(req.Body.JSON)
	}
	return idempotency.FingerprintOf(req.Params.Canonical(), platform, body)
}

// settled tells whether the outcome of a request stands: the change was made or may
// have been, or the platform refused it for what it is. Where nothing was done and
// the same request may do better later, its key is free again.
func settled(p *problem.Problem) bool {
	if p == nil || p.Uncertain {
		return true
	}
	switch p.Code {
	case problem.InvalidRequest, problem.NotFound, problem.Conflict:
		return p.Native != nil // else it was the gateway that refused, and nothing was sent
	}
	return false
}

func refusedKey(err error) *problem.Problem {
	switch {
	case errors.Is(err, idempotency.ErrRunning):
		p := problem.New(problem.RequestInProgress, "The first request with this Idempotency-Key has not ended. Send this one again in a moment to get its answer.")
		p.RetryAfter = time.Second
		return p
	case errors.Is(err, idempotency.ErrReused):
		return problem.New(problem.IdempotencyKeyReused, "This Idempotency-Key was used for another request in the last 24 hours. Use a new key for each request.")
	case errors.Is(err, idempotency.ErrInterrupted):
		return problem.New(problem.RequestInterrupted, "The gateway was cut off during the first request with this Idempotency-Key, so the change may have been made. "+
			"Look whether it was; if not, send the request with a new key.")
	case errors.Is(err, idempotency.ErrFull):
		p := problem.New(problem.RateLimited, "The gateway can remember no more Idempotency-Keys until older ones expire.")
		p.RetryAfter = time.Minute
		return p
	}
	p := problem.New(problem.IdempotencyUnavailable, "The gateway cannot keep Idempotency-Keys at the moment; its log says why. Nothing was sent and nothing was changed.")
	p.Cause = err
	return p
}

// replay answers what an earlier request was answered.
func (x *exchange) replay(a *idempotency.Answer) error {
	if a.Cut {
		return x.refuse(problem.New(problem.Conflict, "The first request with this Idempotency-Key was answered with status %d, "+
			"but its answer was too large to be kept. It is not done again.", a.Status))
	}
	x.w.Header().Set(replayedField, "true")
	return x.send(*a)
}

// send writes a whole answer.
func (x *exchange) send(a idempotency.Answer) error {
	h := x.w.Header()
	maps.Copy(h, a.Header)
	if len(a.Body) > 0 {
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	x.w.WriteHeader(a.Status)
	_, err := x.w.Write(a.Body)
	return err
}

// recorder takes an answer down.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recorder) answer() idempotency.Answer {
	return idempotency.Answer{Status: r.status, Header: r.header, Body: r.body.Bytes()}
}
