package clientauth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/caddyserver/caddy/v2"
)

// Client is a caller of the gateway, as configured.
type Client struct {
	// The client's name: how logs, `{http.auth.user.id}` and the commands call
	// it. Up to 128 printable characters without spaces.
	Name string `json:"name"`

	// SHA-256 digests, in hexadecimal, of the keys that the client may use.
	// Several at once let a key be rotated without a gap. A client without a
	// key can be reached only where a handler takes the client's name from
	// another authentication provider (`identity`).
	KeySHA256 []string `json:"key_sha256,omitempty"`

	// Names of the platforms that the client may use. Default: all of them.
	Platforms []string `json:"platforms,omitempty"`

	// What the client may do: `read`, `write`, `native` (speak a platform's own
	// dialect), `secrets` (see tokens that platforms give out), `admin`. None
	// includes another. Default: `read`.
	Scopes []Scope `json:"scopes,omitempty"`

	// What the client may do natively, of the platforms that it may use: with one
	// rule or more, only what a rule names; a rule for one platform is none for
	// another. Needs the scope `native`. Default: everything.
	Native []NativeRule `json:"native,omitempty"`

	// Addresses and CIDR ranges that the client may call from; `private_ranges`
	// stands for all private and loopback ranges. Default: any address.
	AllowIPs []string `json:"allow_ips,omitempty"`

	// How often the client may call. Default: no limit.
	Rate *Rate `json:"rate,omitempty"`

	// The client's own native accounts: credentials by platform and name, used
	// in place of the platform's own. Placeholders like `{env.NAME}` and
	// `{file./path}` are resolved once, when the configuration loads.
	Credentials map[string]map[string]string `json:"credentials,omitempty"`

	// Where the client was configured (file:line), for messages. The
	// Caddyfile adapter sets it.
	DeclaredAt string `json:"declared_at,omitempty"`
}

// Scope is one kind of thing that a client may do. It is plain text, so that the
// engine can ask for one without knowing this package.
type Scope = string

// The scopes.
const (
	// ScopeRead allows everything that changes nothing, on the gateway and natively.
	ScopeRead Scope = "read"
	// ScopeWrite allows operations that create, change or delete native objects.
	ScopeWrite Scope = "write"
	// ScopeNative allows a platform's own dialect.
	ScopeNative Scope = "native"
	// ScopeSecrets shows members that are secrets of a platform's users, such as campaign tokens.
	ScopeSecrets Scope = "secrets"
	// ScopeAdmin allows what concerns the gateway or a platform as a whole, such as clearing logs.
	ScopeAdmin Scope = "admin"
)

// Scopes lists all scopes.
func Scopes() []Scope {
	return []Scope{ScopeRead, ScopeWrite, ScopeNative, ScopeSecrets, ScopeAdmin}
}

// Rate is a number of requests per time: a bucket of that many requests, full
// at first, that refills evenly over the time.
type Rate struct {
	// How many requests. At least 1.
	Requests int `json:"requests"`

	// In which time. At least `1s`.
	Per caddy.Duration `json:"per"`
}

// Validate refuses a rate that cannot be kept or said in whole seconds.
func (r Rate) Validate() error {
	if r.Requests < 1 {
		return fmt.Errorf("a rate needs at least 1 request, not %d", r.Requests)
	}
	if time.Duration(r.Per) < time.Second {
		return fmt.Errorf("a rate is per 1s or longer, not %s", time.Duration(r.Per))
	}
	return nil
}

// perSecond returns how many requests the bucket regains in a second.
func (r Rate) perSecond() float64 {
	return float64(r.Requests) / time.Duration(r.Per).Seconds()
}

// String returns the rate as the command line writes it: 600/1m.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Requests, r.window()) }

// window returns the time without parts that are zero: 1m, not 1m0s.
func (r Rate) window() string {
	s := time.Duration(r.Per).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// maxNameLength bounds a client's name, which logs and headers of other
// modules repeat.
const maxNameLength = 128

// Validate refuses a client that could never be admitted as it is written.
// Errors name the client, where it was configured, and the offending value.
func (c *Client) Validate() error {
	err := c.validate()
	if err == nil {
		err = c.validateNative()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.where(), err)
	}
	return nil
}

// validate refuses what is wrong whatever else may follow.
func (c *Client) validate() error {
	if c.Name == "" {
		return errors.New("a client needs a name")
	}
	if len(c.Name) > maxNameLength {
		return fmt.Errorf("a name has at most %d bytes, not %d", maxNameLength, len(c.Name))
	}
	if strings.ContainsFunc(c.Name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return errors.New("a name has only printable characters and no spaces")
	}
	for _, sum := range c.KeySHA256 {
		if _, err := parseDigest(sum); err != nil {
			return err
		}
	}
	for _, s := range c.Scopes {
		if !slices.Contains(Scopes(), s) {
			return fmt.Errorf("unknown scope %q; the scopes are %s", s, joinScopes())
		}
	}
	if _, err := parseRanges(c.AllowIPs); err != nil {
		return err
	}
	if c.Rate != nil {
		return c.Rate.Validate()
	}
	return nil
}

// where names the client in errors.
func (c *Client) where() string {
	s := fmt.Sprintf("client %q", c.Name)
	if c.DeclaredAt != "" {
		s += ", at " + c.DeclaredAt
	}
	return s
}

func joinScopes() string {
	return strings.Join(Scopes(), ", ")
}
