package field

// DidYouMean returns `; did you mean "x"?` for the nearest of the known names, or
// the empty text where none is near. Of names of one platform only what follows the
// platform is compared.
func DidYouMean(name string, known []string) string {
	const longest = 64 // names are short; what is longer is no misspelling
	if len(name) > longest {
		return ""
	}
	platform, column, native := Native(name)
	if !native {
		platform, column = "", name
	}
	best, nearest := "", len(column)/3+2
	for _, k := range known {
		other, rest, ok := Native(k)
		if !ok {
			other, rest = "", k
		}
		if d := distance(column, rest); other == platform && d < nearest {
			best, nearest = k, d
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// distance is Levenshtein's: bytes to insert, remove or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
