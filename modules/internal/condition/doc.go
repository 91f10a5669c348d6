// Package condition is the filters that the body of a query holds: an operator on a
// field, such as {"field":"country","op":"in","value":["DE","FR"]}. It has the table of
// operators, reads and checks conditions, and tells whether a value meets one.
//
// What a field is, and what its values are, its users say by [Fields] and [Value]. It
// must not know members, dimensions, metrics or platforms.
package condition
