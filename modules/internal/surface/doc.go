// Package surface holds the unified REST API as its OpenAPI document describes
// it: operations with typed parameters, resources with ordered members, and the
// table of routes. Everything is compiled by [Load]; [Surface.Route] and
// [Operation.Parse] run for every request and do no more than look up and check.
//
// It must not know any platform, any mapping, or how an operation is answered,
// and it does not read request bodies: their schemas are part of the document,
// their members are checked by whoever answers the operation, with
// [Operation.ParseLists] for those that are parameters too.
package surface
