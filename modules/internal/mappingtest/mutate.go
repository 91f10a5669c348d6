package mappingtest

import (
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/tributary-gateway/tributary/modules/internal/mapping"
)

// rewrite writes JSON anew, its members in their order. Steps into arrays are not part
// of paths, so that one path leads to all elements.
type rewrite struct {
	// scalar returns what stands for a scalar; empty: it stays.
	scalar func(path []string, v gjson.Result) string
	// extra returns members to put before those of an object; empty: none.
	extra func(path []string) string
}

func (w rewrite) json(body []byte) []byte {
	return w.value(nil, nil, gjson.ParseBytes(body))
}

func (w rewrite) value(dst []byte, path []string, v gjson.Result) []byte {
	switch {
	case v.IsArray():
		dst = append(dst, '[')
		for i, item := range v.Array() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = w.value(dst, path, item)
		}
		return append(dst, ']')
	case v.IsObject():
		dst = append(dst, '{')
		first := true
		if w.extra != nil {
			members := w.extra(path)
			dst, first = append(dst, members...), members == ""
		}
		v.ForEach(func(key, value gjson.Result) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(append(dst, key.Raw...), ':')
			dst = w.value(dst, append(slices.Clip(path), key.Str), value)
			return true
		})
		return append(dst, '}')
	}
	if w.scalar != nil {
		if text := w.scalar(path, v); text != "" {
			return append(dst, text...)
		}
	}
	return append(dst, v.Raw...)
}

// places tells which paths of a body are in the rows of a layout, and which are enums.
type places struct{ rows, enums [][]string }

func placesOf(l mapping.Layout) places {
	p := places{rows: plain(l.Rows)}
	for _, row := range p.rows {
		for _, enum := range plain(l.Enums) {
			p.enums = append(p.enums, slices.Concat(row, enum))
		}
	}
	return p
}

// plain leaves the numbers of elements out of paths.
func plain(paths [][]string) [][]string {
	out := make([][]string, len(paths))
	for i, path := range paths {
		for _, step := range path {
			if _, err := strconv.Atoi(step); err != nil {
				out[i] = append(out[i], step)
			}
		}
	}
	return out
}

// enum tells whether a path is where an enum is read from.
func (p places) enum(path []string) bool {
	return slices.ContainsFunc(p.enums, func(pattern []string) bool {
		return len(path) == len(pattern) && below(path, pattern)
	})
}

// inRow tells whether a path is in a row.
func (p places) inRow(path []string) bool {
	return slices.ContainsFunc(p.rows, func(pattern []string) bool { return below(path, pattern) })
}

// container tells whether the members of an object at a path are the rows themselves.
func (p places) container(path []string) bool {
	return slices.ContainsFunc(p.rows, func(pattern []string) bool {
		n := len(pattern) - 1
		return n >= 0 && pattern[n] == "*" && len(path) == n && below(path, pattern[:n])
	})
}

// below tells whether a path is at a pattern, or leads further from there.
func below(path, pattern []string) bool {
	if len(path) < len(pattern) {
		return false
	}
	for i, step := range pattern {
		if step != "*" && step != path[i] {
			return false
		}
	}
	return true
}
