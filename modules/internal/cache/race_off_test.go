//go:build !race

package cache

// floodKeys is how many different keys a flood has, floodMemory the bound that it meets.
const (
	floodKeys   = 1_000_000
	floodMemory = 64 << 20
)
