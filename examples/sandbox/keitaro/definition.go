package keitaro

import (
	"maps"
	"net/http"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// definition answers report/definition, whose shape is in no document: the names
// of what reports can group by and compute.
func (s *Server) definition(w http.ResponseWriter, _ *http.Request) {
	kit.PHP.Write(w, http.StatusOK, kit.Object{
		{Name: "columns", Value: named(clickColumns)}, {Name: "metrics", Value: named(metrics)},
	})
}

func named[E any](of map[string]E) kit.Array {
	rows := kit.Array{}
	for _, name := range sortedNames(of) {
		rows = append(rows, kit.Object{{Name: "name", Value: name}})
	}
	return rows
}

func sortedNames[E any](of map[string]E) []string { return slices.Sorted(maps.Keys(of)) }

// labels lists the values that a campaign has labelled; all three parameters
// are needed. The answer's shape is in no document: the values alone.
func (s *Server) labels(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	var bad invalid
	for _, name := range []string{"campaign_id", "label_name", "ref_name"} {
		if values.Get(name) == "" {
			bad.add(name, "Is required")
		}
	}
	if len(bad) > 0 {
		bad.write(w)
		return
	}
	found := []string{}
	for _, l := range s.data.Labels {
		if plain(l.CampaignID) == values.Get("campaign_id") && l.Name == values.Get("label_name") && l.RefName == values.Get("ref_name") {
			found = append(found, l.Items...)
		}
	}
	kit.PHP.Write(w, http.StatusOK, found)
}
