package gateway

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/query"
)

func TestSkewTakesHalfTheRoundTripIntoAccount(t *testing.T) {
	// sent at 09:00:00, answered at 09:00:04: the Date was most likely written at 09:00:02
	sent := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		name         string
		date         time.Time
		roundTrip    time.Duration
		skew, within time.Duration
	}{
		{"in the middle", sent.Add(2 * time.Second), 4 * time.Second, 500 * time.Millisecond, 2500 * time.Millisecond},
		{"behind by an hour", sent.Add(2*time.Second - time.Hour), 4 * time.Second, 500*time.Millisecond - time.Hour, 2500 * time.Millisecond},
		{"ahead by ten seconds", sent.Add(10 * time.Second), 0, 10500 * time.Millisecond, 500 * time.Millisecond},
		{"no round trip to speak of", sent, 0, 500 * time.Millisecond, 500 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			skew, within := skewOf(tt.date, sent, sent.Add(tt.roundTrip))
			assert.Equal(t, tt.skew, skew)
			assert.Equal(t, tt.within, within)
		})
	}
}

func TestJudgementOfACheck(t *testing.T) {
	ms := func(d time.Duration) *int64 { n := d.Milliseconds(); return &n }
	tests := []struct {
		name         string
		problem      *problem.Problem
		skew, within *int64
		status, code string
	}{
		{"answered", nil, ms(time.Second), ms(time.Second), checkOK, ""},
		{"without a time", nil, nil, nil, checkOK, ""},
		{"a minute apart", nil, ms(-time.Minute), ms(0), checkOK, ""},
		{"more than a minute behind", nil, ms(-time.Minute - time.Second), ms(500 * time.Millisecond), checkWrong, clockSkew},
		{"more than a minute ahead", nil, ms(time.Minute + time.Second), ms(500 * time.Millisecond), checkWrong, clockSkew},
		{"perhaps more than a minute", nil, ms(time.Minute + time.Second), ms(2 * time.Second), checkOK, ""},
		{"refused, by a wrong clock", problem.New(problem.PlatformCredentialsRejected, "no"), ms(time.Hour), ms(0), checkWrong, "platform_credentials_rejected"},
		{"a mapping without a ping", problem.New(problem.UnsupportedByPlatform, "no"), nil, nil, checkUnchecked, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := checkReport{ClockSkewMS: tt.skew, ClockErrorMS: tt.within}
			r.judge(tt.problem, "plain")
			assert.Equal(t, tt.status, r.Status)
			code := ""
			if r.Code != nil {
				code = *r.Code
			}
			assert.Equal(t, tt.code, code)
			assert.Equal(t, tt.status != checkOK, r.Detail != "")
		})
	}
}

func TestWatchMeasuresTheLastAnswer(t *testing.T) {
	fail := false
	w := &watch{guest: roundTripper(func(*http.Request) (*http.Response, error) {
		if fail {
			return nil, http.ErrHandlerTimeout
		}
		recorder := httptest.NewRecorder()
		recorder.Header().Set("Date", "Fri, 20 Nov 2026 09:00:00 GMT")
		return recorder.Result(), nil
	})}
	call := func() *checkReport {
		resp, err := w.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		if err == nil {
			require.NoError(t, resp.Body.Close())
		}
		r := new(checkReport)
		r.measure(w)
		return r
	}
	answered := call()
	require.NotNil(t, answered.LatencyMS)
	require.NotNil(t, answered.ClockSkewMS)
	assert.WithinDuration(t, time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), time.Now().Add(time.Duration(*answered.ClockSkewMS)*time.Millisecond),
		time.Duration(*answered.ClockErrorMS)*time.Millisecond+time.Minute)
	fail = true
	assert.Equal(t, &checkReport{}, call(), "of a call without an answer there is nothing to say")
}

func TestCheckOfAMappingWithoutAPing(t *testing.T) {
	a := newApp(t)
	require.NoError(t, provision(t, a))
	accounts, err := a.chooseAccounts([]string{"plain"}, "")
	require.NoError(t, err)
	checks, err := a.checkAll(t.Context(), accounts, time.Minute)
	require.NoError(t, err)
	require.Len(t, checks, 1)
	assert.Equal(t, checkUnchecked, checks[0].Status)
	assert.Contains(t, checks[0].Detail, "platforms.ping")
	assert.Nil(t, checks[0].Code)
}

func TestDeprecationsOfAPlatform(t *testing.T) {
	const deprecated = `lifecycle: {deprecated: 2024-05-01, note: "all of it"}
`
	const operation = `    lifecycle: {deprecated: 2022-12-01, sunset: 2027-01-01, note: "read another"}
`
	whole := deprecation{Deprecation: &query.Deprecation{Since: "2024-05-01", Note: "all of it"}}
	part := deprecation{&query.Deprecation{Since: "2022-12-01", Sunset: "2027-01-01", Note: "read another"}, []string{"networks.list"}}
	tests := []struct {
		name, mapping string
		want          []deprecation
	}{
		{"nothing", plainMapping, []deprecation{}},
		{"the interface", plainMapping + deprecated, []deprecation{whole}},
		{"an operation", plainMapping + operation, []deprecation{part}},
		{"both", plainMapping + operation + deprecated, []deprecation{whole, part}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t)
			require.NoError(t, os.WriteFile(filepath.Join(a.Mappings[0], "plain", "mapping.yaml"), []byte(tt.mapping), 0o600))
			require.NoError(t, provision(t, a))
			assert.Equal(t, tt.want, a.describeAccounts(a.engines.accounts)[0].Deprecations)
		})
	}
}
