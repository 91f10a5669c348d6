package mapping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

func TestWhereAClientOfOAuth2Stands(t *testing.T) {
	const text = `mapping: v1
platform: example
server: https://api.example.com
credentials: {id: {}, secret: {}}
auth: {bearer: "{token}"}
token: {oauth2: {token_url: "https://auth.example.com/token", client_id: "{credentials.id}", client_secret: "{credentials.secret}"}}
`
	for key, inBody := range map[string]bool{"": false, ", client: header": false, ", client: body": true} {
		m, err := mapping.Parse("mapping.yaml", []byte(strings.Replace(text, `secret}"}}`, `secret}"`+key+"}}", 1)))
		require.NoError(t, err, key)
		assert.Equal(t, inBody, m.Session.OAuth2.InBody, key)
	}
	_, err := mapping.Parse("mapping.yaml", []byte(strings.Replace(text, `secret}"}}`, `secret}", client: query}}`, 1)))
	require.ErrorContains(t, err, `wants one of header, body, not "query"`)
}
