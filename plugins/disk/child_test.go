package disk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/tributary-gateway/tributary/plugins"
)

// The test binary starts itself again as another gateway that writes into the same
// file: in the folder, from the step on, so many steps.
const (
	childFolder = "DISK_TEST_FOLDER"
	childFirst  = "DISK_TEST_FIRST_STEP"
	childSteps  = "DISK_TEST_STEPS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := beChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func beChild(dir string) error {
	first, err := strconv.Atoi(os.Getenv(childFirst))
	if err != nil {
		return err
	}
	steps, err := strconv.Atoi(os.Getenv(childSteps))
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := open(ctx, filepath.Join(dir, defaultFile), defaultSize, zap.NewNop())
	if err != nil {
		return err
	}
	// the log is written back often, so that a kill hits that as well
	if _, err := s.db.writer.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 40"); err != nil {
		return err
	}
	for number := first; number < first+steps; number++ {
		next := step{number}
		fmt.Printf("begin %d\n", number)
		if err := next.do(ctx, s); err != nil {
			return err
		}
		fmt.Printf("done %d\n", number)
	}
	return s.Close()
}

// stepKeys are those that steps write.
var stepKeys = func() (keys [][]byte) {
	for i := range 40 {
		keys = append(keys, fmt.Appendf(nil, "key %d", i))
	}
	return keys
}()

// step is what a child does at one time. Its number decides all of it, so that who
// knows the number knows what should be there.
type step struct{ number int }

// random is the same for all who ask about a step.
func (s step) random() *rand.Rand { return rand.New(rand.NewPCG(uint64(s.number), 7)) }

// removes tells whether the step removes everything instead of putting something.
func (s step) removes() bool { return s.number%23 == 22 }

// keys are the positions of those that the step puts.
func (s step) keys() []int {
	r := s.random()
	return r.Perm(len(stepKeys))[:1+r.IntN(6)]
}

// value names the step and the key, and ends in a sum over all before it.
func (s step) value(key int) []byte {
	random := rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, s.number, key)))
	padding := make([]byte, random.Uint64()%9000)
	_, _ = random.Read(padding)
	value := binary.BigEndian.AppendUint64(nil, uint64(s.number))
	value = binary.BigEndian.AppendUint64(value, uint64(key))
	value = append(value, padding...)
	sum := sha256.Sum256(value)
	return append(value, sum[:]...)
}

// read returns which step a value says that it is of, after its sum has been checked.
func read(t *testing.T, key int, value []byte) step {
	t.Helper()
	require.Greater(t, len(value), 16+sha256.Size)
	text := value[:len(value)-sha256.Size]
	sum := sha256.Sum256(text)
	require.Equal(t, sum[:], value[len(text):], "a value in part or changed")
	require.EqualValues(t, key, binary.BigEndian.Uint64(text[8:]), "the value of another key")
	s := step{int(binary.BigEndian.Uint64(text))}
	require.Equal(t, s.value(key), value)
	return s
}

func (s step) do(ctx context.Context, to plugins.Store) error {
	if s.removes() {
		_, err := to.Delete(ctx, plugins.StoreSelection{Platform: "child"})
		return err
	}
	var records []plugins.StoreRecord
	for _, key := range s.keys() {
		records = append(records, plugins.StoreRecord{
			Key: stepKeys[key], Value: s.value(key), Platform: "child", Operation: "steps",
			From: 1, Expires: time.Now().Add(time.Hour),
		})
	}
	return to.Put(ctx, records)
}

// state is the number of the step that has last put each of stepKeys; -1: none.
type state []int

func nothing() state { return slices.Repeat(state{-1}, len(stepKeys)) }

// after returns the state when a step has been done.
func (s state) after(next step) state {
	if next.removes() {
		return nothing()
	}
	s = slices.Clone(s)
	for _, key := range next.keys() {
		s[key] = next.number
	}
	return s
}

// stateOf reads the state from a store.
func stateOf(t *testing.T, from plugins.Store) state {
	t.Helper()
	values, err := from.Get(t.Context(), stepKeys)
	require.NoError(t, err)
	s := nothing()
	for key, value := range values {
		if value != nil {
			s[key] = read(t, key, value).number
		}
	}
	return s
}

// child is another gateway that runs.
type child struct {
	process *exec.Cmd
	lines   *bufio.Scanner
	errors  *strings.Builder
}

func startChild(t *testing.T, dir string, first, steps int) *child {
	t.Helper()
	c := &child{process: exec.CommandContext(t.Context(), os.Args[0]), errors: new(strings.Builder)}
	c.process.Env = append(os.Environ(), childFolder+"="+dir, childFirst+"="+strconv.Itoa(first), childSteps+"="+strconv.Itoa(steps))
	c.process.Stderr = c.errors
	out, err := c.process.StdoutPipe()
	require.NoError(t, err)
	c.lines = bufio.NewScanner(out)
	require.NoError(t, c.process.Start())
	return c
}

// next reads what the child says next: that it begins a step or has done it.
func (c *child) next(t *testing.T) (verb string, s step, more bool) {
	t.Helper()
	if !c.lines.Scan() {
		return "", step{}, false
	}
	_, err := fmt.Sscanf(c.lines.Text(), "%s %d", &verb, &s.number)
	require.NoError(t, err, c.lines.Text())
	return verb, s, true
}
