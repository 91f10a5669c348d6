// Package timezone finds time zones by the names that clients and platforms give them. It
// must know nothing of what these are for.
package timezone
