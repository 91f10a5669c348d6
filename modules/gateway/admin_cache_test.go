package gateway

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/plugins"
)

func TestPurgeSelections(t *testing.T) {
	a := newApp(t)
	require.NoError(t, provision(t, a))
	// 2026-01-01 is day 20454: 56 years of 365 days and 14 leap days after 1970-01-01
	tests := []struct {
		query string
		want  plugins.StoreSelection
		fault string
	}{
		{query: "all=true"},
		{query: "platform=plain", want: plugins.StoreSelection{Platform: "plain"}},
		{query: "operation=networks.list", want: plugins.StoreSelection{Operation: "networks.list"}},
		{query: "platform=plain&operation=reports.query", want: plugins.StoreSelection{Platform: "plain", Operation: "reports.query"}},
		{query: "from=2026-01-01&to=2026-01-31", want: plugins.StoreSelection{Days: true, From: 20454, To: 20484}},
		{query: "from=2026-01-01", want: plugins.StoreSelection{Days: true, From: 20454, To: lastDay}},
		{query: "to=1969-12-31", want: plugins.StoreSelection{Days: true, From: firstDay, To: -1}},
		{query: "", fault: "what is to be purged?"},
		{query: "platform=", fault: "platform is empty"},
		{query: "all=yes", fault: `all is true or left out, not "yes"`},
		{query: "all=true&platform=plain", fault: "all of it leaves nothing to select"},
		{query: "platform=plan", fault: `there is no platform "plan"; did you mean "plain"?`},
		{query: "operation=network.list", fault: `there is no operation "network.list"; did you mean "networks.list"?`},
		{query: "from=2026-13-01", fault: `from is a day such as 2026-01-31, not "2026-13-01"`},
		{query: "to=tomorrow", fault: `to is a day such as 2026-01-31, not "tomorrow"`},
		{query: "from=2026-01-02&to=2026-01-01", fault: "from 2026-01-02 is after to 2026-01-01"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			q, err := url.ParseQuery(tt.query)
			require.NoError(t, err)
			s, err := a.purgeSelection(q)
			if tt.fault != "" {
				require.ErrorContains(t, err, tt.fault)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, s)
		})
	}
}
