// Package disk is the Caddy module tributary.stores.disk: cached reports in one SQLite
// file, so that a restart starts warm. It is also the example for authors of stores:
// store.go has the methods of [plugins.Store], database.go opens the file, records.go
// reads and writes it, trim.go bounds it, damage.go tells a damaged file from a disk that
// is in trouble, and module.go is what Caddy needs. Only the last one knows Caddy.
//
// Several gateways of one machine may share the file. A file system whose locks do not
// work, as is the case with many that are reached over a network, is refused.
//
// What is read back is compared with a sum over its key and value, so that a record
// that a failing disk has changed is not there, instead of being wrong.
package disk
