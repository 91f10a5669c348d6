package keitaro

import (
	"net/http"
	"slices"
)

// labelNames are the two labels of the document.
var labelNames = []string{"whitelist", "blacklist"}

// updateLabels labels values of a click parameter in a campaign. The body has
// campaign_id, ref_name and items; what an item looks like is in no document. An
// object gives each value its label, null or nothing taking it away; a list of
// values gets the label in `label_name`. Values that are not named keep theirs.
func (s *Server) updateLabels(_ *http.Request, in *input) answer {
	in.creating = true
	in.require("ref_name", "items")
	var campaign int64
	in.entity("campaign_id", &campaign, s.isCampaign)
	var column string
	if in.text("ref_name", &column); column != "" && !isClickColumn(column) {
		in.refuse("ref_name", "Unknown column "+column)
	}
	items := in.labelled()
	if len(in.bad) > 0 {
		return refused(in.bad)
	}
	var labels []Label
	named := map[string][]string{}
	for _, l := range s.data.Labels {
		if l.CampaignID != campaign || l.RefName != column {
			labels = append(labels, l)
			continue
		}
		for _, value := range l.Items {
			if _, changed := items[value]; !changed {
				named[l.Name] = append(named[l.Name], value)
			}
		}
	}
	for _, value := range sortedNames(items) {
		if label := items[value]; label != "" {
			named[label] = append(named[label], value)
		}
	}
	for _, label := range labelNames {
		if len(named[label]) > 0 {
			labels = append(labels, Label{campaign, column, label, named[label]})
		}
	}
	s.data.Labels = labels
	return success()
}

// labelled reads the items: values and their labels, empty for none.
func (in *input) labelled() map[string]string {
	labels := map[string]string{}
	switch items := in.tree["items"].(type) {
	case map[string]any:
		for value := range items {
			var label string
			each := &input{tree: items}
			each.wordOrNull(value, &label, labelNames...)
			if len(each.bad) > 0 {
				in.refuse("items", "Must be labelled whitelist or blacklist")
			}
			labels[value] = label
		}
	case []any:
		var values []string
		in.texts("items", &values, func(string) bool { return true })
		if len(values) == 0 {
			break // also what PHP makes of an empty map
		}
		var label string
		in.require("label_name")
		in.word("label_name", &label, labelNames...)
		for _, value := range values {
			labels[value] = label
		}
	default:
		in.refuse("items", "Must be an object or a list")
	}
	return labels
}

// clearLog empties one of the tracker's logs.
func (s *Server) clearLog(r *http.Request, _ *input) answer {
	kind := r.PathValue("log")
	if !slices.Contains(logNames, kind) {
		return missing("Log not found")
	}
	var entries []LogEntry
	for _, e := range s.data.Logs {
		if e.Type != kind {
			entries = append(entries, e)
		}
	}
	s.data.Logs = entries
	return success()
}
