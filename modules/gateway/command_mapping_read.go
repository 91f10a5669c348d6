package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/mappingtest"
)

// binding are the flags that say how a platform is configured.
type bindingFlags struct {
	platform, zone, currency *string
	options                  *map[string]string
}

func newBindingFlags(flags *pflag.FlagSet) bindingFlags {
	return bindingFlags{
		platform: flags.String("platform", "", "the platform's name, the prefix of its identifiers (default the mapping's name)"),
		zone:     flags.String("zone", "", "the platform's time zone, such as Europe/London (default the mapping's)"),
		currency: flags.String("currency", "", "the currency of money that has none, such as EUR (default the mapping's)"),
		options:  flags.StringToString("option", nil, "an option of the platform, as NAME=VALUE"),
	}
}

// bind compiles the mapping that an argument names, as the flags say.
func (b bindingFlags) bind(s *mappingCommands, arg string) (*mapping.Platform, error) {
	f, err := findMapping(arg)
	if err != nil {
		return nil, err
	}
	m, err := f.load()
	if err != nil {
		return nil, err
	}
	return s.compile(m, mapping.Binding{Platform: *b.platform, Zone: *b.zone, Currency: *b.currency, Options: *b.options})
}

func mappingExplainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain <operation> <platform|folder> < native.json",
		Short: "Says where every member of a native answer came from",
		Long: `Reads a native answer from the standard input and prints, for each of its rows,
every unified member with its value, the native path and value that it came from,
what was done to it, and the line of the mapping that says so.

For a native report the operation is reports.query, and --report names the report.`,
		Example: `  tributary mapping explain conversions.list ./my-mappings/acme < native.json
  tributary mapping explain conversions.list ./my-mappings/acme --zone Asia/Tehran --option role=publisher < native.json
  tributary mapping explain reports.query ./my-mappings/acme --report daily < native.json`,
		Args: cobra.ExactArgs(2),
	}
	b := newBindingFlags(cmd.Flags())
	report := cmd.Flags().String("report", "", "the name of the native report that the answer is of")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s := mappingCommands{}
		defer s.cancelWith(cmd.Context())()
		p, body, err := bindAndRead(cmd, &s, b, args[1])
		if err != nil {
			return err
		}
		var readings *mappingtest.Readings
		switch {
		case *report != "":
			readings, err = mappingtest.ExplainReport(p, *report, body)
		case args[0] == "reports.query":
			return errors.New("--report has to name the native report that the answer is of")
		default:
			readings, err = mappingtest.Explain(p, args[0], body)
		}
		if err != nil {
			return err
		}
		return readings.Print(cmd.OutOrStdout())
	}
	return cmd
}

func mappingRunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run <operation> <platform|folder> < native.json",
		Short: "Prints what a native answer reads as",
		Long: `Reads a native answer from the standard input and prints the unified result: the
rows of a list, an object, or the problem that an error rule of the mapping makes of
the answer. Exits with 1 where it is a problem, or where the answer cannot be used.`,
		Example: `  tributary mapping run conversions.list ./my-mappings/acme --currency EUR < native.json
  tributary mapping run campaigns.get ./my-mappings/acme --status 404 < native.json`,
		Args: cobra.ExactArgs(2),
	}
	b := newBindingFlags(cmd.Flags())
	status := cmd.Flags().Int("status", http.StatusOK, "the HTTP status of the answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s := mappingCommands{}
		defer s.cancelWith(cmd.Context())()
		p, body, err := bindAndRead(cmd, &s, b, args[1])
		if err != nil {
			return err
		}
		unified, problem, err := mappingtest.Unify(cmd.Context(), p, args[0], mappingtest.Answer{Status: *status, Body: body})
		if err != nil {
			return err
		}
		if problem != nil {
			unified = problem.JSON("")
		}
		var out bytes.Buffer
		if err := json.Indent(&out, unified, "", "  "); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), out.String()); err != nil {
			return err
		}
		if problem != nil {
			return fmt.Errorf("the answer is the problem %s", problem.Code)
		}
		return nil
	}
	return cmd
}

// bindAndRead compiles the mapping and reads the native answer.
func bindAndRead(cmd *cobra.Command, s *mappingCommands, b bindingFlags, arg string) (*mapping.Platform, []byte, error) {
	p, err := b.bind(s, arg)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(cmd.InOrStdin())
	if err != nil {
		return nil, nil, fmt.Errorf("reading the native answer: %w", err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil, errors.New("the standard input is empty; it has to be the native answer")
	}
	return p, body, nil
}
