package document_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-gateway/tributary/modules/internal/document"
)

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       document.Fault
	}{
		{"nothing", "", document.Fault{Line: 1, Column: 1, Message: "a list holds one YAML document"}},
		{"two documents", "a: 1\n---\nb: 2\n", document.Fault{Line: 1, Column: 1, Message: "a list holds one YAML document"}},
		{"a mapping in itself", "a: &x\n  b: *x\n", document.Fault{Line: 2, Column: 6, Message: "*x repeats what it is part of"}},
		{"a list in itself", "a: {b: &x [1, *x]}\n", document.Fault{Line: 1, Column: 15, Message: "*x repeats what it is part of"}},
		{"a mapping merged into itself", "a: &x\n  <<: *x\n", document.Fault{Line: 2, Column: 7, Message: "*x merges what it is part of"}},
		{"one of several merged into itself", "y: &y {c: 1}\na: &x\n  <<: [*y, *x]\n", document.Fault{Line: 3, Column: 12, Message: "*x merges what it is part of"}},
		{"each in the other", "a: &x {b: *y}\nc: &y {d: *x}\n", document.Fault{Line: 1, Column: 11, Message: `no anchor named "y" before this place`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, fault := document.Parse([]byte(test.text), "a list")
			if body != nil || fault == nil {
				t.Fatalf("%v, %v", body, fault)
			}
			if diff := cmp.Diff(test.want, *fault); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAliasesOfWhatCameBefore(t *testing.T) {
	for _, text := range []string{
		"a: &x {b: 1}\nc: *x\nd: {<<: *x, e: [*x, *x]}\n",
		"a: &x 1\nb: &x [2]\nc: *x\n",
		"a: &x {b: &y 1, c: *y}\nd: [*x, *y]\n",
	} {
		if _, fault := document.Parse([]byte(text), "a list"); fault != nil {
			t.Errorf("%q: %v", text, fault)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a: &x {b: 1}\nc: *x", "a: &x [*x]", "<<: &a {<<: *a}", "a: [", "- &a !t *a"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body, fault := document.Parse(text, "a list")
		if (body == nil) == (fault == nil) {
			t.Fatalf("%v, %v", body, fault)
		}
		if fault != nil && (fault.Line < 1 || fault.Message == "") {
			t.Fatalf("%+v", fault)
		}
	})
}
