// Package kit holds what the sandbox platforms share: a seeded source of
// plausible data, exact decimals, JSON in the styles native APIs use, request
// counting, address allowlists and fault injection.
//
// It knows no platform and nothing of the gateway: a sandbox is written from a
// platform's document alone, so that it and that platform's mapping check each
// other.
package kit
