package query

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/reshape"
	"github.com/tributary-gateway/tributary/modules/internal/surface"
)

// predicate is a filter that the gateway applies to unified rows.
type predicate struct {
	parameter string
	filter    *surface.Filter
	kind      surface.Type
	values    [][]byte // as the surface writes them, without quotes
	taps      []int    // of the member, then of those that stand in for it
	texts     []string // members that a search looks at
	negate    bool
	operator  *Filter // of a query's body, in place of filter
}

// members lists the members that the predicate looks at, the first that is not null
// being the one that counts.
func (p *predicate) members() []string {
	switch {
	case p.operator != nil:
		return []string{p.operator.Field}
	case p.filter.Member == nil:
		return nil
	}
	return append([]string{filterPath(p.filter)}, paths(p.filter.Else)...)
}

// searches tells whether the predicate looks at whole rows.
func (p *predicate) searches() bool { return p.operator == nil && p.filter.Member == nil }

// holds tells whether a row passes. tap gives the value of a tap in the row.
func (p *predicate) holds(page *reshape.Page, row int, column map[int]int) bool {
	if p.operator == nil && p.filter.Op == surface.Search {
		return p.found(page.Row(row))
	}
	token := []byte("null")
	for _, t := range p.taps {
		v := page.Tap(row, column[t])
		if p.ofMoney(v) {
			v = moneyCurrency(v)
		}
		if !isNull(v) {
			token = v
			break
		}
	}
	if p.operator != nil {
		return p.operator.holds(token)
	}
	return p.matches(token) != p.negate
}

// ofMoney tells whether a token is an amount of which only the currency is compared.
func (p *predicate) ofMoney(token []byte) bool {
	kind := p.kind
	if p.operator != nil {
		kind = p.operator.member.Type
	}
	return kind == surface.Text && len(token) > 0 && token[0] == '{'
}

// matches compares a token with the values. Null matches nothing.
func (p *predicate) matches(token []byte) bool {
	if isNull(token) {
		return false
	}
	switch p.filter.Op {
	case surface.From:
		return compareInstants(unquote(token), p.values[0]) >= 0
	case surface.To:
		return compareInstants(unquote(token), p.values[0]) < 0
	case surface.Min:
		return compareDecimals(p.number(token), p.values[0]) >= 0
	case surface.Max:
		return compareDecimals(p.number(token), p.values[0]) <= 0
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
		return compareDecimals(p.number(token), value) == 0
	}
	if p.filter.Fold {
		return strings.EqualFold(tokenText(token), string(value))
	}
	return bytes.Equal(plainText(token), value)
}

// found looks for the text in every text member of a row, whatever the letter case.
func (p *predicate) found(row []byte) bool {
	want := strings.ToLower(string(p.values[0]))
	for _, member := range p.texts {
		if v := gjson.GetBytes(row, member); v.Type == gjson.String && strings.Contains(strings.ToLower(v.Str), want) {
			return true
		}
	}
	return false
}

// textMembers lists the members that a search looks at: all text of a row, and its
// native identifier.
func textMembers(members []*surface.Member) []string {
	var out []string
	for _, m := range members {
		switch m.Type {
		case surface.Text:
			if m.Path != "platform" && !strings.HasPrefix(m.Name, "native_") || m.Path == "native_id" {
				out = append(out, m.Path)
			}
		case surface.Object:
			out = append(out, textMembers(m.Members)...)
		}
	}
	return out
}
