package trackier

import (
	"net/http"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// advertiserPage is how many campaigns come at once.
const advertiserPage = 100

// advertiserRoutes2 are version 2 of an advertiser's API.
func (s *Server) advertiserRoutes2(mux *http.ServeMux) {
	mux.HandleFunc("GET /v2/advertisers/campaigns", s.advertiserCampaigns2)
	mux.HandleFunc("GET /v2/advertisers/reports", s.advertiserReport2)
}

func (s *Server) advertiserCampaign2JSON(c *Campaign) kit.Object {
	modified := c.ModifiedAt
	if modified.IsZero() {
		modified = c.CreatedAt
	}
	payouts := kit.Array{}
	for _, m := range c.Commissions {
		payouts = append(payouts, kit.Object{
			{Name: "_id", Value: m.ID},
			{Name: "model", Value: c.Model},
			{Name: "revenue", Value: m.Revenue.Number()},
			{Name: "payout", Value: m.Payout.Number()},
			{Name: "currency", Value: c.Currency},
			{Name: "campaignId", Value: c.ID},
			{Name: "geo", Value: coverage(m.Countries)},
		})
	}
	return kit.Object{
		{Name: "id", Value: c.DisplayID},
		{Name: "hashId", Value: c.ID},
		{Name: "title", Value: c.Title},
		{Name: "url", Value: c.URL},
		{Name: "previewUrl", Value: c.PreviewURL},
		{Name: "currency", Value: c.Currency},
		{Name: "status", Value: c.Status},
		{Name: "advertiserId", Value: s.byID.advertisers[c.AdvertiserID].ID},
		{Name: "categories", Value: c.Categories},
		{Name: "commModel", Value: c.Model},
		{Name: "device", Value: everything(c.Devices)},
		{Name: "os", Value: everything(c.OS)},
		{Name: "geo", Value: c.Countries},
		{Name: "visibility", Value: c.Visibility},
		{Name: "convTracking", Value: "postback"},
		{Name: "blockedPubs", Value: c.Blocked},
		{Name: "payouts", Value: payouts},
		{Name: "created", Value: iso(c.CreatedAt)},
		{Name: "modified", Value: iso(modified)},
	}
}

// advertiserCampaigns2 lists the advertiser's campaigns, a hundred at a time.
// The parameter that goes on is not documented; it is called as in the answer.
func (s *Server) advertiserCampaigns2(w http.ResponseWriter, r *http.Request) {
	q := query2{params: params{r: r}}
	name := "nextPageToken"
	if r.URL.Query().Has("pageToken") {
		name = "pageToken"
	}
	page, token := pageOf(&q, name, s.owned(), advertiserPage)
	if len(q.wrong) > 0 {
		invalid(w, q.wrong)
		return
	}
	rows := kit.Array{}
	for _, c := range page {
		rows = append(rows, s.advertiserCampaign2JSON(c))
	}
	pagination := kit.Object{{Name: "perPage", Value: advertiserPage}}
	if token != "" {
		pagination = append(pagination, kit.Member{Name: "nextPageToken", Value: token})
	}
	send(w, kit.Object{{Name: "success", Value: true}, {Name: "campaigns", Value: rows}, {Name: "pagination", Value: pagination}})
}
