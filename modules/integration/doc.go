// Package integration tests the gateway as its users see it: a real Caddy, real HTTP,
// and the sandbox platforms, whose data says what has to come out. It holds no code of
// its own.
//
// Caddy keeps its configuration per process, so the tests run one after another.
package integration
