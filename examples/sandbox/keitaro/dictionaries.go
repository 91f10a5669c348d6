package keitaro

import "github.com/tributary-gateway/tributary/examples/sandbox/kit"

// The documents name the values but not the shape of these lists: each row has
// the value as key and a name for people.
var (
	streamTypes   = entries("forced", "Forced", "regular", "Regular", "default", "Default")
	streamSchemas = entries("redirect", "Direct URL", "action", "Action", "landings", "Landing pages and offers",
		"offers", "Offers")
	streamFilters = entries("uniqueness", "Uniqueness", "parameter", "Parameter", "country", "Country",
		"user_agent", "User agent", "keyword", "Keyword")
	streamActions = entries("http", "HTTP-redirect", "local_file", "Local file", "curl", "CURL",
		"status404", "404 NotFound", "show_text", "Show text", "show_html", "Show HTML", "campaign", "Send to campaign",
		"do_nothing", "Do nothing", "meta", "Meta redirect", "double_meta", "Double meta redirect", "js", "JS redirect",
		"js_for_script", "Show as JS", "js_for_iframe", "JS for iframe", "blank_referrer", "Blank referrer",
		"formsubmit", "Form submit", "iframe", "Iframe", "remote", "Remote redirect", "frame", "Frame")
)

// entries makes rows of keys and names in turn.
func entries(keysAndNames ...string) []kit.Object {
	var rows []kit.Object
	for i := 0; i < len(keysAndNames); i += 2 {
		rows = append(rows, kit.Object{
			{Name: "key", Value: keysAndNames[i]}, {Name: "name", Value: keysAndNames[i+1]},
		})
	}
	return rows
}
