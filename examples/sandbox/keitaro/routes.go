package keitaro

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// root is the path all routes of the document's table begin with.
const root = "/admin_api/v1/"

func (s *Server) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	read := func(route string, h http.HandlerFunc) { handle(mux, route, s.reading(h)) }

	networks, sources, landings := s.networkKind(), s.trafficSourceKind(), s.landingPageKind()
	offers, campaigns, streams := s.offerKind(), s.campaignKind(), s.streamKind()

	read("GET affiliate_networks", list(s, networks, live))
	read("GET affiliate_networks/{id}", one(s, networks))
	read("GET campaigns", list(s, campaigns, live))
	read("GET campaigns/deleted", list(s, campaigns, deleted))
	read("GET campaigns/{id}", one(s, campaigns))
	read("GET campaigns/{id}/streams", s.campaignStreams)
	read("GET landing_pages", list(s, landings, live))
	read("GET landing_pages/{id}", one(s, landings))
	read("GET offers", list(s, offers, live))
	read("GET offers/{id}", one(s, offers))
	read("GET traffic_sources", list(s, sources, live))
	read("GET traffic_sources/{id}", one(s, sources))
	read("GET groups", s.groups)

	read("GET streams/deleted", list(s, streams, deleted))
	read("GET streams/search", s.searchStreams)
	read("GET streams/{id}", one(s, streams))
	read("GET streams/{id}/events", s.streamEvents)
	read("GET stream/{id}/events", s.streamEvents)
	read("GET stream_types", dictionary(streamTypes))
	read("GET stream_schemas", dictionary(streamSchemas))
	read("GET stream_filters", dictionary(streamFilters))
	if s.config.Actions != PluralActionsRoute {
		read("GET stream_actions", dictionary(streamActions))
	}
	if s.config.Actions != SingularActionsRoute {
		read("GET streams_actions", dictionary(streamActions))
	}

	read("POST clicks/log", s.clickLog)
	read("POST clicks/summary", s.summary)
	read("POST clicks/build", s.report)
	read("POST report/build", s.report)
	read("GET report/definition", s.definition)
	read("GET report/labels", s.labels)
	s.either(read, s.config.Conversions, "conversions/log", s.conversionLog)
	s.either(read, s.config.LogTypes, "logs/types", s.logTypes)
	read("GET logs/{log}", s.log)

	s.addWrites(mux, networks, sources, landings, offers, campaigns, streams)
	return mux
}

// addWrites registers the routes that change something. The forms of the answers
// are those of the document's samples. Where it has none, for streams, landing
// pages and traffic sources, what was made or changed is answered as it is, as
// newer clients expect of streams, and what was archived or cloned as a list of
// it, as everywhere else.
func (s *Server) addWrites(mux *http.ServeMux, networks *kind[Network], sources *kind[TrafficSource],
	landings *kind[LandingPage], offers *kind[Offer], campaigns *kind[Campaign], streams *kind[Stream],
) {
	write := func(route string, c command) { handle(mux, route, s.writing(c)) }
	act := func(route string, c command) { handle(mux, route, s.acting(c)) }

	write("POST affiliate_networks", create(s, networks, s.aloneTextID))
	write("PUT affiliate_networks/{id}", update(s, networks, s.aloneTextID))
	act("POST affiliate_networks/{id}/clone", clone(s, networks, s.aloneTextID))
	archive := "DELETE affiliate_networks/{id}"
	if s.config.NetworkArchive == PostNetworkArchive {
		archive = "POST affiliate_networks/{id}/archive"
	}
	act(archive, turn(s, networks, Deleted, s.aloneTextID))

	write("POST campaigns", create(s, campaigns, itself))
	write("PUT campaigns/{id}", update(s, campaigns, itself))
	act("DELETE campaigns/{id}", turn(s, campaigns, Deleted, s.alone))
	act("POST campaigns/{id}/restore", restore(s, campaigns, s.alone))
	act("POST campaigns/{id}/enable", turn(s, campaigns, Active, s.alone))
	act("POST campaigns/{id}/disable", turn(s, campaigns, Disabled, s.alone))
	act("POST campaigns/{id}/clone", clone(s, campaigns, s.alone))
	write("POST campaigns/{id}/update_costs", s.updateCosts)

	write("POST streams", create(s, streams, itself))
	write("PUT streams/{id}", update(s, streams, itself))
	act("DELETE streams/{id}", turn(s, streams, Deleted, s.alone))
	act("POST streams/{id}/restore", restore(s, streams, itself))
	act("POST streams/{id}/enable", turn(s, streams, Active, itself))
	act("POST streams/{id}/disable", turn(s, streams, Disabled, itself))
	write("POST streams/copy", s.copyStreams)
	write("POST streams/move_streams", s.moveStreams)

	write("POST offers", create(s, offers, s.createdOffer))
	write("PUT offers/{id}", update(s, offers, itself))
	act("POST offers/{id}/clone", clone(s, offers, s.alone))
	act("DELETE offers/{id}/archive", turn(s, offers, Deleted, s.alone))

	write("POST landing_pages", create(s, landings, itself))
	write("PUT landing_pages/{id}", update(s, landings, itself))
	act("PUT landing_pages/{id}/clone", clone(s, landings, s.alone))
	act("DELETE landing_pages/{id}", turn(s, landings, Deleted, s.alone))

	write("POST traffic_sources", create(s, sources, itself))
	write("PUT traffic_sources/{id}", update(s, sources, itself))
	act("POST traffic_sources/{id}/clone", clone(s, sources, s.alone))
	act("DELETE traffic_sources/{id}", turn(s, sources, Deleted, s.alone))

	write("POST groups", s.createGroup)
	write("PUT groups/{id}", s.updateGroup)
	act("DELETE groups/{id}/delete", s.deleteGroup)
	write("POST report/labels", s.updateLabels)
	act("DELETE logs/{log}", s.clearLog)
}

// handle registers a route, "METHOD path" with the path below the root.
func handle(mux *http.ServeMux, route string, h http.HandlerFunc) {
	method, path, _ := strings.Cut(route, " ")
	mux.HandleFunc(method+" "+root+path, h)
}

// either registers a route under the methods an installation has it.
func (s *Server) either(read func(string, http.HandlerFunc), m Methods, path string, h http.HandlerFunc) {
	if m != PostOnly {
		read("GET "+path, h)
	}
	if m != GetOnly {
		read("POST "+path, h)
	}
}

// stateful is an entity that can be archived.
type stateful interface{ state() State }

func live(e stateful) bool    { return e.state() != Deleted }
func deleted(e stateful) bool { return e.state() == Deleted }

// list answers with all entities that keep accepts, as a bare array: no entity
// list has paging.
func list[E stateful](s *Server, k *kind[E], keep func(stateful) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		rows := kit.Array{}
		entities := *k.list(&s.data)
		for i := range entities {
			if keep(entities[i]) {
				rows = append(rows, k.json(&entities[i]))
			}
		}
		kit.PHP.Write(w, http.StatusOK, rows)
	}
}

// one answers with the entity of an id. An archived one is not found.
func one[E stateful](s *Server, k *kind[E]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e, found := k.get(s, pathID(r))
		if !found {
			fail(w, http.StatusNotFound, noEntity)
			return
		}
		kit.PHP.Write(w, http.StatusOK, k.json(e))
	}
}

// pathID is the {id} of the route; 0, which nothing has, if it is no number.
func pathID(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// dictionary answers with a fixed list.
func dictionary(rows []kit.Object) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { kit.PHP.Write(w, http.StatusOK, rows) }
}
