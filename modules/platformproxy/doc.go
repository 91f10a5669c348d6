// Package platformproxy is the Caddy handler that lets clients speak the dialect of a
// platform: a client that was written for the platform works here by changing its base
// URL and its key.
//
// The client's key is taken from where the platform's own clients put theirs, and the
// platform's credential put there. Everything else passes as it is in both directions,
// streamed. The gateway's own refusals come in the platform's form of an error.
//
// The package knows no platform by name, looks into no body but for a key, and never
// sees a credential: package exchange puts them in.
package platformproxy
