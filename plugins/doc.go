// Package plugins is the contract between Tributary and the authors of plugins:
// the interfaces that a Caddy module implements to become part of the engine.
//
// Each of them belongs to a Caddy namespace:
//
//   - tributary.codecs: a [CodecProvider] makes a [Codec], which translates one textual
//     value; the folder jalali has one.
//   - tributary.stores: a [StoreProvider] opens a [Store], which keeps cached reports; the
//     folder disk has one, and storetest a conformance suite that tries any of them.
//
// The package uses the standard library alone, so that a plugin depends on nothing of
// the engine, and knows neither the engine's packages nor Caddy. First-party plugins
// live in folders beside this file and are meant to be copied.
package plugins
