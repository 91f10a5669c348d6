package gateway

import (
	"path/filepath"

	"go.uber.org/zap"

	"github.com/tributary-gateway/tributary/modules/internal/idempotency"
)

// idempotencyKeys is the file, in the data directory, of the keys that clients send
// in the header Idempotency-Key.
const idempotencyKeys = "idempotency.db"

// keysKey is what the file of keys belongs to: only one can be open at a path.
type keysKey struct{ path string }

// provisionKeys takes the file of keys over from what ran before. It is opened by
// Start: a configuration that is only validated must not touch the file of a
// gateway that runs.
func (a *App) provisionKeys() error {
	path, err := filepath.Abs(filepath.Join(a.DataDir, idempotencyKeys))
	if err != nil {
		return err
	}
	a.keys, err = borrow(&a.lease, keysKey{path}, func() (*idempotency.File, error) { return idempotency.NewFile(path), nil })
	return err
}

// checkKeys warns while nobody is surprised yet. The gateway serves all the same:
// only requests that have a key are refused, and the file is tried again for each.
func (a *App) checkKeys() {
	if err := a.keys.Check(); err != nil {
		a.logger.Warn("requests with an Idempotency-Key are refused", zap.Error(err))
	}
}

// Keys returns the keys that clients have sent in the header Idempotency-Key.
func (a *App) Keys() *idempotency.File { return a.keys }
