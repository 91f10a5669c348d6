package affili

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Config is what an Affili sandbox can be told.
type Config struct {
	// AccessID is the merchant's ACCESS ID. While it is empty every request is
	// refused.
	AccessID string
	// AllowIPs are the addresses that are let in; empty means any.
	AllowIPs []netip.Prefix
	// Seed chooses the data. The same seed and day give the same data.
	Seed uint64
	// Now is the clock; nil means time.Now. It is read once by New for the data,
	// and by each write.
	Now func() time.Time
	// Rows is the number of conversions. Default: 600.
	Rows int
	// PageSize is the number of conversions on a page, of which the parameter
	// page asks for one, counted from 1. Default: 0, no paging at all: every
	// answer has every row, whatever page says.
	PageSize int
}

// Server is one merchant's account. It is an http.Handler for the root of the
// API's host, and safe for concurrent use.
type Server struct {
	config     Config
	zone       *time.Location
	counter    kit.Counter
	publishers []Publisher // never changes

	mu          sync.RWMutex // guards what follows
	conversions []Conversion // newest first
	ids         ids
}

// New returns an account filled with data.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Rows <= 0 {
		config.Rows = 600
	}
	s := &Server{
		config: config,
		zone:   kit.Location("Asia/Tehran"),
		ids:    ids{random: kit.NewRandom(config.Seed, "affili ids"), used: make(map[string]bool)},
	}
	s.publishers = generatePublishers(kit.NewRandom(config.Seed, "affili publishers"), s.ids.next)
	s.conversions = generateConversions(config, s.publishers, s.ids.next)
	return s
}

// Counter counts the requests that reached this account.
func (s *Server) Counter() *kit.Counter { return &s.counter }

const (
	conversionsPath = "/api/merchants/conversions"
	setCookiePath   = "/api/merchants/set-cookie"
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.counter.Count(r)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	switch {
	case r.Method == http.MethodOptions:
		preflight(w)
	case !kit.Allowed(s.config.AllowIPs, r):
		refuse(w, http.StatusForbidden, "IP_IS_NOT_ALLOWED")
	case !kit.SameSecret(accessID(r), s.config.AccessID):
		refuse(w, http.StatusUnauthorized, "ACCESS_ID_IS_INVALID")
	default:
		s.route(w, r)
	}
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	id, single := strings.CutPrefix(r.URL.Path, conversionsPath+"/")
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	write := r.Method == http.MethodPost
	switch {
	case r.URL.Path == conversionsPath && read:
		s.list(w, r)
	case r.URL.Path == conversionsPath && write:
		s.create(w, r)
	case single && read:
		s.find(w, id)
	case single && write:
		s.update(w, r, id)
	case r.URL.Path == setCookiePath && write:
		s.setCookie(w, r)
	case r.URL.Path == conversionsPath, r.URL.Path == setCookiePath, single:
		refuse(w, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	default:
		refuse(w, http.StatusNotFound, "NOT_FOUND")
	}
}

// accessID returns what follows Bearer, without the quotes that the document
// puts around it.
func accessID(r *http.Request) string {
	scheme, id, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	id = strings.TrimSpace(id)
	if len(id) >= 2 && id[0] == '"' && id[len(id)-1] == '"' {
		id = id[1 : len(id)-1]
	}
	return id
}

// preflight answers what a browser asks before it sends a request across origins.
func preflight(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "authorization, content-type")
	w.Header().Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

const apiVersion = "1.0.0"

func respond(w http.ResponseWriter, tag string, data any) {
	kit.PHP.Write(w, http.StatusOK, kit.Object{
		{Name: "status", Value: "ok"},
		{Name: "tag", Value: tag},
		{Name: "data", Value: data},
		{Name: "api_version", Value: apiVersion},
	})
}

// refuse answers with a single message.
func refuse(w http.ResponseWriter, status int, message string) {
	refuseWith(w, status, kit.Object{{Name: "msg", Value: message}})
}

func refuseWith(w http.ResponseWriter, status int, errors kit.Object) {
	kit.PHP.Write(w, status, kit.Object{
		{Name: "status", Value: "error"},
		{Name: "errors", Value: errors},
		{Name: "api_version", Value: apiVersion},
	})
}
