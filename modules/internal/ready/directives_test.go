package ready_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tributary-gateway/tributary/modules/internal/ready"
)

func TestParseDirectives(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  ready.Directives
	}{
		{"no field", nil, ready.Directives{}},
		{"nothing", []string{""}, ready.Directives{}},
		{"one", []string{"no-cache"}, ready.Directives{NoCache: true}},
		// names of directives are case-insensitive, RFC 9111 section 5.2
		{"any letter case", []string{"No-Cache, NO-STORE"}, ready.Directives{NoCache: true, NoStore: true}},
		{"several, with spaces, tabs and empty members", []string{" ,no-store ,\tonly-if-cached,,"}, ready.Directives{NoStore: true, OnlyIfCached: true}},
		{"several lines", []string{"no-store", "max-age=5"}, ready.Directives{NoStore: true, Aged: true, MaxAge: 5 * time.Second}},
		{"zero", []string{"max-age=0"}, ready.Directives{Aged: true}},
		{"leading zeros", []string{"max-age=007"}, ready.Directives{Aged: true, MaxAge: 7 * time.Second}},
		// both forms of arguments are to be accepted, section 5.2
		{"quoted", []string{`max-age="60"`}, ready.Directives{Aged: true, MaxAge: time.Minute}},
		{"the smallest of several", []string{"max-age=60, max-age=30, max-age=90"}, ready.Directives{Aged: true, MaxAge: 30 * time.Second}},
		// section 1.2.2
		{"more than can be counted", []string{"max-age=99999999999999999999999"}, ready.Directives{Aged: true, MaxAge: (1 << 31) * time.Second}},
		{"no argument", []string{"max-age"}, ready.Directives{}},
		{"an empty argument", []string{"max-age="}, ready.Directives{}},
		{"a negative one", []string{"max-age=-1"}, ready.Directives{}},
		{"a fraction", []string{"max-age=1.5"}, ready.Directives{}},
		{"spaces around the equals sign", []string{"max-age = 5, no-store"}, ready.Directives{NoStore: true}},
		{"unknown ones", []string{`x="a, no-cache", max-stale=5, min-fresh=3, no-transform`}, ready.Directives{}},
		{"an escaped quote in an unknown one", []string{`x="a\", no-cache", no-store`}, ready.Directives{NoStore: true}},
		{"a quote that does not end", []string{`no-store, x="a, no-cache`}, ready.Directives{NoStore: true}},
		{"a longer name", []string{"no-cached, xno-store"}, ready.Directives{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, ready.ParseDirectives(tt.lines))
		})
	}
}

// What is read does not depend on what is unknown beside it, and ages are never negative.
func FuzzParseDirectives(f *testing.F) {
	f.Add("no-cache, max-age=60")
	f.Add(`x="a, \"no-cache", no-store`)
	f.Add("max-age=99999999999999999999")
	f.Fuzz(func(t *testing.T, line string) {
		d := ready.ParseDirectives([]string{line})
		if d.MaxAge < 0 || d.MaxAge > (1<<31)*time.Second || !d.Aged && d.MaxAge != 0 {
			t.Errorf("%q: an age of %v", line, d.MaxAge)
		}
		if same := ready.ParseDirectives([]string{"", "unknown=1", line}); same != d {
			t.Errorf("%q: %v, but %v beside others", line, d, same)
		}
		both := ready.ParseDirectives([]string{line, "no-cache"})
		if d.NoCache = true; both != d {
			t.Errorf("%q and no-cache: %v, want %v", line, both, d)
		}
	})
}
