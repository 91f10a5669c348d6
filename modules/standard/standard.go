// Package standard imports every module of Tributary, and does nothing else. It
// is the one path to give to xcaddy, and the one import of a main package that
// wants the gateway in its Caddy.
package standard

import (
	// the app, its commands and its clients
	_ "github.com/tributary-gateway/tributary/modules/clientauth"
	_ "github.com/tributary-gateway/tributary/modules/gateway"
	// the handlers
	_ "github.com/tributary-gateway/tributary/modules/unifiedapi"
	// first-party plugins
	_ "github.com/tributary-gateway/tributary/plugins/jalali"
)
