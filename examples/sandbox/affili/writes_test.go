package affili

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func createBody(s *Server, externalID string) string {
	p := s.Publishers()[4]
	return fmt.Sprintf(`{"external_id":%q,"amount":"10000","token":"t","aff_id":%q,"referrer":%q,
		"commissions":[{"name":"buy","sub_amount":"10000"}],"type":"buy"}`, externalID, p.AffID, p.Referrer)
}

func TestCreateShowsInReads(t *testing.T) {
	s := newServer()
	before := len(list(t, s))
	status, answer := send(t, s, http.MethodPost, conversionsPath, createBody(s, "new/1"))
	require.Equal(t, http.StatusOK, status, "%v", answer)
	created := answer["data"].(object)
	require.Equal(t, json.Number("10000"), created["amount"], "text goes in, a number comes out")
	require.Equal(t, json.Number("0"), created["status"])
	require.Equal(t, s.Publishers()[4].Name, created["publisher"].(object)["name"])

	items := list(t, s)
	require.Len(t, items, before+1)
	require.Equal(t, created, items[0], "the newest comes first")
	require.Equal(t, []object{created}, list(t, s, "external_id", "new/1"))

	status, answer = send(t, s, http.MethodPost, conversionsPath, createBody(s, "new/1"))
	require.Equal(t, http.StatusUnprocessableEntity, status, "an external id is unique")
	require.Contains(t, answer["errors"], "external_id")
	require.Len(t, list(t, s), before+1)
}

func TestCreateRequiresByType(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string
	}{
		{"nothing", `{}`, []string{"type", "token", "aff_id", "referrer"}},
		{"buy", `{"type":"buy","token":"t","aff_id":"x","referrer":"y"}`, []string{"external_id", "amount", "commissions", "aff_id"}},
		{"lead", `{"type":"lead","token":"t","aff_id":"x","referrer":"y"}`, []string{"name", "aff_id"}},
		{"unknown type", `{"type":"sale","token":"t","aff_id":"x","referrer":"y"}`, []string{"type", "aff_id"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := send(t, newServer(), http.MethodPost, conversionsPath, test.body)
			require.Equal(t, http.StatusUnprocessableEntity, status)
			names := []string{}
			for name := range answer["errors"].(object) {
				names = append(names, name)
			}
			require.ElementsMatch(t, test.want, names)
		})
	}
}

func TestUpdate(t *testing.T) {
	clock := now
	s := New(Config{AccessID: testAccessID, Seed: 7, Now: func() time.Time { return clock }})
	rows := s.Conversions()
	open := rows[slices.IndexFunc(rows, func(c Conversion) bool { return !c.Closed && c.Type == Buy })]
	closed := rows[slices.IndexFunc(rows, func(c Conversion) bool { return c.Closed })]
	clock = now.Add(time.Hour)

	status, answer := send(t, s, http.MethodPost, conversionsPath+"/"+open.ID,
		`{"external_id":"123","amount":"2000","commissions":[{"name":"buy","sub_amount":"2000"}],"type":"buy","status":"1"}`)
	require.Equal(t, http.StatusOK, status, "%v", answer)
	_, answer = send(t, s, http.MethodGet, conversionsPath+"/"+open.ID, "")
	updated := answer["data"].(object)
	require.Equal(t, "123", updated["external_id"])
	require.Equal(t, json.Number("2000"), updated["amount"])
	require.Equal(t, json.Number("1"), updated["status"])
	require.Equal(t, clock, tehran(t, nowruz(t), updated["updated_at"]))
	require.Equal(t, open.Created, tehran(t, nowruz(t), updated["created_at"]))

	tests := []struct {
		name, id, body string
		want           int
	}{
		{"amount without commissions", open.ID, `{"amount":5}`, http.StatusUnprocessableEntity},
		{"unknown status", open.ID, `{"status":9}`, http.StatusUnprocessableEntity},
		{"external id of another", open.ID, `{"external_id":"18014398509481985"}`, http.StatusUnprocessableEntity},
		{"its own external id", open.ID, `{"external_id":"123"}`, http.StatusOK},
		{"closed", closed.ID, `{"status":1}`, http.StatusUnprocessableEntity},
		{"unknown id", "nosuch", `{"status":1}`, http.StatusNotFound},
		{"not JSON", open.ID, `status=1`, http.StatusUnprocessableEntity},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := send(t, s, http.MethodPost, conversionsPath+"/"+test.id, test.body)
			require.Equal(t, test.want, status, "%v", answer)
		})
	}
}

func TestSetCookie(t *testing.T) {
	s := newServer()
	status, answer := send(t, s, http.MethodPost, setCookiePath, fmt.Sprintf(`{"referrer":%q}`, s.Publishers()[0].Referrer))
	require.Equal(t, http.StatusOK, status)
	data := answer["data"].(object)
	require.NotEmpty(t, data["token"])
	require.Equal(t, "30", fmt.Sprint(data["valid_days"]))
	status, _ = send(t, s, http.MethodPost, setCookiePath, `{"referrer":"5f53a29fb867dd7df313d4e2"}`)
	require.Equal(t, http.StatusUnprocessableEntity, status)
}

func TestReadsAndWritesAtTheSameTime(t *testing.T) {
	s := newServer()
	bodies := make(chan string, 20)
	for i := range 20 {
		bodies <- createBody(s, fmt.Sprintf("parallel-%d", i))
	}
	close(bodies)
	done := make(chan int)
	for range 4 {
		go func() {
			written := 0
			for body := range bodies {
				r := newRequest(t, http.MethodPost, conversionsPath, body)
				s.ServeHTTP(httptest.NewRecorder(), r)
				s.ServeHTTP(httptest.NewRecorder(), newRequest(t, http.MethodGet, conversionsPath+"?status=0", ""))
				written++
			}
			done <- written
		}()
	}
	total := 0
	for range 4 {
		total += <-done
	}
	require.Equal(t, 20, total)
	require.Len(t, s.Conversions(), 620)
}
