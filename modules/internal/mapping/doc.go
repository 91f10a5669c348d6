// Package mapping reads the declarative descriptions of platforms and compiles
// them into what a request needs: native requests, error rules, and the plans
// that turn native rows into unified ones, and unified bodies into native ones.
//
// A mapping is read in two steps. [Parse] turns a YAML file into a [Mapping] and knows
// only the language. [Compile] holds it against the surface and binds it to one
// configured platform (its name, server, zone, currency and options). Every fault names
// file, line and column, and several are reported at once; a faulty mapping never gets as
// far as a request.
//
// Files are named after these steps and after the part of the language that they are
// about: parse_call.go reads what compile_call.go compiles. What requests do is in push.go,
// draft.go and request.go for what is asked, write*.go for what is changed, and
// report_request.go for reports.
//
// [ParseSuite] reads the tests beside a mapping, and the Explain methods say where each
// unified value came from; both are for the tools of mapping authors.
//
// The package performs no native calls and knows no platform by name.
package mapping
