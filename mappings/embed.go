// Package mappings holds the data of the gateway: the surface, which is the
// unified REST API, and one folder for each kind of platform.
package mappings

import "embed"

// Surface is the OpenAPI 3.1 document of the unified REST API.
//
//go:embed surface.yaml
var Surface []byte

//go:generate go run ../modules/internal/inventory/readme/update

// Bundled holds the mappings that come with the gateway, each as
// "<name>/mapping.yaml" with "<name>/inventory.yaml" beside it.
//
//go:embed */mapping.yaml */inventory.yaml
var Bundled embed.FS

// Tests holds the tests of the bundled mappings, "<name>/tests.yaml", and the native
// answers that they are made of, "<name>/fixtures/…".
//
//go:embed */tests.yaml */fixtures
var Tests embed.FS
