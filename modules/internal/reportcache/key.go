package reportcache

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/tributary-gateway/tributary/modules/internal/cache"
	"github.com/tributary-gateway/tributary/modules/internal/condition"
	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// version is that of the keys, and of the form of the rows. Rows that were kept under
// another one are not found.
var version = "1." + strconv.Itoa(report.RowsVersion)

// family identifies everything that a question asks but its windows.
type family struct {
	key  cache.Key
	text string // key, as text
}

func familyOf(q *report.Question) family {
	key := cache.KeyOf(version, q.Platform, q.Scope, q.Operation, canonical(&q.Series))
	return family{key, string(key[:])}
}

// seed tells the jitter of families apart.
func (f family) seed() uint64 { return binary.LittleEndian.Uint64(f.key[:]) }

// window returns the key of one window's rows.
func (f family) window(w *report.Window) cache.Key {
	var days [8]byte
	binary.LittleEndian.PutUint32(days[:], uint32(w.From))
	binary.LittleEndian.PutUint32(days[4:], uint32(w.To))
	return cache.KeyOf(f.text, string(days[:]), w.Interval, w.Part)
}

func (f family) windows(ws []report.Window) []cache.Key {
	keys := make([]cache.Key, len(ws))
	for i := range ws {
		keys[i] = f.window(&ws[i])
	}
	return keys
}

// canonical writes a series so that two are equal where they ask the same. The order
// of dimensions and metrics counts, as the rows have their values in it; that of
// filters does not, nor that of the values of a filter unless they are the two ends
// of between.
func canonical(s *report.Series) string {
	b := make([]byte, 0, 256)
	for _, text := range []string{s.Report, s.Zone, s.Base} {
		b = appendText(b, text)
	}
	b = strconv.AppendBool(b, s.Split)
	b = strconv.AppendBool(b, s.Hourly)
	b = appendTexts(b, s.Grain)
	b = appendTexts(b, s.Metrics)
	if len(s.Filters) == 0 {
		return string(b)
	}
	filters := make([]string, len(s.Filters))
	for i := range s.Filters {
		filters[i] = canonicalFilter(&s.Filters[i])
	}
	slices.Sort(filters)
	return string(appendTexts(b, slices.Compact(filters)))
}

func canonicalFilter(f *condition.Filter) string {
	values := f.Values
	if f.Op != "between" && len(values) > 1 {
		values = slices.Clone(values)
		slices.Sort(values)
		values = slices.Compact(values)
	}
	b := appendText(nil, f.Field)
	b = appendText(b, f.Op)
	b = strconv.AppendBool(b, f.CaseSensitive)
	return string(appendTexts(b, values))
}

// appendText writes a text with its length before it, so that no two lists of texts
// are written alike.
func appendText(b []byte, text string) []byte {
	return append(append(strconv.AppendInt(b, int64(len(text)), 10), ':'), text...)
}

func appendTexts(b []byte, texts []string) []byte {
	b = append(strconv.AppendInt(b, int64(len(texts)), 10), '[')
	for _, text := range texts {
		b = appendText(b, text)
	}
	return b
}
