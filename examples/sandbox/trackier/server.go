package trackier

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Prefix says under which paths the API answers: the documents disagree.
type Prefix int

// The overview curls /api/affiliate, every page of reference /affiliate.
const (
	BothPrefixes Prefix = iota
	WithAPI             // /api/affiliate alone
	WithoutAPI          // /affiliate alone
)

// Config says what a [Server] holds and how it differs from the documents.
type Config struct {
	// Key is what clients send as X-Api-Key or apiKey. Empty refuses everyone.
	Key string
	// AllowIPs are the addresses that may ask. Empty: any.
	AllowIPs []netip.Prefix
	// Seed chooses the data. The same seed gives the same rows for the same day.
	Seed uint64
	// Now is the clock: the data is the year before it (see [kit.Window]).
	// Default: time.Now.
	Now func() time.Time
	// Zone is the network's time zone: of times without an offset, and of the
	// days in parameters and reports. Default: Asia/Kolkata.
	Zone *time.Location

	// Prefix is where the API answers. Default: both forms.
	Prefix Prefix
	// Locked answers everything with code 42.
	Locked bool
	// Status200 sends refused parameters and objects not found with HTTP 200,
	// as some endpoints do, so that only `success` tells.
	Status200 bool
	// CountIsPage makes `count` of the conversions the rows of this page, not of
	// all pages: the samples show both.
	CountIsPage bool
}

// Server is the sandbox. It is safe for concurrent use.
type Server struct {
	config  Config
	routes  *http.ServeMux
	counter kit.Counter

	mu   sync.RWMutex
	data Data
	byID index
}

// New returns a sandbox with its data generated.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Zone == nil {
		zone, err := time.LoadLocation("Asia/Kolkata")
		if err != nil {
			panic("trackier sandbox: " + err.Error())
		}
		config.Zone = zone
	}
	s := &Server{config: config}
	s.data = generate(config.Seed, config.Now(), config.Zone)
	s.byID = newIndex(&s.data)
	s.routes = s.newRoutes()
	return s
}

// Counter counts the requests that arrived.
func (s *Server) Counter() *kit.Counter { return &s.counter }

// Data returns what the sandbox holds. The slices are shared: do not change
// them.
func (s *Server) Data() Data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.counter.Count(r)
	given := r.Header.Get("X-Api-Key")
	if given == "" {
		given = r.URL.Query().Get("apiKey")
	}
	switch {
	case given == "":
		fail(w, http.StatusUnauthorized, 12, "Unauthorized Request")
		return
	case !kit.SameSecret(given, s.config.Key):
		fail(w, http.StatusUnauthorized, 13, "Invalid API Key")
		return
	case !kit.Allowed(s.config.AllowIPs, r):
		fail(w, http.StatusForbidden, 41, "Request IP Not Whitelisted")
		return
	case s.config.Locked:
		fail(w, http.StatusForbidden, 42, "Account is locked")
		return
	}
	path, prefixed := strings.CutPrefix(r.URL.Path, "/api/")
	if prefixed && s.config.Prefix == WithoutAPI || !prefixed && s.config.Prefix == WithAPI {
		notImplemented(w)
		return
	}
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath = "/"+strings.TrimPrefix(path, "/"), ""
	if _, pattern := s.routes.Handler(inner); pattern == "" {
		inner.Method = http.MethodGet
		if _, other := s.routes.Handler(inner); other != "" {
			fail(w, http.StatusMethodNotAllowed, 32, "Invalid Request Method")
			return
		}
		notImplemented(w)
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.routes.ServeHTTP(w, inner)
}

// notImplemented answers a path that is none: the document has 501 for it.
func notImplemented(w http.ResponseWriter) {
	fail(w, http.StatusNotImplemented, 31, "Request uri not found")
}

// fail answers with an application error code of the document. The envelope is
// missing in it; this is that of version 2.
func fail(w http.ResponseWriter, status, code int, message string) {
	kit.PHP.Write(w, status, kit.Object{
		{Name: "success", Value: false},
		{Name: "error", Value: kit.Object{{Name: "code", Value: code}, {Name: "message", Value: message}}},
	})
}

// refuse answers a request whose parameters are wrong.
func (s *Server) refuse(w http.ResponseWriter, parameter string) {
	fail(w, s.status(http.StatusBadRequest), 20, "Request Parameter Error: "+parameter)
}

func (s *Server) notFound(w http.ResponseWriter) {
	fail(w, s.status(http.StatusNotFound), 31, "Resource Not Found")
}

func (s *Server) status(status int) int {
	if s.config.Status200 {
		return http.StatusOK
	}
	return status
}

// succeed answers with data under the usual envelope.
func succeed(w http.ResponseWriter, data kit.Object) {
	kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "success", Value: true}, {Name: "data", Value: data}})
}

// bare answers with data without `success`, as the lists of campaigns and
// affiliates do.
func bare(w http.ResponseWriter, data kit.Object) {
	kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "data", Value: data}})
}
