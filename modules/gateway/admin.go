package gateway

import (
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// The paths of the admin API that the commands use.
const (
	adminPlatforms = "/tributary/platforms"
	adminCheck     = "/tributary/platforms/check"
)

// adminAPI adds to Caddy's admin API what concerns the gateway as a whole:
//
//	GET  /tributary/platforms        what is known of the platforms, without asking them
//	POST /tributary/platforms/check  the same after a call to each, side by side
//
// Both take the parameters `platform` (a name, any number of times) and `client`
// (the client whose own accounts are meant, or `all`; default: the accounts of
// clients without their own). The second also takes `timeout`.
//
//	GET  /tributary/cache            what is kept of the platforms' answers
//	POST /tributary/cache/purge      forgets it
//
// Both take `platform` (a name). The second also takes `operation` (its id, such as
// `reports.query`), `from` and `to` (days), and `all` (`true`) in place of all these.
//
// Caddy makes the module before the apps and never cleans it up, so it holds
// nothing and looks for the app of the present configuration each time.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.tributary",
		New: func() caddy.Module { return new(adminAPI) },
	}
}

// Routes implements caddy.AdminRouter.
func (adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{
		{Pattern: adminPlatforms, Handler: caddy.AdminHandlerFunc(listAccounts)},
		{Pattern: adminCheck, Handler: caddy.AdminHandlerFunc(checkAccounts)},
		{Pattern: adminCache, Handler: caddy.AdminHandlerFunc(showCache)},
		{Pattern: adminCachePurge, Handler: caddy.AdminHandlerFunc(purgeCache)},
	}
}

// Bounds of the time that one check may take.
const (
	defaultCheckTimeout = 15 * time.Second
	maxCheckTimeout     = 5 * time.Minute
)

func listAccounts(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return methodNotAllowed(r.Method)
	}
	app, chosen, err := choose(r)
	if err != nil {
		return err
	}
	return writeAccounts(w, app.describeAccounts(chosen))
}

func checkAccounts(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed(r.Method)
	}
	timeout := defaultCheckTimeout
	if text := r.URL.Query().Get("timeout"); text != "" {
		var err error
		if timeout, err = caddy.ParseDuration(text); err != nil || timeout <= 0 || timeout > maxCheckTimeout {
			return badRequest("timeout is a duration above zero and at most %s; %q is not", maxCheckTimeout, text)
		}
	}
	app, chosen, err := choose(r)
	if err != nil {
		return err
	}
	checks, err := app.checkAll(r.Context(), chosen, timeout)
	if err != nil {
		return err
	}
	reports := app.describeAccounts(chosen) // with what the calls have told
	for i := range reports {
		reports[i].Check = checks[i]
	}
	return writeAccounts(w, reports)
}

// choose finds the app of the present configuration, and the accounts that a
// request means.
func choose(r *http.Request) (*App, []account, error) {
	app, err := activeApp()
	if err != nil {
		return nil, nil, err
	}
	q := r.URL.Query()
	chosen, err := app.chooseAccounts(q["platform"], q.Get("client"))
	if err != nil {
		return nil, nil, badRequest("%w", err)
	}
	return app, chosen, nil
}

func writeAccounts(w http.ResponseWriter, reports []accountReport) error {
	return writeJSON(w, accountReports{Accounts: reports})
}

func methodNotAllowed(method string) error {
	return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("method %s not allowed", method)}
}

func badRequest(format string, args ...any) error {
	return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf(format, args...)}
}

// Interface guard
var _ caddy.AdminRouter = (*adminAPI)(nil)
