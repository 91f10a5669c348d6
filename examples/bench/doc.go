// Command bench compares the gateway with a plain reverse proxy through real
// HTTP on the loopback:
//
//	go run ./examples/bench
//
// A static platform stands in this process. One Caddy, the binary of this
// repository in a process of its own, serves it twice: on one site through
// `reverse_proxy` as it is, on the other through `unified_api` (mapped) or
// `platform_proxy`, with a client key, a rate and problems switched on. wrk, in a third process, loads
// the two sites in turns, so that whatever else the machine does meets both
// alike. What counts is the ratio of a round's two numbers; the numbers
// themselves are the machine's. Printed beside it are the CPU time that Caddy
// took for a request, and how many native requests the gateway made for one.
//
// The command knows HTTP and the Caddyfile, and none of the gateway's packages.
package main
