package keitaro

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

func (s *Server) fillStream(in *input, t *Stream) {
	in.require("type", "schema", "action_type")
	in.entity("campaign_id", &t.CampaignID, s.isCampaign)
	in.word("type", &t.Type, keysOf(streamTypes)...)
	in.text("name", &t.Name)
	in.count("position", &t.Position)
	in.count("chance", &t.Chance)
	in.count("weight", &t.Chance)
	in.value("action_options", &t.ActionOptions)
	in.text("comments", &t.Comments)
	in.state(&t.State)
	in.word("action_type", &t.ActionType, keysOf(streamActions)...)
	in.payload("action_payload", &t.ActionPayload)
	in.word("schema", &t.Schema, keysOf(streamSchemas)...)
	in.flag("collect_clicks", &t.CollectClicks)
	in.flag("filter_or", &t.FilterOr)
	s.fillFilters(in, t)
	s.fillTriggers(in, t)
	s.fillShares(in, "landings", "landing_id", &t.Landings, func(id int64) bool { return isLive(s.byID.landings, id) })
	s.fillShares(in, "offers", "offer_id", &t.Offers, func(id int64) bool { return isLive(s.byID.offers, id) })
}

func (s *Server) isCampaign(id int64) bool { return isLive(s.byID.campaigns, id) }

// payload takes a text; newer installations have objects too, kept as their JSON.
func (in *input) payload(name string, into *string) {
	switch v := in.tree[name].(type) {
	case []any, map[string]any:
		*into = string(kit.Plain.Append(nil, native(v)))
	default:
		in.text(name, into)
	}
}

// kept starts an element of a nested list: as the one it names by its id, or as
// a new one. An id that the list does not have is refused.
func kept[E any](part *input, list []E, id func(E) int64) E {
	var none E
	given, _ := part.given("id")
	text, _ := scalar(given)
	if text == "" {
		part.creating = true
		return none
	}
	i := slices.IndexFunc(list, func(e E) bool { return strconv.FormatInt(id(e), 10) == text })
	if i < 0 {
		part.refuse("id", noEntity)
		return none
	}
	return list[i]
}

func (s *Server) fillFilters(in *input, t *Stream) {
	var list []Filter
	there := in.parts("filters", func(part *input) {
		f := kept(part, t.Filters, func(f Filter) int64 { return f.ID })
		part.require("name", "mode")
		part.text("name", &f.Name)
		part.word("mode", &f.Mode, "accept", "allow", "reject")
		part.value("payload", &f.Payload)
		list = append(list, f)
	})
	if there {
		t.Filters = list
	}
}

func (s *Server) fillTriggers(in *input, t *Stream) {
	var list []Trigger
	there := in.parts("triggers", func(part *input) {
		g := kept(part, t.Triggers, func(g Trigger) int64 { return g.ID })
		if target, misspelt := part.given("taget"); misspelt { // as the newer specification has it
			part.tree["target"] = target
		}
		part.require("condition", "target", "action")
		part.word("condition", &g.Condition, "not_respond", "always", "not_contains", "av_detected")
		part.word("target", &g.Target, "stream", "landings", "offers", "selected_page")
		part.text("selected_page", &g.SelectedPage)
		part.text("pattern", &g.Pattern)
		part.word("action", &g.Action, "disable", "replace_url", "grab_from_page")
		part.count("interval", &g.Interval)
		part.text("alternative_urls", &g.AlternativeURLs)
		part.text("grab_from_page", &g.GrabFromPage)
		part.text("av_settings", &g.AVSettings)
		part.flag("reverse", &g.Reverse)
		part.flag("scan_page", &g.ScanPage)
		list = append(list, g)
	})
	if there {
		t.Triggers = list
	}
}

func (s *Server) fillShares(in *input, name, target string, into *[]Share, exists func(int64) bool) {
	var list []Share
	there := in.parts(name, func(part *input) {
		h := kept(part, *into, func(h Share) int64 { return h.ID })
		if h.ID == 0 {
			h.State, h.CreatedAt = Active, s.now()
		}
		part.entity(target, &h.TargetID, exists)
		part.state(&h.State)
		if part.count("share", &h.Percent); h.Percent > 100 {
			part.refuse("share", "Must be a percentage")
		}
		h.UpdatedAt = s.now()
		list = append(list, h)
	})
	if there {
		*into = list
	}
}

// completeStream gives the new parts of a stream their ids. They are in slices of
// their own: lists that a body does not give have no new parts.
func (s *Server) completeStream(t *Stream) {
	number := func(id, last *int64) {
		if *id == 0 {
			*id = next(last)
		}
	}
	for i := range t.Filters {
		number(&t.Filters[i].ID, &s.last.filter)
	}
	for i := range t.Triggers {
		number(&t.Triggers[i].ID, &s.last.trigger)
	}
	for i := range t.Landings {
		number(&t.Landings[i].ID, &s.last.share)
	}
	for i := range t.Offers {
		number(&t.Offers[i].ID, &s.last.share)
	}
}

// streamsOf returns the streams of a campaign that are not archived.
func (s *Server) streamsOf(campaign int64) []Stream {
	var list []Stream
	for _, t := range s.data.Streams {
		if t.CampaignID == campaign && live(t) {
			list = append(list, t)
		}
	}
	return list
}

// copyStream adds a copy of a stream to a campaign, its parts with ids of their
// own.
func (s *Server) copyStream(t Stream, campaign int64) *Stream {
	t.CampaignID, t.UpdatedAt = campaign, s.now()
	t.Filters, t.Triggers = slices.Clone(t.Filters), slices.Clone(t.Triggers)
	t.Landings, t.Offers = slices.Clone(t.Landings), slices.Clone(t.Offers)
	for i := range t.Filters {
		t.Filters[i].ID = 0
	}
	for i := range t.Triggers {
		t.Triggers[i].ID = 0
	}
	for _, shares := range [][]Share{t.Landings, t.Offers} {
		for i := range shares {
			shares[i].ID, shares[i].CreatedAt, shares[i].UpdatedAt = 0, s.now(), s.now()
		}
	}
	return s.streamKind().add(s, t)
}

// copyStreams and moveStreams answer with the streams as they are in the campaign
// they went to; so far no document shows an answer.
func (s *Server) copyStreams(_ *http.Request, in *input) answer {
	chosen, target := s.chosenStreams(in)
	if len(in.bad) > 0 {
		return refused(in.bad)
	}
	rows := kit.Array{}
	for _, t := range chosen {
		rows = append(rows, s.streamJSON(s.copyStream(t, target)))
	}
	return ok(rows)
}

func (s *Server) moveStreams(_ *http.Request, in *input) answer {
	chosen, target := s.chosenStreams(in)
	if len(in.bad) > 0 {
		return refused(in.bad)
	}
	k := s.streamKind()
	rows := kit.Array{}
	for _, t := range chosen {
		t.CampaignID, t.UpdatedAt = target, s.now()
		rows = append(rows, s.streamJSON(k.replace(s, t)))
	}
	return ok(rows)
}

// chosenStreams reads which streams go to which campaign. No document has the
// body. The campaign they go to is `campaign_id` or `to_campaign_id`; the streams
// are listed as `stream_ids` or `ids`, or are all of `from_campaign_id`.
func (s *Server) chosenStreams(in *input) (chosen []Stream, target int64) {
	in.creating = true
	to, ids := "campaign_id", "stream_ids"
	if _, there := in.given("to_campaign_id"); there {
		to = "to_campaign_id"
	}
	if _, there := in.given("ids"); there {
		ids = "ids"
	}
	in.entity(to, &target, s.isCampaign)
	if _, listed := in.given(ids); !listed {
		if _, all := in.given("from_campaign_id"); all {
			var from int64
			in.entity("from_campaign_id", &from, s.isCampaign)
			return s.streamsOf(from), target
		}
	}
	in.require(ids)
	var list []string
	in.texts(ids, &list, func(id string) bool { return strings.Trim(id, "0123456789") == "" })
	for _, text := range list {
		id, _ := strconv.ParseInt(text, 10, 64) // one beyond 64 bits is not found either
		t := s.byID.streams[id]
		if t == nil || deleted(*t) {
			in.refuse(ids, noEntity+": "+text)
			break
		}
		chosen = append(chosen, *t)
	}
	return chosen, target
}
