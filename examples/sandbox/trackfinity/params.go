package trackfinity

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is a request for a profit/loss report.
type report struct {
	view string
	from time.Time // included
	to   time.Time // not included
	keep func(Event) bool
}

// filters compare one parameter with what an event has.
var filters = map[string]func(s *Server, e Event) string{
	"acct_rep":                 func(s *Server, e Event) string { return text(s.data.login(e.Click.Login).Rep) },
	"filter_loginid":           func(_ *Server, e Event) string { return text(e.Click.Login) },
	"filter_campaignid":        func(_ *Server, e Event) string { return text(e.Click.Campaign) },
	"filter_offerid":           func(_ *Server, e Event) string { return text(e.Click.Offer) },
	"filter_landingpageid":     func(_ *Server, e Event) string { return text(e.Click.LandingPage) },
	"filter_adtoolid":          func(_ *Server, e Event) string { return text(e.Click.AdTool) },
	"filter_programid":         func(s *Server, e Event) string { return text(s.data.offer(e.Click.Offer).Program) },
	"filter_countryid":         func(_ *Server, e Event) string { return text(e.Click.Country) },
	"productcode":              func(s *Server, e Event) string { return s.data.offer(e.Click.Offer).ProductCode },
	"filter_device_type":       func(_ *Server, e Event) string { return e.Click.Device.Type },
	"filter_device_brand":      func(_ *Server, e Event) string { return e.Click.Device.Brand },
	"filter_device_model":      func(_ *Server, e Event) string { return e.Click.Device.Model },
	"filter_device_os":         func(_ *Server, e Event) string { return e.Click.Device.OS },
	"filter_device_os_version": func(_ *Server, e Event) string { return e.Click.Device.OSVersion },
	"filter_device_carrier":    func(_ *Server, e Event) string { return e.Click.Device.Carrier },
	"filter_device_browser":    func(_ *Server, e Event) string { return e.Click.Device.Browser },
}

// limits compare a parameter of 0, 1 or 2 with whether an affiliate is of a kind.
var limits = map[string]func(Login) bool{
	"limit_inhouse":  func(l Login) bool { return l.Inhouse },
	"limit_mediabuy": func(l Login) bool { return l.MediaBuy },
}

// flatten takes parameters out of params[...], in which they may be wrapped.
func flatten(values url.Values) url.Values {
	flat := make(url.Values, len(values))
	for name, v := range values {
		if inner, ok := strings.CutPrefix(name, "params["); ok {
			name = strings.TrimSuffix(inner, "]")
		}
		flat[name] = append(flat[name], v...)
	}
	return flat
}

// readReport reads the parameters of a report. The error is an
// [invalidParameter].
func (s *Server) readReport(values url.Values) (p report, err error) {
	values = flatten(values)
	p.view = "period"
	if values.Has("view") {
		p.view = values.Get("view")
	}
	if _, ok := views[p.view]; !ok || len(values["view"]) > 1 {
		return p, invalidParameter("view")
	}
	if p.from, p.to, err = s.readPeriod(values); err != nil {
		return p, err
	}
	checks := []func(Event) bool{func(e Event) bool { return !e.At.Before(p.from) && e.At.Before(p.to) }}
	for _, name := range sortedNames(values) {
		check, ok := s.readFilter(name, values.Get(name))
		if !ok {
			return p, invalidParameter(name)
		}
		checks = append(checks, check)
	}
	if values.Has("filter_campaignid") && !values.Has("filter_loginid") {
		return p, invalidParameter("filter_campaignid") // a campaign is one of a login's
	}
	p.keep = func(e Event) bool {
		return !slices.ContainsFunc(checks, func(check func(Event) bool) bool { return !check(e) })
	}
	return p, nil
}

// sortedNames returns the names of the filters in values, so that of several
// invalid ones always the same is reported.
func sortedNames(values url.Values) []string {
	var names []string
	for name := range values {
		if !slices.Contains([]string{"view", "period", "start", "end"}, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *Server) readFilter(name, value string) (check func(Event) bool, ok bool) {
	if of, found := filters[name]; found {
		if strings.HasSuffix(name, "id") {
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return nil, false
			}
		}
		return func(e Event) bool { return of(s, e) == value }, value != ""
	}
	is, found := limits[name]
	if !found {
		return nil, false
	}
	switch value {
	case "0":
		return func(Event) bool { return true }, true
	case "1":
		return func(e Event) bool { return is(s.data.login(e.Click.Login)) }, true
	case "2":
		return func(e Event) bool { return !is(s.data.login(e.Click.Login)) }, true
	}
	return nil, false
}

// The numbers of the parameter period.
const (
	periodCurrent = iota
	periodLast
	periodToday
	periodYesterday
	periodWeek
	periodMonth
	periodYear
	periodAll
	periodFree
)

// readPeriod returns the time that a report is about, [from, to). With period 8
// or none, start and end say it: days, both included; a missing one is open.
func (s *Server) readPeriod(values url.Values) (from, to time.Time, err error) {
	zone := s.config.Zone
	now := s.config.Now().In(zone)
	period := periodFree
	if values.Has("period") {
		n, err := strconv.Atoi(values.Get("period"))
		if err != nil || n < periodCurrent || n > periodFree {
			return from, to, invalidParameter("period")
		}
		period = n
	}
	year, month, day := now.Date()
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, zone)
	}
	to = at(year, month, day+1)
	half := 1
	if day > 15 {
		half = 16
	}
	switch period {
	case periodCurrent:
		return at(year, month, half), to, nil
	case periodLast:
		if half == 16 {
			return at(year, month, 1), at(year, month, 16), nil
		}
		return at(year, month-1, 16), at(year, month, 1), nil
	case periodToday:
		return at(year, month, day), to, nil
	case periodYesterday:
		return at(year, month, day-1), at(year, month, day), nil
	case periodWeek:
		return at(year, month, day-int(now.Weekday()+6)%7), to, nil
	case periodMonth:
		return at(year, month, 1), to, nil
	case periodYear:
		return at(year, 1, 1), to, nil
	case periodAll:
		return time.Time{}, to, nil
	}
	for _, end := range []struct {
		name string
		set  func(time.Time)
	}{
		{"start", func(t time.Time) { from = t }},
		{"end", func(t time.Time) { to = t.AddDate(0, 0, 1) }},
	} {
		if !values.Has(end.name) {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, values.Get(end.name), zone)
		if err != nil {
			return from, to, invalidParameter(end.name)
		}
		end.set(t)
	}
	return from, to, nil
}
