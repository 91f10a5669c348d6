package unifiedapi

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/clientauth"
	"github.com/tributary-gateway/tributary/modules/internal/answer"
	"github.com/tributary-gateway/tributary/modules/internal/ready"
	"github.com/tributary-gateway/tributary/plugins"
)

// reportExchange is the exchange of a report that can be kept.
func reportExchange(tb testing.TB, h *Handler) *exchange {
	tb.Helper()
	x := &exchange{
		h: h, r: reportRequest(tb), path: "/reports", client: new(clientauth.Identity),
		engine: h.app.Engine(""), operation: h.surface.Operation(reportOperation),
	}
	x.identify("")
	require.NotNil(tb, x.key)
	return x
}

// served is what was told of one answer.
type served struct {
	platform, operation, outcome string
	saved                        int
}

// watcher keeps what it is told.
type watcher []served

func (w *watcher) Served(platform, operation, outcome string, saved int) {
	*w = append(*w, served{platform, operation, outcome, saved})
}

func (*watcher) StoreFailed(string) {}

func (*watcher) Evicted(string, int) {}

// What was begun before a drop is not for those who ask after it.
func TestFlightsEndWithDrops(t *testing.T) {
	x := reportExchange(t, newHandler(t))
	before := x.flight()
	assert.Equal(t, before, x.flight())
	_, err := x.h.kept.cache.Drop(t.Context(), plugins.StoreSelection{Platform: "affjet"})
	require.NoError(t, err)
	assert.NotEqual(t, before, x.flight())
}

// Who waits for the report of another has asked no platform, and is counted.
func TestReportsThatAreMadeForAnother(t *testing.T) {
	h := newHandler(t)
	x := reportExchange(t, h)
	q, p := x.reportQuery()
	require.Nil(t, p)
	made := x.compose(t.Context(), q, formJSON)
	require.Nil(t, made.problem)
	require.Equal(t, answer.Miss, made.report.Platforms[0].Cache)
	calls := made.report.Platforms[0].NativeRequests
	require.Positive(t, calls)

	counted := new(watcher)
	h.kept.observer = counted
	var joined *making
	synctest.Test(t, func(t *testing.T) {
		x.r = x.r.WithContext(t.Context())
		gate := make(chan struct{})
		h.kept.flights.DoChan(x.flight(), func() (any, error) {
			<-gate
			return made, nil
		})
		go func() {
			m, err := x.makeReport(q, formJSON)
			assert.NoError(t, err)
			joined = m
		}()
		synctest.Wait()
		close(gate)
		synctest.Wait()
	})
	require.True(t, joined.collapsed)
	assert.Equal(t, watcher{{"affjet", reportOperation, "coalesced", calls}}, *counted)
	own, other := bodyOf(t, made.answer), bodyOf(t, joined.answer)
	number := func(n int) []byte { return fmt.Appendf(nil, `"native_requests":%d`, n) }
	assert.Contains(t, string(other), `"cache":"miss"`)
	require.Equal(t, 1, bytes.Count(own, number(calls)))
	assert.True(t, bytes.Equal(bytes.Replace(own, number(calls), number(0), 1), other), "the tail is %s", other[len(other)-250:])
}

func bodyOf(t *testing.T, a *ready.Answer) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, a.Serve(w, reportRequest(t), ready.Request{}))
	return w.Body.Bytes()
}
