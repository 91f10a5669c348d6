package affjet

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Config is what an AffJet sandbox can be told.
type Config struct {
	// Key is the account's API key. While it is empty every request is refused.
	Key string
	// AllowIPs are the addresses that are let in; empty means any.
	AllowIPs []netip.Prefix
	// Seed chooses the data. The same seed and day give the same data.
	Seed uint64
	// Now is the clock; nil means time.Now. It is read once by New for the data,
	// and at each request that asks for "the last 30 days".
	Now func() time.Time
	// Rows is the number of transactions. Default: 2600.
	Rows int
	// Zone is the account's time zone. Default: Europe/London.
	Zone *time.Location
}

// Server is one AffJet account. It is an http.Handler for the root of the
// API's host, and safe for concurrent use.
type Server struct {
	config  Config
	counter kit.Counter
	data    data
}

// New returns an account filled with data.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Rows <= 0 {
		config.Rows = 2600
	}
	if config.Zone == nil {
		config.Zone = kit.Location("Europe/London")
	}
	s := &Server{config: config}
	s.data = generate(config)
	return s
}

// Counter counts the requests that reached this account.
func (s *Server) Counter() *kit.Counter { return &s.counter }

// The result codes of the document, chapter "Output".
const (
	resultOK        = 0
	resultBadKey    = 100
	resultBadParams = 200
	resultNotFound  = 300
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.counter.Count(r)
	if !kit.Allowed(s.config.AllowIPs, r) {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/externalclient/")
	endpoint, id, single := strings.Cut(path, "/")
	serve := s.endpoint(endpoint, single)
	if !ok || serve == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	a := &answer{w: w, start: time.Now()}
	query, err := url.ParseQuery(r.URL.RawQuery)
	switch {
	case !kit.SameSecret(query.Get("apikey"), s.config.Key):
		a.fail(resultBadKey, "The given apikey is not valid")
	case err != nil:
		a.fail(resultBadParams, "The query string is malformed")
	default:
		serve(a, &params{values: query, zone: s.config.Zone}, id)
	}
}

// endpoint returns what serves an endpoint as a list or by id; nil if the
// document has no such endpoint.
func (s *Server) endpoint(name string, single bool) func(a *answer, p *params, id string) {
	switch {
	case name == "affiliateNetwork" && single:
		return s.network
	case name == "merchant" && single:
		return s.merchant
	case single:
		return nil
	case name == "affiliateNetwork":
		return s.networks
	case name == "merchant":
		return s.merchants
	case name == "transaction":
		return s.transactions
	case name == "overview":
		return s.overview
	case name == "totalvalues":
		return s.totalValues
	}
	return nil
}

// answer writes the envelope that all endpoints share.
type answer struct {
	w     http.ResponseWriter
	start time.Time
}

func (a *answer) write(result int, rest ...kit.Member) {
	a.w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	kit.Plain.Write(a.w, http.StatusOK, append(kit.Object{
		{Name: "result", Value: result},
		{Name: "time", Value: kit.Decimal{Units: int64(time.Since(a.start)), Scale: 6}},
	}, rest...))
}

func (a *answer) fail(result int, errors ...string) {
	a.write(result, kit.Member{Name: "errors", Value: errors})
}

// list answers with rows; count is their number, or that of all rows that
// would be there if only the number is asked for.
func (a *answer) list(count int, rows kit.Array) {
	a.write(resultOK, kit.Member{Name: "dataCount", Value: count}, kit.Member{Name: "dataList", Value: rows})
}

// one answers with a single item, or says that there is none of that id.
func one[T any](a *answer, p *params, id string, find func(int64) (T, bool), write func(T) kit.Object) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		p.refuse("id", "must be an integer")
	}
	if len(p.errors) > 0 {
		a.fail(resultBadParams, p.errors...)
		return
	}
	item, ok := find(number)
	if !ok {
		a.fail(resultNotFound, "The requested item does not exist")
		return
	}
	a.write(resultOK, kit.Member{Name: "data", Value: write(item)})
}
