package trackfinity

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// transactionFilters are the parameters of the transaction report that an event
// must equal.
var transactionFilters = map[string]filter{
	"filter_affiliate":        byWord(func(s *Server, e Event) string { return s.data.login(e.Click.Login).Name }),
	"filter_loginid":          loginFilter,
	"filter_campaignid":       campaignFilter,
	"filter_offerid":          offerFilter,
	"filter_external_clickid": byWord(func(_ *Server, e Event) string { return e.Click.ExternalID }),
	"filter_transaction_hash": byWord(func(_ *Server, e Event) string { return e.Click.Hash }),
	"filter_orderid":          byWord(func(_ *Server, e Event) string { return e.Order }),
}

// transactionTypes are the values of the parameter trans_type.
var transactionTypes = map[string]Kind{
	Initial.TransType():    Initial,
	Trial.TransType():      Trial,
	Rebill.TransType():     Rebill,
	Refund.TransType():     Refund,
	Chargeback.TransType(): Chargeback,
	Cancel.TransType():     Cancel,
}

// transactionReport is a request for a transaction report.
type transactionReport struct {
	start, count int // of the page, among the transactions that are kept
	keep         func(Event) bool
}

// readTransactionReport reads the parameters of a transaction report. The error
// is an [parameterError].
func (s *Server) readTransactionReport(values url.Values) (p transactionReport, err error) {
	values = flatten(values)
	p.start, p.count = 0, 100
	for _, number := range []struct {
		name  string
		least int
		value *int
	}{
		{"trans_start", 0, &p.start},
		{"trans_count", 1, &p.count},
	} {
		if !values.Has(number.name) {
			continue
		}
		n, err := strconv.Atoi(values.Get(number.name))
		if err != nil || n < number.least {
			return p, parameterError(number.name)
		}
		*number.value = n
	}
	p.keep, err = s.readKeep(values, s.readTransactionFilter, "trans_start", "trans_count")
	return p, err
}

func (s *Server) readTransactionFilter(name, value string) (check func(Event) bool, ok bool) {
	switch name {
	case "trans_type":
		kind, ok := transactionTypes[value]
		return func(e Event) bool { return e.Kind == kind }, ok
	case "no_inhouse":
		switch value {
		case "0":
			return everything, true
		case "1":
			return func(e Event) bool { return !s.data.login(e.Click.Login).Inhouse }, true
		}
		return nil, false
	}
	f, found := transactionFilters[name]
	if !found {
		return nil, false
	}
	return f.check(s, value)
}

// transactions serves GET /api/report/transaction.
func (s *Server) transactions(w http.ResponseWriter, r *http.Request) {
	values, ok := query(w, r)
	if !ok {
		return
	}
	p, err := s.readTransactionReport(values)
	if err != nil {
		invalid(w, err)
		return
	}
	var page kit.Object
	skip := p.start
	for _, e := range s.data.events { // by time, and so by transaction
		if len(page) == p.count {
			break
		}
		if e.Kind == Visit || !p.keep(e) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		page = append(page, kit.Member{Name: text(e.Transaction), Value: s.transaction(e)})
	}
	kit.PHP.Write(w, http.StatusOK, kit.EmptyAsList(page))
}

// transaction writes an event as the product does: every value is a string, or
// null if the install was never told it.
func (s *Server) transaction(e Event) kit.Object {
	var order, ip any
	if e.Order != "" {
		order = e.Order
	}
	if e.Kind == Initial || e.Kind == Trial {
		ip = e.Click.IP.String() // the visitor was there; later events come from the biller
	}
	return kit.Object{
		{Name: "transaction_id", Value: text(e.Transaction)},
		{Name: "transaction_hash", Value: e.Click.Hash},
		{Name: "trans_type", Value: e.Kind.TransType()},
		{Name: "loginid", Value: text(e.Click.Login)},
		{Name: "username", Value: s.data.login(e.Click.Login).Name},
		{Name: "campaignid", Value: text(e.Click.Campaign)},
		{Name: "offerid", Value: text(e.Click.Offer)},
		{Name: "offer_name", Value: s.data.offer(e.Click.Offer).Name},
		{Name: "amount", Value: kit.Cents(e.Revenue).String()},
		{Name: "payout", Value: kit.Cents(e.Payout).String()},
		{Name: "orderid", Value: order},
		{Name: "external_clickid", Value: e.Click.ExternalID},
		{Name: "subid1", Value: e.Click.Sub1},
		{Name: "subid2", Value: e.Click.Sub2},
		{Name: "country", Value: s.data.codes[e.Click.Country]},
		{Name: "ip", Value: ip},
		{Name: "biller_time", Value: text(e.At.Unix())},
		{Name: "server_time", Value: text(e.Received.Unix())},
	}
}
