package keitaro

import (
	"fmt"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// serials hands out the ids of what lives inside streams.
type serials struct{ stream, filter, trigger, share, event int64 }

func next(n *int64) int64 { *n++; return *n }

// addStreams gives each campaign two or three streams, the last one a default.
func addStreams(d *Data, r *kit.Random) {
	ids := serials{stream: 1281, filter: 385, trigger: 10, share: 40, event: 500}
	for i, c := range d.Campaigns {
		n := 2 + (i+1)%2
		for position := 1; position <= n; position++ {
			t := Stream{
				ID: next(&ids.stream), CampaignID: c.ID, Type: "regular", Position: int64(position), Chance: int64(100 / n),
				Name: kit.Pick(r, "Test Stream", "Поток №", "bots \"&\" proxies", "Flow/") + fmt.Sprint(position), State: Active,
				CollectClicks: true, FilterOr: r.Chance(30), Comments: kit.Pick(r, "", "", "don't touch", "50% тест"),
			}
			_, t.UpdatedAt = dates(r)
			switch {
			case position == n:
				t.Type, t.Name = "default", "Default"
			case position == 1 && i%4 == 0:
				t.Type = "forced"
			}
			fill(&t, d, r, &ids, position == 1)
			d.Streams = append(d.Streams, t)
			d.StreamEvents = append(d.StreamEvents, events(r, t, &ids)...)
		}
	}
	d.Streams[3].State = Disabled
	d.Streams[6].State = Deleted
	d.Streams[11].State = Deleted
}

// fill gives a stream what its schema needs.
func fill(t *Stream, d *Data, r *kit.Random, ids *serials, first bool) {
	t.ActionType, t.ActionPayload = "http", fmt.Sprintf("http://test%d.com/?a={keyword}&b=1", t.ID)
	t.Schema = kit.Pick(r, "landings", "landings", "landings", "offers")
	if t.Type == "forced" {
		t.Schema = kit.Pick(r, "redirect", "action")
	}
	switch t.Schema {
	case "action":
		t.ActionType = kit.Pick(r, "status404", "do_nothing", "show_html")
		t.ActionPayload = ""
		if t.ActionType == "show_html" {
			t.ActionPayload = "<p class=\"x\">Bye & <b>thanks</b></p>"
		}
		t.ActionOptions = kit.Array{}
	case "landings":
		t.Landings = shares(r, ids, 1+r.IntN(2), func() int64 { return d.LandingPages[r.IntN(13)].ID })
		t.Offers = shares(r, ids, 1+r.IntN(2), func() int64 { return d.Offers[r.IntN(19)].ID })
	case "offers":
		t.Offers = shares(r, ids, 1+r.IntN(3), func() int64 { return d.Offers[r.IntN(19)].ID })
		t.ActionOptions = kit.Object{{Name: "delay", Value: "3"}, {Name: "text", Value: "Ждите…"}}
	}
	if !first {
		return
	}
	modes := [2]string{"accept", "reject"}
	if t.ID%5 == 0 {
		modes[0] = "allow" // kept from an older version
	}
	t.Filters = []Filter{
		{next(&ids.filter), "uniqueness", modes[1], "stream"},
		{next(&ids.filter), "country", modes[0], []string{"US", "@empty"}},
	}
	if t.ID%2 == 0 {
		t.Filters = append(t.Filters, Filter{
			next(&ids.filter), "parameter", modes[0],
			kit.Object{{Name: "name", Value: "utm/source"}, {Name: "value", Value: []string{"@empty", "ключ"}}},
		})
	}
	if t.ID%3 == 0 {
		t.Triggers = []Trigger{{
			ID: next(&ids.trigger), Condition: "not_contains", Target: "offers", Pattern: "OK \"200\"",
			Action: "replace_url", Interval: 60, AlternativeURLs: "http://a.example\nhttp://b.example", Reverse: true,
		}}
	}
}

// shares splits 100 percent over n different targets; one may get nothing.
func shares(r *kit.Random, ids *serials, n int, target func() int64) []Share {
	var list []Share
	left := int64(100)
	seen := map[int64]bool{}
	for len(list) < n {
		id := target()
		if seen[id] {
			continue
		}
		seen[id] = true
		percent := left
		if len(list) < n-1 {
			percent = kit.Pick[int64](r, 0, 30, 50)
		}
		left -= percent
		h := Share{ID: next(&ids.share), TargetID: id, State: Active, Percent: percent}
		h.CreatedAt, h.UpdatedAt = dates(r)
		list = append(list, h)
	}
	return list
}

func events(r *kit.Random, t Stream, ids *serials) []StreamEvent {
	var list []StreamEvent
	for i := range r.IntN(4) {
		list = append(list, StreamEvent{
			ID: next(&ids.event), StreamID: t.ID, At: t.UpdatedAt.AddDate(0, 0, i),
			Message: kit.Pick(r, "Stream enabled", "Page \"http://test.com\" does not respond", "URL заменён на http://b.example"),
		})
	}
	return list
}
