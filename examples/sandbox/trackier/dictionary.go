package trackier

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// dictionaryRoutes serve what the rest is described with. The shapes of
// countries and devices are in no document: a map and a list.
func (s *Server) dictionaryRoutes(mux *http.ServeMux) {
	on := mux.HandleFunc
	on("GET /dictionary/countries", s.countries)
	on("GET /dictionary/devices", s.devices)
	on("GET /dictionary/categories", s.categories)
	on("POST /dictionary/categories", s.createCategory)
	on("DELETE /dictionary/categories/{id}", s.deleteCategory)
	for _, kind := range []string{"affiliate", "advertiser"} {
		path := "/dictionary/customField/" + kind
		on("GET "+path, s.customFields(kind))
		on("POST "+path, s.createCustomField(kind))
		on("DELETE "+path+"/{id}", s.deleteCustomField(kind))
	}
}

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

func (s *Server) categoryJSON(c Category) kit.Object {
	return kit.Object{{Name: "_id", Value: c.ID}, {Name: "name", Value: c.Name}, {Name: "org_id", Value: s.data.Account.ID}}
}

func (s *Server) categories(w http.ResponseWriter, _ *http.Request) {
	list := kit.Array{}
	for _, c := range s.data.Categories {
		list = append(list, s.categoryJSON(c))
	}
	succeed(w, kit.Object{{Name: "categories", Value: list}})
}

// createCategory takes JSON, or a form as the sample of this one request.
func (s *Server) createCategory(w http.ResponseWriter, r *http.Request) {
	c := Category{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		c.Name = r.PostFormValue("name")
	} else {
		b, ok := s.readBody(w, r)
		if !ok {
			return
		}
		if b.text("name", &c.Name); s.refused(w, b) {
			return
		}
	}
	switch {
	case c.Name == "":
		s.refuse(w, "name")
	case slices.ContainsFunc(s.data.Categories, func(other Category) bool { return strings.EqualFold(other.Name, c.Name) }):
		s.duplicated(w, "name")
	default:
		c.ID = s.newID()
		s.data.Categories = appended(s.data.Categories, c)
		succeed(w, kit.Object{{Name: "category", Value: s.categoryJSON(c)}, {Name: "message", Value: "Category saved successfully!!"}})
	}
}

func (s *Server) deleteCategory(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.data.Categories, func(c Category) bool { return c.ID == r.PathValue("id") })
	if i < 0 {
		s.notFound(w)
		return
	}
	s.data.Categories = removed(s.data.Categories, i)
	removedPart(w, "Category")
}

// customFields are none at first: an empty list.
func (s *Server) customFields(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		list := kit.Array{}
		for _, f := range s.data.CustomFields {
			if f.Of == kind {
				list = append(list, kit.Object{
					{Name: "label", Value: f.Label}, {Name: "type", Value: f.Type}, {Name: "name", Value: f.Name}, {Name: "required", Value: f.Required}, {Name: "id", Value: f.ID},
				})
			}
		}
		succeed(w, kit.Object{{Name: "fields", Value: list}})
	}
}

func (s *Server) createCustomField(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, ok := s.readBody(w, r)
		if !ok {
			return
		}
		f := CustomField{Of: kind, Type: "text", Required: true}
		b.require("fname")
		b.text("fname", &f.Label)
		b.choice("ftype", &f.Type, "text", "file", "date", "email")
		b.flag("frequired", &f.Required)
		if s.refused(w, b) {
			return
		}
		f.ID, f.Name = s.newID(), strings.ReplaceAll(strings.ToLower(f.Label), " ", "_")
		s.data.CustomFields = appended(s.data.CustomFields, f)
		succeed(w, kit.Object{{Name: "message", Value: "Added New Custom Field for " + kind + "s"}})
	}
}

func (s *Server) deleteCustomField(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(s.data.CustomFields, func(f CustomField) bool { return f.ID == r.PathValue("id") && f.Of == kind })
		if i < 0 {
			s.notFound(w)
			return
		}
		s.data.CustomFields = removed(s.data.CustomFields, i)
		removedPart(w, "Custom field")
	}
}
