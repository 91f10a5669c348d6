package cache

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-gateway/tributary/plugins"
)

// start begins to open the store.
func (l *lower) start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil || l.started || l.state == Closed {
		return
	}
	l.started, l.patient = true, time.Now().Add(openPatience*l.patience)
	go l.run()
}

// run opens the store, carries out drops in it, and writes what waits, until the level is closed.
//
// Nothing else changes the store, and nothing begins while a call hangs that may yet change it. So
// a write never overtakes a drop of what it writes.
func (l *lower) run() {
	defer close(l.ended)
	for l.life.Err() == nil {
		switch pause := l.pause(); {
		case l.hung != nil:
			select {
			case <-l.hung:
				l.hung = nil
			case <-l.life.Done():
			}
		case pause > 0:
			l.sleep(pause)
		case !l.turn(context.Background()):
			select {
			case <-l.wake:
			case <-l.life.Done():
			}
		}
	}
	l.finish()
}

// pause returns for how long the store is still left alone.
func (l *lower) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != Failing {
		return 0
	}
	return time.Until(l.again)
}

// later leaves the store alone for another while.
func (l *lower) later() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.again = time.Now().Add(l.retry)
}

func (l *lower) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.life.Done():
	}
}

// turn does a part of what there is to do, and tells whether there may be more. A store
// that failed works again when a whole turn succeeds.
func (l *lower) turn(ctx context.Context) (more bool) {
	l.mu.Lock()
	store, state := l.store, l.state
	l.mu.Unlock()
	if store == nil {
		if err := l.openStore(); err != nil {
			l.fail(opening, err)
		}
		return true
	}
	if state == Failing {
		if _, err := l.read(ctx, store, []Key{{}}); err != nil {
			l.fail(reading, err)
			return true
		}
	}
	dropped, err := l.carryOut(ctx, store)
	if err != nil {
		l.fail(dropping, err)
		return true
	}
	wrote, err := l.write(ctx, store)
	if err != nil {
		l.fail(writing, err)
		return true
	}
	switch {
	case l.refused != nil: // nothing was there to show that it writes again
		l.later()
		return true
	case state != Ready:
		l.works()
	}
	return dropped || wrote
}

// openStore opens the store. What opens too late for this turn is there for the next one.
func (l *lower) openStore() error {
	_, over, err := call(l.life, l, writePatience, func(ctx context.Context) (struct{}, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(l.life, cancel)()
		store, err := l.open(ctx)
		if err == nil && store == nil {
			err = errNotOpen
		}
		if err == nil {
			l.mu.Lock()
			l.store = store
			l.mu.Unlock()
		}
		return struct{}{}, err
	})
	l.mind(over, err)
	return err
}

// mind remembers a call that hangs.
func (l *lower) mind(over <-chan struct{}, err error) {
	if errors.Is(err, errSlow) || errors.Is(err, errGone) {
		l.hung = over
	}
}

// carryOut carries out the drops that the store has not carried out so far, and tells whether there were any.
func (l *lower) carryOut(ctx context.Context, store plugins.Store) (did bool, err error) {
	l.mu.Lock()
	carried := l.carried
	l.mu.Unlock()
	for _, d := range l.drops.after(carried) {
		n, over, err := call(ctx, l, writePatience, func(ctx context.Context) (int, error) {
			return store.Delete(ctx, d.StoreSelection)
		})
		if err != nil {
			l.mind(over, err)
			return true, err
		}
		l.carriedOut(d.mark, n)
		did = true
	}
	return did, nil
}

// write writes a batch of what waits, and tells whether there was one. A batch that the store
// refuses twice is left out: others may wait behind something that it cannot keep.
func (l *lower) write(ctx context.Context, store plugins.Store) (bool, error) {
	batch := l.queue.batch(l.drops.spares)
	if len(batch) == 0 {
		return false, nil
	}
	records := make([]plugins.StoreRecord, len(batch))
	for i, it := range batch {
		records[i] = record(it.entry)
	}
	_, over, err := call(ctx, l, writePatience, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, store.Put(ctx, records)
	})
	switch {
	case err == nil:
		l.refused = nil
		l.queue.landed(batch)
		return true, nil
	case l.refused == batch[0]: // it remains refused until something is written
		l.observer.Evicted(LevelWaiting, l.queue.leaveOut(batch))
	default:
		l.refused = batch[0]
		l.queue.landed(nil)
	}
	l.mind(over, err)
	return true, err
}

// record makes of an entry what the store puts.
func record(e *Entry) plugins.StoreRecord {
	return plugins.StoreRecord{
		Key: e.Key[:], Value: seal(e),
		Platform: e.Labels.Platform, Operation: e.Labels.Operation, From: e.Labels.From, To: e.Labels.To,
		Expires: e.Expires,
	}
}

// waiter waits until the store has carried out a drop.
type waiter struct {
	mark    Mark
	dropped int
	err     error
	done    chan struct{}
}

// carriedOut remembers that the store has carried out the drops up to a mark, the last of which dropped n records.
func (l *lower) carriedOut(m Mark, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.carried = m
	waiting := l.waiters[:0]
	for _, w := range l.waiters {
		if w.mark > m {
			waiting = append(waiting, w)
			continue
		}
		if w.mark == m {
			w.dropped = n
		}
		close(w.done)
	}
	clear(l.waiters[len(waiting):])
	l.waiters = waiting
}

// dismiss lets all waiters go. It is called under mu.
func (l *lower) dismiss(err error) {
	for _, w := range l.waiters {
		w.err = err
		close(w.done)
	}
	l.waiters = nil
}

// drop adds a drop, and lets what it picks wait no longer; it returns how many entries these were. The
// waiter tells when the store has carried it out; err says why that will not be soon.
func (l *lower) drop(s plugins.StoreSelection) (waiting int, w *waiter, err error) {
	l.mu.Lock()
	defer l.mu.Unlock() // so that the drop is not carried out before its waiter is known
	m, waiting := l.queue.withdraw(func() Mark { return l.drops.add(s) }, l.drops.spares)
	l.rouse()
	switch {
	case l.state == Closed:
		return waiting, nil, errClosed
	case l.state == Failing:
		return waiting, nil, l.cause
	case !l.started:
		return waiting, nil, errNotOpen
	}
	w = &waiter{mark: m, done: make(chan struct{})}
	l.waiters = append(l.waiters, w)
	return waiting, w, nil
}

// await waits until the store has carried out a drop, and returns how many records it dropped. An
// error says that it has not done so.
func (w *waiter) await(ctx context.Context) (int, error) {
	timer := time.NewTimer(dropPatience)
	defer timer.Stop()
	select {
	case <-w.done:
		return w.dropped, w.err
	case <-timer.C:
		return 0, errSlow
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// close writes what waits, and closes the store. It returns after closePatience at the latest; a
// store that hangs is closed when it no longer does.
func (l *lower) close() {
	l.mu.Lock()
	started := l.started
	if l.state != Off {
		l.state, l.since, l.cause = Closed, l.now(), nil
	}
	l.shut = !started
	l.settle()
	l.mu.Unlock()
	l.end()
	if !started {
		return
	}
	timer := time.NewTimer(closePatience)
	defer timer.Stop()
	select {
	case <-l.ended:
	case <-timer.C:
	}
}

// finish is the end of run.
func (l *lower) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience*4/5)
	defer cancel()
	l.mu.Lock()
	store := l.store
	l.mu.Unlock()
	if store != nil && l.hung == nil {
		l.flush(ctx, store)
	}
	l.mu.Lock()
	l.shut = true
	l.dismiss(errClosed)
	l.mu.Unlock()

	l.calls.Wait()
	l.mu.Lock()
	store = l.store // one that opened meanwhile
	l.mu.Unlock()
	if store == nil {
		return
	}
	o := guarded(context.Background(), func(context.Context) (struct{}, error) { return struct{}{}, store.Close() })
	if o.err != nil {
		l.observer.StoreFailed(writing)
	}
}

// flush carries out and writes what is left, until the store fails.
func (l *lower) flush(ctx context.Context, store plugins.Store) {
	for {
		if _, err := l.carryOut(ctx, store); err != nil {
			l.observer.StoreFailed(dropping)
			return
		}
		more, err := l.write(ctx, store)
		if err != nil {
			l.observer.StoreFailed(writing)
			return
		}
		if !more {
			return
		}
	}
}
