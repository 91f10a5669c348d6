package report_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/affjet"
	"github.com/tributary-gateway/tributary/examples/sandbox/keitaro"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackfinity"
	"github.com/tributary-gateway/tributary/examples/sandbox/trackier"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

func over(h http.Handler, prefix string, spell bool) *fake {
	return &fake{answer: func(n native) (string, *problem.Problem) {
		method := "GET"
		if n.body != "" {
			method = "POST"
		}
		q := n.query
		q.Set("apikey", "k")
		if prefix != "/externalclient" {
			q.Del("apikey")
		}
		r := httptest.NewRequest(method, prefix+n.path+"?"+q.Encode(), strings.NewReader(n.body))
		for _, h := range []string{"Api-Key", "api-key", "X-Api-Key"} {
			r.Header.Set(h, "k")
		}
		r.Header.Set("api-username", "u")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			return "", problem.New(problem.PlatformError, "%d %s", w.Code, w.Body.String())
		}
		return w.Body.String(), nil
	}}
}

func TestSandbox(t *testing.T) {
	now := func() time.Time { return noon() }
	k := over(keitaro.New(keitaro.Config{Key: "k", Now: now}), "", false)
	f := over(trackfinity.New(trackfinity.Config{Key: "k", Username: "u", Now: now}), "", false)
	tr := over(trackier.New(trackier.Config{Key: "k", Now: now, Zone: time.UTC}), "", false)
	a := over(affjet.New(affjet.Config{Key: "k", Now: now, Zone: time.UTC}), "/externalclient", false)
	ps := []report.Platform{
		bundled(t, "affjet", a, mapping.Binding{Currency: "EUR", Zone: "UTC"}),
		bundled(t, "keitaro", k, mapping.Binding{Currency: "USD"}),
		bundled(t, "trackfinity", f, mapping.Binding{Currency: "USD"}),
		bundled(t, "trackier", tr, mapping.Binding{}),
	}
	for _, q := range []string{
		"interval=this_year&group_by=platform",
		"interval=this_year&group_by=platform,month&metrics=clicks,unique_clicks,conversions,approved,revenue,epc",
		"interval=last_7_days&group_by=platform,offer&metrics=clicks,revenue,keitaro.lp_ctr&limit=5",
		"interval=last_month&group_by=campaign&metrics=clicks,approved,revenue,roi,keitaro.cr",
		"interval=all_time&metrics=clicks,conversions,unique_clicks,trackfinity.unique_visitor",
		"interval=current_period&metrics=clicks,revenue&platform=trackfinity&group_by=platform",
		"interval=last_7_days&group_by=keitaro.isp&metrics=clicks,keitaro.uc_campaign_rate,keitaro.revenue&country=DE,FR",
		"interval=yesterday&group_by=hour_of_day,hour&metrics=clicks&timezone=Asia/Tokyo&sort=-clicks",
	} {
		qq := parse(t, q)
		use := ps
		if len(qq.Platforms) > 0 {
			use = ps[2:3]
		}
		r, p := report.Run(t.Context(), use, qq, report.Options{Now: noon})
		if p != nil {
			t.Logf("%s\n %v %v", q, p, p.Errors)
			continue
		}
		out := string(r.AppendJSON(nil, report.Page{Limit: 8, Base: "b"}))
		fmt.Println(q + "\n" + strings.ReplaceAll(out, `{"dimensions"`, "\n  {\"dimensions\"") + "\n")
	}
}
