// Package surface holds the unified REST API as its OpenAPI document describes
// it: operations with typed parameters, resources with ordered members, and the
// table of routes. Everything is compiled by [Load]; [Surface.Route],
// [Operation.Parse] and [Operation.ParseBody] run for every request and do no more
// than look up and check.
//
// It must not know any platform, any mapping, or how an operation is answered.
// The bodies of queries and reports are checked by whoever answers them, with
// [ParseObject], and [Operation.ParseLists] for members that are parameters too.
package surface
