// Package suggest finds the name that was probably meant by one that is not known. It
// is for messages, and knows nothing of what the names stand for.
package suggest

// longest is the longest name, in bytes, that is compared: what is longer is no
// misspelling.
const longest = 64

// DidYouMean returns `; did you mean "x"?` for the nearest of the known names, or the
// empty text where none is near.
func DidYouMean(name string, known []string) string {
	if best := Nearest(name, known); best != "" {
		return `; did you mean "` + best + `"?`
	}
	return ""
}

// Nearest returns the nearest of the known names, or the empty text where none is
// near: more than about a third of the letters are other ones.
func Nearest(name string, known []string) string {
	if len(name) > longest {
		return ""
	}
	best, nearest := "", (len(name)+5)/3
	if len(name) <= 4 {
		nearest = 2 // of few letters, two other ones make another word
	}
	for _, k := range known {
		if d := distance(name, k); d < nearest {
			best, nearest = k, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: letters inserted, removed or
// replaced, and neighbours swapped, cost one each.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, above, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(y)]
}
