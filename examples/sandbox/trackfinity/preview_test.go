package trackfinity_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
)

// clickOn returns a click on an offer that pays a share, or a fixed sum.
func clickOn(t *testing.T, s *trackfinity.Server, percent bool) (trackfinity.Click, trackfinity.Offer) {
	t.Helper()
	for _, c := range s.Clicks() {
		if o := offers(s)[c.Offer]; o.Percent == percent {
			return c, o
		}
	}
	require.FailNow(t, "no such click")
	return trackfinity.Click{}, trackfinity.Offer{}
}

func TestPayoutPreview(t *testing.T) {
	s := newServer()
	share, offer := clickOn(t, s, true)
	fixed, fixedOffer := clickOn(t, s, false)
	tests := []struct {
		name  string
		pairs []string
		want  string
	}{
		// 100 dollars at x percent are x dollars
		{"share of the default amount", []string{"transaction_hash", share.Hash}, dollars(offer.Payout)},
		{"share of twice as much", []string{"transaction_hash", share.Hash, "amount", "200.00"}, dollars(2 * offer.Payout)},
		{"share of an amount beyond a float", []string{"transaction_hash", share.Hash, "amount", "100000000000"}, dollars(1_000_000_000 * offer.Payout)},
		{"fixed sum, whatever the amount", []string{"transaction_hash", fixed.Hash, "amount", "5"}, dollars(fixedOffer.Payout)},
		{"trial", []string{"transaction_hash", fixed.Hash, "transaction_type", "trial"}, "0.00"},
		{"initial said aloud", []string{"transaction_hash", fixed.Hash, "transaction_type", "initial"}, dollars(fixedOffer.Payout)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := send(t, s, http.MethodGet, preview, test.pairs...)
			require.Equal(t, http.StatusOK, status, body)
			var answer map[string]string // every number is a string
			require.NoError(t, json.Unmarshal([]byte(body), &answer))
			require.Equal(t, test.want, answer["payout"])
			require.Equal(t, test.pairs[1], answer["transaction_hash"])
		})
	}
}

func TestInvalidPreviewParameters(t *testing.T) {
	s := newServer()
	hash := s.Clicks()[0].Hash
	tests := []struct {
		name  string
		pairs []string
	}{
		{"no hash", nil},
		{"unknown hash", []string{"transaction_hash", "nosuch"}},
		{"amount as a word", []string{"transaction_hash", hash, "amount", "ten"}},
		{"amount as a power", []string{"transaction_hash", hash, "amount", "1e9"}},
		{"unknown type", []string{"transaction_hash", hash, "transaction_type", "lead"}},
		{"unknown parameter", []string{"transaction_hash", hash, "view", "offer"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, _ := send(t, s, http.MethodGet, preview, test.pairs...)
			require.Equal(t, http.StatusNotFound, status)
		})
	}
}
