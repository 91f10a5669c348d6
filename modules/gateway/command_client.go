package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "client",
		Usage: "<add|list|revoke>",
		Short: "Adds, lists and revokes clients of the gateway",
		Long: `
Keeps a file of clients. A gateway whose configuration has the file as its
clients_file reads it again within seconds of a change; nothing needs to be
reloaded. Of a key only the SHA-256 is kept.

An entry that the gateway cannot use, such as one for a platform that is not
configured, is left out, and the gateway's log says why.

Only the user who runs the command may read the file, so that has to be the
user of the gateway.`,
		CobraFunc: clientCommand,
	})
}

func clientCommand(cmd *cobra.Command) {
	file := cmd.PersistentFlags().String("file", "clients.json", "the file of clients")
	cmd.Example = `  tributary client add acme --platform tracker_us --scope read --rate 600/1m
  tributary client list
  tributary client revoke acme`
	cmd.AddCommand(clientAddCommand(file), clientListCommand(file), clientRevokeCommand(file))
}

func clientAddCommand(file *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add <name>",
		Short: "Adds a client and prints its key, which is shown only now",
		Long: `Adds a client to the file and prints its key on the standard output. The key
is kept nowhere: whoever needs it has to take it now.`,
		Example: `  tributary client add acme
  tributary client add acme --platform tracker_us,tracker_eu --scope read,write --allow-ip 203.0.113.0/24 --rate 600/1m
  tributary client add partner --scope native --native "tracker_us GET /admin_api/v1/*" --native "tracker_eu POST /admin_api/v1/report/build"`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	platforms := flags.StringSlice("platform", nil, "a platform that the client may use (default all)")
	scopes := flags.StringSlice("scope", nil, "what the client may do: read, write, native, secrets, admin (default read)")
	allowIPs := flags.StringSlice("allow-ip", nil, "an address or range that the client may call from, or private_ranges (default any)")
	native := flags.StringArray("native", nil, "what the client may do natively, as \"PLATFORM [METHODS [PATH...]]\"; may be repeated (default everything)")
	rate := flags.String("rate", "", "how often the client may call, as REQUESTS/DURATION, such as 600/1m (default no limit)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		// an unset variable of a script must not become a client that may do all
		for _, name := range []string{"platform", "scope", "native", "allow-ip", "rate"} {
			if f := flags.Lookup(name); f.Changed && (f.Value.String() == "" || f.Value.String() == "[]") {
				return fmt.Errorf("--%s is empty; leave it out for the default", name)
			}
		}
		c := clientauth.Client{Name: args[0], Platforms: *platforms, Scopes: *scopes, AllowIPs: *allowIPs}
		for _, text := range *native {
			r, err := clientauth.ParseNativeRule(strings.Fields(text))
			if err != nil {
				return err
			}
			c.Native = append(c.Native, r)
		}
		if *rate != "" {
			r, err := parseRate(*rate)
			if err != nil {
				return err
			}
			c.Rate = r
		}
		key, err := addClient(cmd.Context(), *file, c)
		if err != nil {
			return err
		}
		cmd.PrintErrf("client %s was added to %s; this is its key, shown only now:\n", c.Name, *file)
		_, err = fmt.Fprintln(cmd.OutOrStdout(), key)
		return err
	}
	return cmd
}

// addClient adds a client with a new key to a file, and returns the key. It
// refuses what no gateway could use; which platforms and clients the
// configuration has is known to the gateway alone.
func addClient(ctx context.Context, file string, c clientauth.Client) (string, error) {
	key := clientauth.NewKey()
	c.KeySHA256 = []string{clientauth.HashKey(key)}
	if err := c.Validate(); err != nil {
		return "", err
	}
	names := slices.Clone(c.Platforms)
	for _, r := range c.Native {
		if r.Platform != "*" {
			names = append(names, r.Platform)
		}
	}
	for _, name := range names {
		if !platformName.MatchString(name) {
			return "", fmt.Errorf("client %q: %q cannot be the name of a platform", c.Name, name)
		}
	}
	err := clientauth.EditFile(ctx, file, func(entries []clientauth.Entry) ([]clientauth.Entry, error) {
		if slices.ContainsFunc(entries, named(c.Name)) {
			return nil, fmt.Errorf("client %q: there is another client of this name in %s", c.Name, file)
		}
		return append(entries, clientauth.Entry{Client: c}), nil
	})
	if err != nil {
		return "", err
	}
	return key, nil
}

// named tells whether an entry, usable or not, has a name.
func named(name string) func(clientauth.Entry) bool {
	return func(e clientauth.Entry) bool { return e.Client.Name == name }
}

// parseRate reads a rate as the command line has it: 600/1m.
func parseRate(text string) (*clientauth.Rate, error) {
	requests, per, ok := strings.Cut(text, "/")
	n, err := strconv.Atoi(requests)
	d, err2 := caddy.ParseDuration(per)
	if !ok || err != nil || err2 != nil {
		return nil, fmt.Errorf("a rate is REQUESTS/DURATION, such as 600/1m; %q is not", text)
	}
	r := &clientauth.Rate{Requests: n, Per: caddy.Duration(d)}
	return r, r.Validate()
}

func clientListCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Lists the clients of the file",
		Example: `  tributary client list`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkExists(*file); err != nil {
				return err
			}
			entries, err := clientauth.ReadFile(*file)
			if err != nil {
				return err
			}
			usable, err := clientauth.Usable(nil, entries)
			if err != nil {
				return err
			}
			// what cannot be written shows when the writer is flushed
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(w, "NAME\tKEYS\tPLATFORMS\tSCOPES\tALLOW_IPS\tRATE\tNATIVE")
			for _, c := range usable {
				rate := "none"
				if c.Rate != nil {
					rate = c.Rate.String()
				}
				_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", c.Name, len(c.KeySHA256),
					listOr(c.Platforms, "all"), listOr(c.Scopes, "read"), listOr(c.AllowIPs, "any"), rate, nativeRules(&c))
			}
			if err := w.Flush(); err != nil {
				return err
			}
			for i, e := range entries {
				if e.Err != nil {
					cmd.PrintErrf("entry %d cannot be used: %v\n", i+1, e.Err)
				}
			}
			return nil
		},
	}
}

// nativeRules is what a client may do natively, in a column of a table.
func nativeRules(c *clientauth.Client) string {
	if !slices.Contains(c.Scopes, clientauth.ScopeNative) {
		return "none"
	}
	var rules []string
	for _, r := range c.Native {
		rules = append(rules, r.String())
	}
	return listOr(rules, "all")
}

// checkExists fails where there is no such file. A gateway can do without one;
// a command that was given a file has most likely been given a wrong name.
func checkExists(file string) error {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no such file: %s", file)
	}
	return nil
}

func listOr(list []string, empty string) string {
	if len(list) == 0 {
		return empty
	}
	return strings.Join(list, ",")
}

func clientRevokeCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke <name>",
		Short:   "Removes a client: its keys are worth nothing from then on",
		Example: `  tributary client revoke acme`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := revokeClient(cmd.Context(), *file, args[0]); err != nil {
				return err
			}
			cmd.PrintErrf("client %s was removed from %s\n", args[0], *file)
			return nil
		},
	}
}

// revokeClient removes all entries of a name, usable or not: were one of two
// left, it would take the place of the other.
func revokeClient(ctx context.Context, file, name string) error {
	if err := checkExists(file); err != nil {
		return err
	}
	return clientauth.EditFile(ctx, file, func(entries []clientauth.Entry) ([]clientauth.Entry, error) {
		rest := slices.DeleteFunc(slices.Clone(entries), named(name))
		if len(rest) == len(entries) {
			return nil, fmt.Errorf("%w: %q in %s", errNoClient, name, file)
		}
		return rest, nil
	})
}

var errNoClient = errors.New("there is no such client")
