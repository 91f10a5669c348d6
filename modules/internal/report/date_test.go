package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	require.NoError(t, err)
	return d
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func TestDates(t *testing.T) {
	for _, s := range []string{"1970-01-01", "1969-12-31", "2000-02-29", "2026-11-20", "0001-01-01", "9999-12-31"} {
		assert.Equal(t, s, date(t, s).String())
	}
	for _, s := range []string{"", "2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z"} {
		_, err := ParseDate(s)
		require.Error(t, err, s)
	}
	assert.Equal(t, "2000-01-01", firstDay.String())
}

// Weeks of the table in ISO 8601, and the weekdays that a calendar shows.
func TestPartsOfADay(t *testing.T) {
	for _, c := range []struct {
		day, week string
		weekday   int
	}{
		{"2026-01-31", "2026-W05", 6},
		{"2026-02-01", "2026-W05", 7},
		{"2026-02-02", "2026-W06", 1},
		{"2021-01-03", "2020-W53", 7},
		{"2024-12-30", "2025-W01", 1},
		{"2027-01-01", "2026-W53", 5},
	} {
		assert.Equal(t, c.week, date(t, c.day).week(), c.day)
		assert.Equal(t, c.weekday, date(t, c.day).weekday(), c.day)
	}
}

func TestIntervalsClampToShortMonths(t *testing.T) {
	for _, c := range []struct{ interval, today, from, to string }{
		{"last_month", "2026-03-31", "2026-03-01", "2026-03-31"}, // a month before is the last of February
		{"last_month", "2026-03-15", "2026-02-16", "2026-03-15"},
		{"last_year", "2024-02-29", "2023-03-01", "2024-02-29"},
		{"this_week", "2026-11-15", "2026-11-09", "2026-11-15"}, // a Sunday ends the week
		{"this_week", "2026-11-16", "2026-11-16", "2026-11-16"},
		{"all_time", "2026-11-20", "2000-01-01", "2026-11-20"},
	} {
		r, dated := intervalRange(c.interval, date(t, c.today))
		require.True(t, dated)
		assert.Equal(t, []string{c.from, c.to}, []string{r.From.String(), r.To.String()}, c.interval+" "+c.today)
	}
	_, dated := intervalRange("current_period", 0)
	assert.False(t, dated)
}

func TestStartOfADay(t *testing.T) {
	for _, c := range []struct{ day, zone, want string }{
		{"2026-06-01", "UTC", "2026-06-01T00:00:00Z"},
		{"2026-06-01", "Europe/London", "2026-05-31T23:00:00Z"},
		{"2026-01-01", "Asia/Tehran", "2025-12-31T20:30:00Z"},
		// on 2018-11-04 the clocks of São Paulo skipped the hour from midnight on
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"},
		// and in Cairo, by the rule of a far year, that of the last Friday of April
		{"2045-04-28", "Africa/Cairo", "2045-04-27T22:00:00Z"},
		// the whole of 2011-12-30 was skipped in Samoa
		{"2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"},
	} {
		assert.Equal(t, c.want, date(t, c.day).Start(zone(t, c.zone)).UTC().Format(time.RFC3339), c.day+" "+c.zone)
	}
}

func TestZonesAgree(t *testing.T) {
	for _, c := range []struct {
		a, b, from, to string
		agree, aligned bool
	}{
		{"UTC", "Europe/London", "2026-01-01", "2026-03-29", true, true},
		{"UTC", "Europe/London", "2026-01-01", "2026-03-30", false, true}, // summer time began on the 29th
		{"Europe/Berlin", "Europe/Paris", "2026-01-01", "2026-12-31", true, true},
		{"UTC", "Asia/Kolkata", "2026-01-01", "2026-01-02", false, false},
		{"Asia/Tokyo", "UTC", "2026-01-01", "2026-01-02", false, true},
		// beyond the tables of zones there are only rules; 2040 is a leap year
		{"UTC", "Europe/London", "2026-01-01", "2041-01-01", false, true},
		{"UTC", "Europe/London", "2040-11-01", "2041-01-10", true, true},
		{"UTC", "Europe/London", "2040-12-31", "2041-06-01", false, true},
		{"Europe/Berlin", "Europe/Paris", "1980-01-01", "2199-12-31", true, true},
		{"UTC", "Australia/Lord_Howe", "2040-01-01", "2040-02-01", false, true},  // eleven hours ahead in summer
		{"UTC", "Australia/Lord_Howe", "2040-01-01", "2044-12-31", false, false}, // and ten and a half in winter
	} {
		a, b := zone(t, c.a), zone(t, c.b)
		from, to := date(t, c.from).Start(a), date(t, c.to).Start(a)
		assert.Equal(t, c.agree, agree(a, b, from, to), "%v agree", c)
		assert.Equal(t, c.aligned, alignedHours(a, b, from, to), "%v aligned", c)
	}
}

func TestDerive(t *testing.T) {
	kolkata := zone(t, "Asia/Kolkata") // five and a half hours ahead
	for _, c := range []struct{ name, from, value, want string }{
		{field.Day, instant, "2026-01-31T18:29:59Z", "2026-01-31"},
		{field.Day, instant, "2026-01-31T18:30:00Z", "2026-02-01"},
		{field.Hour, instant, "2026-01-31T18:45:10.5Z", "2026-01-31T18:30:00Z"},
		{field.HourOfDay, instant, "2026-01-31T18:45:10Z", "0"},
		{field.Month, field.Hour, "2026-01-31T18:30:00Z", "2026-02"},
		{field.Week, field.Day, "2026-01-31", "2026-W05"},
		{field.Weekday, field.Day, "2026-01-31", "6"},
		{field.Year, field.Month, "2026-01", "2026"},
		{field.Day, field.Day, "2026-01-31", "2026-01-31"},
	} {
		assert.Equal(t, Value{Text: c.want}, derive(c.name, c.from, Value{Text: c.value}, kolkata), "%s of %s %s", c.name, c.from, c.value)
	}
	assert.Equal(t, null, derive(field.Day, instant, null, kolkata))
	assert.Equal(t, null, derive(field.Day, instant, Value{Text: "yesterday"}, kolkata))
}

func TestWindows(t *testing.T) {
	text := func(all []Window) []string {
		var out []string
		for _, w := range all {
			out = append(out, w.Part+" "+w.From.String()+" "+w.To.String())
		}
		return out
	}
	r := Range{date(t, "2026-01-30"), date(t, "2026-03-02")}
	assert.Equal(t, []string{" 2026-01-30 2026-03-02"}, text(windows(r, 0, 10)))
	assert.Equal(t, []string{" 2026-01-30 2026-02-13", " 2026-02-14 2026-02-28", " 2026-03-01 2026-03-02"}, text(windows(r, 15, 10)))
	months, cut := splitWindows(r, "month", 0, 10)
	assert.Equal(t, []string{"2026-01 2026-01-30 2026-01-31", "2026-02 2026-02-01 2026-02-28", "2026-03 2026-03-01 2026-03-02"}, text(months))
	assert.False(t, cut)
	_, cut = splitWindows(r, "month", 20, 10)
	assert.True(t, cut, "a month of several calls has to be summed")
	years, _ := splitWindows(Range{date(t, "2025-12-31"), date(t, "2026-01-01")}, "year", 0, 10)
	assert.Equal(t, []string{"2025 2025-12-31 2025-12-31", "2026 2026-01-01 2026-01-01"}, text(years))
	days, _ := splitWindows(Range{date(t, "0001-01-01"), date(t, "9999-12-31")}, "day", 0, 400)
	assert.Len(t, days, 401, "no more than tells that there are too many")
}

func TestNativeRange(t *testing.T) {
	day := Range{date(t, "2026-06-01"), date(t, "2026-06-01")}
	assert.Equal(t, Range{day.From, day.To + 1}, nativeRange(day, time.UTC, zone(t, "Asia/Tokyo")))
	assert.Equal(t, Range{day.From - 1, day.To}, nativeRange(day, time.UTC, zone(t, "America/New_York")))
	assert.Equal(t, day, nativeRange(day, time.UTC, time.UTC))
}
