package jalali

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// leapYears is the table of leap years 1206 to 1498 that the Institute of Geophysics of
// the University of Tehran has published.
var leapYears = []int{
	1210, 1214, 1218, 1222, 1226, 1230, 1234, 1238, 1243, 1247, 1251, 1255, 1259, 1263, 1267, 1271,
	1276, 1280, 1284, 1288, 1292, 1296, 1300, 1304, 1309, 1313, 1317, 1321, 1325, 1329, 1333, 1337,
	1342, 1346, 1350, 1354, 1358, 1362, 1366, 1370, 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403,
	1408, 1412, 1416, 1420, 1424, 1428, 1432, 1436, 1441, 1445, 1449, 1453, 1457, 1461, 1465, 1469,
	1474, 1478, 1482, 1486, 1490, 1494, 1498,
}

func TestLeapYearsAreThePublishedOnes(t *testing.T) {
	for year := firstYear; year <= lastYear; year++ {
		if got, want := leap(year), slices.Contains(leapYears, year); got != want {
			t.Errorf("leap(%d) = %v, want %v", year, got, want)
		}
	}
}

func gregorian(t *testing.T, day string) int {
	t.Helper()
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return int(date.Unix() / (24 * 60 * 60))
}

func TestKnownDays(t *testing.T) {
	tests := []struct {
		name   string
		jalali date
		want   string
	}{
		{"Nowruz 1206, the first of the table", date{1206, 1, 1}, "1827-03-22"},
		{"Nowruz 1348", date{1348, 1, 1}, "1969-03-21"},
		{"Nowruz 1354", date{1354, 1, 1}, "1975-03-21"},
		{"victory of the revolution", date{1357, 11, 22}, "1979-02-11"},
		{"Nowruz 1376, after a leap year", date{1376, 1, 1}, "1997-03-21"},
		{"last day of the leap year 1375", date{1375, 12, 30}, "1997-03-20"},
		{"Nowruz 1399", date{1399, 1, 1}, "2020-03-20"},
		{"last day of the leap year 1399", date{1399, 12, 30}, "2021-03-20"},
		{"Nowruz 1400", date{1400, 1, 1}, "2021-03-21"},
		{"Nowruz 1403", date{1403, 1, 1}, "2024-03-20"},
		{"first of Mehr 1403", date{1403, 7, 1}, "2024-09-22"},
		{"last of Shahrivar 1403", date{1403, 6, 31}, "2024-09-21"},
		{"Nowruz 1404", date{1404, 1, 1}, "2025-03-21"},
		{"Nowruz 1409, after a leap year", date{1409, 1, 1}, "2030-03-21"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := gregorian(t, test.want)
			if got := test.jalali.unixDay(); got != want {
				t.Errorf("unixDay() = %d, want %d (%s)", got, want, test.want)
			}
			if got, ok := fromUnixDay(want); !ok || got != test.jalali {
				t.Errorf("fromUnixDay(%d) = %v, %v", want, got, ok)
			}
		})
	}
}

// TestEveryDayFollowsTheOneBefore walks the whole published table: consecutive days
// have consecutive numbers, and back.
func TestEveryDayFollowsTheOneBefore(t *testing.T) {
	n := date{firstYear, 1, 1}.unixDay()
	for year := firstYear; year <= lastYear; year++ {
		for month := 1; month <= 12; month++ {
			for day := 1; day <= daysIn(year, month); day++ {
				d := date{year, month, day}
				if got := d.unixDay(); got != n {
					t.Fatalf("%v is day %d, want %d", d, got, n)
				}
				if got, ok := fromUnixDay(n); !ok || got != d {
					t.Fatalf("day %d is %v, %v, want %v", n, got, ok, d)
				}
				n++
			}
		}
	}
	if _, ok := fromUnixDay(n); ok {
		t.Errorf("day %d is after the published table", n)
	}
}

func TestDaysThatDoNotExist(t *testing.T) {
	for _, d := range []date{
		{1400, 12, 30},
		{1403, 12, 31},
		{1403, 7, 31},
		{1403, 1, 32},
		{1403, 13, 1},
		{1403, 0, 1},
		{1403, 1, 0},
		{firstYear - 1, 1, 1},
		{lastYear + 1, 1, 1},
	} {
		if d.valid() {
			t.Errorf("%v is valid", d)
		}
	}
}

func TestAnyDayRoundTrips(t *testing.T) {
	first, last := date{firstYear, 1, 1}.unixDay(), date{lastYear, 12, 30}.unixDay()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-1_000_000, 1_000_000).Draw(t, "day")
		d, ok := fromUnixDay(n)
		if want := first <= n && n <= last; ok != want {
			t.Fatalf("fromUnixDay(%d) is ok: %v, want %v", n, ok, want)
		}
		if ok && d.unixDay() != n {
			t.Fatalf("day %d is %v, which is day %d", n, d, d.unixDay())
		}
	})
}
