package query

import (
	"bytes"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/codec"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// predicate is a filter that the gateway applies to unified rows.
type predicate struct {
	parameter string
	filter    *surface.Filter
	kind      surface.Type
	values    [][]byte // as the surface writes them, without quotes
	texts     []string // members that a search looks at
	from      []value  // of the members, the first that is not null being the one that counts
	negate    bool
	operator  *condition.Condition // of a query's body, in place of filter
}

func (l *listing) predicate(p *surface.Parameter, values []string) *predicate {
	out := &predicate{parameter: p.Name, filter: p.Filter}
	for _, v := range values {
		out.values = append(out.values, []byte(v))
	}
	if p.Filter.Member != nil {
		out.kind = p.Filter.Member.Type
	}
	if out.searches() {
		out.texts = textMembers(l.operation.Resource.Members, l.request.Client)
		out.values[0] = []byte(condition.Fold(values[0]))
	}
	return out
}

// members lists the members that the predicate looks at.
func (p *predicate) members() []string {
	switch {
	case p.operator != nil:
		return []string{p.operator.Field}
	case p.searches():
		return p.texts
	}
	members := []string{filterPath(p.filter)}
	for _, m := range p.filter.Else {
		members = append(members, m.Path)
	}
	return members
}

// searches tells whether the predicate looks for a text in any member.
func (p *predicate) searches() bool { return p.operator == nil && p.filter.Op == surface.Search }

// holds tells whether a row passes.
func (p *predicate) holds(r ref) bool {
	if p.searches() {
		return p.found(r)
	}
	token := null
	for _, v := range p.from {
		if t := v.of(r); !isNull(t) {
			token = t
			break
		}
	}
	if p.operator != nil {
		return p.operator.Holds(filterValue(token, p.kind))
	}
	return p.matches(token) != p.negate
}

// matches compares a token with the values. Null matches nothing.
func (p *predicate) matches(token []byte) bool {
	if isNull(token) {
		return false
	}
	switch p.filter.Op {
	case surface.From:
		return codec.CompareInstants(unquote(token), p.values[0]) >= 0
	case surface.To:
		return codec.CompareInstants(unquote(token), p.values[0]) < 0
	case surface.Min:
		return codec.CompareDecimals(p.number(token), p.values[0]) >= 0
	case surface.Max:
		return codec.CompareDecimals(p.number(token), p.values[0]) <= 0
	}
	for _, v := range p.values {
		if p.equal(token, v) {
			return true
		}
	}
	return false
}

func (p *predicate) number(token []byte) []byte {
	if p.kind == surface.Money {
		return moneyValue(token)
	}
	return unquote(token)
}

func (p *predicate) equal(token, value []byte) bool {
	switch p.kind {
	case surface.Integer, surface.Number, surface.Decimal, surface.Money:
		return codec.CompareDecimals(p.number(token), value) == 0
	}
	if p.filter.Fold {
		return strings.EqualFold(tokenText(token), string(value))
	}
	return bytes.Equal(plainText(token), value)
}

// found looks for the text in every text member of a row, whatever the letter case.
func (p *predicate) found(r ref) bool {
	for _, v := range p.from {
		if token := v.of(r); !isNull(token) && strings.Contains(condition.Fold(tokenText(token)), string(p.values[0])) {
			return true
		}
	}
	return false
}

// textMembers lists the members that a search looks at: all text that every row shows the
// client, and its native identifier.
func textMembers(members []*surface.Member, client Client) []string {
	var out []string
	for _, m := range members {
		switch {
		case m.Include != "" || m.Scope != "" && !client.HasScope(m.Scope):
		case m.Type == surface.Object:
			out = append(out, textMembers(m.Members, client)...)
		case m.Type == surface.Text && (m.Path == "native_id" || m.Path != "platform" && !strings.HasPrefix(m.Name, "native_")):
			out = append(out, m.Path)
		}
	}
	return out
}
