package gateway

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
)

// printCache prints what is kept as tables.
func printCache(out io.Writer, r cacheReport) error {
	if r.Off {
		_, err := fmt.Fprintln(out, "the cache is off: nothing is kept")
		return err
	}
	// what cannot be written shows when the writer is flushed
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PLATFORM\tOPERATION\tMEMORY\tSTORE\tHITS\tSTALE\tMISSES\tCOALESCED\tCALLS SAVED")
	for _, o := range r.Operations {
		memory := sizeReport{Entries: o.Memory.Entries + o.Answers.Entries, Bytes: o.Memory.Bytes + o.Answers.Bytes}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", orSeveral(o.Platform), orSeveral(o.Operation),
			memory, o.Store, o.Hits, o.Stale, o.Misses, o.Coalesced, o.NativeCallsSaved)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := r.printLevels(out); err != nil {
		return err
	}
	return r.Ledger.print(out)
}

// String writes how many, and how large.
func (s sizeReport) String() string {
	if s.Entries == 0 {
		return "-"
	}
	return fmt.Sprintf("%d (%s)", s.Entries, size(s.Bytes))
}

// orSeveral stands for the name that an answer made of several has not.
func orSeveral(name string) string {
	if name == "" {
		return "(several)"
	}
	return name
}

func (r cacheReport) printLevels(out io.Writer) error {
	m, s := r.Memory, r.Store
	lines := []string{
		fmt.Sprintf("memory: %d entries, %s of %s (%s less the garbage collector's part), %d evicted",
			m.Entries, size(m.UsedBytes), size(m.BoundBytes), size(m.ConfiguredBytes), m.Evicted),
		"store: " + strings.Join(s.words(), ", "),
	}
	if s.Error != "" {
		lines = append(lines, "store: "+s.Error)
	}
	return printLines(out, lines)
}

// words say how the store is; what is as it should be is left out.
func (s storeReport) words() []string {
	state := s.State
	if state == string(cache.Off) {
		return []string{state}
	}
	if s.Since != nil {
		state += " since " + s.Since.Format(time.RFC3339)
	}
	words := []string{state, strconv.FormatInt(s.Entries, 10) + " entries", size(s.Bytes)}
	for _, trouble := range []struct {
		n    int64
		what string
	}{{s.Waiting, "waiting to be written"}, {int64(s.LeftOut), "left out"}, {int64(s.PendingDrops), "drops pending"}} {
		if trouble.n > 0 {
			words = append(words, strconv.FormatInt(trouble.n, 10)+" "+trouble.what)
		}
	}
	return words
}

func printLines(out io.Writer, lines []string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, printable(line)); err != nil {
			return err
		}
	}
	return nil
}

func (r ledgerReport) print(out io.Writer) error {
	state := "ledger: in use, " + size(r.Bytes)
	if !r.InService {
		state = "ledger: not in use"
		if r.Error != "" {
			state += ": " + r.Error
		}
	}
	if err := printLines(out, []string{state}); err != nil || len(r.Accounts) == 0 {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PLATFORM\tOPERATION\tROWS\tSIZE\tCOVERED FROM\tCHANGES PULLED\tREAD WHOLE")
	for _, l := range r.Accounts {
		covered := moment3339(l.CoveredFrom)
		if l.CoveredAll {
			covered = "beginning"
		}
		_, _ = fmt.Fprintln(w, strings.Join([]string{
			l.Platform, l.Operation, strconv.FormatInt(l.Rows, 10), size(l.Bytes), covered, moment3339(l.PulledAt), moment3339(l.WholeAt),
		}, "\t"))
	}
	return w.Flush()
}

func moment3339(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format(time.RFC3339)
}

func printPurge(out io.Writer, r purgeReport) error {
	line := fmt.Sprintf("purged %d entries and %d rows of the ledger", r.Entries, r.LedgerRows)
	if r.Pending {
		line += "; the store has still to remove its part, which is not read any more"
	}
	return printLines(out, []string{line})
}
