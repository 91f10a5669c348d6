package idempotency

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

const (
	// Retention is how long a key is remembered after it was first used.
	Retention = 24 * time.Hour
	// DefaultMaxBody is how many bytes of a body are kept, unless Options say otherwise.
	DefaultMaxBody = 1 << 20
	// DefaultMaxSize is how many bytes of the file may be in use, unless Options say otherwise.
	DefaultMaxSize = 1 << 30
	// shares is how many clients it takes to fill the file: each can have that part of
	// its size, so that none takes the room of all.
	shares = 8
)

// lockTimeout is how long Open waits for another process that uses the file.
const lockTimeout = 100 * time.Millisecond

// What [Store.Begin] finds instead of a request that may go on.
var (
	// ErrRunning: the first request with the key has not ended.
	ErrRunning = errors.New("the first request with the key is still running")
	// ErrReused: the key belongs to another request.
	ErrReused = errors.New("the key belongs to another request")
	// ErrInterrupted: the first request was cut off and may have done its work.
	ErrInterrupted = errors.New("the first request with the key was cut off")
	// ErrFull: no more keys, of this client or at all, can be remembered before older
	// ones expire. Older ones are not forgotten for it: that would make a change twice.
	ErrFull = errors.New("no more keys can be remembered now")
)

// Options are the settings of a store. The zero value is usable.
type Options struct {
	// MaxBody is how many bytes of a body are kept. Default: DefaultMaxBody.
	MaxBody int
	// MaxSize is how many bytes of the file may be in use for a new key to be
	// taken. Default: DefaultMaxSize.
	MaxSize int64
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Store is a file of keys. It is safe for concurrent use; one process at a time
// can have it open.
type Store struct {
	db      *bbolt.DB
	maxBody int
	maxSize int64
	now     func() time.Time

	mu      sync.Mutex
	live    map[recordID]*Claim // of requests that are running
	damaged error               // once the file turned out to be
}

// Open opens the file at a path, and makes it where there is none. An error says
// that another process has it open, or that it is not a file of keys.
func Open(path string, o Options) (*Store, error) {
	s := &Store{maxBody: o.MaxBody, maxSize: o.MaxSize, now: o.Now, live: map[recordID]*Claim{}}
	if s.maxBody == 0 {
		s.maxBody = DefaultMaxBody
	}
	if s.maxSize == 0 {
		s.maxSize = DefaultMaxSize
	}
	if s.now == nil {
		s.now = time.Now
	}
	err := guard(func() (err error) {
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil { //nolint:gosec // the operator says where
			return err
		}
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
		if errors.Is(err, bbolterrors.ErrTimeout) {
			return errors.New("another process has it open; give each its own data directory")
		}
		if err != nil {
			return err
		}
		return s.db.Update(func(tx *bbolt.Tx) error {
			for _, name := range [][]byte{records, expiry, sizes} {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		if s.db != nil {
			_ = s.db.Close() // the first error says more
		}
		return nil, fmt.Errorf("opening the file of idempotency keys, %s: %w", path, err)
	}
	return s, nil
}

// Close closes the file. Requests that are running are found interrupted by who
// opens it next. A damaged file stays open until the process ends.
func (s *Store) Close() error {
	return s.guard(s.db.Close)
}

// Begin takes a client's key for a request. Where the key is new, the request may
// go on, and has to settle its claim when it ends. Where the same request had it
// before, the answer is what that one was answered with. Otherwise the error is one
// of this package's, or says that the file cannot be used.
func (s *Store) Begin(client, key string, request Fingerprint) (*Claim, *Answer, error) {
	id := recordID(FingerprintOf(client, key))
	var answer *Answer
	known, err := false, error(nil)
	find := func(tx *bbolt.Tx) error {
		known, answer, err = s.find(tx, id, request)
		return err
	}
	// most repetitions are found here, without a write to the disk
	if err := s.view(find); err != nil || known {
		return nil, answer, err
	}
	claim, full := &Claim{store: s, id: id}, false
	owner := FingerprintOf(client)
	err = s.update(func(tx *bbolt.Tx) error {
		if err := find(tx); err != nil || known {
			return err
		}
		if err := sweep(tx, s.now()); err != nil {
			return err
		}
		if full = s.used(tx) >= s.maxSize || sizeOf(tx, owner[:]) >= s.maxSize/shares; full {
			return nil // what was swept has to be committed to make room
		}
		claim.record = record{Client: owner[:], Request: request[:], Expires: s.now().Add(Retention).UnixNano()}
		// before the record can be seen, or it would look like one that was cut off
		s.enter(claim)
		return put(tx, id, &claim.record)
	})
	if err == nil && full {
		err = ErrFull
	}
	if err != nil || known {
		s.leave(claim)
		return nil, answer, err
	}
	return claim, nil, nil
}

func (s *Store) enter(c *Claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[c.id] = c
}

func (s *Store) leave(c *Claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live[c.id] == c { // and not the next one's
		delete(s.live, c.id)
	}
}

// find looks for what is kept under an id.
func (s *Store) find(tx *bbolt.Tx, id recordID, request Fingerprint) (known bool, answer *Answer, err error) {
	r, err := get(tx, id, s.now())
	switch {
	case err != nil || r == nil:
		return false, nil, err
	case Fingerprint(r.Request) != request:
		return true, nil, ErrReused
	case r.Answer != nil:
		return true, r.Answer, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live[id] == nil {
		return true, nil, ErrInterrupted
	}
	return true, nil, ErrRunning
}

// used is how many bytes of the file hold something.
func (s *Store) used(tx *bbolt.Tx) int64 {
	stats := s.db.Stats()
	return tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(s.db.Info().PageSize)
}

func (s *Store) view(f func(*bbolt.Tx) error) error {
	return s.guard(func() error { return s.db.View(f) })
}

func (s *Store) update(f func(*bbolt.Tx) error) error {
	return s.guard(func() error { return s.db.Update(f) })
}

// guard lets nobody use a file that turned out to be damaged: the library may hold
// locks for ever then.
func (s *Store) guard(f func() error) error {
	s.mu.Lock()
	err := s.damaged
	s.mu.Unlock()
	if err != nil {
		return err
	}
	err = guard(f)
	if errors.Is(err, errDamaged) {
		s.mu.Lock()
		s.damaged = err
		s.mu.Unlock()
	}
	return err
}

var errDamaged = errors.New("the file of idempotency keys is damaged; stop the gateway and move it away, and keys used before are forgotten")

// guard makes errors of what a damaged file does to the library: it panics where a
// page makes no sense, and reads behind the end of a file that was cut off.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", errDamaged, fault)
		}
	}()
	return f()
}
