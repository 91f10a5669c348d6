// Package unifiedapi is the Caddy handler that serves the unified REST API: it turns
// HTTP requests into requests of the engine, and its answers into JSON, NDJSON or CSV.
//
// What an operation means is known to the surface and the engine, not here.
package unifiedapi
