package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "platform",
		Usage: "<list|check|credential-reload>",
		Short: "Lists and checks the platforms of a running gateway, and rotates their credentials",
		Long: `
Asks a running gateway about its platforms, through its admin API. That is found
as "reload" finds it: by --address, or in the configuration that --config names,
or at localhost:2019. A gateway with "admin off" cannot be asked.

No credential is ever shown.`,
		CobraFunc: platformCommand,
	})
}

// endpoint is where the admin API of the running gateway is.
type endpoint struct {
	address, config, adapter *string
}

// endpointFlags are the flags of commands that ask the running gateway.
func endpointFlags(cmd *cobra.Command) *endpoint {
	flags := cmd.PersistentFlags()
	return &endpoint{
		address: flags.String("address", "", "the address of the admin API (default that of --config, else localhost:2019)"),
		config:  flags.StringP("config", "c", "", "the configuration file, which tells the address of the admin API"),
		adapter: flags.StringP("adapter", "a", "", "the adapter of the configuration file"),
	}
}

func platformCommand(cmd *cobra.Command) {
	at := endpointFlags(cmd)
	cmd.Example = `  tributary platform list
  tributary platform check --client all
  tributary platform credential-reload`
	cmd.AddCommand(platformListCommand(at), platformCheckCommand(at), credentialReloadCommand(at))
}

// ask makes a request of the admin API, and returns the answer's body and ETag.
func (e *endpoint) ask(method, path string, header http.Header, body []byte) (answer []byte, etag string, err error) {
	address, err := caddycmd.DetermineAdminAPIAddress(*e.address, nil, *e.config, *e.adapter)
	if err != nil {
		return nil, "", fmt.Errorf("finding the admin API: %w", err)
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	resp, err := caddycmd.AdminAPIRequest(address, method, path, header, reader)
	if err != nil {
		return nil, "", fmt.Errorf("asking the gateway at %s: %w", address, plainly(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		return nil, "", fmt.Errorf("asking the gateway at %s: %w", address, err)
	}
	return answer, resp.Header.Get("Etag"), nil
}

// refusedByAdmin is how Caddy's client words what the admin API refuses.
var refusedByAdmin = regexp.MustCompile(`(?s)^caddy responded with error: HTTP \d+: (\{.*\})\s*$`)

// plainly returns what the admin API says of a request that it refuses, without
// the JSON around it. Other errors it returns as they are.
func plainly(err error) error {
	var refusal struct {
		Error string `json:"error"`
	}
	m := refusedByAdmin.FindStringSubmatch(err.Error())
	if m == nil || json.Unmarshal([]byte(m[1]), &refusal) != nil || refusal.Error == "" {
		return err
	}
	return errors.New(refusal.Error)
}

// accounts asks for accounts, and reads the answer.
func (e *endpoint) accounts(method, path string, query url.Values) ([]accountReport, error) {
	var answer accountReports
	if err := e.fetch(method, path, query, &answer); err != nil {
		return nil, err
	}
	return answer.Accounts, nil
}

// selection is which accounts a command is about, and how it prints them.
type selection struct {
	client *string
	asJSON *bool
}

func selectionFlags(cmd *cobra.Command) selection {
	return selection{
		client: cmd.Flags().String("client", "", `the accounts that a client has of its own, or "all" (default the accounts of clients without their own)`),
		asJSON: cmd.Flags().Bool("json", false, "print JSON"),
	}
}

func (s selection) query(platforms []string) url.Values {
	q := make(url.Values)
	for _, name := range platforms {
		q.Add("platform", name)
	}
	if *s.client != "" {
		q.Set("client", *s.client)
	}
	return q
}

func (s selection) print(w io.Writer, reports []accountReport) error {
	if !*s.asJSON {
		return printAccounts(w, reports)
	}
	return printJSON(w, accountReports{Accounts: reports})
}

func platformListCommand(at *endpoint) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [<platform>...]",
		Short: "Lists the platforms with what is known of them, without asking them",
		Long: `Lists the platforms of a running gateway with what its calls have told so far.
The platforms are not asked.`,
		Example: `  tributary platform list
  tributary platform list tracker_us --client all --json`,
	}
	chosen := selectionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		reports, err := at.accounts(http.MethodGet, adminPlatforms, chosen.query(args))
		if err != nil {
			return err
		}
		return chosen.print(cmd.OutOrStdout(), reports)
	}
	return cmd
}

func platformCheckCommand(at *endpoint) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [<platform>...]",
		Short: "Calls each platform once, and tells what is wrong",
		Long: `Has a running gateway call each platform once, all at the same time, with the
cheapest call that its mapping names. A table tells whether the credential is
accepted and the gateway's address allowed, how far the platform's clock is from
the gateway's, and how long the answer took; below it stands what is wrong and
what to do. The command fails if anything is wrong.`,
		Example: `  tributary platform check
  tributary platform check tracker_us --client acme --timeout 5s`,
	}
	chosen := selectionFlags(cmd)
	timeout := cmd.Flags().Duration("timeout", defaultCheckTimeout, "how long a platform may take")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		query := chosen.query(args)
		query.Set("timeout", timeout.String())
		reports, err := at.accounts(http.MethodPost, adminCheck, query)
		if err != nil {
			return err
		}
		if err := chosen.print(cmd.OutOrStdout(), reports); err != nil {
			return err
		}
		return verdict(reports)
	}
	return cmd
}

// verdict is the error of a check that found something wrong.
func verdict(reports []accountReport) error {
	wrong := 0
	for _, r := range reports {
		if r.Check != nil && r.Check.Status == checkWrong {
			wrong++
		}
	}
	if wrong == 0 {
		return nil
	}
	return fmt.Errorf("checking %d accounts: something is wrong with %d", len(reports), wrong)
}

func credentialReloadCommand(at *endpoint) *cobra.Command {
	return &cobra.Command{
		Use:   "credential-reload",
		Short: "Has a running gateway read the credentials behind placeholders again",
		Long: `Has a running gateway load its present configuration once more, so that
placeholders of credentials such as {file./run/secrets/tracker} are resolved again.
No request is dropped. If one cannot be resolved any more the command fails and
says which, and what runs keeps running with the credentials that it has.

{env.NAME} is the environment of the running gateway, which only a restart changes.`,
		Example: `  tributary platform credential-reload --config Caddyfile`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := at.reloadCredentials()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "read the credentials of %d platforms again\n", n)
			return err
		},
	}
}

// adminApp is where the admin API has the app's configuration.
const adminApp = "/config/apps/tributary"

// reloadCredentials gives the gateway the configuration that it has, and returns
// of how many platforms. Should another one be loaded in between, this one is
// refused rather than undoing it.
func (e *endpoint) reloadCredentials() (platforms int, err error) {
	accounts, err := e.accounts(http.MethodGet, adminPlatforms, nil)
	if err != nil {
		return 0, err
	}
	present, etag, err := e.ask(http.MethodGet, adminApp, nil, nil)
	if err != nil {
		return 0, err
	}
	header := http.Header{
		"If-Match":      {etag},
		"Cache-Control": {"must-revalidate"}, // or Caddy would see nothing new in it
	}
	if *e.config != "" {
		// or Caddy would no longer reload this file when it gets the signal to
		header.Set("Caddy-Config-Source-File", *e.config)
		header.Set("Caddy-Config-Source-Adapter", *e.adapter)
	}
	if _, _, err := e.ask(http.MethodPatch, adminApp, header, present); err != nil {
		return 0, fmt.Errorf("keeping the present credentials: %w", err)
	}
	return len(accounts), nil
}

// roundDuration makes a duration short to read.
func roundDuration(d time.Duration) time.Duration {
	switch a := d.Abs(); {
	case a < 10*time.Millisecond:
		return d.Round(100 * time.Microsecond)
	case a < time.Second:
		return d.Round(time.Millisecond)
	case a < time.Minute:
		return d.Round(100 * time.Millisecond)
	default:
		return d.Round(time.Second)
	}
}
