package affili

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nowruz reads the published table.
func nowruz(t *testing.T) map[int]time.Time {
	t.Helper()
	text, err := os.ReadFile("testdata/nowruz.txt")
	require.NoError(t, err)
	table := make(map[int]time.Time)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var year int
		var date string
		_, err := fmt.Sscan(line, &year, &date)
		require.NoError(t, err)
		table[year], err = time.Parse(time.DateOnly, date)
		require.NoError(t, err)
	}
	return table
}

// gregorianDay returns the day of a Jalali date by the table alone.
func gregorianDay(t *testing.T, table map[int]time.Time, year, month, day int) time.Time {
	t.Helper()
	first, ok := table[year]
	require.True(t, ok, "no Nowruz of %d", year)
	before := 31 * (month - 1)
	if month > 6 {
		before = 6*31 + 30*(month-7)
	}
	return first.AddDate(0, 0, before+day-1)
}

func TestNowruzAndTheDayBefore(t *testing.T) {
	table := nowruz(t)
	for year, first := range table {
		y, m, d := jalaliDate(first)
		require.Equal(t, [3]int{year, 1, 1}, [3]int{y, m, d}, "%s", first)

		previous, ok := table[year-1]
		if !ok {
			continue
		}
		length := int(first.Sub(previous).Hours() / 24)
		y, m, d = jalaliDate(first.AddDate(0, 0, -1))
		require.Equal(t, [3]int{year - 1, 12, length - 336}, [3]int{y, m, d}, "the last day before %s", first)
	}
}

func TestEveryDayFollowsTheTable(t *testing.T) {
	table := nowruz(t)
	end := table[1413]
	for at := table[1390]; at.Before(end); at = at.AddDate(0, 0, 1) {
		y, m, d := jalaliDate(at)
		require.Equal(t, at, gregorianDay(t, table, y, m, d))
		require.True(t, m >= 1 && m <= 12 && d >= 1 && d <= 31, "%d-%d-%d", y, m, d)
	}
}

func TestJalaliText(t *testing.T) {
	tehran, err := time.LoadLocation("Asia/Tehran")
	require.NoError(t, err)
	tests := []struct{ name, utc, want string }{
		// 17 Farvardin 1399 was 5 April 2020, in summer time (+04:30).
		{"the document's sample", "2020-04-05T08:16:38Z", "1399-01-17 12:46:38"},
		{"the evening is already the next day", "2026-03-20T20:30:00Z", "1405-01-01 00:00:00"},
		{"the last second of a year", "2026-03-20T20:29:59Z", "1404-12-29 23:59:59"},
		{"a leap day", "2025-03-20T08:30:00Z", "1403-12-30 12:00:00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, test.utc)
			require.NoError(t, err)
			require.Equal(t, test.want, jalali(at.In(tehran)))
		})
	}
}
