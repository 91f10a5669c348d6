package keitaro

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Methods says which HTTP methods a route answers that the document and newer
// installations disagree about.
type Methods int

// GET is documented; newer installations take POST alone.
const (
	GetAndPost Methods = iota
	GetOnly
	PostOnly
)

// ActionsRoute says which of the two documented spellings of the list of stream
// actions an installation answers.
type ActionsRoute int

// The document has both spellings.
const (
	BothActionsRoutes    ActionsRoute = iota
	SingularActionsRoute              // /stream_actions
	PluralActionsRoute                // /streams_actions
)

// NetworkArchive says which of the two documented ways of archiving an affiliate
// network an installation has.
type NetworkArchive int

// The table of routes has the first, the section on networks the second.
const (
	DeleteNetwork      NetworkArchive = iota // DELETE /affiliate_networks/{id}
	PostNetworkArchive                       // POST /affiliate_networks/{id}/archive
)

// Config says what a [Server] holds and how it differs from the document.
type Config struct {
	// Key is what clients send as Api-Key or as a bearer token. Empty refuses
	// everyone.
	Key string
	// AllowIPs are the addresses that may ask; others get 403. Empty: any.
	AllowIPs []netip.Prefix
	// Seed chooses the data. The same seed gives the same rows for the same day.
	Seed uint64
	// Now is the clock: the data is the year before it (see [kit.Window]), and
	// relative intervals count from it. Default: time.Now.
	Now func() time.Time
	// Zone is the tracker's time zone, for times without an offset and as the
	// default of a range. Default: Europe/Moscow.
	Zone *time.Location

	// NoAdminAPI answers everything with 402, as editions below PRO do.
	NoAdminAPI bool
	// Conversions are the methods of conversions/log, LogTypes those of
	// logs/types. Default: both.
	Conversions, LogTypes Methods
	// Actions is where the list of stream actions is. Default: both spellings.
	Actions ActionsRoute
	// Weight names a stream's share `weight`, as newer versions do, not `chance`.
	Weight bool
	// NumericFlags writes the flags of the click and conversion logs as 1 and 0,
	// not true and false.
	NumericFlags bool
	// MoneyAsText writes amounts in logs and reports as strings, as entities
	// always do, not as numbers.
	MoneyAsText bool
	// MetaAsList writes the meta of logs and reports as a list of strings, as a
	// newer specification says, not as an object.
	MetaAsList bool
	// LogEnvelope wraps log entries as {"rows", "total"}; default is a bare list.
	LogEnvelope bool
	// NetworkArchive is how a network is archived. Default: as in the table of
	// routes.
	NetworkArchive NetworkArchive
	// BareEntities answers archive, restore, enable, disable, clone and the writes
	// of networks with the entity, where the document's samples have a list of it
	// alone.
	BareEntities bool
	// CopyOf names a clone "Copy of X", as newer versions do, not "X Copy".
	CopyOf bool
	// NextGroupPosition gives a new group the next position of its type whatever
	// was asked for, as the document's sample has it (10 asked, 2 answered).
	// Default is the position asked for.
	NextGroupPosition bool
	// GroupsWithoutType answers GET groups without a type with all groups, not 406.
	GroupsWithoutType bool
}

// Server is the sandbox. It is safe for concurrent use.
type Server struct {
	config  Config
	routes  *http.ServeMux
	counter kit.Counter

	mu     sync.RWMutex // guards what follows
	data   Data
	byID   index
	last   lastIDs
	random *kit.Random // of aliases and tokens
}

// New returns a sandbox with its data generated.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Zone == nil {
		config.Zone = mustZone("Europe/Moscow")
	}
	s := &Server{config: config}
	s.data = generate(config.Seed, config.Now(), config.Zone)
	s.byID = newIndex(&s.data)
	s.last = newLastIDs(&s.data)
	s.random = kit.NewRandom(config.Seed, "keitaro writes")
	s.routes = s.newRoutes()
	return s
}

// mustZone loads a zone whose name is written in this package.
func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("keitaro sandbox: " + err.Error())
	}
	return zone
}

// Counter counts the requests that arrived.
func (s *Server) Counter() *kit.Counter { return &s.counter }

// Data returns what the sandbox holds at this moment; later writes do not change
// it. The slices are shared: do not change them.
func (s *Server) Data() Data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.counter.Count(r)
	switch {
	case !kit.Allowed(s.config.AllowIPs, r):
		fail(w, http.StatusForbidden, "Forbidden")
		return
	case !kit.SameSecret(givenKey(r), s.config.Key):
		fail(w, http.StatusUnauthorized, "Access denied")
		return
	case s.config.NoAdminAPI:
		fail(w, http.StatusPaymentRequired, "Admin API is available only for PRO or higher editions")
		return
	}
	if _, pattern := s.routes.Handler(r); pattern == "" {
		// also for a known path with another method: the document has no 405
		fail(w, http.StatusNotFound, "404 NotFound")
		return
	}
	// the whole body before any lock, so that a slow client holds up nobody else
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, http.StatusBadRequest, "Request body is broken or too large")
		return
	}
	r = r.WithContext(r.Context()) // a copy: the body of the caller's request stays
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.routes.ServeHTTP(w, r)
}

// givenKey is the key of a request: the documented header, else a bearer token.
func givenKey(r *http.Request) string {
	if key := r.Header.Get("Api-Key"); key != "" {
		return key
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return token
	}
	return ""
}

// fail answers with the error body of every status but 406.
func fail(w http.ResponseWriter, status int, message string) {
	kit.PHP.Write(w, status, kit.Object{{Name: "error", Value: message}})
}

// invalid answers 406: the refused fields, each with its messages.
type invalid kit.Object

func (i *invalid) add(field, message string) {
	*i = append(*i, kit.Member{Name: field, Value: []string{message}})
}

func (i invalid) write(w http.ResponseWriter) {
	kit.PHP.Write(w, http.StatusNotAcceptable, kit.Object(i))
}
