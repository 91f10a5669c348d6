// Package clientauth decides who is calling, from where, and how often.
//
// A client is known by a key, of which only the SHA-256 is kept, or by a name
// that another authentication provider has established. [Authenticator] holds
// the rules and is plain Go; [Gate] is what a Caddy handler embeds to apply
// them; the directive client_auth and the module
// http.authentication.providers.tributary apply them to whatever else an
// operator serves.
//
// The package knows nothing about platforms beyond their names, and nothing
// about operations: what an [Identity] may do is asked by whoever does it.
package clientauth
