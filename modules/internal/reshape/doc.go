// Package reshape turns a page of native JSON into unified rows, in one pass that
// also validates it.
//
// A mapping is compiled to a [Plan] once, when the configuration loads. A plan
// holds a tree of the native keys that are wanted and a program that writes the
// unified members in their order. [Plan.Page] walks each row once, keeps the wanted
// values as byte ranges, and appends the unified row to a [Page]: no generic maps,
// no floats, no allocation for a row.
//
// The package accepts and refuses the same texts as encoding/json. It knows nothing
// of HTTP, of mappings as files, or of any platform.
package reshape
