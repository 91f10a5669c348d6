package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/internal/suggest"
	"github.com/tributary-gateway/tributary/plugins"
)

// The paths of the admin API about what is kept.
const (
	adminCache      = "/tributary/cache"
	adminCachePurge = "/tributary/cache/purge"
)

// purgeReport is what was forgotten.
type purgeReport struct {
	// Entries is the number of kept answers and rows of reports, in memory and store; an
	// entry that was in both may count twice.
	Entries int `json:"entries"`
	// LedgerRows is the number of rows of the ledger, which are read anew.
	LedgerRows int `json:"ledger_rows"`
	// Pending tells that the store has not removed its part yet. What was purged is not
	// read from it all the same.
	Pending bool `json:"pending"`
}

func showCache(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return methodNotAllowed(r.Method)
	}
	app, err := activeApp()
	if err != nil {
		return err
	}
	q, err := readQuery(r, "platform")
	if err != nil {
		return err
	}
	if err := app.checkSubject(q.Get("platform"), ""); err != nil {
		return err
	}
	return writeJSON(w, app.describeCache(r.Context(), q.Get("platform")))
}

func purgeCache(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed(r.Method)
	}
	app, err := activeApp()
	if err != nil {
		return err
	}
	q, err := readQuery(r, "platform", "operation", "from", "to", "all")
	if err != nil {
		return err
	}
	s, err := app.purgeSelection(q)
	if err != nil {
		return err
	}
	if app.Cache.off() {
		return caddy.APIError{HTTPStatus: http.StatusConflict, Err: errors.New("nothing is kept: the cache is off")}
	}
	report, err := app.purge(r.Context(), s)
	if err != nil {
		return err
	}
	app.logger.Info("kept answers were purged", zap.String("platform", s.Platform), zap.String("operation", s.Operation),
		zap.String("from", q.Get("from")), zap.String("to", q.Get("to")), zap.Int("entries", report.Entries), zap.Int("ledger_rows", report.LedgerRows))
	return writeJSON(w, report)
}

// purgeSelection reads what is to be forgotten. Everything has to be meant: a script
// whose variable is empty must not forget all.
func (a *App) purgeSelection(q url.Values) (s plugins.StoreSelection, err error) {
	given := 0
	for name, values := range q {
		if values[0] == "" {
			return s, badRequest("%s is empty; leave it out for any", name)
		}
		given++
	}
	all := q.Get("all") == "true"
	switch {
	case q.Has("all") && !all:
		return s, badRequest("all is true or left out, not %q", q.Get("all"))
	case all && given > 1:
		return s, badRequest("all of it leaves nothing to select")
	case given == 0:
		return s, badRequest("what is to be purged? Select by platform, operation, from and to, or say all")
	}
	s.Platform, s.Operation = q.Get("platform"), q.Get("operation")
	if err := a.checkSubject(s.Platform, s.Operation); err != nil {
		return s, err
	}
	if !q.Has("from") && !q.Has("to") {
		return s, nil
	}
	s.Days, s.From, s.To = true, firstDay, lastDay
	if s.From, err = dayParameter(q, "from", firstDay); err != nil {
		return s, err
	}
	if s.To, err = dayParameter(q, "to", lastDay); err != nil {
		return s, err
	}
	if s.From > s.To {
		return s, badRequest("from %s is after to %s", q.Get("from"), q.Get("to"))
	}
	return s, nil
}

// The bounds of days, as numbers of days since 1970-01-01.
const firstDay, lastDay int32 = -1 << 31, 1<<31 - 1

// dayParameter reads a day; one that is not given is the bound.
func dayParameter(q url.Values, name string, bound int32) (int32, error) {
	if !q.Has(name) {
		return bound, nil
	}
	day, err := time.Parse(time.DateOnly, q.Get(name))
	if err != nil {
		return 0, badRequest("%s is a day such as 2026-01-31, not %q", name, q.Get(name))
	}
	return int32(day.Unix() / (24 * 60 * 60)), nil
}

// checkSubject refuses a platform or operation of which nothing can be kept; empty is any.
func (a *App) checkSubject(platform, operation string) error {
	if platform != "" {
		if err := checkCachedPlatform(platform, a.platformNames(), ""); err != nil {
			return badRequest("%w", err)
		}
	}
	if operation == "" {
		return nil
	}
	op := a.surface.Operation(operation)
	if op == nil {
		var names []string
		for _, o := range a.surface.Operations() {
			names = append(names, o.ID)
		}
		return badRequest("there is no operation %q%s", operation, suggest.DidYouMean(operation, names))
	}
	return nil
}

// readQuery reads the parameters of a request, each at most once.
func readQuery(r *http.Request, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query cannot be read: %w", err)
	}
	for name, values := range q {
		switch {
		case !slices.Contains(names, name):
			return nil, badRequest("there is no parameter %q; there are %s", name, strings.Join(names, ", "))
		case len(values) > 1:
			return nil, badRequest("%s is given twice", name)
		}
	}
	return q, nil
}

// activeApp returns the app of the present configuration.
func activeApp() (*App, error) {
	found, err := caddy.ActiveContext().AppIfConfigured("tributary")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return nil, caddy.APIError{HTTPStatus: http.StatusNotFound, Err: errors.New("the present configuration has no tributary block")}
	}
	if err != nil {
		return nil, err
	}
	return found.(*App), nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}
