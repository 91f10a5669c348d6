// Package storetest is a conformance suite for authors of stores: it tries every
// sentence of the contract of [plugins.Store]. A store's own tests call [Run], and test
// beside it what only they know: how it is opened again, what it does when it is full,
// and what it forgets.
package storetest
