// Package idempotency remembers answers under the keys that clients send in the
// header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), so that a
// request which is sent again is answered again and not done again.
//
// A key is claimed, durably, before its request does anything, and settled when
// the request has ended. What is found claimed but not running, after a crash,
// stays claimed: its request may have done its work, and is never let through
// again under that key.
//
// The package keeps answers as bytes. It must not know what a request does, which
// answers are worth keeping, or how its own errors are shown to a client.
package idempotency
