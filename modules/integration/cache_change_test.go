package integration

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A report that is asked for after a change is not the one that was being made before it.
func TestReportAfterAChangeIsNotTheOneBefore(t *testing.T) {
	moveClock(t)
	p := newPlatforms(t)
	k := p.native["keitaro"]
	native, err := url.Parse(k.url)
	if err != nil {
		t.Fatal(err)
	}
	f := p.standFaulty(t, "keitaro", k.faults, native.Path)
	g := operate(t, p.native["keitaro"].caddyfile(), everything)
	campaign := fmt.Sprint(g.list("/v1/campaigns?platform=keitaro&limit=1").Data[0]["id"])
	path := fmt.Sprintf(costsOf, "2026-10-20", "2026-10-25")
	blocked, gate := make(chan struct{}), make(chan struct{})
	var reports atomic.Int32
	f.breakWith(func(w http.ResponseWriter, r *http.Request, whole []byte) {
		if strings.Contains(r.URL.Path, "report") && reports.Add(1) == 1 {
			close(blocked)
			<-gate
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(whole)
	})
	first, second := make(chan answer, 1), make(chan answer, 1)
	go func() { first <- g.ask(path) }()
	<-blocked
	g.gone("POST", "/v1/campaigns/"+campaign+"/costs", `{"from":"2026-10-20T00:00:00Z","to":"2026-10-21T00:00:00Z","timezone":"Europe/Moscow","cost":{"value":"1000000.00","currency":"USD"}}`)
	go func() { second <- g.ask(path) }()
	var after answer
	select {
	case after = <-second:
		close(gate)
	case <-time.After(10 * time.Second):
		close(gate)
		t.Error("the report after the change waits for the one from before it")
		after = <-second
	}
	// the rows and totals, which stand before what the platform did
	rows := func(a answer) string {
		head, _, _ := strings.Cut(string(a.body), `"platforms"`)
		return head
	}
	if before := <-first; rows(before) == rows(after) {
		t.Errorf("the change does not show: %s", after.body)
	}
	if kept := g.ask(path); rows(kept) != rows(after) {
		t.Errorf("kept is another report than the one from after the change: %s", kept.body)
	}
}
