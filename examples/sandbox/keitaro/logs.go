package keitaro

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// logNames are the tracker's logs.
var logNames = []string{"system", "traffic", "postbacks", "ssl", "sent_postbacks"}

// logs writes what the tracker would have logged about its traffic.
func logs(d *Data, zone *time.Location) []LogEntry {
	var list []LogEntry
	add := func(kind string, at time.Time, format string, args ...any) {
		list = append(list, LogEntry{Type: kind, At: at, JobID: fmt.Sprintf("%08x", len(list)+0x5d1f), Message: fmt.Sprintf(format, args...)})
	}
	sources := by(d.TrafficSources, func(t *TrafficSource) int64 { return t.ID })
	clicks := by(d.Clicks, func(c *Click) int64 { return c.ID })
	last := ""
	for _, c := range d.Clicks {
		if day := c.At.In(zone).Format(time.DateOnly); day != last {
			last = day
			add("system", c.At, "[cron] statistics of %s rebuilt, 100%% done", day)
			if strings.HasSuffix(day, "-01") {
				add("ssl", c.At, "Certificate of \"tracker.example\" renewed")
			}
		}
		add("traffic", c.At, "Campaign %d; Stream %d; subid %s; %s", c.CampaignID, c.StreamID, c.SubID, c.Keyword)
	}
	for _, v := range d.Conversions {
		add("postbacks", v.PostbackAt, "Subid %s complete, status \"%s\"", v.SubID, v.OriginalStatus)
		if t := sources[clicks[v.ClickID].TrafficSourceID]; t != nil && t.PostbackURL != "" && !v.SaleAt.IsZero() {
			add("sent_postbacks", v.SaleAt, "%s: 200 OK", t.PostbackURL)
		}
	}
	slices.SortStableFunc(list, func(a, b LogEntry) int {
		if c := strings.Compare(a.Type, b.Type); c != 0 {
			return c
		}
		return a.At.Compare(b.At)
	})
	return list
}

// logTypes answers logs/types with their names.
func (s *Server) logTypes(w http.ResponseWriter, _ *http.Request) {
	kit.PHP.Write(w, http.StatusOK, logNames)
}

// log lists the entries of a log, newest first; `query` keeps those whose
// message holds it.
func (s *Server) log(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("log")
	if !slices.Contains(logNames, kind) {
		fail(w, http.StatusNotFound, "Log not found")
		return
	}
	values := r.URL.Query()
	var bad invalid
	q := query{}
	if values.Get("limit") == "" {
		bad.add("limit", "Is required")
	} else {
		q.limit = readCount(values.Get("limit"), "limit", &bad)
	}
	if values.Get("offset") != "" {
		q.offset = readCount(values.Get("offset"), "offset", &bad)
	}
	if len(bad) > 0 {
		bad.write(w)
		return
	}
	var entries []LogEntry
	for _, e := range slices.Backward(s.data.Logs) {
		if e.Type == kind && strings.Contains(strings.ToLower(e.Message), strings.ToLower(values.Get("query"))) {
			entries = append(entries, e)
		}
	}
	rows := kit.Array{}
	for _, e := range page(entries, q) {
		rows = append(rows, kit.Object{
			{Name: "datetime", Value: e.At.In(s.config.Zone).Format(wall)},
			{Name: "jid", Value: e.JobID},
			{Name: "message", Value: e.Message},
		})
	}
	if s.config.LogEnvelope {
		kit.PHP.Write(w, http.StatusOK, kit.Object{{Name: "rows", Value: rows}, {Name: "total", Value: len(entries)}})
		return
	}
	kit.PHP.Write(w, http.StatusOK, rows)
}
