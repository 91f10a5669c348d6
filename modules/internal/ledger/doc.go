// Package ledger keeps the rows of lists whose platforms can say what has changed since:
// in a file, by native id, brought up to date by asking for the changes only, and read
// again whole now and then, since rows vanish natively without a word.
//
// What it holds costs native calls to lose, and nothing else. Where its file cannot be
// used, it says so, and its callers read from the platform.
//
// It must know nothing of HTTP, mappings and the unified API: a row is an identifier, a
// moment and bytes.
package ledger
