package mappingtest

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// kinds are all kinds of items, in the order in which they are shown.
var kinds = []string{KindOperation, KindField, KindEnum, KindRule, KindStop, KindWrite}

// Print writes the result for a person: what failed, what no test reached, and a line of
// numbers. verbose also names the tests that passed.
func (r *Result) Print(w io.Writer, verbose bool) error {
	p := &printer{w: w}
	failed := 0
	for _, t := range r.Tests {
		switch {
		case len(t.Differences) > 0:
			failed++
			p.printf("FAIL  %s: %s\n", r.Mapping, t.Test.Name)
			for _, d := range t.Differences {
				p.printf("      %s\n", strings.ReplaceAll(d.String(), "\n", "\n      "))
			}
		case verbose:
			p.printf("ok    %s: %s\n", r.Mapping, t.Test.Name)
		}
	}
	for _, wound := range r.Wounds {
		p.printf("FAIL  %s\n", strings.ReplaceAll(wound.String(), "\n", "\n      "))
	}
	r.printMissed(p)
	p.printf("%s: %d of %d tests passed, %d of %d hostile answers\n", r.Mapping, len(r.Tests)-failed, len(r.Tests), r.Attacks-len(r.Wounds), r.Attacks)
	return p.err
}

// printMissed writes a table of what was reached, and the places of what was not.
func (r *Result) printMissed(p *printer) {
	table := tabwriter.NewWriter(p, 0, 0, 2, ' ', 0)
	// what cannot be written shows in the printer
	_, _ = fmt.Fprintln(table, "REACHED\tOF\tWHAT")
	for _, kind := range kinds {
		reached, all := r.Coverage.Counts(kind)
		if all == 0 {
			continue
		}
		_, _ = fmt.Fprintf(table, "%d\t%d\t%ss\n", reached, all, kind)
	}
	_ = table.Flush()
	missed := r.Coverage.Missed(kinds...)
	if len(missed) == 0 {
		return
	}
	p.printf("No test reaches:\n")
	for _, item := range missed {
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\n", item.At, item.Kind, item.Name)
	}
	_ = table.Flush()
}

// printer keeps the first error of its writer.
type printer struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (p *printer) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.w.Write(b)
	p.err = err
	return n, err
}

func (p *printer) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format, args...) // Write keeps the error
}
