package trackfinity

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Config is what a Trackfinity sandbox can be told.
type Config struct {
	// Key and Username are the credentials of the headers api-key and
	// api-username. While one is empty every request is refused.
	Key, Username string
	// AllowIPs is the install's ADMIN_API_ALLOWED_IPS; empty means any address.
	AllowIPs []netip.Prefix
	// Seed chooses the data. The same seed and day give the same data.
	Seed uint64
	// Now is the clock; nil means time.Now. It is read once by New for the data,
	// and at each report for the periods.
	Now func() time.Time
	// Rows is the number of clicks. Default: 4000.
	Rows int
	// Zone is the install's time zone. Default: UTC.
	Zone *time.Location
	// PingPath is the only path of ping, /api/ping or /api/service/ping; empty
	// means both, as the document has both.
	PingPath string
	// ServiceReport serves the profit/loss report at /api/service/profitloss
	// too, where one page of the documentation has it.
	ServiceReport bool
}

// Paths of the documentation.
const (
	PingPath        = "/api/ping"
	ServicePingPath = "/api/service/ping"
	reportPath      = "/api/report/profitloss"
	transactionPath = "/api/report/transaction"
	serviceReport   = "/api/service/profitloss"
	previewPath     = "/api/transaction/transaction_payout_preview"
)

// Server is one install. It is an http.Handler for the root of the install's
// host, and safe for concurrent use.
type Server struct {
	config  Config
	counter kit.Counter
	data    data
	routes  map[string]http.HandlerFunc
}

// New returns an install filled with data.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Rows <= 0 {
		config.Rows = 4000
	}
	if config.Zone == nil {
		config.Zone = time.UTC
	}
	s := &Server{config: config, data: generate(config)}
	s.routes = map[string]http.HandlerFunc{
		reportPath:      s.profitLoss,
		transactionPath: s.transactions,
		previewPath:     s.payoutPreview,
	}
	for _, path := range []string{PingPath, ServicePingPath} {
		if config.PingPath == "" || config.PingPath == path {
			s.routes[path] = ping
		}
	}
	if config.ServiceReport {
		s.routes[serviceReport] = s.profitLoss
	}
	return s
}

// Counter counts the requests that reached this install.
func (s *Server) Counter() *kit.Counter { return &s.counter }

// methods are the allowed ones of the document.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.counter.Count(r)
	serve := s.routes[r.URL.Path]
	username := kit.SameSecret(r.Header.Get("api-username"), s.config.Username)
	key := kit.SameSecret(r.Header.Get("api-key"), s.config.Key)
	switch {
	case !kit.Allowed(s.config.AllowIPs, r):
		fail(w, http.StatusForbidden, "IP address not allowed")
	case !username || !key:
		fail(w, http.StatusUnauthorized, "Authentication failed")
	case !slices.Contains(methods, r.Method):
		fail(w, http.StatusMethodNotAllowed, "Method not allowed")
	case serve == nil:
		fail(w, http.StatusNotFound, "Invalid endpoint")
	case r.Method != http.MethodGet:
		fail(w, http.StatusBadRequest, "Unsupported request")
	default:
		serve(w, r)
	}
}

func ping(w http.ResponseWriter, _ *http.Request) { kit.PHP.Write(w, http.StatusOK, true) }

func fail(w http.ResponseWriter, status int, message string) {
	kit.PHP.Write(w, status, kit.Object{{Name: "error", Value: message}})
}

// parameterError is the name of a parameter that is refused, for which the
// document has status 404.
type parameterError string

func (name parameterError) Error() string { return "Invalid parameter: " + string(name) }

func invalid(w http.ResponseWriter, err error) { fail(w, http.StatusNotFound, err.Error()) }

// query reads the parameters of a request; a broken one is answered.
func query(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		fail(w, http.StatusBadRequest, "Invalid request")
	}
	return values, err == nil
}
