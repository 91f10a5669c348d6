package trackfinity

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is a request for a profit/loss report.
type report struct {
	view string
	keep func(Event) bool
}

// filter compares one parameter with what an event has.
type filter struct {
	integer bool // whether only integers are valid
	of      func(s *Server, e Event) string
}

func byInteger(of func(s *Server, e Event) int64) filter {
	return filter{integer: true, of: func(s *Server, e Event) string { return text(of(s, e)) }}
}

func byWord(of func(s *Server, e Event) string) filter { return filter{of: of} }

// The filters that both reports have.
var (
	loginFilter    = byInteger(func(_ *Server, e Event) int64 { return e.Click.Login })
	campaignFilter = byInteger(func(_ *Server, e Event) int64 { return e.Click.Campaign })
	offerFilter    = byInteger(func(_ *Server, e Event) int64 { return e.Click.Offer })
)

// filters are those of the profit/loss report.
var filters = map[string]filter{
	"acct_rep":                 byWord(func(s *Server, e Event) string { return text(s.data.login(e.Click.Login).Rep) }),
	"filter_loginid":           loginFilter,
	"filter_campaignid":        campaignFilter,
	"filter_offerid":           offerFilter,
	"filter_landingpageid":     byInteger(func(_ *Server, e Event) int64 { return e.Click.LandingPage }),
	"filter_adtoolid":          byInteger(func(_ *Server, e Event) int64 { return e.Click.AdTool }),
	"filter_programid":         byInteger(func(s *Server, e Event) int64 { return s.data.offer(e.Click.Offer).Program }),
	"filter_countryid":         byInteger(func(_ *Server, e Event) int64 { return e.Click.Country }),
	"productcode":              byWord(func(s *Server, e Event) string { return s.data.offer(e.Click.Offer).ProductCode }),
	"filter_device_type":       byWord(func(_ *Server, e Event) string { return e.Click.Device.Type }),
	"filter_device_brand":      byWord(func(_ *Server, e Event) string { return e.Click.Device.Brand }),
	"filter_device_model":      byWord(func(_ *Server, e Event) string { return e.Click.Device.Model }),
	"filter_device_os":         byWord(func(_ *Server, e Event) string { return e.Click.Device.OS }),
	"filter_device_os_version": byWord(func(_ *Server, e Event) string { return e.Click.Device.OSVersion }),
	"filter_device_carrier":    byWord(func(_ *Server, e Event) string { return e.Click.Device.Carrier }),
	"filter_device_browser":    byWord(func(_ *Server, e Event) string { return e.Click.Device.Browser }),
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
// [parameterError].
func (s *Server) readReport(values url.Values) (p report, err error) {
	values = flatten(values)
	p.view = "period"
	if values.Has("view") {
		p.view = values.Get("view")
	}
	if _, ok := views[p.view]; !ok || len(values["view"]) > 1 {
		return p, parameterError("view")
	}
	p.keep, err = s.readKeep(values, s.readFilter, "view")
	return p, err
}

// readKeep reads the period and the filters of a report, and returns whether an
// event is in it. Filters are all parameters but those of the period and others;
// read returns the check of one.
func (s *Server) readKeep(
	values url.Values, read func(name, value string) (func(Event) bool, bool), others ...string,
) (func(Event) bool, error) {
	from, to, err := s.readPeriod(values)
	if err != nil {
		return nil, err
	}
	checks := []func(Event) bool{func(e Event) bool { return !e.At.Before(from) && e.At.Before(to) }}
	others = append(others, "period", "start", "end")
	// sorted, so that of several invalid ones always the same is reported
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains(others, name) {
			continue
		}
		check, ok := read(name, values.Get(name))
		if !ok {
			return nil, parameterError(name)
		}
		checks = append(checks, check)
	}
	if values.Has("filter_campaignid") && !values.Has("filter_loginid") {
		return nil, parameterError("filter_campaignid") // a campaign is one of a login's
	}
	return func(e Event) bool {
		return !slices.ContainsFunc(checks, func(check func(Event) bool) bool { return !check(e) })
	}, nil
}

// check returns whether an event has the value. It is not ok if the value is
// not valid.
func (f filter) check(s *Server, value string) (check func(Event) bool, ok bool) {
	if f.integer {
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return nil, false
		}
	}
	return func(e Event) bool { return f.of(s, e) == value }, value != ""
}

func (s *Server) readFilter(name, value string) (check func(Event) bool, ok bool) {
	if f, found := filters[name]; found {
		return f.check(s, value)
	}
	is, found := limits[name]
	if !found {
		return nil, false
	}
	switch value {
	case "0":
		return everything, true
	case "1":
		return func(e Event) bool { return is(s.data.login(e.Click.Login)) }, true
	case "2":
		return func(e Event) bool { return !is(s.data.login(e.Click.Login)) }, true
	}
	return nil, false
}

func everything(Event) bool { return true }

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
			return from, to, parameterError("period")
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
			return from, to, parameterError(end.name)
		}
		end.set(t)
	}
	return from, to, nil
}
