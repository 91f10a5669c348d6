package idempotency

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

var (
	request = FingerprintOf("groups.create", "", `{"name":"a"}`)
	another = FingerprintOf("groups.create", "", `{"name":"b"}`)
	created = Answer{
		Status: http.StatusCreated,
		Header: http.Header{"Content-Type": {"application/json"}, "Location": {"https://gateway.example/v1/groups/keitaro:1"}},
		Body:   []byte("{\"id\":\"keitaro:1\",\"name\":\"\xf0\x9f\x8c\xb1\"}\n"),
	}
)

func pathOf(t *testing.T) string { return filepath.Join(t.TempDir(), "deep", "keys.db") }

func open(t *testing.T, path string, o Options) *Store {
	t.Helper()
	s, err := Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// begin takes a key that has to be free.
func begin(t *testing.T, s *Store, client, key string, request Fingerprint) *Claim {
	t.Helper()
	claim, answer, err := s.Begin(client, key, request)
	require.NoError(t, err)
	require.Nil(t, answer)
	require.NotNil(t, claim)
	return claim
}

// answered holds that the key has an answer.
func answered(t *testing.T, s *Store, key string, want Answer) {
	t.Helper()
	claim, answer, err := s.Begin("shop", key, request)
	require.NoError(t, err)
	assert.Nil(t, claim)
	if assert.NotNil(t, answer) {
		assert.Equal(t, want, *answer)
	}
}

// refused holds that the key cannot be taken, for a reason.
func refused(t *testing.T, s *Store, key string, request Fingerprint, want error) {
	t.Helper()
	claim, answer, err := s.Begin("shop", key, request)
	assert.Nil(t, claim)
	assert.Nil(t, answer)
	assert.ErrorIs(t, err, want)
}

func TestTheSameRequestIsAnsweredAgain(t *testing.T) {
	path := pathOf(t)
	s := open(t, path, Options{})
	claim := begin(t, s, "shop", "k", request)
	refused(t, s, "k", request, ErrRunning)
	refused(t, s, "k", another, ErrReused)
	require.NoError(t, claim.Keep(created))
	answered(t, s, "k", created)
	refused(t, s, "k", another, ErrReused)

	// another client's key is another key, and so is another text
	require.NoError(t, begin(t, s, "agency", "k", another).Release())
	require.NoError(t, begin(t, s, "shop", "K", another).Release())
	require.NoError(t, begin(t, s, "sho", "pk", another).Release())

	require.NoError(t, s.Close())
	answered(t, open(t, path, Options{}), "k", created)
}

func TestAReleasedKeyIsFree(t *testing.T) {
	path := pathOf(t)
	s := open(t, path, Options{})
	claim := begin(t, s, "shop", "k", request)
	require.NoError(t, claim.Release())
	next := begin(t, s, "shop", "k", another)
	// what has ended cannot end the next one's
	require.NoError(t, claim.Release())
	require.NoError(t, claim.Keep(created))
	claim.Abandon()
	refused(t, s, "k", another, ErrRunning)
	require.NoError(t, next.Release())

	require.NoError(t, s.Close())
	begin(t, open(t, path, Options{}), "shop", "k", request).Abandon()
}

func TestAnAbandonedKeyCountsAsInterrupted(t *testing.T) {
	path := pathOf(t)
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := open(t, path, Options{Now: clock})
	begin(t, s, "shop", "k", request).Abandon()
	refused(t, s, "k", request, ErrInterrupted)
	refused(t, s, "k", another, ErrReused)
	require.NoError(t, s.Close())

	s = open(t, path, Options{Now: clock})
	refused(t, s, "k", request, ErrInterrupted)
	now = now.Add(Retention - 1)
	refused(t, s, "k", request, ErrInterrupted)
	now = now.Add(1)
	begin(t, s, "shop", "k", another).Abandon()
}

func TestKeysExpire(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s := open(t, pathOf(t), Options{Now: func() time.Time { return now }})
	require.NoError(t, begin(t, s, "shop", "k", request).Keep(created))
	now = now.Add(Retention - 1)
	answered(t, s, "k", created)
	now = now.Add(1)
	next := begin(t, s, "shop", "k", another)
	require.NoError(t, next.Keep(created))
	// the time of the first one is forgotten with it
	now = now.Add(time.Hour)
	require.NoError(t, begin(t, s, "shop", "other", request).Release())
	refused(t, s, "k", request, ErrReused)
}

func TestABodyThatIsTooLargeIsNotKept(t *testing.T) {
	s := open(t, pathOf(t), Options{MaxBody: 3})
	large, small := created, created
	large.Body, small.Body = []byte("abcd"), []byte("abc")
	require.NoError(t, begin(t, s, "shop", "large", request).Keep(large))
	require.NoError(t, begin(t, s, "shop", "small", request).Keep(small))
	answered(t, s, "small", small)
	answered(t, s, "large", Answer{Status: large.Status, Header: large.Header, Cut: true})
}

func TestFieldsOfOneMessageAreNotKept(t *testing.T) {
	s := open(t, pathOf(t), Options{})
	a := created
	a.Header = http.Header{"Content-Type": {"application/json"}, "Content-Length": {"3"}, "Date": {"now"}}
	require.NoError(t, begin(t, s, "shop", "k", request).Keep(a))
	assert.Len(t, a.Header, 3, "the answer that is sent is left alone")
	a.Header = http.Header{"Content-Type": {"application/json"}}
	answered(t, s, "k", a)
}

// A full store takes no new keys, keeps what it promised, and takes keys again once
// the old ones have expired.
func TestAFullStore(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	path := pathOf(t)
	s := open(t, path, Options{MaxSize: 2 << 20, Now: func() time.Time { return now }})
	a := created
	a.Body = bytes.Repeat([]byte("x"), 100_000)
	var full error
	kept := 0
	for client := "shop"; kept < 100 && full == nil; kept++ {
		var claim *Claim
		if claim, _, full = s.Begin(client, strconv.Itoa(kept), request); full == nil {
			require.NoError(t, claim.Keep(a))
		}
		client = fmt.Sprint("another ", kept)
	}
	require.ErrorIs(t, full, ErrFull)
	require.Greater(t, kept, shares, "no client has filled its share")
	require.Less(t, kept, 25, "each takes more than 100,000 bytes")
	answered(t, s, "0", a)
	refused(t, s, "0", another, ErrReused)

	now = now.Add(Retention)
	_, _, err := s.Begin("shop", "next", request) // sweeps
	require.ErrorIs(t, err, ErrFull)
	require.NoError(t, begin(t, s, "shop", "next", request).Keep(a))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.LessOrEqual(t, info.Size(), int64(8<<20), "the file grows no further")
}

// A client that uses up its share takes nothing from others, and has it again once its
// keys have expired.
func TestAClientHasAShare(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	path := pathOf(t)
	options := Options{MaxSize: 4 << 20, Now: func() time.Time { return now }}
	s := open(t, path, options)
	a := created
	a.Body = bytes.Repeat([]byte("x"), 100_000)
	for i := range 40 { // what is given back does not count
		require.NoError(t, begin(t, s, "greedy", fmt.Sprint("released ", i), request).Release())
	}
	kept := 0
	var full error
	for ; kept < 40 && full == nil; kept++ {
		var claim *Claim
		if claim, _, full = s.Begin("greedy", strconv.Itoa(kept), request); full == nil {
			require.NoError(t, claim.Keep(a))
		}
	}
	require.ErrorIs(t, full, ErrFull)
	require.Less(t, kept, 8, "each takes more than 100,000 bytes of 512 KiB")
	require.Greater(t, kept, 3)

	require.NoError(t, s.Close())
	s = open(t, path, options)
	_, _, err := s.Begin("greedy", "after a restart", request)
	require.ErrorIs(t, err, ErrFull)
	_, answer, err := s.Begin("greedy", "0", request)
	require.NoError(t, err)
	assert.Equal(t, &a, answer, "what was promised is kept")
	require.NoError(t, begin(t, s, "shop", "k", request).Keep(created))

	now = now.Add(Retention)
	require.NoError(t, begin(t, s, "greedy", "next", request).Keep(a))
	require.NoError(t, s.view(func(tx *bbolt.Tx) error {
		shop, greedy := FingerprintOf("shop"), FingerprintOf("greedy")
		assert.Zero(t, sizeOf(tx, shop[:]))
		assert.Greater(t, sizeOf(tx, greedy[:]), int64(100_000))
		assert.Less(t, sizeOf(tx, greedy[:]), int64(200_000))
		return nil
	}))
}

func TestOneOfManyGoesOn(t *testing.T) {
	s := open(t, pathOf(t), Options{})
	for round := range 5 {
		key := strconv.Itoa(round)
		var wg sync.WaitGroup
		var claimed, running atomic.Int32
		var all sync.WaitGroup
		all.Add(16)
		for range 16 {
			wg.Go(func() {
				claim, answer, err := s.Begin("shop", key, request)
				all.Done()
				switch {
				case claim != nil:
					claimed.Add(1)
					all.Wait() // nobody has looked after it ended
					assert.NoError(t, claim.Keep(created))
				case errors.Is(err, ErrRunning):
					running.Add(1)
				default:
					t.Errorf("answer %v, error %v", answer, err)
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, 1, claimed.Load())
		assert.EqualValues(t, 15, running.Load())
		answered(t, s, key, created)
	}
}

func TestTwoProcessesCannotShareAFile(t *testing.T) {
	path := pathOf(t)
	first := open(t, path, Options{})
	_, err := Open(path, Options{})
	require.ErrorContains(t, err, path+": another process has it open")
	require.NoError(t, first.Close())
	open(t, path, Options{})
}

func TestAFileOfSomethingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("no database\n"), 10_000), 0o600))
	_, err := Open(path, Options{})
	require.ErrorContains(t, err, "opening the file of idempotency keys, "+path+": ")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "no database\n", string(text[:12]), "it is left alone")
}

// A file that was damaged never lets a key be taken twice, and never takes the
// process with it.
func TestADamagedFile(t *testing.T) {
	path := pathOf(t)
	s := open(t, path, Options{})
	a := created
	a.Body = bytes.Repeat([]byte("x"), 5000)
	for i := range 200 {
		require.NoError(t, begin(t, s, "shop", strconv.Itoa(i), request).Keep(a))
	}
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	page := os.Getpagesize()
	tests := map[string][]byte{
		"cut off":       whole[:len(whole)/2],
		"pages of zero": append(bytes.Clone(whole[:2*page]), make([]byte, len(whole)-2*page)...),
		"pages of ones": append(bytes.Clone(whole[:2*page]), bytes.Repeat([]byte{0xff}, len(whole)-2*page)...),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.db")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			s, err := Open(path, Options{})
			if err != nil {
				assert.ErrorContains(t, err, path)
				return
			}
			for i := range 200 {
				claim, _, _ := s.Begin("shop", strconv.Itoa(i), request)
				assert.Nil(t, claim, "%d was taken before", i)
			}
			_, _, err = s.Begin("shop", "new", request)
			assert.Error(t, err)
			_ = s.Close()
		})
	}
}

// killed is set in the process that TestAKilledProcess starts.
const killed = "IDEMPOTENCY_TEST_FILE"

// A process that is killed while a request runs leaves its key taken.
func TestAKilledProcess(t *testing.T) {
	if path := os.Getenv(killed); path != "" {
		s := open(t, path, Options{})
		begin(t, s, "shop", "running", request)
		require.NoError(t, begin(t, s, "shop", "ended", request).Keep(created))
		fmt.Println("ready")
		select {} // until it is killed
	}
	path := pathOf(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProcess$")
	child.Env = append(os.Environ(), killed+"="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line := make([]byte, len("ready"))
	_, err = out.Read(line)
	require.NoError(t, err)
	require.Equal(t, "ready", string(line))
	_, err = Open(path, Options{})
	require.ErrorContains(t, err, "another process has it open")
	require.NoError(t, child.Process.Kill())
	_ = child.Wait() // it was killed

	s := open(t, path, Options{})
	refused(t, s, "running", request, ErrInterrupted)
	answered(t, s, "ended", created)
	require.NoError(t, begin(t, s, "shop", "new", request).Keep(created))
}

func TestAFileIsOpenedWhenItIsNeeded(t *testing.T) {
	path := pathOf(t)
	f := NewFile(path)
	assert.NoFileExists(t, path)
	other := open(t, path, Options{})
	_, _, err := f.Begin("shop", "k", request)
	require.ErrorContains(t, err, "another process has it open")
	require.Error(t, f.Check())
	require.NoError(t, other.Close())
	claim, _, err := f.Begin("shop", "k", request)
	require.NoError(t, err)
	require.NoError(t, claim.Keep(created))
	f.Close()
	require.ErrorContains(t, f.Check(), "stopping")
	answered(t, open(t, path, Options{}), "k", created)
}

func TestFingerprintsKnowWhereATextEnds(t *testing.T) {
	assert.NotEqual(t, FingerprintOf("ab", "c"), FingerprintOf("a", "bc"))
	assert.NotEqual(t, FingerprintOf("a"), FingerprintOf("a", ""))
	again := []string{"a", "b"}
	assert.Equal(t, FingerprintOf("a", "b"), FingerprintOf(again...))
}

func BenchmarkBegin(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "keys.db"), Options{})
	require.NoError(b, err)
	defer func() { _ = s.Close() }()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		claim, _, err := s.Begin("shop", strconv.Itoa(n), request)
		if err != nil {
			b.Fatal(err)
		}
		if err := claim.Keep(created); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
