package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/plugins"
)

func mappingCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [<platform|folder>...]",
		Short: "Says what is wrong in mappings, all at once",
		Long: `Compiles mappings as the gateway does when it starts, and says of every fault the
file, line and column, what is wrong, and what was probably meant. Without an
argument the bundled mappings are checked. Where a mapping has options, it is
compiled with each of their values. An inventory.yaml beside it has to be true.

Exits with 1 where there is a fault.`,
		Example: `  tributary mapping check
  tributary mapping check ./my-mappings/acme
  tributary mapping check ./my-mappings --json`,
	}
	asJSON := cmd.Flags().Bool("json", false, "print a list of {mapping, faults: [{file, line, column, message, source}]}")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		folders, err := findMappings(args)
		if err != nil {
			return err
		}
		s := mappingCommands{}
		defer s.cancelWith(cmd.Context())()
		faulty, faults := 0, 0
		var reports []mappingReport
		for _, f := range folders {
			r := s.check(f)
			reports = append(reports, r)
			if faults += len(r.Faults); len(r.Faults) > 0 {
				faulty++
			}
		}
		if err := printChecks(cmd.OutOrStdout(), reports, *asJSON); err != nil {
			return err
		}
		if faults > 0 {
			return fmt.Errorf("%s in %s", count(faults, "fault"), count(faulty, "mapping"))
		}
		return nil
	}
	return cmd
}

// mappingReport is what was found in one mapping.
type mappingReport struct {
	Mapping string         `json:"mapping"`
	Faults  []mappingFault `json:"faults"`

	summary string
	faults  []mapping.Fault
}

// mappingFault is a fault as JSON. Line and Column are zero where the mapping as a whole
// is at fault.
type mappingFault struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Source  string `json:"source,omitempty"`
}

// mappingCommands compiles mappings outside of a configuration.
type mappingCommands struct {
	codecs func(name string) (plugins.CodecProvider, error)
}

func (s *mappingCommands) cancelWith(ctx context.Context) (cancel context.CancelFunc) {
	s.codecs, cancel = commandCodecs(ctx)
	return cancel
}

// check compiles the mapping of a folder.
func (s *mappingCommands) check(f mappingFolder) mappingReport {
	r := mappingReport{Mapping: f.label, Faults: []mappingFault{}}
	m, err := f.load()
	if err != nil {
		faults := faultsOf(err)
		faults = append(faults, s.meaning(f, faults)...)
		slices.SortStableFunc(faults, func(a, b mapping.Fault) int { return cmp.Compare(a.Line, b.Line) })
		r.add(mapping.Faults(faults))
		return r
	}
	for _, options := range choices(m) {
		p, err := s.compile(m, mapping.Binding{Options: options})
		if err != nil {
			r.add(err)
			continue
		}
		if r.summary == "" {
			if err := f.checkInventory(m, p); err != nil {
				r.add(err)
			}
			r.summary = fmt.Sprintf("%s, %s", count(len(p.Operations()), "operation"), count(len(p.Reports), "report"))
		}
	}
	return r
}

// meaning tells what is wrong besides with a mapping whose form is, as far as it can be
// read: one run is to say all. What has no meaning because of its form is left out.
func (s *mappingCommands) meaning(f mappingFolder, form []mapping.Fault) []mapping.Fault {
	text, err := fs.ReadFile(f, mappingFile)
	if err != nil {
		return nil // which is the fault that is known
	}
	m, _ := mapping.Parse(f.label+"/"+mappingFile, text)
	if m == nil {
		return nil
	}
	if _, err = s.compile(m, mapping.Binding{Platform: path.Base(f.label)}); err == nil {
		return nil
	}
	return slices.DeleteFunc(faultsOf(err), func(fault mapping.Fault) bool {
		return slices.ContainsFunc(form, func(known mapping.Fault) bool { return known.Line == fault.Line })
	})
}

// compile binds a mapping to a platform of its own name, unless b names another.
func (s *mappingCommands) compile(m *mapping.Mapping, b mapping.Binding) (*mapping.Platform, error) {
	surface, err := loadSurface()
	if err != nil {
		return nil, fmt.Errorf("loading the surface: %w", err)
	}
	if b.Platform == "" {
		b.Platform = m.Platform
	}
	b.Server, b.Codecs = serverOf(m), s.codecs
	return mapping.Compile(m, surface, b)
}

// choices are the settings under which a mapping is compiled: its defaults, and each
// value of each option.
func choices(m *mapping.Mapping) []map[string]string {
	out := []map[string]string{nil}
	for _, o := range m.Options {
		for _, value := range o.Values {
			out = append(out, map[string]string{o.Name: value})
		}
	}
	return out
}

// add takes the faults of an error that are not there yet.
func (r *mappingReport) add(err error) {
	for _, f := range faultsOf(err) {
		fault := mappingFault{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message, Source: f.Source}
		known := false
		for _, other := range r.Faults {
			known = known || other == fault
		}
		if !known {
			r.Faults, r.faults = append(r.Faults, fault), append(r.faults, f)
		}
	}
}

// faultsOf takes an error apart into faults. What has no place is a fault without one.
func faultsOf(err error) []mapping.Fault {
	if faults, ok := errors.AsType[mapping.Faults](err); ok {
		return faults
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []mapping.Fault
		for _, e := range joined.Unwrap() {
			out = append(out, faultsOf(e)...)
		}
		return out
	}
	return []mapping.Fault{{Message: err.Error()}}
}

func printChecks(w io.Writer, reports []mappingReport, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(reports)
	}
	for _, r := range reports {
		if len(r.faults) == 0 {
			if _, err := fmt.Fprintf(w, "%s: ok (%s)\n", r.Mapping, r.summary); err != nil {
				return err
			}
		}
		for _, f := range r.faults {
			text := f.String()
			if f.Line == 0 {
				text = r.Mapping + ": " + f.Message
			}
			if _, err := fmt.Fprintln(w, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// count writes a number of things: 1 fault, 2 faults.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
