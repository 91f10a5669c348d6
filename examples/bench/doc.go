// Command bench compares the gateway with other servers through real HTTP on the
// loopback:
//
//	go run ./examples/bench                  both comparisons
//	go run ./examples/bench -only cached     one of them: reads or cached
//	go run ./examples/bench -flood 1000000   the memory of the cache
//
// Reads: a static platform stands in this process. One Caddy, the binary of this
// repository in a process of its own, serves it twice: on one site through
// `reverse_proxy` as it is, on the other through `unified_api` (mapped) or
// `platform_proxy`, with a client key, a rate and problems switched on. wrk, in a third
// process, loads the two sites in turns, so that whatever else the machine does meets
// both alike. What counts is the ratio of a round's two numbers; the numbers themselves
// are the machine's. Printed beside it are the CPU time that Caddy took for a request,
// and how many native requests the gateway made for one.
//
// Cached: a report of about 60 KB that is ready in the gateway's memory, with a client key
// and a rate checked, beside as many bytes from the cache of an nginx and from a Caddy
// that does nothing but `respond`, plain and with gzip, in turns. Then each is asked half
// as often a second as the gateway could answer, by this process: its latencies hold what
// it takes itself to ask and to read, on the cores that it shares with the server.
//
// A flood asks for many different reports, each once, and tells how much the gateway's
// memory grows above what it was when it began.
//
// The command knows HTTP, Caddyfiles and the sandboxes, and none of the gateway's packages.
package main
