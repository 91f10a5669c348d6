// Package cache keeps bytes that platforms were asked for: in memory, bounded in bytes,
// over a second level that outlives the process, a [plugins.Store]. Beside them it keeps
// answers that are ready to be sent, in the same bounded memory.
//
// It decides nothing about freshness: it gives what is there and says when it was made.
// It never gives what was kept under another key, what was dropped before the read
// began, or what the second level holds only in part. Trouble of the second
// level is counted and warned of, and no caller sees it.
//
// It must not know what the bytes mean, how long anything is worth keeping, HTTP, or Caddy.
package cache
