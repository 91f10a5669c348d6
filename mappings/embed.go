// Package mappings holds the data of the gateway: the surface, which is the
// unified REST API, and one folder for each kind of platform.
package mappings

import "embed"

// Surface is the OpenAPI 3.1 document of the unified REST API.
//
//go:embed surface.yaml
var Surface []byte

// Bundled holds the mappings that come with the gateway, each as
// "<name>/mapping.yaml".
//
//go:embed */mapping.yaml
var Bundled embed.FS
