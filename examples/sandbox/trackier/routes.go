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

func (s *Server) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) { mux.HandleFunc("GET "+path, h) }
	get("/campaign", s.listCampaigns)
	get("/campaign/{id}", s.campaign)
	get("/campaign/stats/{id}", s.campaignStats)
	get("/campaign/stats/{id}/{affiliate}", s.campaignStats)
	get("/affiliate", s.listAffiliates)
	get("/affiliate/{id}", s.affiliate)
	get("/advertiser", s.listAdvertisers)
	get("/advertiser/{id}", s.advertiser)
	get("/network/conversions", s.conversions)
	get("/network/clicks", s.clicks)
	get("/network/customReport", s.report)
	get("/network/stats", s.networkStats)
	get("/network/account", s.account)
	get("/network/referral", s.listReferrals)
	get("/network/referral/{id}", s.referral)
	get("/jobs", s.listJobs)
	get("/jobs/{id}", s.job)
	get("/dictionary/countries", s.countries)
	get("/dictionary/devices", s.devices)
	get("/dictionary/categories", s.categories)
	get("/dictionary/customField/affiliate", s.customFields)
	get("/dictionary/customField/advertiser", s.customFields)
	return mux
}

// register makes an object findable by both its ids: parameters take either.
func register(ids map[string]int64, display int64, long string) {
	ids[strconv.FormatInt(display, 10)] = display
	ids[long] = display
}

// window is a checked range of days in the network's time zone.
type window struct{ start, end string } // 2006-01-02, both included

func (v window) covers(day string) bool { return day >= v.start && day <= v.end }

// window reads start and end. Without them it is missing, if that is allowed.
func (p *params) window(missing *window) window {
	values := p.r.URL.Query()
	if missing != nil && !values.Has("start") && !values.Has("end") {
		return *missing
	}
	for _, name := range []string{"start", "end"} {
		if _, err := time.Parse(time.DateOnly, values.Get(name)); err != nil {
			p.refuse(name)
		}
	}
	return window{values.Get("start"), values.Get("end")}
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
