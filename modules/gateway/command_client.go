package gateway

import (
	"errors"
	"fmt"
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
  tributary client add acme --platform tracker_us,tracker_eu --scope read,write --allow-ip 203.0.113.0/24 --rate 600/1m`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	platforms := flags.StringSlice("platform", nil, "a platform that the client may use (default all)")
	scopes := flags.StringSlice("scope", nil, "what the client may do: read, write, native, secrets, admin (default read)")
	allowIPs := flags.StringSlice("allow-ip", nil, "an address or range that the client may call from, or private_ranges (default any)")
	rate := flags.String("rate", "", "how often the client may call, as REQUESTS/DURATION, such as 600/1m (default no limit)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c := clientauth.Client{Name: args[0], Platforms: *platforms, AllowIPs: *allowIPs}
		c.Scopes = append(c.Scopes, *scopes...)
		if *rate != "" {
			r, err := parseRate(*rate)
			if err != nil {
				return err
			}
			c.Rate = r
		}
		key, err := addClient(*file, c)
		if err != nil {
			return err
		}
		cmd.PrintErrf("client %s was added to %s; this is its key, shown only now:\n", c.Name, *file)
		_, err = fmt.Fprintln(cmd.OutOrStdout(), key)
		return err
	}
	return cmd
}

// addClient adds a client with a new key to a file, and returns the key.
func addClient(file string, c clientauth.Client) (string, error) {
	clients, err := clientauth.ReadFile(file)
	if err != nil {
		return "", err
	}
	key := clientauth.NewKey()
	c.KeySHA256 = []string{clientauth.HashKey(key)}
	clients = append(clients, c)
	// the rules that the gateway has for all of them together
	if _, err := clientauth.New(clients, nil); err != nil {
		return "", err
	}
	return key, clientauth.WriteFile(file, clients)
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
			clients, err := clientauth.ReadFile(*file)
			if err != nil {
				return err
			}
			// what cannot be written shows when the writer is flushed
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(w, "NAME\tKEYS\tPLATFORMS\tSCOPES\tALLOW_IPS\tRATE")
			for _, c := range clients {
				scopes := make([]string, len(c.Scopes))
				for i, s := range c.Scopes {
					scopes[i] = string(s)
				}
				rate := "none"
				if c.Rate != nil {
					rate = c.Rate.String()
				}
				_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", c.Name, len(c.KeySHA256),
					listOr(c.Platforms, "all"), listOr(scopes, "read"), listOr(c.AllowIPs, "any"), rate)
			}
			return w.Flush()
		},
	}
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
			if err := revokeClient(*file, args[0]); err != nil {
				return err
			}
			cmd.PrintErrf("client %s was removed from %s\n", args[0], *file)
			return nil
		},
	}
}

func revokeClient(file, name string) error {
	clients, err := clientauth.ReadFile(file)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(clients, func(c clientauth.Client) bool { return c.Name == name })
	if i < 0 {
		return fmt.Errorf("%w: %q in %s", errNoClient, name, file)
	}
	return clientauth.WriteFile(file, slices.Delete(clients, i, i+1))
}

var errNoClient = errors.New("there is no such client")
