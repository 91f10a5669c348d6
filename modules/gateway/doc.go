// Package gateway is the Caddy app `tributary`: the platforms, their
// credentials and transports, the clients, and what of them outlives a reload
// of the configuration.
//
// Handlers fetch the app in Provision with ctx.App("tributary"); it is ready
// from then on, before it is started. The package turns configuration into
// calls of the engine and decides nothing that the engine or a mapping could
// decide; it knows no platform by name.
//
// What is kept of the platforms' answers is one for all configurations that follow one
// another: the package says how long it is kept, what it belongs to (a scope for each
// account), and when a change drops it.
//
// The package also has the commands that operators use. `platform` and `cache` ask a
// running gateway through `admin.api.tributary`, which the app adds to Caddy's admin API;
// `report` is a client of the REST API like any other.
//
// Guests: codecs of mappings are Caddy modules of the namespace
// `tributary.codecs`; stores of kept answers those of `tributary.stores`; the transport
// of a platform is a guest of `http.reverse_proxy.transport`.
package gateway
