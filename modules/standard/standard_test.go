package standard_test

import (
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	_ "github.com/tributary-gateway/tributary/modules/standard"
)

func TestEveryModuleIsRegistered(t *testing.T) {
	for _, id := range []string{
		"tributary",
		"tributary.codecs.jalali",
		"tributary.stores.disk",
		"http.handlers.client_auth",
		"http.handlers.platform_proxy",
		"http.handlers.unified_api",
		"http.authentication.providers.tributary",
	} {
		_, err := caddy.GetModule(id)
		assert.NoError(t, err)
	}
}

// builder is the JSON form of xcaddy.Builder v0.4: everything that it knows, so
// that a misspelt member is refused here instead of ignored there.
type builder struct {
	OS           string       `json:"os"`
	Arch         string       `json:"arch"`
	ARM          string       `json:"arm"`
	Cgo          bool         `json:"cgo"`
	CaddyVersion string       `json:"caddy_version"`
	Plugins      []dependency `json:"plugins"`
	Replacements []struct {
		Old string `json:"old"`
		New string `json:"new"`
	} `json:"replacements"`
	TimeoutGet   int64  `json:"timeout_get"`
	TimeoutBuild int64  `json:"timeout_build"`
	RaceDetector bool   `json:"race_detector"`
	SkipCleanup  bool   `json:"skip_cleanup"`
	SkipBuild    bool   `json:"skip_build"`
	Debug        bool   `json:"debug"`
	BuildFlags   string `json:"build_flags"`
	ModFlags     string `json:"mod_flags"`
	EmbedDirs    []struct {
		Dir  string `json:"dir"`
		Name string `json:"name"`
	} `json:"embed_dir"`
}

type dependency struct {
	ModulePath string `json:"module_path"`
	Version    string `json:"version"`
}

func TestXcaddyBuildsThisPackage(t *testing.T) {
	file, err := os.Open("../../xcaddy.json")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	var b builder
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&b))

	require.Len(t, b.Plugins, 1)
	assert.Equal(t, "github.com/tributary-gateway/tributary/modules/standard", b.Plugins[0].ModulePath)
	for _, r := range b.Replacements {
		assert.False(t, strings.HasPrefix(r.New, "/"), "%s is a path of one machine", r.New)
	}
	info, ok := debug.ReadBuildInfo()
	require.True(t, ok)
	for _, m := range info.Deps {
		if m.Path == "github.com/caddyserver/caddy/v2" {
			assert.Equal(t, m.Version, b.CaddyVersion, "the version that this repository is tested with")
		}
	}
}
