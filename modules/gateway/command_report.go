package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "report",
		Usage: "(--from <day> --to <day> | --interval <name>) [--group-by <names>] [--metrics <names>]",
		Short: "Prints a report of a running gateway",
		Long: `
Asks a running gateway for a report and prints it as a table, as CSV, or as the
JSON of the API. The platforms that failed or lack something that was asked for are
named on standard error. The command fails where a platform failed, after printing
what there is: the totals are then not those of all platforms. With --partial such a
report is good enough.

The client key is read from the environment variable TRIBUTARY_KEY or from a file,
never from the command line, which other users of the machine can see.

An interval called last_… ends today: on 20 November, last_month is 21 October to
20 November. One called this_… begins with the calendar's week, month or year. For
the calendar month before, give --from and --to.

Filters are FIELD=VALUES, FIELD!=VALUES, FIELD>VALUE (also >=, <, <=), or
FIELD:OPERATOR:VALUE with any operator of the API, such as keyword:contains:shoes
or referrer:set. VALUES is a list with commas.`,
		CobraFunc: reportCommand,
	})
}

// keyVariable is the environment variable with the client key.
const keyVariable = "TRIBUTARY_KEY"

// The forms that a report is printed in.
const (
	formatTable = "table"
	formatCSV   = "csv"
	formatJSON  = "json"
)

// reportRequest is the body of a report request, as the API has it.
type reportRequest struct {
	From     string            `json:"from,omitempty"`
	To       string            `json:"to,omitempty"`
	Interval string            `json:"interval,omitempty"`
	Timezone string            `json:"timezone,omitempty"`
	Platform []string          `json:"platform,omitempty"`
	GroupBy  []string          `json:"group_by,omitempty"`
	Metrics  []string          `json:"metrics,omitempty"`
	Filters  []reportCondition `json:"filters,omitempty"`
	Sort     []string          `json:"sort,omitempty"`
	Limit    any               `json:"limit,omitempty"` // a number, or all
}

func reportCommand(cmd *cobra.Command) {
	cmd.Args = cobra.NoArgs
	cmd.Example = `  export TRIBUTARY_KEY=trib_demo
  tributary report --interval last_7_days --group-by platform,date --metrics clicks,conversions,commission
  tributary report --from 2026-01-01 --to 2026-03-31 --group-by network --filter country=DE,FR --filter 'conversions>=10' \
      --sort=-commission --format csv --address https://api.example.com --key-file ./acme.key`
	flags := cmd.Flags()
	address := flags.String("address", "http://127.0.0.1:8080", "the gateway's base URL; with a path where the API is not at /v1")
	keyFile := flags.String("key-file", "", "a file with the client key (default the environment variable "+keyVariable+")")
	timeout := flags.Duration("timeout", 2*time.Minute, "how long the report may take")
	format := flags.String("format", formatTable, "table, csv or json")
	limit := flags.String("limit", "", "the most rows, or all (default 100)")
	partial := flags.Bool("partial", false, "succeed also where a platform failed, wholly or in part")
	filters := flags.StringArray("filter", nil, "a condition, such as country=DE,FR; any number of times")
	var body reportRequest
	flags.StringVar(&body.From, "from", "", "the first day, such as 2026-01-01")
	flags.StringVar(&body.To, "to", "", "the last day, which is included")
	flags.StringVar(&body.Interval, "interval", "", "in place of --from and --to: today, yesterday, last_7_days, this_month, …")
	flags.StringVar(&body.Timezone, "timezone", "", "the time zone of days, such as Europe/Berlin (default UTC)")
	flags.StringSliceVar(&body.Platform, "platform", nil, "the platforms (default all that the client may use)")
	flags.StringSliceVar(&body.GroupBy, "group-by", nil, "dimensions, such as platform,date")
	flags.StringSliceVar(&body.Metrics, "metrics", nil, "metrics, such as clicks,commission")
	flags.StringSliceVar(&body.Sort, "sort", nil, "what rows are sorted by, such as -commission")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *format != formatTable && *format != formatCSV && *format != formatJSON {
			return fmt.Errorf("--format is %s, %s or %s, not %q", formatTable, formatCSV, formatJSON, *format)
		}
		asked := body
		var err error
		if asked.Limit, err = parseLimit(*limit); err != nil {
			return err
		}
		for _, text := range *filters {
			c, err := parseCondition(text)
			if err != nil {
				return err
			}
			asked.Filters = append(asked.Filters, c)
		}
		key, err := readKey(*keyFile)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), *timeout)
		defer cancel()
		resp, err := requestReport(ctx, *address, key, *format, &asked)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		platforms, err := printReport(cmd.OutOrStdout(), cmd.ErrOrStderr(), resp, *format)
		if err != nil {
			return err
		}
		failed, err := printPlatforms(cmd.ErrOrStderr(), platforms)
		if err != nil || *partial || len(failed) == 0 {
			return err
		}
		return fmt.Errorf("the report is not complete: it lacks all or some of %s; with --partial that is good enough", strings.Join(failed, ", "))
	}
}

// parseLimit reads the most rows: nothing, a number, or all.
func parseLimit(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	if text == "all" {
		return text, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("--limit is a number, or all; %q is not", text)
	}
	return n, nil
}

// readKey returns the client key, of a file where one is named.
func readKey(file string) (string, error) {
	text, from := os.Getenv(keyVariable), "the environment variable "+keyVariable
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("reading the client key: %w", err)
		}
		text, from = string(b), file
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("there is no client key in %s; set %s or give --key-file", from, keyVariable)
	}
	return text, nil
}

// reportURL is where a gateway answers reports.
func reportURL(address, format string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", fmt.Errorf("--address is a URL such as https://api.example.com, without a password; %q is not", redacted(u, address))
	}
	if u.Path = strings.TrimRight(u.Path, "/"); u.Path == "" {
		u.Path = "/v1"
	}
	u = u.JoinPath("reports")
	u.RawQuery = url.Values{"format": {format}}.Encode()
	return u.String(), nil
}

// redacted is an address without its password.
func redacted(u *url.URL, text string) string {
	if u == nil {
		return text
	}
	return u.Redacted()
}

// requestReport asks a gateway for a report. The error says what the gateway
// refuses, and never holds the key.
func requestReport(ctx context.Context, address, key, format string, asked *reportRequest) (*http.Response, error) {
	if format == formatTable {
		format = formatJSON
	}
	target, err := reportURL(address, format)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{CheckRedirect: func(to *http.Request, _ []*http.Request) error {
		return fmt.Errorf("the gateway redirects to %s://%s, which the key does not follow; give it as --address", to.URL.Scheme, to.URL.Host)
	}}
	resp, err := client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("asking the gateway at %s: no answer in time; give it more by --timeout, or ask for less", address)
		}
		return nil, fmt.Errorf("asking the gateway: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer func() { _ = resp.Body.Close() }()
		return nil, refusal(resp)
	}
	return resp, nil
}
