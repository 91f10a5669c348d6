// Package standard imports every module of Tributary, and does nothing else. It
// is the one path to give to xcaddy, and the one import of a main package that
// wants the gateway in its Caddy.
package standard

import (
	// the app tributary, its commands, and the providers of its clients
	_ "github.com/tributary-gateway/tributary/modules/clientauth"
	_ "github.com/tributary-gateway/tributary/modules/gateway"
	_ "github.com/tributary-gateway/tributary/modules/unifiedapi"

	// first-party plugins
	_ "github.com/tributary-gateway/tributary/plugins/jalali"
)
