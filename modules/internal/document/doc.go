// Package document reads files that hold one YAML document, with the place of every
// fault. What it gives can be followed to its end: an alias stands for something before
// it, and never for what it is part of.
//
// It knows nothing of what documents say.
package document
