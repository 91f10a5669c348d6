package query

import (
	"context"
	"time"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/plugins"
)

// Touched is what a change may have made untrue of what was read of its platform.
// The zero value is everything.
type Touched struct {
	// Days confines it to what is about at least one day from From to To, both included,
	// and to what is about no days. They are numbers of days since 1970-01-01.
	Days     bool
	From, To int32
	// Uncertain tells that the change may still be going on at the platform: no answer
	// came, or one that it is not done yet.
	Uncertain bool
}

// costsOperation is the one change that says which days of the past it is about.
// Any other may show in rows of any day, by a name or a status.
const costsOperation = "campaigns.costs"

// touched returns what an operation with this body may change. The days of a report
// may be those of any zone, so that one more on each side counts.
func touched(operation string, body []byte) Touched {
	if operation != costsOperation {
		return Touched{}
	}
	from, err := time.Parse(time.RFC3339, gjson.GetBytes(body, "from").Str)
	if err != nil {
		return Touched{}
	}
	to, err := time.Parse(time.RFC3339, gjson.GetBytes(body, "to").Str)
	if err != nil || to.Before(from) {
		return Touched{}
	}
	return Touched{Days: true, From: dayOf(from) - 1, To: dayOf(to) + 1}
}

// dayOf returns the day of an instant in UTC, as a number of days since 1970-01-01.
func dayOf(t time.Time) int32 {
	const seconds = 24 * 60 * 60
	at := t.Unix()
	if at < 0 {
		at -= seconds - 1 // downwards, also before 1970
	}
	return int32(at / seconds)
}

// tell says that the change was made, or may have been. settled is false where the
// platform may still be at it.
func (w *change) tell(settled bool) {
	t := touched(w.operation, w.body)
	t.Uncertain = !settled
	w.engine.tellChanged(w.platform.Name, t)
}

func (e *Engine) tellChanged(platform string, t Touched) {
	if e.changes == nil {
		// the error says that a store has not done it yet; it is not asked before
		_, _ = e.cache.Drop(context.Background(), plugins.StoreSelection{Platform: platform, Days: t.Days, From: t.From, To: t.To})
		if e.ledger != nil {
			e.ledger.Touched(platform)
		}
		return
	}
	e.changes(platform, t)
}
