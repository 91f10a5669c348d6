// Package span makes spans of the steps of a request where the request is traced, and
// costs next to nothing where it is not. Whether it is, and where spans go, is up to who
// put the span of the request into its context, as Caddy's handler tracing does.
//
// A span tells a step's platform, operation, numbers and problem. What it says leaves the
// gateway, so it never holds a URL, a field of a header, or anything of a body: all of
// them may have a credential in them. For the same reason the trace goes no further than
// to here: platforms are third parties, to whom the gateway's trace means nothing, and
// whom it would tell which of their requests belong together.
//
// The package must know neither Caddy nor how spans are exported.
package span
