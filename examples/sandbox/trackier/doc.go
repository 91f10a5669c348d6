// Package trackier is a sandbox of the Trackier API: an http.Handler over a year
// of made-up data, for running and testing a gateway without an account. It has
// version 1 for networks, affiliates (publishers) and advertisers, whose keys
// choose among the three, and version 2 for the latter two. Writes last as long
// as the [Server].
//
// It is written from the public documents of the API alone and must not know how
// anybody reads it: it imports nothing of the gateway, so that a mapping and
// this sandbox check each other. What the documents leave open is said in a
// comment where it is decided; where installations differ, [Config] has a switch.
package trackier
