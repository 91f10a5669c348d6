package keitaro

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// streamJSON writes a stream as the document's samples do. The sample of a
// stream with landing pages has neither filters nor triggers: such a stream
// omits them when it has none.
func (s *Server) streamJSON(t *Stream) kit.Object {
	share := "chance"
	if s.config.Weight {
		share = "weight"
	}
	o := kit.Object{
		{Name: "id", Value: t.ID},
		{Name: "type", Value: t.Type},
		{Name: "name", Value: t.Name},
		{Name: "campaign_id", Value: t.CampaignID},
		{Name: "position", Value: t.Position},
		{Name: share, Value: t.Chance},
		{Name: "action_options", Value: t.ActionOptions},
		{Name: "comments", Value: t.Comments},
		{Name: "state", Value: string(t.State)},
		{Name: "updated_at", Value: stamp(t.UpdatedAt)},
		{Name: "action_type", Value: t.ActionType},
		{Name: "action_payload", Value: t.ActionPayload},
		{Name: "schema", Value: t.Schema},
		{Name: "collect_clicks", Value: t.CollectClicks},
		{Name: "filter_or", Value: t.FilterOr},
	}
	if t.Schema != "landings" || len(t.Filters)+len(t.Triggers) > 0 {
		o = append(o,
			kit.Member{Name: "filters", Value: filtersJSON(t)},
			kit.Member{Name: "triggers", Value: triggersJSON(t)})
	}
	return append(o,
		kit.Member{Name: "landings", Value: sharesJSON(t.ID, "landing_id", t.Landings)},
		kit.Member{Name: "offers", Value: sharesJSON(t.ID, "offer_id", t.Offers)})
}

func filtersJSON(t *Stream) kit.Array {
	rows := kit.Array{}
	for _, f := range t.Filters {
		rows = append(rows, kit.Object{
			{Name: "id", Value: f.ID},
			{Name: "stream_id", Value: t.ID},
			{Name: "name", Value: f.Name},
			{Name: "mode", Value: f.Mode},
			{Name: "payload", Value: f.Payload},
		})
	}
	return rows
}

func triggersJSON(t *Stream) kit.Array {
	rows := kit.Array{}
	for _, g := range t.Triggers {
		rows = append(rows, kit.Object{
			{Name: "id", Value: g.ID},
			{Name: "stream_id", Value: t.ID},
			{Name: "condition", Value: g.Condition},
			{Name: "target", Value: g.Target},
			{Name: "selected_page", Value: text(g.SelectedPage)},
			{Name: "pattern", Value: text(g.Pattern)},
			{Name: "action", Value: g.Action},
			{Name: "interval", Value: g.Interval},
			{Name: "alternative_urls", Value: text(g.AlternativeURLs)},
			{Name: "grab_from_page", Value: text(g.GrabFromPage)},
			{Name: "av_settings", Value: text(g.AVSettings)},
			{Name: "reverse", Value: digit(g.Reverse)},
			{Name: "scan_page", Value: digit(g.ScanPage)},
		})
	}
	return rows
}

// digit writes a flag that the document types as "1 or 0".
func digit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func sharesJSON(stream int64, target string, shares []Share) kit.Array {
	rows := kit.Array{}
	for _, h := range shares {
		rows = append(rows, kit.Object{
			{Name: "id", Value: h.ID},
			{Name: "stream_id", Value: stream},
			{Name: target, Value: h.TargetID},
			{Name: "state", Value: string(h.State)},
			{Name: "share", Value: h.Percent},
			{Name: "created_at", Value: stamp(h.CreatedAt)},
			{Name: "updated_at", Value: stamp(h.UpdatedAt)},
		})
	}
	return rows
}

func (s *Server) campaignStreams(w http.ResponseWriter, r *http.Request) {
	campaign := s.byID.campaigns[pathID(r)]
	if campaign == nil || deleted(*campaign) {
		fail(w, http.StatusNotFound, noEntity)
		return
	}
	s.writeStreams(w, func(t *Stream) bool { return t.CampaignID == campaign.ID })
}

// searchStreams finds streams whose name, comments, payload or campaign's name
// holds the text, in any case.
func (s *Server) searchStreams(w http.ResponseWriter, r *http.Request) {
	query := strings.ToLower(r.URL.Query().Get("query"))
	if query == "" {
		var bad invalid
		bad.add("query", "Is required")
		bad.write(w)
		return
	}
	s.writeStreams(w, func(t *Stream) bool {
		return slices.ContainsFunc([]string{t.Name, t.Comments, t.ActionPayload, s.byID.campaigns[t.CampaignID].Name},
			func(field string) bool { return strings.Contains(strings.ToLower(field), query) })
	})
}

func (s *Server) writeStreams(w http.ResponseWriter, keep func(*Stream) bool) {
	rows := kit.Array{}
	for i := range s.data.Streams {
		if t := &s.data.Streams[i]; live(*t) && keep(t) {
			rows = append(rows, s.streamJSON(t))
		}
	}
	kit.PHP.Write(w, http.StatusOK, rows)
}

// streamEvents lists a stream's events, newest first. The shape is in no
// document; it is that of the log's rows with an id.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	stream := s.byID.streams[pathID(r)]
	if stream == nil || deleted(*stream) {
		fail(w, http.StatusNotFound, noEntity)
		return
	}
	rows := kit.Array{}
	for _, e := range slices.Backward(s.data.StreamEvents) {
		if e.StreamID == stream.ID {
			rows = append(rows, kit.Object{
				{Name: "id", Value: e.ID},
				{Name: "stream_id", Value: e.StreamID},
				{Name: "datetime", Value: stamp(e.At)},
				{Name: "message", Value: e.Message},
			})
		}
	}
	kit.PHP.Write(w, http.StatusOK, rows)
}
