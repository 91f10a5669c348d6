package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

// clientsPoll is how often the clients file is looked at: a stat, which costs
// nothing, works on every file system, and misses no rename.
const clientsPoll = 2 * time.Second

// clientTable is the present set of clients.
type clientTable struct {
	lease     lease
	file      fileVersion
	fromFile  []clientauth.Client
	complaint string // why the last version of the file could not be read
}

// fileVersion tells one version of a file from another; it is zero for a file
// that does not exist.
type fileVersion struct {
	modified time.Time
	size     int64
}

func versionOf(path string) (fileVersion, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fileVersion{}, nil
	}
	if err != nil {
		return fileVersion{}, err
	}
	return fileVersion{info.ModTime(), info.Size()}, nil
}

// provisionClients reads the clients and makes the authenticator.
func (a *App) provisionClients() error {
	// before the content: a change between the two is then seen as one
	version, err := a.clientsVersion()
	if err != nil {
		return err
	}
	fromFile, err := a.readClients()
	if err != nil {
		return err
	}
	a.clients.file, a.clients.fromFile = version, fromFile
	a.authenticator, err = clientauth.New(a.withAccounts(fromFile), a.clients.lease.limiter)
	return err
}

func (a *App) clientsVersion() (fileVersion, error) {
	if a.ClientsFile == "" {
		return fileVersion{}, nil
	}
	v, err := versionOf(a.ClientsFile)
	if err != nil {
		return v, fmt.Errorf("looking at clients_file: %w", err)
	}
	return v, nil
}

// readClients checks the configured clients and returns those of the file that
// can be used beside them. The log says which cannot, and why: one bad entry
// must neither keep a revoked client alive nor the gateway from starting.
func (a *App) readClients() ([]clientauth.Client, error) {
	for i := range a.Clients {
		if err := a.checkPlatforms(&a.Clients[i]); err != nil {
			return nil, err
		}
	}
	var entries []clientauth.Entry
	if a.ClientsFile != "" {
		var err error
		if entries, err = clientauth.ReadFile(a.ClientsFile); err != nil {
			return nil, err
		}
	}
	for i := range entries {
		if e := &entries[i]; e.Err == nil {
			e.Err = a.checkPlatforms(&e.Client)
		}
	}
	usable, err := clientauth.Usable(a.Clients, entries)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if e.Err != nil {
			a.logger.Error("leaving out an entry of the clients file", zap.Int("entry", i+1),
				zap.String("client", e.Client.Name), zap.Error(e.Err))
		}
	}
	return usable, nil
}

// checkReachable refuses a configured client that can never be recognised, and
// says in the log which ones of the file cannot. It is meaningful once all
// handlers are provisioned.
func (a *App) checkReachable() error {
	for i := range a.Clients {
		if err := a.authenticator.CheckReachable(&a.Clients[i]); err != nil {
			return err
		}
	}
	a.warnOfUnreachable()
	return nil
}

func (a *App) warnOfUnreachable() {
	for i := range a.clients.fromFile {
		c := &a.clients.fromFile[i]
		if err := a.authenticator.CheckReachable(c); err != nil {
			a.logger.Warn("a client of the clients file cannot be reached", zap.String("client", c.Name), zap.Error(err))
		}
	}
}

// checkPlatforms refuses a client that names a platform that there is not, or
// that it cannot use.
func (a *App) checkPlatforms(c *clientauth.Client) error {
	for _, name := range slices.Concat(c.Platforms, slices.Sorted(maps.Keys(c.Credentials))) {
		if name == localPlatform || slices.ContainsFunc(a.Platforms, func(p *Platform) bool { return p.Name == name }) {
			continue
		}
		return fmt.Errorf("client %q, at %s: there is no platform %q", c.Name, c.DeclaredAt, name)
	}
	if err := a.checkNative(c); err != nil {
		return err
	}
	if err := a.checkAccounts(c); err != nil {
		return fmt.Errorf("client %q, at %s: %w", c.Name, c.DeclaredAt, err)
	}
	return nil
}

// limiter borrows the bucket of a client, so that a reload fills none.
func (l *lease) limiter(client string, r clientauth.Rate) *clientauth.Limiter {
	limiter, _ := borrow(l, limiterKey{client, r}, func() (*clientauth.Limiter, error) {
		return clientauth.NewLimiter(r), nil
	})
	return limiter
}

// watchClients reads the clients file again whenever it changes, until ctx ends.
func (a *App) watchClients(ctx context.Context) {
	ticker := time.NewTicker(clientsPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.refreshClients()
		}
	}
}

// refreshClients reads the clients file again if it changed, or could not be
// read before. When the file as a whole cannot be read, or is gone, as in a deployment
// that went wrong, the clients stay as they are, and the log says why, once per reason.
func (a *App) refreshClients() {
	changed, err := a.replaceClients()
	if err != nil {
		if complaint := err.Error(); complaint != a.clients.complaint {
			a.clients.complaint = complaint
			a.logger.Error("keeping the present clients", zap.Error(err))
		}
		return
	}
	a.clients.complaint = ""
	if changed {
		a.logger.Info("read clients again", zap.String("file", a.ClientsFile), zap.Int("clients", len(a.clients.fromFile)))
		a.warnOfUnreachable()
	}
}

// replaceClients takes over the clients of another version of the file, and
// tells whether there was one.
func (a *App) replaceClients() (bool, error) {
	version, err := a.clientsVersion()
	if err != nil || version == a.clients.file {
		return false, err
	}
	if version == (fileVersion{}) {
		return false, fmt.Errorf("clients_file %s is gone; to revoke all of its clients, leave it without any", a.ClientsFile)
	}
	fromFile, err := a.readClients()
	if err != nil {
		return false, err
	}
	var next lease
	if err := a.authenticator.Replace(a.withAccounts(fromFile), next.limiter); err != nil {
		next.release()
		return false, err
	}
	a.clients.lease.release()
	a.clients.lease, a.clients.file, a.clients.fromFile = next, version, fromFile
	return true, nil
}
