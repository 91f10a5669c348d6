// Package gateway is the Caddy app `tributary`: the platforms, their
// credentials and transports, the clients, and what of them outlives a reload
// of the configuration.
//
// Handlers fetch the app in Provision with ctx.App("tributary"); it is ready
// from then on, before it is started. The package turns configuration into
// calls of the engine and decides nothing that the engine or a mapping could
// decide; it knows no platform by name.
//
// The package also has the commands that operators use. `platform` asks a running
// gateway through `admin.api.tributary`, which the app adds to Caddy's admin API;
// `report` is a client of the REST API like any other.
//
// Guests: codecs of mappings are Caddy modules of the namespace
// `tributary.codecs`; the transport of a platform is a guest of
// `http.reverse_proxy.transport`.
package gateway
