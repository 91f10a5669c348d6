package clientauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
)

// Authenticator recognises clients. Its clients may be replaced while requests
// are being answered.
type Authenticator struct {
	clients atomic.Pointer[directory]

	// identityGates counts the gates that take a client's name from another
	// provider, so that clients without a key are refused where none does.
	identityGates atomic.Int32
}

// directory is one immutable set of clients.
type directory struct {
	digests []digest
	owners  []*Identity // of the digest at the same index
	byName  map[string]*Identity
}

// New makes an authenticator of clients. limiter returns the limiter of a
// client that has a rate; nil makes new ones with [NewLimiter]. It fails on an
// invalid client, on two clients of one name, and on two that share a key.
func New(clients []Client, limiter func(client string, r Rate) *Limiter) (*Authenticator, error) {
	a := new(Authenticator)
	if err := a.Replace(clients, limiter); err != nil {
		return nil, err
	}
	return a, nil
}

// Replace sets other clients, with the rules of [New]. When it fails the
// clients stay as they were.
func (a *Authenticator) Replace(clients []Client, limiter func(client string, r Rate) *Limiter) error {
	if limiter == nil {
		limiter = func(_ string, r Rate) *Limiter { return NewLimiter(r) }
	}
	d, err := newDirectory(clients, limiter)
	if err != nil {
		return err
	}
	a.clients.Store(d)
	return nil
}

func newDirectory(clients []Client, limiter func(string, Rate) *Limiter) (*directory, error) {
	d := &directory{byName: make(map[string]*Identity, len(clients))}
	r := newRoll()
	for i := range clients {
		c := &clients[i]
		sums, err := r.enter(c)
		if err != nil {
			return nil, err
		}
		id := &Identity{name: c.Name, platforms: c.Platforms, scopes: c.Scopes}
		if len(id.scopes) == 0 {
			id.scopes = []Scope{ScopeRead}
		}
		id.reach, id.powers = setOf(id.platforms), setOf(id.scopes)
		if id.ranges, err = parseRanges(c.AllowIPs); err != nil {
			return nil, fmt.Errorf("%s: %w", c.where(), err)
		}
		for _, r := range c.Native {
			rule, err := r.compile()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.where(), err)
			}
			id.native = append(id.native, rule)
		}
		for _, sum := range sums {
			d.digests = append(d.digests, sum)
			d.owners = append(d.owners, id)
		}
		if c.Rate != nil {
			id.limiter = limiter(c.Name, *c.Rate)
		}
		d.byName[c.Name] = id
	}
	return d, nil
}

// Authenticate recognises the client of a request by its key, calling from
// clientIP. The problem is unauthenticated, ip_not_allowed or rate_limited;
// beside the last two the identity is returned as well, for logs and for its
// rate fields. A request that is not refused counts towards the client's rate.
func (a *Authenticator) Authenticate(r *http.Request, clientIP netip.Addr) (*Identity, *problem.Problem) {
	key, state := presentedKey(r.Header)
	switch state {
	case keyMissing:
		return nil, problem.New(problem.Unauthenticated, `no client key was sent%s; send it as "Authorization: Bearer KEY" or "X-Api-Key: KEY"`, misplaced(r))
	case keyConflict:
		return nil, problem.New(problem.Unauthenticated, "the request holds several different client keys; send one")
	}
	id := a.clients.Load().byKey(key)
	if id == nil {
		return nil, problem.New(problem.Unauthenticated, "the client key is not known to this gateway")
	}
	return id, id.admit(clientIP)
}

// maxKeys is how many keys a request may hold, in all places together.
const maxKeys = 16

// AuthenticateKeys is [Authenticator.Authenticate] for a request that may have its
// key in further places: keys are what was found there. Not all of that is a key
// (a user's name may stand beside one), so what no client has is passed over; the
// keys of two clients are a conflict, and so is more than anyone has reason to send:
// each of them is compared with those of all clients.
func (a *Authenticator) AuthenticateKeys(r *http.Request, keys []string, clientIP netip.Addr) (*Identity, *problem.Problem) {
	d := a.clients.Load()
	var id *Identity
	given := 0
	for _, key := range slices.AppendSeq(slices.Clone(keys), presentedKeys(r.Header)) {
		if key == "" {
			continue
		}
		if given++; given > maxKeys {
			return nil, problem.New(problem.Unauthenticated, "the request holds too many keys; send one")
		}
		other := d.byKey(key)
		if other == nil || other == id {
			continue
		}
		if id != nil {
			return nil, problem.New(problem.Unauthenticated, "the request holds the keys of different clients; send one")
		}
		id = other
	}
	switch {
	case id != nil:
		return id, id.admit(clientIP)
	case given > 0:
		return nil, problem.New(problem.Unauthenticated, "the client key is not known to this gateway")
	}
	return nil, problem.New(problem.Unauthenticated, "no client key was sent; send it where the platform's own key would be, or as \"Authorization: Bearer KEY\" or \"X-Api-Key: KEY\"")
}

// Identify recognises a client by a name that another provider has
// established. An empty name is unauthenticated, an unknown one forbidden; the
// rest is as in [Authenticator.Authenticate].
func (a *Authenticator) Identify(name string, clientIP netip.Addr) (*Identity, *problem.Problem) {
	if name == "" {
		return nil, problem.New(problem.Unauthenticated, "no identity was established for this request")
	}
	id := a.clients.Load().byName[name]
	if id == nil {
		return nil, problem.New(problem.Forbidden, "the identity of this request is not a client of this gateway")
	}
	return id, id.admit(clientIP)
}

// CheckReachable fails for a client without a key when no handler takes names
// from another provider. It is meaningful once all handlers are provisioned.
func (a *Authenticator) CheckReachable(c *Client) error {
	if len(c.KeySHA256) == 0 && a.identityGates.Load() == 0 {
		return fmt.Errorf("%s: the client has no key_sha256, and no handler takes its name from another provider (identity)", c.where())
	}
	return nil
}

// byKey looks a key up in constant time: every digest is compared, whichever
// matches.
func (d *directory) byKey(key string) *Identity {
	if len(key) > maxKeyLength {
		return nil
	}
	var buf [maxKeyLength]byte
	sum := digest(sha256.Sum256(buf[:copy(buf[:], key)]))
	found := 0
	for i := range d.digests {
		equal := subtle.ConstantTimeCompare(d.digests[i][:], sum[:])
		found = subtle.ConstantTimeSelect(equal, i+1, found)
	}
	if found == 0 {
		return nil
	}
	return d.owners[found-1]
}

// admit applies the allowlist and the rate.
func (id *Identity) admit(from netip.Addr) *problem.Problem {
	if len(id.ranges) > 0 && !contains(id.ranges, from) {
		if !from.IsValid() {
			return problem.New(problem.IPNotAllowed, "the address of the caller is not known, and client %q has an allowlist", id.name)
		}
		return problem.New(problem.IPNotAllowed, "the address %s is not on the allowlist of client %q", canonical(from), id.name)
	}
	if id.limiter == nil {
		return nil
	}
	wait, ok := id.limiter.Take()
	if ok {
		return nil
	}
	p := problem.New(problem.RateLimited, "client %q may send %d requests in %s", id.name,
		id.limiter.rate.Requests, id.limiter.rate.window())
	p.RetryAfter = wait
	return p
}
