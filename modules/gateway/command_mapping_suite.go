package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/mappingtest"
)

// coverageKinds are the words of --require-coverage.
var coverageKinds = map[string][]string{
	"operations": {mappingtest.KindOperation},
	"rules":      {mappingtest.KindRule},
	"enums":      {mappingtest.KindEnum},
	"stops":      {mappingtest.KindStop},
	"fields":     {mappingtest.KindField},
	"writes":     {mappingtest.KindWrite},
	"all": {
		mappingtest.KindOperation, mappingtest.KindRule, mappingtest.KindEnum,
		mappingtest.KindStop, mappingtest.KindField, mappingtest.KindWrite,
	},
}

func mappingTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test [<platform|folder>...]",
		Short: "Runs the tests beside mappings",
		Long: `Runs the tests.yaml beside each mapping on the gateway's own engine, with a
platform that answers from the test. A native request that is missing, not
expected or other than expected is shown with the line of the test.

Every operation that a test has a good answer of is then given hostile ones: cut
off, empty, a web page, values that nobody knows, and more. A table at the end says
which operations, members, enum values, error rules and ends of paging no test
reached.

Without an argument the bundled mappings are tested. Exits with 1 where a test or a
hostile answer fails, or where --require-coverage finds something that no test
reaches.`,
		Example: `  tributary mapping test
  tributary mapping test ./my-mappings/acme --verbose
  tributary mapping test ./my-mappings --require-coverage operations,rules,enums,stops`,
	}
	flags := cmd.Flags()
	verbose := flags.BoolP("verbose", "v", false, "name the tests that pass, too")
	require := flags.StringSlice("require-coverage", nil, "fail where tests do not reach all of these: operations, rules, enums, stops, fields, writes, all")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var kinds []string
		for _, word := range *require {
			kind, ok := coverageKinds[word]
			if !ok {
				return fmt.Errorf("--require-coverage takes operations, rules, enums, stops, fields, writes and all, not %q", word)
			}
			kinds = append(kinds, kind...)
		}
		folders, err := findMappings(args)
		if err != nil {
			return err
		}
		s := mappingCommands{}
		defer s.cancelWith(cmd.Context())()
		var failed []string
		for _, f := range folders {
			result, err := s.test(cmd.Context(), f)
			if err != nil {
				cmd.PrintErrln(err)
				failed = append(failed, f.label)
				continue
			}
			if err := result.Print(cmd.OutOrStdout(), *verbose); err != nil {
				return err
			}
			if result.Failed() || len(result.Coverage.Missed(kinds...)) > 0 {
				failed = append(failed, f.label)
			}
		}
		if len(failed) > 0 {
			slices.Sort(failed)
			return fmt.Errorf("failed: %s", strings.Join(failed, ", "))
		}
		return nil
	}
	return cmd
}

// test runs the tests of a folder.
func (s *mappingCommands) test(ctx context.Context, f mappingFolder) (*mappingtest.Result, error) {
	m, err := f.load()
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(f, mapping.SuiteFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no %s beside the mapping", f.label, mapping.SuiteFile)
	}
	if err != nil {
		return nil, err
	}
	suite, err := mapping.ParseSuite(path.Join(f.label, mapping.SuiteFile), text)
	if err != nil {
		return nil, err
	}
	surface, err := loadSurface()
	if err != nil {
		return nil, fmt.Errorf("loading the surface: %w", err)
	}
	bench := &mappingtest.Bench{Mapping: m, Suite: suite, Files: f, Surface: surface, Codecs: s.codecs}
	return bench.Run(ctx)
}
