package mapping

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Position is a place in a mapping file. Line and Column count from one.
type Position struct {
	File   string
	Line   int
	Column int
}

// String returns file:line:column.
func (p Position) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Fault is one thing that is wrong in a mapping.
type Fault struct {
	Position
	// Message says what is wrong, and what to do where that is known.
	Message string
	// Source is the line of the file that the fault is in.
	Source string
}

// String returns the fault as a compiler prints it: position and message, then
// the source line with a caret under the column.
func (f Fault) String() string {
	s := f.Position.String() + ": " + f.Message
	if f.Source == "" {
		return s
	}
	pad := make([]byte, 0, f.Column)
	for i := 0; i < f.Column-1 && i < len(f.Source); i++ {
		if f.Source[i] == '\t' {
			pad = append(pad, '\t')
			continue
		}
		pad = append(pad, ' ')
	}
	return s + "\n\t" + f.Source + "\n\t" + string(pad) + "^"
}

// Faults are all faults found in a mapping. It is the error of [Parse], [Check]
// and [Compile].
type Faults []Fault

// Error returns the faults one after the other, in the order of their positions.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	sort.SliceStable(fs, func(i, j int) bool {
		a, b := fs[i], fs[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	// what several operations refer to is told once
	return slices.Compact(fs)
}
