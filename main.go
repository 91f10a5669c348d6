// Tributary is a Caddy that stands in front of native platform APIs and serves
// them as one REST API. It takes all of Caddy's commands, and some of its own.
package main

import (
	// platforms have time zones, and small machines have no table of them
	_ "time/tzdata"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	// platforms to try the gateway with, so that one binary can show itself
	_ "github.com/tributary-gateway/tributary/examples/sandbox"
	_ "github.com/tributary-gateway/tributary/examples/sandbox/quickstart"
	_ "github.com/tributary-gateway/tributary/modules/standard"
)

func main() {
	caddy.CustomBinaryName = "tributary"
	caddy.CustomLongDescription = `Tributary stands in front of native platform APIs and serves them as one REST
API. It is Caddy with a few modules more: every command, option and module of
Caddy works here as well.

	tributary run --config Caddyfile         serve
	tributary validate --config Caddyfile    check a configuration, mappings included
	tributary reload --config Caddyfile      change it without dropping a request
	tributary client add NAME                make a key for a caller
	tributary platform check                 ask every platform whether it is well
	tributary mapping test PLATFORM|DIR      run the tests beside a mapping
	tributary report --interval last_month   print a report of a running gateway`
	caddycmd.Main()
}
