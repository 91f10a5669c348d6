// Package problem holds the one error format of the unified REST API: RFC 9457
// problem details with the gateway's fixed list of codes.
//
// It knows nothing about HTTP servers, platforms or mappings; whoever finds a
// fault makes a [Problem], and whoever answers a client writes it.
package problem
