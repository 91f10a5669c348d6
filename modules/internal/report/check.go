package report

import (
	"fmt"
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/problem"
	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// Check reports the <platform>.<native name> of a query that none of the platforms has.
func Check(platforms []Platform, q *Query) []problem.FieldError {
	var faults []problem.FieldError
	check := func(at, name string, has func(Platform, string) bool, names func(Platform) []string) {
		prefix, _, native := field.Native(name)
		if !native {
			return
		}
		var platformNames []string
		for _, p := range platforms {
			platformNames = append(platformNames, p.Name)
			if p.Name != prefix {
				continue
			}
			switch {
			case has(p, name):
			case at == "group_by" && onlyFilters(p, name):
				faults = append(faults, problem.FieldError{Parameter: at, Detail: fmt.Sprintf("%q can be filtered by, not grouped by", name)})
			default:
				faults = append(faults, problem.FieldError{Parameter: at, Detail: fmt.Sprintf("%s has no %q%s", p.Name, name, field.DidYouMean(name, names(p)))})
			}
			return
		}
		faults = append(faults, problem.FieldError{Parameter: at, Detail: fmt.Sprintf("%q is of no platform that is asked%s", name, field.DidYouMean(prefix, platformNames))})
	}
	either := func(p Platform, name string) bool { return hasDimension(p, name) || hasMetric(p, name) }
	all := func(p Platform) []string { return append(dimensionsOf(p), metricsOf(p)...) }
	for _, name := range q.GroupBy {
		check("group_by", name, canGroup, groupableOf)
	}
	for _, name := range q.Metrics {
		check("metrics", name, hasMetric, metricsOf)
	}
	for _, s := range q.Sort {
		check("sort", s.Name, either, all)
	}
	for i, f := range q.Filters {
		at := fmt.Sprintf("filters[%d]", i)
		before := len(faults)
		check(at+".field", f.Field, either, all)
		if len(faults) > before || !filtersMetric(platforms, f.Field) {
			continue
		}
		if err := checkMetricOperator(f.Field, f.Op); err != nil {
			faults = append(faults, problem.FieldError{Parameter: at + ".op", Detail: err.Error()})
		}
		for _, err := range f.Misfits(condition.Number) {
			faults = append(faults, problem.FieldError{Parameter: at + ".value", Detail: err.Error()})
		}
	}
	return faults
}

func hasMetric(p Platform, name string) bool { return supported(p.Platform, name) != nil }

func hasDimension(p Platform, name string) bool {
	for _, r := range p.Reports {
		if r.Dimensions[name] != nil {
			return true
		}
	}
	return false
}

// onlyFilters tells whether the platform has a dimension for filters alone.
func onlyFilters(p Platform, name string) bool { return !canGroup(p, name) && pushes(p, name, "eq") }

// canGroup tells whether rows of the platform can be grouped by a dimension; some can
// only be filtered by.
func canGroup(p Platform, name string) bool {
	for _, r := range p.Reports {
		if r.Groupable([]string{name}) {
			return true
		}
	}
	return false
}

func dimensionsOf(p Platform) []string {
	var names []string
	for _, r := range p.Reports {
		for name := range r.Dimensions {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func groupableOf(p Platform) []string {
	return slices.DeleteFunc(dimensionsOf(p), func(name string) bool { return !canGroup(p, name) })
}

func metricsOf(p Platform) []string {
	var names []string
	for _, r := range p.Reports {
		for name := range r.Metrics {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
