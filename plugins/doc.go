// Package plugins is the contract between Tributary and the authors of plugins:
// the interfaces that a Caddy module implements to become part of the engine.
//
// Each interface belongs to a Caddy namespace, named in its comment. The package
// uses the standard library alone, so that a plugin depends on nothing of the
// engine, and knows neither the engine's packages nor Caddy. First-party plugins
// live in folders beside this file and are meant to be copied.
package plugins
