package affili

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// integer is a JSON number or, as the document's samples have it, the same in
// quotes.
type integer int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *integer) UnmarshalJSON(b []byte) error {
	parsed, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*n = integer(parsed)
	return err
}

// input is what a write may send; nil is what it does not.
type input struct {
	ExternalID  *string  `json:"external_id"`
	Amount      *integer `json:"amount"`
	Token       string   `json:"token"`
	AffID       string   `json:"aff_id"`
	Referrer    string   `json:"referrer"`
	Type        *Type    `json:"type"`
	Status      *integer `json:"status"`
	Name        string   `json:"name"`
	Commissions []struct {
		Name   string  `json:"name"`
		Amount integer `json:"sub_amount"`
	} `json:"commissions"`

	errors kit.Object
}

// maxInput is more than any documented write needs.
const maxInput = 1 << 20

// read returns the body of a write. It is JSON whatever Content-Type says: the
// document's samples let curl declare a form.
func read(w http.ResponseWriter, r *http.Request) (*input, bool) {
	var in input
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxInput)).Decode(&in); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "BODY_IS_INVALID")
		return nil, false
	}
	return &in, true
}

func (in *input) refuse(name, message string) {
	in.errors = append(in.errors, kit.Member{Name: name, Value: []string{message}})
}

func (in *input) require(name string, given bool) {
	if !given {
		in.refuse(name, "The "+name+" field is required.")
	}
}

// check validates what create and update have in common. The caller holds the
// lock; self is the conversion written to, or nil.
func (s *Server) check(in *input, self *Conversion) {
	if in.Type != nil && !slices.Contains([]Type{Buy, Click, Lead}, *in.Type) {
		in.refuse("type", "The selected type is invalid.")
	}
	if in.Status != nil && (*in.Status < 0 || *in.Status > integer(Duplicated)) {
		in.refuse("status", "The selected status is invalid.")
	}
	if in.ExternalID == nil {
		return
	}
	taken := slices.ContainsFunc(s.conversions, func(c Conversion) bool {
		return c.ExternalID == *in.ExternalID && (self == nil || c.ID != self.ID)
	})
	if taken {
		in.refuse("external_id", "The external_id has already been taken.")
	}
}

// create serves POST /api/merchants/conversions.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	in, ok := read(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	buy := in.Type != nil && *in.Type == Buy
	in.require("type", in.Type != nil)
	in.require("token", in.Token != "")
	in.require("aff_id", in.AffID != "")
	in.require("referrer", in.Referrer != "")
	in.require("external_id", !buy || in.ExternalID != nil && *in.ExternalID != "")
	in.require("amount", !buy || in.Amount != nil)
	in.require("commissions", !buy || len(in.Commissions) > 0)
	in.require("name", in.Type == nil || *in.Type != Lead || in.Name != "")
	publisher := slices.IndexFunc(s.publishers, func(p Publisher) bool { return p.AffID == in.AffID && p.Referrer == in.Referrer })
	if in.AffID != "" && in.Referrer != "" && publisher < 0 {
		in.refuse("aff_id", "The selected aff_id is invalid.")
	}
	s.check(in, nil)
	if len(in.errors) > 0 {
		refuseWith(w, http.StatusUnprocessableEntity, in.errors)
		return
	}
	now := s.config.Now().UTC()
	c := Conversion{ID: s.ids.next(), Publisher: s.publishers[publisher].ID, Created: now, Updated: now}
	if *in.Type == Lead {
		c.Commissions = []Commission{{ID: s.ids.next(), Name: in.Name}}
	}
	s.apply(in, &c)
	s.conversions = slices.Insert(s.conversions, 0, c)
	respond(w, "createConversion", s.write(&c))
}

// update serves POST /api/merchants/conversions/{id}.
func (s *Server) update(w http.ResponseWriter, r *http.Request, id string) {
	in, ok := read(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.lookup(id)
	if c == nil {
		refuse(w, http.StatusNotFound, "CONVERSION_NOT_FOUND")
		return
	}
	if c.Closed {
		refuse(w, http.StatusUnprocessableEntity, "CONVERSION_IS_CLOSED")
		return
	}
	in.require("commissions", in.Amount == nil || len(in.Commissions) > 0)
	s.check(in, c)
	if len(in.errors) > 0 {
		refuseWith(w, http.StatusUnprocessableEntity, in.errors)
		return
	}
	c.Updated = s.config.Now().UTC()
	s.apply(in, c)
	respond(w, "updateConversion", s.write(c))
}

// apply copies what was sent into c. The caller holds the lock.
func (s *Server) apply(in *input, c *Conversion) {
	if in.ExternalID != nil {
		c.ExternalID = *in.ExternalID
	}
	if in.Amount != nil {
		c.Amount = int64(*in.Amount)
	}
	if in.Type != nil {
		c.Type, c.TypeIsNumber = *in.Type, *in.Type == Buy
	}
	if in.Status != nil {
		c.Status = Status(*in.Status)
	}
	if len(in.Commissions) == 0 {
		return
	}
	c.Commissions = nil
	for _, part := range in.Commissions {
		c.Commissions = append(c.Commissions, Commission{ID: s.ids.next(), Name: part.Name, Amount: int64(part.Amount)})
	}
}

// setCookie serves POST /api/merchants/set-cookie, which gives a visitor of a
// referral link the token that a conversion is later created with.
func (s *Server) setCookie(w http.ResponseWriter, r *http.Request) {
	in, ok := read(w, r)
	if !ok {
		return
	}
	in.require("referrer", in.Referrer != "")
	known := slices.ContainsFunc(s.publishers, func(p Publisher) bool { return p.Referrer == in.Referrer })
	if in.Referrer != "" && !known {
		in.refuse("referrer", "The selected referrer is invalid.")
	}
	if len(in.errors) > 0 {
		refuseWith(w, http.StatusUnprocessableEntity, in.errors)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	respond(w, "setCookie", kit.Object{
		{Name: "token", Value: "eyJpdiI6" + s.ids.random.Text(tokenAlphabet, 56)},
		{Name: "valid_days", Value: validDays},
	})
}

// validDays is how long a token is good for.
const validDays = 30

const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
