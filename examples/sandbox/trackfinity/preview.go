package trackfinity

import (
	"math/big"
	"net/http"
	"regexp"
	"slices"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// amountFormat is a float that money can be.
var amountFormat = regexp.MustCompile(`^\d{1,12}(\.\d{1,8})?$`)

// previewTypes are the kinds of event that a payout can be previewed for.
var previewTypes = []string{string(Initial), string(Trial), string(Rebill)}

// payoutPreview serves GET /api/transaction/transaction_payout_preview: the
// commission that would be paid for a conversion before it happens.
func (s *Server) payoutPreview(w http.ResponseWriter, r *http.Request) {
	values, ok := query(w, r)
	if !ok {
		return
	}
	for name := range values {
		if !slices.Contains([]string{"transaction_hash", "amount", "transaction_type"}, name) {
			invalid(w, parameterError(name))
			return
		}
	}
	click := s.data.byHash[values.Get("transaction_hash")]
	if click == nil {
		invalid(w, parameterError("transaction_hash"))
		return
	}
	amount, kind := "100", string(Initial)
	if values.Has("amount") {
		amount = values.Get("amount")
	}
	if values.Has("transaction_type") {
		kind = values.Get("transaction_type")
	}
	switch {
	case !amountFormat.MatchString(amount):
		invalid(w, parameterError("amount"))
		return
	case !slices.Contains(previewTypes, kind):
		invalid(w, parameterError("transaction_type"))
		return
	}
	payout := s.data.offer(click.Offer).preview(Kind(kind), amount)
	kit.PHP.Write(w, http.StatusOK, kit.Object{
		{Name: "transaction_hash", Value: click.Hash},
		{Name: "transaction_type", Value: kind},
		{Name: "amount", Value: amount},
		{Name: "payout", Value: payout},
	})
}

// preview returns the payout in dollars for an amount in dollars. Trials pay
// nothing and rebills half.
func (o Offer) preview(kind Kind, amount string) string {
	payout := big.NewRat(o.Payout, 100)
	if o.Percent {
		dollars, _ := new(big.Rat).SetString(amount) // amountFormat has been checked
		payout.Mul(payout, dollars).Quo(payout, big.NewRat(100, 1))
	}
	switch kind {
	case Trial:
		payout.SetInt64(0)
	case Rebill:
		payout.Quo(payout, big.NewRat(2, 1))
	}
	return payout.FloatString(2) // exact, rounded half away from zero
}
