package trackier

import (
	"net/http"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// role is whose key a request comes with: each has an API of its own, and where
// two share a path, as /affiliate/account and /affiliate/{id}, the key decides.
type role int

const (
	nobody role = iota
	network
	publisher
	advertiser
)

// roleOf tells whose key was given.
func (s *Server) roleOf(given string) role {
	switch {
	case kit.SameSecret(given, s.config.Key):
		return network
	case kit.SameSecret(given, s.config.PublisherKey):
		return publisher
	case kit.SameSecret(given, s.config.AdvertiserKey):
		return advertiser
	}
	return nobody
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.counter.Count(r)
	given := r.Header.Get("X-Api-Key")
	if given == "" {
		given = r.URL.Query().Get("apiKey")
	}
	who, second := s.roleOf(given), strings.HasPrefix(r.URL.Path, "/v2/")
	switch {
	case second && who != holder(r.URL.Path):
		s.invalidKey(w, r.URL.Path)
		return
	case given == "":
		fail(w, http.StatusUnauthorized, 12, "Unauthorized Request")
		return
	case who == nobody:
		fail(w, http.StatusUnauthorized, 13, "Invalid API Key")
		return
	case !kit.Allowed(s.config.AllowIPs, r):
		fail(w, http.StatusForbidden, 41, "Request IP Not Whitelisted")
		return
	case s.config.Locked:
		fail(w, http.StatusForbidden, 42, "Account is locked")
		return
	}
	inner := r.Clone(r.Context())
	if !second {
		path, prefixed := strings.CutPrefix(r.URL.Path, "/api/")
		if prefixed && s.config.Prefix == WithoutAPI || !prefixed && s.config.Prefix == WithAPI || strings.HasPrefix(path, "v2/") {
			notImplemented(w)
			return
		}
		inner.URL.Path = "/" + strings.TrimPrefix(path, "/")
	}
	inner.URL.RawPath = ""
	if s.served(w, inner, who) {
		s.serve(w, inner, who)
	}
}

// served reports whether a role's API has the path and method of a request; else
// it answers why not.
func (s *Server) served(w http.ResponseWriter, r *http.Request, who role) bool {
	has := func(api role, method string) bool {
		probe := *r
		probe.Method = method
		_, pattern := s.routes[api].Handler(&probe)
		return pattern != ""
	}
	if has(who, r.Method) {
		return true
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if has(who, method) {
			fail(w, http.StatusMethodNotAllowed, 32, "Invalid Request Method")
			return false
		}
	}
	for api := range s.routes {
		if has(api, r.Method) {
			fail(w, http.StatusForbidden, 5, "Insufficient Permission")
			return false
		}
	}
	notImplemented(w)
	return false
}

// serve answers under the lock; alone whatever may change the data, which
// asking for a job does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, who role) {
	if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/jobs/") && s.config.JobTime == 0 {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle()
	}
	s.routes[who].ServeHTTP(w, r)
}
