package trackier

import (
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// The shapes of the dictionaries are in no document: a map for countries, lists
// for the rest.

func (s *Server) countries(w http.ResponseWriter, _ *http.Request) {
	o := kit.Object{}
	for _, c := range kit.Countries() {
		o = append(o, kit.Member{Name: c.Code, Value: c.Name})
	}
	succeed(w, kit.Object{{Name: "countries", Value: o}})
}

func (s *Server) devices(w http.ResponseWriter, _ *http.Request) {
	succeed(w, kit.Object{{Name: "devices", Value: []string{"desktop", "mobile", "tablet", "unknown"}}})
}

func (s *Server) categories(w http.ResponseWriter, _ *http.Request) {
	var names []string
	for _, c := range s.data.Campaigns {
		names = append(names, c.Categories...)
	}
	slices.Sort(names)
	succeed(w, kit.Object{{Name: "categories", Value: slices.Compact(names)}})
}

// customFields is an empty map, so [].
func (s *Server) customFields(w http.ResponseWriter, _ *http.Request) {
	succeed(w, kit.Object{{Name: "fields", Value: kit.EmptyAsList(nil)}})
}
