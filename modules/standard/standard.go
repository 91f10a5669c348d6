// Package standard imports every module of Tributary, and does nothing else: the
// app with its commands and clients, the handlers, and the first-party plugins. It
// is the one path to give to xcaddy, and the one import of a main package that
// wants the gateway in its Caddy.
package standard

import (
	_ "github.com/tributary-gateway/tributary/modules/clientauth"
	_ "github.com/tributary-gateway/tributary/modules/gateway"
	_ "github.com/tributary-gateway/tributary/modules/platformproxy"
	_ "github.com/tributary-gateway/tributary/modules/unifiedapi"
	_ "github.com/tributary-gateway/tributary/plugins/disk"
	_ "github.com/tributary-gateway/tributary/plugins/jalali"
)
