package query

import (
	"context"
	"net/http"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// spelled makes a call whose method and path the documents may spell in several ways. The
// first that the platform does not refuse as one that it does not serve is remembered;
// where all are refused, the first one's answer counts, since what it asks for may
// simply not exist.
func (r *reader) spelled(ctx context.Context, c *call, spellings map[string]string) (*exchange.Response, *problem.Problem) {
	choices, key := c.plan.Choices(), c.plan.ChoiceKey()
	if choices == 1 {
		return r.attempt(ctx, c, spellings, 0)
	}
	if known, ok := r.platform.State.Choice(key); ok && known < choices {
		return r.attempt(ctx, c, spellings, known)
	}
	var first *problem.Problem
	for i := range choices {
		resp, p := r.attempt(ctx, c, spellings, i)
		switch serves(p) {
		case refused:
			if first == nil {
				first = p
			}
			continue
		case served:
			r.platform.State.SetChoice(key, i)
		}
		return resp, p
	}
	return nil, first
}

func (r *reader) attempt(ctx context.Context, c *call, spellings map[string]string, choice int) (*exchange.Response, *problem.Problem) {
	req, err := c.plan.RequestAs(c.draft, spellings, choice)
	if err != nil {
		return nil, r.internal(err)
	}
	req.Operation = r.operation
	return r.send(ctx, req)
}

// serving is what an answer says about a spelling.
type serving int

const (
	unsaid  serving = iota // nothing: there was no answer, or one from before the path was looked at
	served                 // the platform knows it
	refused                // the platform does not
)

func serves(p *problem.Problem) serving {
	if p == nil {
		return served
	}
	if p.Native == nil {
		return unsaid
	}
	switch p.Native.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return refused
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity:
		return served
	}
	return unsaid
}
