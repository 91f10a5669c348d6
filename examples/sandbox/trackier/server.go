package trackier

import (
	"net/http"
	"sync"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Server is the sandbox. It is safe for concurrent use.
type Server struct {
	config       Config
	publisherID  int64 // who holds the publisher key
	advertiserID int64 // who holds the advertiser key
	routes       map[role]*http.ServeMux
	counter      kit.Counter
	limits       limits

	mu   sync.RWMutex
	made Data // as generated
	data Data // changed by copying: what has been handed out stays as it is
	byID index
	ids  *kit.Random // of new objects
	work map[string]*work
}

// New returns a sandbox with its data generated.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Zone == nil {
		config.Zone = kit.Location("Asia/Kolkata")
	}
	if config.PublisherKey == "" {
		config.PublisherKey = DefaultPublisherKey
	}
	if config.AdvertiserKey == "" {
		config.AdvertiserKey = DefaultAdvertiserKey
	}
	s := &Server{config: config, publisherID: config.PublisherID, advertiserID: config.AdvertiserID}
	s.made = generate(config.Seed, config.Now(), config.Zone)
	s.byID = newIndex(&s.made)
	s.Reset()
	if s.publisherID == 0 {
		s.publisherID = s.data.Affiliates[0].DisplayID
	}
	if s.advertiserID == 0 {
		s.advertiserID = s.data.Campaigns[0].AdvertiserID
	}
	if s.byID.affiliates[s.publisherID] == nil || s.byID.advertisers[s.advertiserID] == nil {
		panic("trackier sandbox: the holder of a key does not exist")
	}
	s.routes = map[role]*http.ServeMux{network: s.networkRoutes(), publisher: s.publisherRoutes(), advertiser: s.advertiserRoutes()}
	return s
}

// Reset undoes all writes: the data is again as New generated it.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data, s.work = s.made, map[string]*work{}
	s.byID.addObjects(&s.data)
	s.ids = kit.NewRandom(s.config.Seed, "trackier new objects")
}

// Counter counts the requests that arrived.
func (s *Server) Counter() *kit.Counter { return &s.counter }

// Data returns what the sandbox holds now. Later writes do not change what was
// returned; do not change it either.
func (s *Server) Data() Data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data
}

// Publisher returns the affiliate who holds the publisher key.
func (s *Server) Publisher() Partner {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return *s.byID.affiliates[s.publisherID]
}

// Advertiser returns the advertiser who holds the advertiser key.
func (s *Server) Advertiser() Partner {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return *s.byID.advertisers[s.advertiserID]
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

// duplicated answers a new object that is there already.
func (s *Server) duplicated(w http.ResponseWriter, what string) {
	fail(w, s.status(http.StatusBadRequest), 33, "Duplicated Resource: "+what)
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
