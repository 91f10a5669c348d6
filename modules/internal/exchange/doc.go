// Package exchange performs one native call of a platform: it puts the
// platform's credentials where the platform wants them, keeps to the
// platform's rate and concurrency, retries what may be retried, gives a
// failing platform a pause, reads the answer within its limits, and says by
// the mapping's error rules what the answer means.
//
// What comes back is either JSON text in UTF-8 that nobody has looked into, or
// a [problem.Problem] that is fit for a client: no credential, no query of a
// native URL, no text of unbounded length. The package must not know what a
// response means beyond that, which operation it serves, or where the
// transport comes from.
package exchange
