package readme

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tributary-gateway/tributary/modules/internal/query"
)

// coverages writes, of every platform, what reaches its endpoints and who does the
// filters and orders.
func coverages(s Sources) (string, error) {
	platforms, err := describe(s)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range platforms {
		fmt.Fprintf(&b, "\n### %s\n\n", p.Title)
		if p.document != "" {
			fmt.Fprintf(&b, "From: %s.\n\n", p.document)
		}
		endpoints(&b, p.Description)
		operations(&b, p.Description)
	}
	b.WriteString("\n")
	return b.String(), nil
}

func endpoints(b *strings.Builder, d *query.Description) {
	if len(d.Endpoints) == 0 {
		return
	}
	b.WriteString("| native endpoint | reached by |\n|---|---|\n")
	for _, e := range d.Endpoints {
		mark := ""
		if !e.Documented {
			mark = " †"
		}
		by := code(e.Operations)
		if e.Unreached != nil {
			by = "native proxy only: " + *e.Unreached
		}
		fmt.Fprintf(b, "| `%s`%s | %s |\n", e.Call, mark, cell(by))
	}
	b.WriteString("\n")
}

// operations tells of every operation that answers rows or objects.
func operations(b *strings.Builder, d *query.Description) {
	for _, id := range slices.Sorted(maps.Keys(d.Operations)) {
		c := d.Operations[id]
		var lines []string
		add := func(what string, names []string) {
			if len(names) > 0 {
				lines = append(lines, "  - "+what+": "+code(names))
			}
		}
		add("filters, done by the platform", whose(c.Filters, "native"))
		add("filters, done by the gateway", whose(c.Filters, "gateway"))
		add("orders, made by the platform", whose(c.Sorts, "native"))
		add("orders, made by the gateway", whose(c.Sorts, "gateway"))
		add("members, required", whose(c.Members, "required"))
		add("members, optional", whose(c.Members, "optional"))
		list, verb, _ := strings.Cut(id, ".")
		if of, ok := d.Operations[list+".list"]; ok && verb != "list" && slices.Equal(of.Unsupported, c.Unsupported) {
			if len(lines) == 0 && len(c.Unsupported) > 0 {
				lines = append(lines, "  - always null: as in `"+list+".list`")
			}
		} else {
			add("always null", outermost(c.Unsupported))
		}
		for _, name := range slices.Sorted(maps.Keys(c.Caps)) {
			lines = append(lines, "  - at most: "+most(c.Caps[name]))
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(b, "- `%s`\n%s\n", id, strings.Join(lines, "\n"))
	}
}

// most writes a limit.
func most(value any) string {
	days, ok := value.(map[string]int)
	if !ok {
		return fmt.Sprintf("%v rows of a page", value)
	}
	var out []string
	for _, report := range slices.Sorted(maps.Keys(days)) {
		out = append(out, fmt.Sprintf("%d days of the native report %s", days[report], report))
	}
	return strings.Join(out, ", ")
}

// whose returns the names that are done by one of platform and gateway, sorted.
func whose(names map[string]string, by string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if names[name] == by {
			out = append(out, name)
		}
	}
	return out
}

// outermost leaves out what is below a member that is there itself.
func outermost(paths []string) []string {
	var out []string
	for _, path := range paths {
		if !slices.ContainsFunc(paths, func(other string) bool { return strings.HasPrefix(path, other+".") }) {
			out = append(out, path)
		}
	}
	return out
}

func code(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// cell makes a text fit for a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "|", `\|`)
}
