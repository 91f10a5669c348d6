package trackier

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// mostErrors is how many an import may meet; one more halts it.
const mostErrors = 10

// run imports the rows of a job. What was read before it was halted stays.
func (s *Server) run(j *Job, todo *work) {
	processed, imported, edited := 0, 0, 0
	failures := []string{}
	j.Status = JobCompleted
	for n, row := range todo.rows {
		processed++
		added, err := s.importRow(row, todo.asker)
		switch {
		case err != nil:
			failures = append(failures, fmt.Sprintf("Line %d: %s", n+1, err))
		case added:
			imported++
		default:
			edited++
		}
		if len(failures) > mostErrors {
			j.Status = JobFailed
			break
		}
	}
	j.Errors = failures
	j.Log = fmt.Sprintf("Total Processed: %d | Imported: %d | Edited: %d | Errors: %d", processed, imported, edited, len(failures))
}

// importRow edits the conversion that a row names, or adds one. It reports
// whether it was added.
func (s *Server) importRow(row body, asker role) (added bool, err error) {
	row.wrong, row.prefix = new(string), ""
	v, i, err := s.target(row, asker)
	if err != nil {
		return false, err
	}
	row.choice("status", &v.Status, Approved, Pending, Cancelled, Rejected)
	row.text("txn_id", &v.TxnID)
	row.text("method", &v.Method)
	row.text("currency", &v.Currency)
	row.money("sale_amount", &v.Sale)
	row.money("payout", &v.Payout)
	row.money("revenue", &v.Revenue)
	s.readWhenAndWhere(row, &v)
	switch {
	case *row.wrong != "":
		return false, fmt.Errorf("invalid value of %s", *row.wrong)
	case usd[v.Currency] == 0:
		return false, errors.New("invalid value of currency")
	case v.TxnID != "" && s.duplicate(v):
		return false, errors.New("duplicate txn_id")
	}
	v.RevenueUSD, v.PayoutUSD = inUSD(v.Revenue, v.Currency), inUSD(v.Payout, v.Currency)
	if i >= 0 {
		s.data.Conversions = replaced(s.data.Conversions, i, v)
		return false, nil
	}
	v.ID = fmt.Sprintf("%08x", s.now().Unix()) + s.ids.Hex(16)
	s.data.Conversions = appended(s.data.Conversions, v)
	slices.SortStableFunc(s.data.Conversions, func(a, b Conversion) int { return a.At.Compare(b.At) })
	return true, nil
}

// target is the conversion that a row is about, with its index, or a new one
// with the index -1. Advertisers have only the conversions of their campaigns.
func (s *Server) target(row body, asker role) (Conversion, int, error) {
	var id, click string
	row.text("conversion_id", &id)
	row.text("click_id", &click)
	if id != "" {
		i := slices.IndexFunc(s.data.Conversions, func(v Conversion) bool { return v.ID == id && s.mayImport(asker, v.CampaignID) })
		if i < 0 {
			return Conversion{}, 0, errors.New("conversion not found")
		}
		return s.data.Conversions[i], i, nil
	}
	v := Conversion{At: s.now(), Status: Approved, Method: "acquisition", Currency: ReportCurrency}
	if click != "" {
		c := s.byID.clicks[click]
		if c == nil {
			return v, 0, errors.New("click not found")
		}
		v.ClickID, v.CampaignID, v.AffiliateID = c.ID, c.CampaignID, c.AffiliateID
	} else {
		row.require("campaign_id", "publisher_id")
		row.ref("campaign_id", s.byID.campaignIDs, &v.CampaignID)
		row.ref("publisher_id", s.byID.affiliateIDs, &v.AffiliateID)
		if *row.wrong != "" {
			return v, 0, fmt.Errorf("invalid value of %s", *row.wrong)
		}
	}
	if !s.mayImport(asker, v.CampaignID) {
		return v, 0, errors.New("campaign not found")
	}
	if c := s.byID.campaigns[v.CampaignID]; len(c.Commissions) > 0 { // what the campaign pays, unless the row says
		v.Payout, v.Revenue, v.Currency = c.Commissions[0].Payout, c.Commissions[0].Revenue, cmp.Or(c.Currency, v.Currency)
	}
	return v, -1, nil
}

func (s *Server) mayImport(asker role, campaign int64) bool {
	return asker == network || s.byID.campaigns[campaign].AdvertiserID == s.advertiserID
}

// readWhenAndWhere reads the time, which is the network's, and the address.
func (s *Server) readWhenAndWhere(row body, v *Conversion) {
	var created, address string
	row.text("created", &created)
	row.text("ipaddr", &address)
	if created != "" {
		at, err := time.ParseInLocation(wall, created, s.config.Zone)
		if err != nil {
			row.refuse("created")
		}
		v.At = at.UTC()
	}
	if address != "" {
		ip, err := netip.ParseAddr(address)
		if err != nil {
			row.refuse("ipaddr")
			return
		}
		v.IP = anonymous(ip)
	}
}

// duplicate reports whether another conversion of the campaign has the
// transaction.
func (s *Server) duplicate(v Conversion) bool {
	return slices.ContainsFunc(s.data.Conversions, func(other Conversion) bool {
		return other.ID != v.ID && other.CampaignID == v.CampaignID && other.TxnID == v.TxnID
	})
}
