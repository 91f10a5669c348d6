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
	lease lease
	file  fileVersion
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
	clients, err := a.readClients()
	if err != nil {
		return err
	}
	a.clients.file = version
	a.authenticator, err = clientauth.New(clients, a.clients.lease.limiter)
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

// readClients returns the configured clients and those of the file.
func (a *App) readClients() ([]clientauth.Client, error) {
	clients := slices.Clone(a.Clients)
	if a.ClientsFile != "" {
		more, err := clientauth.ReadFile(a.ClientsFile)
		if err != nil {
			return nil, err
		}
		for _, c := range more {
			if len(c.Credentials) > 0 {
				return nil, fmt.Errorf("client %q, at %s: only a client of the configuration itself has credentials of its own", c.Name, c.DeclaredAt)
			}
		}
		clients = append(clients, more...)
	}
	for i := range clients {
		if err := a.checkPlatforms(&clients[i]); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// checkPlatforms refuses a client that names a platform that there is not.
func (a *App) checkPlatforms(c *clientauth.Client) error {
	for _, name := range slices.Concat(c.Platforms, slices.Sorted(maps.Keys(c.Credentials))) {
		if name == localPlatform || slices.ContainsFunc(a.Platforms, func(p *Platform) bool { return p.Name == name }) {
			continue
		}
		return fmt.Errorf("client %q, at %s: there is no platform %q", c.Name, c.DeclaredAt, name)
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

// refreshClients reads the clients file again if it changed. When it cannot be
// used, the clients stay as they are, and the log says why, once per version.
func (a *App) refreshClients() {
	version, err := a.clientsVersion()
	if err != nil {
		a.logger.Error("keeping the present clients", zap.Error(err))
		return
	}
	if version == a.clients.file {
		return
	}
	a.clients.file = version
	var next lease
	clients, err := a.readClients()
	if err == nil {
		err = a.authenticator.Replace(clients, next.limiter)
	}
	if err != nil {
		next.release()
		a.logger.Error("keeping the present clients", zap.Error(err))
		return
	}
	a.clients.lease.release()
	a.clients.lease = next
	a.logger.Info("read clients again", zap.String("file", a.ClientsFile), zap.Int("clients", len(clients)))
}
