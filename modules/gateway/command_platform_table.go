package gateway

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// printAccounts prints accounts as a table, and below it, of those that were
// checked, what is wrong.
func printAccounts(out io.Writer, reports []accountReport) error {
	checked := false
	for _, r := range reports {
		checked = checked || r.Check != nil
	}
	// what cannot be written shows when the writer is flushed
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "PLATFORM\tMAPPING\tCLIENT\tSERVER\tCREDENTIAL\tALLOWLIST\tBREAKER\tBUDGET\tDEPRECATED")
	if checked {
		_, _ = fmt.Fprint(w, "\tCLOCK\tLATENCY\tCHECK")
	}
	_, _ = fmt.Fprintln(w)
	for _, r := range reports {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.Platform, r.Mapping, orDash(r.Client), r.Server,
			r.Credential.State, r.allowlist(), r.Breaker.State, r.budget(), r.deprecated())
		if c := r.Check; c != nil {
			_, _ = fmt.Fprintf(w, "\t%s\t%s\t%s", c.clock(), c.latency(), c.Status)
		}
		_, _ = fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range reports {
		if err := reports[i].printNotes(out); err != nil {
			return err
		}
	}
	return nil
}

// printNotes prints what does not fit into the table, a line each.
func (r *accountReport) printNotes(out io.Writer) error {
	name := r.Platform
	if r.Client != nil {
		name += " of " + *r.Client
	}
	var lines []string
	if c := r.Check; c != nil && c.Detail != "" {
		line := c.Detail
		if c.Code != nil {
			line = *c.Code + ": " + line
		}
		if n := c.Native; n != nil && n.Message != "" {
			line += fmt.Sprintf(" (it says: %s)", n.Message)
		}
		lines = append(lines, line)
	}
	for _, d := range r.Deprecations {
		lines = append(lines, d.String())
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(out, "%s: %s\n", name, printable(line)); err != nil {
			return err
		}
	}
	return nil
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// allowlist names the address that is refused.
func (r *accountReport) allowlist() string {
	if len(r.Allowlist.Addresses) == 0 {
		return r.Allowlist.State
	}
	return r.Allowlist.State + " " + strings.Join(r.Allowlist.Addresses, ",")
}

func (r *accountReport) budget() string {
	if r.Budget.Remaining == nil {
		return "-"
	}
	return strconv.Itoa(*r.Budget.Remaining)
}

// deprecated is since when the first of what is deprecated is so.
func (r *accountReport) deprecated() string {
	if len(r.Deprecations) == 0 {
		return "-"
	}
	return "since " + slices.MinFunc(r.Deprecations, func(x, y deprecation) int { return strings.Compare(x.Since, y.Since) }).Since
}

// String says what is deprecated, since when, and what to do.
func (d deprecation) String() string {
	var b strings.Builder
	b.WriteString("deprecated since " + d.Since)
	if d.Sunset != "" {
		b.WriteString(", ends on " + d.Sunset)
	}
	if len(d.Operations) > 0 {
		b.WriteString(", of " + strings.Join(d.Operations, ", "))
	}
	for _, text := range []string{d.Note, d.Link} {
		if text != "" {
			b.WriteString(": " + text)
		}
	}
	return b.String()
}

// clock tells how far the platform's clock is ahead or behind; within what is
// known it is right.
func (c *checkReport) clock() string {
	if c.ClockSkewMS == nil {
		return "unknown"
	}
	if distance(*c.ClockSkewMS) <= *c.ClockErrorMS {
		return "ok"
	}
	skew := roundDuration(time.Duration(*c.ClockSkewMS) * time.Millisecond)
	if skew > 0 {
		return "+" + skew.String()
	}
	return skew.String()
}

func (c *checkReport) latency() string {
	if c.LatencyMS == nil {
		return "-"
	}
	return roundDuration(time.Duration(*c.LatencyMS * float64(time.Millisecond))).String()
}
