// Package ready holds answers that are ready to send, and what HTTP says about answers
// that are kept: Cache-Control of requests, Cache-Status, Age, entity tags, and the
// answer 304 (RFC 9110, RFC 9111 and RFC 9211).
//
// It knows bytes and times only: not what an answer is about, who may read it, nor
// where it is kept.
package ready
