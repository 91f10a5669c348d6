// Package query answers reads of the surface from several platforms: it chooses
// the platforms, gives each what it can do natively, does the rest here, brings
// the rows into one order, and divides them into pages. Changes are made at one
// platform, after everything about them was checked.
//
// A [Engine] holds the platforms; a [Request] is one checked request of a client, and
// a [WriteRequest] one that changes something.
// The package knows operations and members only by what surface and mapping say of
// them, makes native calls only through a [Caller], and writes no HTTP.
package query
