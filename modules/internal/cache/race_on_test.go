//go:build race

package cache

// The flood is smaller for the detector of races, which makes all of it slow; what is measured is measured without it.
const (
	floodKeys   = 100_000
	floodMemory = 8 << 20
)
