package affjet

import (
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

var networkFields = fields[Network]{
	"id":             key(func(n Network) int64 { return n.ID }),
	"name":           key(func(n Network) string { return n.Name }),
	"importDate":     when(func(n Network) time.Time { return n.Imported }),
	"lastImportDate": when(func(n Network) time.Time { return n.LastImported }),
	"currency":       key(func(n Network) string { return n.Currency }),
}

var merchantFields = fields[Merchant]{
	"id":   key(func(m Merchant) int64 { return m.ID }),
	"name": key(func(m Merchant) string { return m.Name }),
	"cid":  key(func(m Merchant) string { return m.CID }),
}

// networks serves GET /externalclient/affiliateNetwork.
func (s *Server) networks(a *answer, p *params, _ string) {
	p.only("count", "includeMerchants", "order")
	count, include := p.boolean("count"), p.boolean("includeMerchants")
	rows := slices.Clone(s.data.networks)
	sortRows(p, rows, networkFields)
	respond(a, p, count, rows, func(n Network) any { return s.networkItem(n, include) })
}

// network serves GET /externalclient/affiliateNetwork/<id>.
func (s *Server) network(a *answer, p *params, id string) {
	p.only("includeMerchants")
	include := p.boolean("includeMerchants")
	one(a, p, id, s.findNetwork, func(n Network) kit.Object { return s.networkItem(n, include) })
}

func (s *Server) networkItem(n Network, includeMerchants bool) kit.Object {
	o := writeNetwork(n, datetimeFormat, s.config.Zone)
	if !includeMerchants {
		return o
	}
	merchants := []kit.Object{}
	for _, m := range s.data.merchants {
		if m.Network == n.ID {
			merchants = append(merchants, writeMerchant(m))
		}
	}
	return append(o, kit.Member{Name: "merchants", Value: merchants})
}

// merchants serves GET /externalclient/merchant, which has networks with a Date
// where everything else has a Datetime.
func (s *Server) merchants(a *answer, p *params, _ string) {
	p.only("count", "includeAffiliateNetwork", "order")
	count, include := p.boolean("count"), p.boolean("includeAffiliateNetwork")
	rows := slices.Clone(s.data.merchants)
	sortRows(p, rows, merchantFields)
	respond(a, p, count, rows, func(m Merchant) any { return s.merchantItem(m, include, dateFormat) })
}

// merchant serves GET /externalclient/merchant/<id>.
func (s *Server) merchant(a *answer, p *params, id string) {
	p.only("includeAffiliateNetwork")
	include := p.boolean("includeAffiliateNetwork")
	one(a, p, id, s.findMerchant, func(m Merchant) kit.Object { return s.merchantItem(m, include, datetimeFormat) })
}

// merchantItem writes a merchant with its network as a list of one.
func (s *Server) merchantItem(m Merchant, includeNetwork bool, format string) kit.Object {
	o := writeMerchant(m)
	if !includeNetwork {
		return o
	}
	n, _ := s.findNetwork(m.Network)
	return append(o, kit.Member{Name: "affiliateNetwork", Value: []kit.Object{writeNetwork(n, format, s.config.Zone)}})
}

// respond answers with rows as write has them, or with what was wrong with the
// parameters.
func respond[T any](a *answer, p *params, count bool, rows []T, write func(T) any) {
	if len(p.errors) > 0 {
		a.fail(resultBadParams, p.errors...)
		return
	}
	if count {
		a.list(len(rows), kit.Array{})
		return
	}
	list := make(kit.Array, len(rows))
	for i, row := range rows {
		list[i] = write(row)
	}
	a.list(len(list), list)
}

// respondPaged is respond for endpoints with order, pageSize and pageIndex, all
// of which count=true makes ignored.
func respondPaged[T any](a *answer, p *params, rows []T, by fields[T], write func(T) any) {
	if p.boolean("count") {
		respond(a, p, true, rows, write)
		return
	}
	sortRows(p, rows, by)
	from, to := p.page(len(rows))
	respond(a, p, false, rows[from:to], write)
}
