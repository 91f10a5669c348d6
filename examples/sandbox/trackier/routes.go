package trackier

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// networkRoutes are the network's API.
func (s *Server) networkRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	on := mux.HandleFunc
	on("GET /campaign", s.listCampaigns)
	on("POST /campaign", s.createCampaign)
	on("GET /campaign/{id}", s.campaign)
	on("POST /campaign/{id}", s.editCampaign)
	on("DELETE /campaign/{id}", s.deleteCampaign)
	on("GET /campaign/stats/{id}", s.campaignStats)
	on("GET /campaign/stats/{id}/{affiliate}", s.campaignStats)
	on("GET /campaign/domains", s.domains)
	on("PUT /campaign/domains", s.replaceDomains)
	on("POST /campaign/assign-publisher", s.assignPublishers)
	s.partRoutes(mux)
	s.goalRoutes(mux, "/goal")
	s.goalRoutes(mux, "/goals") // the overview's spelling
	on("GET /affiliate", s.listAffiliates)
	on("GET /affiliate/earning/{id}", s.earning)
	s.partnerRoutes(mux, "/affiliate", s.affiliates)
	on("GET /advertiser", s.listAdvertisers)
	s.partnerRoutes(mux, "/advertiser", s.advertisers)
	on("GET /network/conversions", s.conversions)
	on("GET /network/clicks", s.clicks)
	on("GET /network/customReport", s.report)
	on("GET /network/stats", s.networkStats)
	on("GET /network/account", s.account)
	on("PATCH /network/account", s.editAccount)
	on("GET /network/referral", s.listReferrals)
	on("POST /network/referral", s.createReferral)
	on("GET /network/referral/{id}", s.referral)
	on("PATCH /network/referral/{id}", s.editReferral)
	on("DELETE /network/referral/{id}", s.deleteReferral)
	on("GET /network/link/{affiliate}/{campaign}", s.link)
	on("POST /network/link/{affiliate}/{campaign}", s.createLink)
	on("POST /network/conversion-import", s.importConversions(network))
	on("GET /jobs", s.listJobs)
	on("GET /jobs/{id}", s.job)
	s.dictionaryRoutes(mux)
	return mux
}

// window is a checked range of days in the network's time zone.
type window struct{ start, end string } // 2006-01-02, both included

func (v window) covers(day string) bool { return day >= v.start && day <= v.end }

// openWindow reads start and end where either may be left out: a start alone
// is followed by six days, an end alone preceded by them, as the sample of the
// advertisers' log shows.
func (p *params) openWindow(missing *window) window {
	v := window{p.r.URL.Query().Get("start"), p.r.URL.Query().Get("end")}
	shift := func(day string, by int) string {
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return day // which window refuses
		}
		return t.AddDate(0, 0, by).Format(time.DateOnly)
	}
	switch {
	case v.start == "" && v.end == "":
		return *missing
	case v.start == "":
		v.start = shift(v.end, -6)
	case v.end == "":
		v.end = shift(v.start, 6)
	}
	p.checkDays(v)
	return v
}

// window reads start and end. Without them it is missing, if that is allowed.
func (p *params) window(missing *window) window {
	values := p.r.URL.Query()
	if missing != nil && !values.Has("start") && !values.Has("end") {
		return *missing
	}
	span := window{values.Get("start"), values.Get("end")}
	p.checkDays(span)
	return span
}

func (p *params) checkDays(span window) {
	if _, err := time.Parse(time.DateOnly, span.start); err != nil {
		p.refuse("start")
	}
	if _, err := time.Parse(time.DateOnly, span.end); err != nil {
		p.refuse("end")
	}
}

// paging is a checked page of a list.
type paging struct{ page, limit int }

// cut returns the rows of the page.
func cut[E any](rows []E, p paging) []E {
	from := min((p.page-1)*p.limit, len(rows))
	return rows[from:min(from+p.limit, len(rows))]
}

// params reads the query string, and remembers the first parameter that is
// wrong.
type params struct {
	r   *http.Request
	bad string
}

func (p *params) refuse(name string) {
	if p.bad == "" {
		p.bad = name
	}
}

// paging reads page and limit; most caps the limit, 0 means no cap.
func (p *params) paging(limit, most int) paging {
	out := paging{p.count("page", 1), p.count("limit", limit)}
	if most > 0 {
		out.limit = min(out.limit, most)
	}
	return out
}

func (p *params) count(name string, missing int) int {
	text := p.r.URL.Query().Get(name)
	if text == "" {
		return missing
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		p.refuse(name)
		return missing
	}
	return n
}

// list reads a parameter that may repeat, with or without brackets.
func (p *params) list(name string) []string {
	values := p.r.URL.Query()
	return slices.DeleteFunc(slices.Concat(values[name+"[]"], values[name]), func(v string) bool { return v == "" })
}

// ids reads the ids of objects in either form; nil means any. What does not
// exist matches nothing.
func (p *params) ids(name string, known map[string]int64) map[int64]bool {
	list := p.list(name)
	if len(list) == 0 {
		return nil
	}
	wanted := map[int64]bool{}
	for _, id := range list {
		if display, ok := known[id]; ok {
			wanted[display] = true
		}
	}
	return wanted
}

func wants(ids map[int64]bool, id int64) bool { return ids == nil || ids[id] }

// echo is the request's query as the answers repeat it: without the key, and
// lists under their bare names.
func (p *params) echo() any {
	o := kit.Object{}
	values := p.r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		bare, isList := strings.CutSuffix(name, "[]")
		switch {
		case bare == "apiKey":
		case isList:
			o = append(o, kit.Member{Name: bare, Value: values[name]})
		default:
			o = append(o, kit.Member{Name: bare, Value: values.Get(name)})
		}
	}
	return kit.EmptyAsList(o)
}
