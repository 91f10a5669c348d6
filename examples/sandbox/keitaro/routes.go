package keitaro

import (
	"net/http"
	"strconv"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// root is the path all routes of the document's table begin with.
const root = "/admin_api/v1/"

func (s *Server) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) { mux.HandleFunc("GET "+root+path, h) }
	post := func(path string, h http.HandlerFunc) { mux.HandleFunc("POST "+root+path, h) }

	get("affiliate_networks", list(s, func(d *Data) []Network { return d.Networks }, live, networkJSON))
	get("affiliate_networks/{id}", one(s, func(i *index) map[int64]*Network { return i.networks }, networkJSON))
	get("campaigns", list(s, func(d *Data) []Campaign { return d.Campaigns }, live, campaignJSON))
	get("campaigns/deleted", list(s, func(d *Data) []Campaign { return d.Campaigns }, deleted, campaignJSON))
	get("campaigns/{id}", one(s, func(i *index) map[int64]*Campaign { return i.campaigns }, campaignJSON))
	get("campaigns/{id}/streams", s.campaignStreams)
	get("landing_pages", list(s, func(d *Data) []LandingPage { return d.LandingPages }, live, landingPageJSON))
	get("landing_pages/{id}", one(s, func(i *index) map[int64]*LandingPage { return i.landings }, landingPageJSON))
	get("offers", list(s, func(d *Data) []Offer { return d.Offers }, live, s.offerJSON))
	get("offers/{id}", one(s, func(i *index) map[int64]*Offer { return i.offers }, s.offerJSON))
	get("traffic_sources", list(s, func(d *Data) []TrafficSource { return d.TrafficSources }, live, trafficSourceJSON))
	get("traffic_sources/{id}", one(s, func(i *index) map[int64]*TrafficSource { return i.sources }, trafficSourceJSON))
	get("groups", s.groups)

	get("streams/deleted", list(s, func(d *Data) []Stream { return d.Streams }, deleted, s.streamJSON))
	get("streams/search", s.searchStreams)
	get("streams/{id}", one(s, func(i *index) map[int64]*Stream { return i.streams }, s.streamJSON))
	get("streams/{id}/events", s.streamEvents)
	get("stream/{id}/events", s.streamEvents)
	get("stream_types", dictionary(streamTypes))
	get("stream_schemas", dictionary(streamSchemas))
	get("stream_filters", dictionary(streamFilters))
	if s.config.Actions != PluralActionsRoute {
		get("stream_actions", dictionary(streamActions))
	}
	if s.config.Actions != SingularActionsRoute {
		get("streams_actions", dictionary(streamActions))
	}

	post("clicks/log", s.clickLog)
	post("clicks/summary", s.summary)
	post("clicks/build", s.report)
	post("report/build", s.report)
	get("report/definition", s.definition)
	get("report/labels", s.labels)
	s.either(mux, s.config.Conversions, "conversions/log", s.conversionLog)
	s.either(mux, s.config.LogTypes, "logs/types", s.logTypes)
	get("logs/{log}", s.log)
	return mux
}

// either registers a route under the methods an installation has it.
func (s *Server) either(mux *http.ServeMux, m Methods, path string, h http.HandlerFunc) {
	if m != PostOnly {
		mux.HandleFunc("GET "+root+path, h)
	}
	if m != GetOnly {
		mux.HandleFunc("POST "+root+path, h)
	}
}

// stateful is an entity that can be archived.
type stateful interface{ state() State }

func live(e stateful) bool    { return e.state() != Deleted }
func deleted(e stateful) bool { return e.state() == Deleted }

// list answers with all entities that keep accepts, as a bare array: no entity
// list has paging.
func list[E stateful](s *Server, all func(*Data) []E, keep func(stateful) bool, write func(*E) kit.Object) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		rows := kit.Array{}
		entities := all(&s.data)
		for i := range entities {
			if keep(entities[i]) {
				rows = append(rows, write(&entities[i]))
			}
		}
		kit.PHP.Write(w, http.StatusOK, rows)
	}
}

// one answers with the entity of an id. An archived one is not found.
func one[E stateful](s *Server, by func(*index) map[int64]*E, write func(*E) kit.Object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		entity, ok := by(&s.byID)[pathID(r)]
		if !ok || deleted(*entity) {
			fail(w, http.StatusNotFound, "Entity not found")
			return
		}
		kit.PHP.Write(w, http.StatusOK, write(entity))
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
