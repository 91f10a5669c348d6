package trackier

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // what the platform hashes passwords with
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// partnerJSON writes an affiliate or an advertiser with the hash of its
// password: whoever passes it on leaks it.
func (s *Server) partnerJSON(a *Partner) kit.Object {
	return kit.Object{
		{Name: "_id", Value: a.ID},
		{Name: "display_id", Value: a.DisplayID},
		{Name: "name", Value: a.Name},
		{Name: "email", Value: a.Email},
		{Name: "company", Value: a.Company},
		{Name: "password", Value: a.Password},
		{Name: "status", Value: a.Status},
		{Name: "country", Value: a.Country},
		{Name: "username", Value: cmp.Or(a.Username, a.Name)},
		{Name: "live", Value: a.Status == "active"},
		{Name: "currency", Value: cmp.Or(a.Currency, ReportCurrency)},
		{Name: "phone", Value: text(a.Phone)},
		{Name: "meta", Value: kit.Array{}},
		{Name: "created", Value: s.date(a.CreatedAt, a.DateForm)},
		{Name: "modified", Value: s.modified(a.ModifiedAt)},
	}
}

func (s *Server) listAffiliates(w http.ResponseWriter, r *http.Request) {
	if list, ok := s.partners(w, r, s.data.Affiliates); ok {
		bare(w, kit.Object{{Name: "affiliates", Value: list}})
	}
}

func (s *Server) listAdvertisers(w http.ResponseWriter, r *http.Request) {
	if list, ok := s.partners(w, r, s.data.Advertisers); ok {
		succeed(w, kit.Object{{Name: "advertisers", Value: list}})
	}
}

// partners lists all of them, or a page where page or limit is given: the
// documents name no default.
func (s *Server) partners(w http.ResponseWriter, r *http.Request, all []Partner) (kit.Array, bool) {
	p := params{r: r}
	all = slices.DeleteFunc(slices.Clone(all), func(a Partner) bool { return a.Deleted })
	pages := p.paging(max(1, len(all)), 0)
	if p.bad != "" {
		s.refuse(w, p.bad)
		return nil, false
	}
	list := kit.Array{}
	for _, a := range cut(all, pages) {
		list = append(list, s.partnerJSON(&a))
	}
	return list, true
}

// kind is what affiliates and advertisers differ in.
type kind struct {
	name  string // of the member in answers
	added string // the message of a new one
	title string // how messages about others begin
	list  *[]Partner
	by    map[int64]*Partner
	ids   map[string]int64
}

func (s *Server) affiliates() kind {
	return kind{"affiliate", "Publisher Added!!", "Affiliate", &s.data.Affiliates, s.byID.affiliates, s.byID.affiliateIDs}
}

func (s *Server) advertisers() kind {
	return kind{"advertiser", "Advertiser Added!!", "Advertiser", &s.data.Advertisers, s.byID.advertisers, s.byID.advertiserIDs}
}

// partnerRoutes serves one kind under its own path.
func (s *Server) partnerRoutes(mux *http.ServeMux, path string, of func() kind) {
	with := func(h func(http.ResponseWriter, *http.Request, kind, *Partner)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			k := of()
			id, ok := k.ids[r.PathValue("id")]
			if !ok {
				s.notFound(w)
				return
			}
			h(w, r, k, k.by[id])
		}
	}
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { s.createPartner(w, r, of()) })
	mux.HandleFunc("GET "+path+"/{id}", with(func(w http.ResponseWriter, _ *http.Request, k kind, a *Partner) {
		succeed(w, kit.Object{{Name: k.name, Value: s.partnerJSON(a)}})
	}))
	mux.HandleFunc("POST "+path+"/{id}", with(s.editPartner))
	mux.HandleFunc("DELETE "+path+"/{id}", with(func(w http.ResponseWriter, _ *http.Request, k kind, a *Partner) {
		gone := *a
		gone.Deleted = true
		s.savePartner(k.list, gone)
		succeed(w, kit.Object{{Name: "message", Value: k.title + " removed successfully!!"}})
	}))
}

// currencies are what partners can be paid in.
var currencies = strings.Fields("INR PKR AUD EUR GBP TRY USD IDR THB MYR PHP VND RUB PLN")

// createPartner adds an affiliate or an advertiser, who has to be enabled yet: a
// new one is not live.
func (s *Server) createPartner(w http.ResponseWriter, r *http.Request, k kind) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	b.require("name", "email", "password")
	for _, f := range s.data.CustomFields {
		if f.Required && f.Of == k.name {
			b.object("custom_fields").require(f.Name)
		}
	}
	a := Partner{DisplayID: next(k.by), Status: "pending", CreatedAt: s.now()}
	readPartner(b, &a)
	switch {
	case s.refused(w, b):
	case taken(k, a):
		s.duplicated(w, "email")
	default:
		a.ID = s.newID()
		s.savePartner(k.list, a)
		succeed(w, kit.Object{{Name: "user", Value: s.partnerJSON(&a)}, {Name: "message", Value: k.added}})
	}
}

// editPartner changes what the body has.
func (s *Server) editPartner(w http.ResponseWriter, r *http.Request, k kind, old *Partner) {
	b, ok := s.readBody(w, r)
	if !ok {
		return
	}
	a := *old
	for _, name := range []string{"name", "email", "password"} {
		if b.has(name) {
			b.require(name)
		}
	}
	readPartner(b, &a)
	switch {
	case s.refused(w, b):
	case taken(k, a):
		s.duplicated(w, "email")
	default:
		a.ModifiedAt = s.now()
		s.savePartner(k.list, a)
		succeed(w, kit.Object{{Name: k.name, Value: s.partnerJSON(&a)}, {Name: "message", Value: k.title + " Updated!!"}})
	}
}

// readPartner reads the members that create and edit take.
func readPartner(b body, a *Partner) {
	b.text("name", &a.Name)
	b.text("username", &a.Username)
	b.text("email", &a.Email)
	b.text("phone", &a.Phone)
	b.text("country", &a.Country)
	b.text("company", &a.Company)
	if !strings.Contains(a.Email, "@") {
		b.refuse("email")
	}
	password, live := "", a.Status == "active"
	if b.text("password", &password); password != "" {
		a.Password = hashed(password)
	}
	b.choice("currency", &a.Currency, currencies...)
	if b.flag("live", &live); b.has("live") {
		a.Status = map[bool]string{true: "active", false: "disabled"}[live]
	}
}

// taken reports whether another partner of the kind has the address.
func taken(k kind, a Partner) bool {
	return slices.ContainsFunc(*k.list, func(other Partner) bool {
		return other.DisplayID != a.DisplayID && !other.Deleted && strings.EqualFold(other.Email, a.Email)
	})
}

// hashed is a password as the platform keeps it, and shows it.
func hashed(password string) string {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // what the platform hashes passwords with
	return hex.EncodeToString(sum[:])
}

// earning answers what an affiliate earned: the affiliate itself and statistics.
// There is no `success`.
func (s *Server) earning(w http.ResponseWriter, r *http.Request) {
	p := params{r: r}
	span := p.window(s.lastWeek())
	id, found := s.byID.affiliateIDs[r.PathValue("id")]
	switch {
	case !found:
		s.notFound(w)
	case p.bad != "":
		s.refuse(w, p.bad)
	default:
		stats := s.stats(scope{span: span, affiliates: map[int64]bool{id: true}})
		bare(w, append(kit.Object{{Name: "user", Value: s.partnerJSON(s.byID.affiliates[id])}}, stats...))
	}
}
