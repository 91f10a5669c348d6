// Package keitaro is a sandbox of the Keitaro Admin API, version 1: an
// http.Handler over a year of made-up data, for running and testing a gateway
// without an account. Writes change the data, in memory and for this handler
// alone; [Server.Data] shows it at any moment.
//
// It is written from the public document of the API alone and must not know how
// anybody reads it: it imports nothing of the gateway, so that a mapping and
// this sandbox check each other. What the document leaves open is decided in one
// place and said there in a comment; where installations differ, [Config] has a
// switch.
package keitaro
