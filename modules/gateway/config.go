package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/modules/clientauth"
)

// Platform is the configuration of one platform: a native API that the
// operator has an account with.
type Platform struct {
	// The platform's name: the first part of its objects' ids, and what
	// clients call it. Lower-case letters, digits, `_` and `-`, beginning with
	// a letter, at most 64.
	Name string `json:"name"`

	// The mapping that describes this kind of platform. Default: the one that
	// has the platform's name.
	Mapping string `json:"mapping,omitempty"`

	// What stands before the documented paths: scheme, host, and a path where
	// the platform has one. May hold placeholders, resolved once when the
	// configuration loads. Default: the mapping's, where it has one.
	Server string `json:"server,omitempty"`

	// The native secrets, by the names that the mapping gives them.
	// Placeholders like `{env.NAME}` and `{file./path}` are resolved once,
	// when the configuration loads; only the placeholders are shown by the
	// admin API. Default: none, so that only clients with credentials of their
	// own may use the platform; there has to be such a client.
	Credentials map[string]string `json:"credentials,omitempty"`

	// The time zone of the account, as an IANA name (`Europe/London`).
	// Default: the mapping's.
	Timezone string `json:"timezone,omitempty"`

	// The currency of amounts that come without one, as an ISO 4217 code.
	// Default: the mapping's; without any, the currency is null.
	Currency string `json:"currency,omitempty"`

	// How long a native call may take: waiting for its turn, all attempts, and
	// their answers. Default: `30s`.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// How often the platform may be asked, retries included. Default: the
	// mapping's limit; without one, there is none.
	Rate *clientauth.Rate `json:"rate,omitempty"`

	// How many native requests may run at once. Default: the mapping's limit;
	// without one, 8.
	Concurrency int `json:"concurrency,omitempty"`

	// When the platform is given a pause. Default: after 10 failures in a row,
	// for 10s.
	Breaker *Breaker `json:"breaker,omitempty"`

	// The largest body of a native response, in bytes. Default: 67108864 (64 MiB).
	MaxBody int64 `json:"max_body,omitempty"`

	// Settings that the mapping offers, by name, such as the role of an account.
	Options map[string]string `json:"options,omitempty"`

	// How the platform is reached: any module of
	// `http.reverse_proxy.transport`. Default: `http` with its own defaults.
	TransportRaw json.RawMessage `json:"transport,omitempty" caddy:"namespace=http.reverse_proxy.transport inline_key=protocol"`

	// Where the platform was configured (file:line), for messages. The
	// Caddyfile adapter sets it.
	DeclaredAt string `json:"declared_at,omitempty"`
}

// Breaker says when a platform that keeps failing is given a pause. Failures
// are counted after retries: connections that fail, timeouts, and statuses of
// 500 and above.
type Breaker struct {
	// How many failures in a row open the breaker. Default: 10.
	Failures int `json:"failures,omitempty"`

	// How long the platform is then left alone. Default: `10s`.
	Delay caddy.Duration `json:"delay,omitempty"`
}

// defaultConcurrency is how many calls run at once on a platform for which
// neither the configuration nor the mapping says it.
const defaultConcurrency = 8

// localPlatform is the name of the gateway's own clicks and conversions.
const localPlatform = "local"

var (
	platformName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// validate refuses what is wrong in itself, without resolving placeholders.
func (p *Platform) validate() error {
	if !platformName.MatchString(p.Name) {
		return errors.New("a platform's name has lower-case letters, digits, _ and -, begins with a letter, and is at most 64 long")
	}
	if p.Name == localPlatform {
		return errors.New("the name is kept for the gateway's own clicks and conversions")
	}
	if p.Server != "" && !strings.Contains(p.Server, "{") {
		if err := validateServer(p.Server); err != nil {
			return err
		}
	}
	if p.Timezone != "" {
		if err := validateTimezone(p.Timezone); err != nil {
			return err
		}
	}
	if p.Currency != "" && !currencyCode.MatchString(p.Currency) {
		return fmt.Errorf("currency %q is not an ISO 4217 code, such as EUR", p.Currency)
	}
	if p.Timeout < 0 {
		return errors.New("a timeout is not negative")
	}
	if p.Concurrency < 0 {
		return errors.New("concurrency is not negative")
	}
	if p.MaxBody < 0 {
		return errors.New("max_body is not negative")
	}
	if b := p.Breaker; b != nil && (b.Failures < 0 || b.Delay < 0) {
		return errors.New("a breaker's failures and delay are not negative")
	}
	if p.Rate != nil {
		return p.Rate.Validate()
	}
	return nil
}

// where names the platform in errors.
func (p *Platform) where() string {
	s := "platform " + p.Name
	if p.DeclaredAt != "" {
		s += ", at " + p.DeclaredAt
	}
	return s
}

// validateServer checks what stands before the documented paths of a platform.
func validateServer(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// the text of a URL error repeats the whole URL, which may hold a password
		return errors.New("server is not a URL")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("server is an absolute http or https URL")
	case u.User != nil:
		return errors.New("server holds no user or password; use credential")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("server has no query and no fragment")
	}
	return nil
}

// validateTimezone also refuses what time.LoadLocation would take from the machine.
func validateTimezone(name string) error {
	if name == "Local" {
		return errors.New(`timezone "Local" depends on the machine; use an IANA name, such as Europe/London`)
	}
	if _, err := time.LoadLocation(name); err != nil {
		return fmt.Errorf("timezone %q is not an IANA name, such as Europe/London", name)
	}
	return nil
}

func validateAddress(text string) error {
	if _, err := netip.ParseAddr(text); err != nil {
		return fmt.Errorf("egress_addresses holds %q, which is not an IP address", text)
	}
	return nil
}
