package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// reportCondition is one condition of a report request, as the API has it.
type reportCondition struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value any    `json:"value,omitempty"` // text or a list of texts; none for operators without
}

// conditionText splits a condition into its field, how they are compared, and the rest.
var conditionText = regexp.MustCompile(`(?s)^([A-Za-z0-9_.-]+)(!=|>=|<=|=|>|<|:)(.*)$`)

// comparisons are the operators that have a sign of their own.
var comparisons = map[string]string{"=": "in", "!=": "not_in", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}

// listOperators take a list of values.
var listOperators = []string{"in", "not_in", "between"}

// parseCondition reads a condition of the command line. Which fields and
// operators there are is for the gateway to say.
func parseCondition(text string) (reportCondition, error) {
	m := conditionText.FindStringSubmatch(text)
	if m == nil {
		return reportCondition{}, fmt.Errorf("a filter is FIELD=VALUES, FIELD>VALUE or FIELD:OPERATOR:VALUE; %q is not", text)
	}
	c := reportCondition{Field: m[1], Op: comparisons[m[2]]}
	value, given := m[3], true
	if m[2] == ":" {
		c.Op, value, given = strings.Cut(m[3], ":")
	}
	switch {
	case c.Op == "" || given && value == "":
		return reportCondition{}, fmt.Errorf("the filter %q ends too early", text)
	case !given:
	case slices.Contains(listOperators, c.Op):
		c.Value = strings.Split(value, ",")
	default:
		c.Value = value
	}
	return c, nil
}
