package query

import (
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/mapping"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// reportCapability says of every dimension who filters by it, and names the dimensions
// and metrics that no report of the platform has. Orders are always made by the gateway.
func reportCapability(p *Platform) Capability {
	c := Capability{Filters: map[string]string{}, Sorts: map[string]string{}, Unsupported: []string{}, Caps: map[string]any{}}
	metrics := map[string]bool{}
	days := map[string]int{}
	var calls []*mapping.CallPlan
	for _, r := range p.Reports {
		for name, d := range r.Dimensions {
			if c.Filters[name] != "native" {
				c.Filters[name] = "gateway"
				if filtersNatively(r, d) {
					c.Filters[name] = "native"
				}
			}
			c.Sorts[name] = "gateway"
		}
		for name := range r.Metrics {
			metrics[name] = true
			c.Sorts[name] = "gateway"
		}
		if r.MaxDays > 0 {
			days[r.Name] = r.MaxDays
		}
		if r.Call != nil {
			calls = append(calls, r.Call)
		}
	}
	if len(days) > 0 {
		c.Caps["range_days"] = days
	}
	if rates := rateCaps(calls); len(rates) > 0 {
		c.Caps["rate"] = rates
	}
	for _, d := range field.Dimensions() {
		if c.Filters[d.Name] == "" && !ofGateway[d.Name] {
			c.Unsupported = append(c.Unsupported, d.Name)
		}
	}
	for _, m := range field.Metrics() {
		if !metrics[m.Name] && (!m.Made() || !metrics[m.Numerator] || !metrics[m.Denominator]) {
			c.Unsupported = append(c.Unsupported, m.Name)
		}
	}
	return c
}

// ofGateway are dimensions that the gateway makes itself: the platform, and what is made of dates.
var ofGateway = map[string]bool{field.Platform: true, field.Week: true, field.Weekday: true, field.Month: true, field.Year: true}

// filtersNatively tells whether a report's platform can itself leave out what does not
// equal a value.
func filtersNatively(r *mapping.ReportPlan, d *mapping.ReportDimension) bool {
	value := "1"
	switch {
	case d.Type == field.Entity:
		value = r.Prefix() + "1"
	case d.Enum != nil && len(d.Enum.Unified()) > 0:
		value = d.Enum.Unified()[0]
	}
	switch r.CanFilter(condition.Filter{Field: d.Name, Op: "eq", Values: []string{value}}) {
	case mapping.FiltersWhole, mapping.FiltersExactly:
		return true
	}
	return false
}
