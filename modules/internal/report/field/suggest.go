package field

import "github.com/tributary-gateway/tributary/modules/internal/suggest"

// DidYouMean returns `; did you mean "x"?` for the nearest of the known names, or
// the empty text where none is near. Of names of one platform only what follows the
// platform is compared.
func DidYouMean(name string, known []string) string {
	platform, column, native := Native(name)
	if !native {
		platform, column = "", name
	}
	full := map[string]string{}
	var comparable []string
	for _, k := range known {
		other, rest, ok := Native(k)
		if !ok {
			other, rest = "", k
		}
		if other == platform {
			full[rest] = k
			comparable = append(comparable, rest)
		}
	}
	best := suggest.Nearest(column, comparable)
	if best == "" {
		return ""
	}
	return `; did you mean "` + full[best] + `"?`
}
