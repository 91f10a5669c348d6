package trackier_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
)

const (
	publisherKey  = trackier.DefaultPublisherKey
	advertiserKey = trackier.DefaultAdvertiserKey
)

func TestTheKeyDecidesWhichAPIAnswers(t *testing.T) {
	tests := []struct {
		name, key, path string
		status          int
		code            any
		member          string // of data
	}{
		{"account of a publisher", publisherKey, "/affiliate/account", 200, nil, "postbacks"},
		{"account of a publisher with the prefix", publisherKey, "/api/affiliate/account", 200, nil, "payments"},
		{"account of an advertiser", advertiserKey, "/advertiser/account", 200, nil, "user"},
		{"an affiliate called account", key, "/affiliate/account", 404, num("31"), ""},
		{"an advertiser called campaigns", key, "/advertiser/campaigns", 404, num("31"), ""},
		{"the network's with a publisher's key", publisherKey, "/campaign", 403, num("5"), ""},
		{"the network's with an advertiser's key", advertiserKey, "/affiliate/31", 403, num("5"), ""},
		{"a publisher's with an advertiser's key", advertiserKey, "/affiliate/campaigns", 403, num("5"), ""},
		{"nobody's", publisherKey, "/nothing", 501, num("31"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := as(t, shared, test.key, "GET", test.path, "")
			require.Equal(t, test.status, status, answer)
			require.Equal(t, test.code, code(answer))
			if test.member != "" {
				require.Contains(t, answer["data"], test.member)
			}
		})
	}
}

func TestKeysAndHoldersCanBeChosen(t *testing.T) {
	c := config()
	c.PublisherKey, c.PublisherID, c.AdvertiserKey, c.AdvertiserID = "p", 33, "a", 2
	s := trackier.New(c)
	require.Equal(t, int64(33), s.Publisher().DisplayID)
	require.Equal(t, int64(2), s.Advertiser().DisplayID)
	_, answer := as(t, s, "p", "GET", "/affiliate/account", "")
	require.Equal(t, num("33"), answer["data"].(object)["user"].(object)["display_id"])
	_, answer = as(t, s, "a", "GET", "/advertiser/account", "")
	require.Equal(t, num("2"), answer["data"].(object)["user"].(object)["display_id"])
	status, _ := as(t, s, publisherKey, "GET", "/affiliate/account", "")
	require.Equal(t, http.StatusUnauthorized, status)

	c.PublisherID = 1
	require.Panics(t, func() { trackier.New(c) })
}
