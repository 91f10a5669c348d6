package gateway

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/mappings"
	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/idempotency"
	"github.com/tributary-gateway/tributary/modules/internal/ledger"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
	"github.com/tributary-gateway/tributary/plugins"
)

func init() {
	caddy.RegisterModule(App{})
}

// App is the gateway: the platforms it calls and the clients it serves.
//
// Nothing is served by the app itself: handlers such as `unified_api` use it.
type App struct {
	// The folder of what the gateway keeps: the key that authenticates cursors,
	// the answers to requests with an Idempotency-Key, answers of platforms, which
	// store was told of the latest changes, and the ledger of conversions. Of gateways that share it only one takes such
	// requests. It is made when the gateway first starts.
	// Default: `tributary` in Caddy's data directory.
	DataDir string `json:"data_dir,omitempty"`

	// Folders of mappings: each holds folders with a `mapping.yaml`, or is one
	// itself. The folder that a `mapping.yaml` is in has the name of the mapping.
	// A mapping found here replaces the bundled one of the same name, and one in
	// a later folder that of an earlier. Default: only the bundled mappings.
	Mappings []string `json:"mappings,omitempty"`

	// The addresses that the gateway's own requests come from. They are said
	// in problems when a platform's allowlist refuses the gateway. Default:
	// none are said.
	EgressAddresses []string `json:"egress_addresses,omitempty"`

	// The platforms, each under a name of its own.
	Platforms []*Platform `json:"platforms,omitempty"`

	// The clients. Without any, here or in the clients file, every request is
	// refused.
	Clients []clientauth.Client `json:"clients,omitempty"`

	// A JSON file of more clients, kept by the commands `client add`, `client
	// list` and `client revoke`, and read again within seconds when it
	// changes. It need not exist. An entry that cannot be used, such as one with
	// the name of a client above or of a platform that there is not, is left
	// out, and the log says why. Default: none.
	ClientsFile string `json:"clients_file,omitempty"`

	// What is kept of the platforms' answers, how long, and where. Default: as
	// each of its settings says.
	Cache *Cache `json:"cache,omitempty"`

	logger        *zap.Logger
	bundled       fs.FS // mappings that need no folder
	surface       *surface.Surface
	cursors       *secret
	keys          *idempotency.File
	policies      *policies
	store         *store // nil: answers are kept in memory alone
	storeProvider plugins.StoreProvider
	answers       *answers // nil: none are kept
	changes       *changes
	ledger        *ledger.Ledger
	replaced      *policies // those that this configuration's took the place of
	engines       engines
	lease         lease // what the platforms and the engines were borrowed with
	clients       clientTable
	authenticator *clientauth.Authenticator
	stopWatching  context.CancelFunc
	watching      chan struct{} // closed when the watcher has ended
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "tributary",
		New: func() caddy.Module { return new(App) },
	}
}

// Provision compiles the mappings, resolves the credentials, loads the
// transports and the clients, and takes over the state of what ran before.
func (a *App) Provision(ctx caddy.Context) (err error) {
	a.logger = ctx.Logger()
	if a.bundled == nil {
		a.bundled = mappings.Bundled
	}
	if a.DataDir == "" {
		a.DataDir = filepath.Join(caddy.AppDataDir(), "tributary")
	}
	for _, text := range a.EgressAddresses {
		if err := validateAddress(text); err != nil {
			return err
		}
	}
	if err := registerMetrics(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	if err := a.provisionClients(); err != nil {
		return err
	}
	if err := a.provisionKeys(); err != nil {
		return err
	}
	if a.surface, err = loadSurface(); err != nil {
		return fmt.Errorf("loading the surface: %w", err)
	}
	if err := a.provisionCache(ctx); err != nil {
		return err
	}
	return a.provisionEngines(ctx)
}

// Start keeps what has to outlive a restart, and begins to watch the clients
// file. It fails when a configured client can never be recognised. That shows
// only now that all handlers have been provisioned, in an order that Caddy does
// not fix; `validate`, which starts nothing, cannot tell.
func (a *App) Start() error {
	if err := a.checkReachable(); err != nil {
		return err
	}
	if err := a.cursors.save(); err != nil {
		a.logger.Warn("cursors will not survive a restart", zap.Error(err))
	}
	a.checkKeys()
	a.startCache()
	if a.ClientsFile == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.stopWatching = cancel
	a.watching = make(chan struct{})
	go func() {
		defer close(a.watching)
		a.watchClients(ctx)
	}()
	return nil
}

// Stop ends what Start began.
func (a *App) Stop() error {
	a.stopCache()
	if a.stopWatching != nil {
		a.stopWatching()
		<-a.watching
		a.stopWatching = nil
	}
	return nil
}

// Cleanup gives back what the app shares with the one that follows it. It also
// runs after a Provision that failed.
func (a *App) Cleanup() error {
	a.lease.release()
	a.clients.lease.release()
	return nil
}

// Authenticator returns the authenticator of the app's clients. It implements
// [clientauth.Source].
func (a *App) Authenticator() *clientauth.Authenticator { return a.authenticator }

// Surface returns the unified REST API.
func (a *App) Surface() *surface.Surface { return a.surface }

// Interface guards
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
	_ clientauth.Source  = (*App)(nil)
)
