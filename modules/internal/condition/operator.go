package condition

// takes is how many values an operator takes.
type takes uint8

const (
	nothing takes = iota
	one
	two  // a list of two
	some // a list of one or more
)

// test is what an operator asks of a value.
type test uint8

const (
	among test = iota // equal to one of the values
	above
	notBelow
	below
	notAbove
	within
	contains
	starts
	ends
	matches
	present
	isTrue
	isFalse
	labelled
)

// operator is one operator. A negated one holds where its test does not, which is so of
// what is null.
type operator struct {
	name    string
	takes   takes
	test    test
	negated bool
}

// operators are in the order that the surface lists them in. Those on labels never hold
// here, whatever they say: only a platform knows the labels of its values.
var operators = []operator{
	{name: "eq", takes: one, test: among},
	{name: "ne", takes: one, test: among, negated: true},
	{name: "gt", takes: one, test: above},
	{name: "gte", takes: one, test: notBelow},
	{name: "lt", takes: one, test: below},
	{name: "lte", takes: one, test: notAbove},
	{name: "between", takes: two, test: within},
	{name: "in", takes: some, test: among},
	{name: "not_in", takes: some, test: among, negated: true},
	{name: "contains", takes: one, test: contains},
	{name: "not_contains", takes: one, test: contains, negated: true},
	{name: "starts_with", takes: one, test: starts},
	{name: "ends_with", takes: one, test: ends},
	{name: "matches", takes: one, test: matches},
	{name: "not_matches", takes: one, test: matches, negated: true},
	{name: "set", test: present},
	{name: "not_set", test: present, negated: true},
	{name: "true", test: isTrue},
	{name: "false", test: isFalse},
	{name: "has_label", takes: one, test: labelled},
	{name: "not_has_label", takes: one, test: labelled},
}

var operatorByName = func() map[string]*operator {
	m := make(map[string]*operator, len(operators))
	for i := range operators {
		m[operators[i].name] = &operators[i]
	}
	return m
}()

// Operators lists the operators, in the order of the surface.
func Operators() []string { return namesOf(func(test) bool { return true }) }

// NumberOperators lists the operators that numbers can be asked with.
func NumberOperators() []string { return namesOf(test.ofNumbers) }

func namesOf(wanted func(test) bool) []string {
	var names []string
	for _, o := range operators {
		if wanted(o.test) {
			names = append(names, o.name)
		}
	}
	return names
}

// IsOperator tells whether there is an operator of that name.
func IsOperator(name string) bool { return operatorByName[name] != nil }

// OfLabels tells whether an operator asks for labels, which only a platform knows.
func OfLabels(name string) bool { return is(name, func(t test) bool { return t == labelled }) }

// OfTruth tells whether an operator asks a boolean: true and false.
func OfTruth(name string) bool {
	return is(name, func(t test) bool { return t == isTrue || t == isFalse })
}

// OfNumbers tells whether an operator can be asked of a number: it compares, or asks
// whether there is a value.
func OfNumbers(name string) bool { return is(name, test.ofNumbers) }

// Searches tells whether an operator looks into a text: contains, matches, ….
func Searches(name string) bool {
	return is(name, func(t test) bool { return contains <= t && t <= matches })
}

func is(name string, wanted func(test) bool) bool {
	o := operatorByName[name]
	return o != nil && wanted(o.test)
}

func (t test) ofNumbers() bool { return t.compares() || t == present }

// compares tells whether values have to be of the field's kind.
func (t test) compares() bool { return t <= within }
