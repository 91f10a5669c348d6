package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "cache",
		Usage: "<stats|purge>",
		Short: "Shows and purges what a running gateway keeps of the platforms' answers",
		Long: `
Asks a running gateway about the answers that it keeps, through its admin API.
That is found as "reload" finds it: by --address, or in the configuration that
--config names, or at localhost:2019. A gateway with "admin off" cannot be asked.`,
		CobraFunc: cacheCommand,
	})
}

func cacheCommand(cmd *cobra.Command) {
	at := endpointFlags(cmd)
	cmd.Example = `  tributary cache stats
  tributary cache purge --platform tracker_us --from 2026-01-01 --to 2026-01-31`
	cmd.AddCommand(cacheStatsCommand(at), cachePurgeCommand(at))
}

func cacheStatsCommand(at *endpoint) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Shows what is kept, and how answers were made since the gateway started",
		Long: `Shows what a running gateway keeps: for each operation of each platform how
much is in memory and in the store, and how reports and lists were answered since
the gateway started. A hit came from what is kept; one that is stale was past its
time, and said so; coalesced ones waited for the call of another. MEMORY counts
rows that were read ahead of a page too, also of lists that are not kept: they
are there for the next page alone. Below stand the state of memory and store, and
the ledgers of conversions.`,
		Example: `  tributary cache stats
  tributary cache stats --platform tracker_us --json`,
		Args: cobra.NoArgs,
	}
	platform := cmd.Flags().String("platform", "", "the platform (default all)")
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := make(url.Values)
		if *platform != "" {
			q.Set("platform", *platform)
		}
		var report cacheReport
		if err := at.fetch(http.MethodGet, adminCache, q, &report); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), report)
		}
		return printCache(cmd.OutOrStdout(), report)
	}
	return cmd
}

func cachePurgeCommand(at *endpoint) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "purge",
		Short: "Forgets what is kept, so that it is read from the platforms anew",
		Long: `Has a running gateway forget what it keeps, in memory and in the store, of a
platform, of an operation, of the days of a range, or of all of these together;
what is about no days goes with any range. The ledger of conversions goes where
no range and no operation but conversions.list is named.

Without any selection the command fails, unless --all says that all is meant.`,
		Example: `  tributary cache purge --platform tracker_us
  tributary cache purge --operation reports.query --from 2026-01-01 --to 2026-01-31
  tributary cache purge --all`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.String("platform", "", "the platform (default all)")
	flags.String("operation", "", "the operation, such as reports.query (default all)")
	flags.String("from", "", "the first day, such as 2026-01-01 (default since ever)")
	flags.String("to", "", "the last day (default for ever)")
	all := flags.Bool("all", false, "purge everything")
	asJSON := flags.Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := make(url.Values)
		for _, name := range []string{"platform", "operation", "from", "to"} {
			f := flags.Lookup(name)
			if !f.Changed {
				continue
			}
			// an unset variable of a script must not select everything
			if f.Value.String() == "" {
				return fmt.Errorf("--%s is empty; leave it out for the default", name)
			}
			q.Set(name, f.Value.String())
		}
		switch {
		case *all && len(q) > 0:
			return errors.New("--all leaves nothing to select")
		case *all:
			q.Set("all", "true")
		case len(q) == 0:
			return errors.New("what is to be purged? Select by --platform, --operation, --from and --to, or say --all")
		}
		var report purgeReport
		if err := at.fetch(http.MethodPost, adminCachePurge, q, &report); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), report)
		}
		return printPurge(cmd.OutOrStdout(), report)
	}
	return cmd
}

// fetch asks the admin API, and reads its answer.
func (e *endpoint) fetch(method, path string, query url.Values, answer any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	body, _, err := e.ask(method, path, nil, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("reading the answer of the gateway: %w; is --address that of its admin API?", err)
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
