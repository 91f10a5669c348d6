package surface

import "strings"

// didYouMean returns "; did you mean \"x\"?" for the nearest of the known names,
// or "" when none is near.
func didYouMean(name string, known []string) string {
	best, nearest := "", (len(name)+5)/3
	if len(name) > 64 {
		return ""
	}
	for _, candidate := range known {
		if d := distance(name, candidate); d < nearest {
			best, nearest = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// distance is the number of bytes to insert, remove or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// list joins words for a message.
func list(words []string) string { return strings.Join(words, ", ") }
