package codec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	location, err := time.LoadLocation(name)
	require.NoError(t, err)
	return location
}

// put is what Put writes; empty when it leaves the native text to Read.
func put(d *Datetime, native string) string {
	var text [24]byte
	return string(text[:d.Put(&text, []byte(native))])
}

func newDatetime(t testing.TB, name string, layouts ...string) *Datetime {
	d, err := NewDatetime(zone(t, name), layouts...)
	require.NoError(t, err)
	return d
}

func TestDatetimeReads(t *testing.T) {
	tests := []struct {
		name, zone, layout, native, want string
	}{
		{"compact in winter", "Europe/London", "20060102150405", "20260115103000", "2026-01-15T10:30:00Z"},
		{"compact in summer", "Europe/London", "20060102150405", "20260715003000", "2026-07-14T23:30:00Z"},
		{"before the clocks go forward", "Europe/London", "20060102150405", "20260329005959", "2026-03-29T00:59:59Z"},
		{"after the clocks go forward", "Europe/London", "20060102150405", "20260329020000", "2026-03-29T01:00:00Z"},
		{"after the clocks go back", "Europe/London", "20060102150405", "20261025020000", "2026-10-25T02:00:00Z"},
		{"the day after the clocks change", "Europe/London", "20060102150405", "20260330000000", "2026-03-29T23:00:00Z"},
		{"half an hour ahead", "Asia/Tehran", "2006-01-02 15:04:05", "2026-01-01 02:00:00", "2025-12-31T22:30:00Z"},
		{"behind, into the next year", "America/New_York", "2006-01-02 15:04:05", "2025-12-31 23:15:01", "2026-01-01T04:15:01Z"},
		{"leap day", "Asia/Tokyo", "20060102", "20240301", "2024-02-29T15:00:00Z"},
		{"no leap day in 2100", "Asia/Tokyo", "20060102", "21000301", "2100-02-28T15:00:00Z"},
		{"day", "UTC", "2006-01-02", "2026-02-28", "2026-02-28T00:00:00Z"},
		{"local mean time", "Europe/Amsterdam", "2006-01-02 15:04:05", "1920-01-01 12:00:00", "1920-01-01T11:40:28Z"},
		{"fraction", "UTC", "2006-01-02 15:04:05", "2026-01-01 10:00:00.120000", "2026-01-01T10:00:00.12Z"},
		{"zero fraction", "UTC", "2006-01-02 15:04:05", "2026-01-01 10:00:00.000000", "2026-01-01T10:00:00Z"},
		{"space around", "UTC", "2006-01-02", " 2026-01-01\t", "2026-01-01T00:00:00Z"},
		{"RFC 3339", "UTC", LayoutRFC3339, "2026-01-01T10:00:00+03:30", "2026-01-01T06:30:00Z"},
		{"RFC 3339 with a fraction", "UTC", LayoutRFC3339, "2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00.5Z"},
		{"unix", "Asia/Tokyo", LayoutUnix, "1767225600", "2026-01-01T00:00:00Z"},
		{"unix with a fraction", "UTC", LayoutUnix, "1767225600.25", "2026-01-01T00:00:00.25Z"},
		{"unix before 1970", "UTC", LayoutUnix, "-1.5", "1969-12-31T23:59:58.5Z"},
		{"unix in exponent form", "UTC", LayoutUnix, "1.7672256e9", "2026-01-01T00:00:00Z"},
		{"unix in milliseconds", "UTC", LayoutUnixMilli, "1767225600250", "2026-01-01T00:00:00.25Z"},
		{"any Go layout", "UTC", "02 Jan 2006 15:04", "05 Mar 2026 07:08", "2026-03-05T07:08:00Z"},
		{"empty", "UTC", "2006-01-02", "", ""},
		{"zero day", "UTC", "2006-01-02", "0000-00-00", ""},
		{"zero date", "UTC", "2006-01-02 15:04:05", "0000-00-00 00:00:00", ""},
		{"zero compact", "UTC", "20060102150405", "00000000000000", ""},
		{"zero of another form", "UTC", "20060102150405", "0000-00-00", ""},
		{"unix zero", "UTC", LayoutUnix, "0", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDatetime(t, test.zone, test.layout)
			for range 2 { // the second time the zone's offset is remembered
				got, err := d.Read([]byte("<"), []byte(test.native))
				require.NoError(t, err)
				assert.Equal(t, "<"+test.want, string(got))
			}
		})
	}
}

func TestDatetimeRefuses(t *testing.T) {
	tests := []struct{ layout, native string }{
		{"20060102150405", "20260230000000"},
		{"20060102150405", "20261301000000"},
		{"20060102150405", "20260001000000"},
		{"20060102150405", "20260100000000"},
		{"20060102150405", "20260101240000"},
		{"20060102150405", "20260101006000"},
		{"20060102150405", "20260101000060"},
		{"20060102150405", "2026010100000"},
		{"20060102150405", "2026010100000a"},
		{"20060102", "2026-01-01"},
		{"20060102", "20260229"},
		{"2006-01-02", "2026/01/01"},
		{"2006-01-02", "2026-1-1"},
		{"2006-01-02 15:04:05", "2026-01-01T00:00:00"},
		{"2006-01-02 15:04:05", "2026-01-01 00:00:00."},
		{"2006-01-02 15:04:05", "2026-01-01 00:00:00.x"},
		{"2006-01-02 15:04:05", "2026-01-01 00:00:00 x"},
		{"2006-01-02 15:04:05", "2026-01-01 00:00;00"},
		{"2006-01-02 15:04:05", "2026-01-01"},
		{LayoutUnix, "yesterday"},
		{LayoutUnix, "99999999999999"},
		{LayoutRFC3339, "2026-01-01 00:00:00"},
	}
	for _, test := range tests {
		d := newDatetime(t, "Europe/London", test.layout)
		_, err := d.Read(nil, []byte(test.native))
		assert.Error(t, err, "%q as %q", test.native, test.layout)
		assert.Empty(t, put(d, test.native))
	}
}

// TestDatetimePutLeavesTheUnusualToRead lists what is not an instant without a fraction
// in the first layout, or is null.
func TestDatetimePutLeavesTheUnusualToRead(t *testing.T) {
	d := newDatetime(t, "UTC", "2006-01-02 15:04:05", "20060102150405")
	assert.Equal(t, `"2026-01-15T10:30:00Z"`, put(d, "2026-01-15 10:30:00"))
	for _, native := range []string{"", "2026-01-15 10:30:00.5", " 2026-01-15 10:30:00", "0000-00-00 00:00:00", "20260115103000", "2026-01-15"} {
		assert.Empty(t, put(d, native), native)
	}
}

func TestDatetimeTriesAllLayouts(t *testing.T) {
	d := newDatetime(t, "UTC", "2006-01-02 15:04:05", "20060102", LayoutUnix)
	for native, want := range map[string]string{
		"2026-01-01 00:00:01": "2026-01-01T00:00:01Z", "20260101": "2026-01-01T00:00:00Z", "1767225600": "2026-01-01T00:00:00Z",
	} {
		got, err := d.Read(nil, []byte(native))
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
}

func TestDatetimeReadsPHPObjects(t *testing.T) {
	tests := []struct{ name, object, want string }{
		{"zone by name", `{"date":"2026-07-01 12:00:00.000000","timezone_type":3,"timezone":"Europe/Berlin"}`, "2026-07-01T10:00:00Z"},
		{"zone by offset", `{"date":"2026-07-01 12:00:00.500000","timezone_type":1,"timezone":"+03:30"}`, "2026-07-01T08:30:00.5Z"},
		{"zone Z", `{"date":"2026-07-01 12:00:00","timezone_type":2,"timezone":"Z"}`, "2026-07-01T12:00:00Z"},
		{"no zone", `{"date":"2026-07-01 12:00:00"}`, "2026-07-01T11:00:00Z"},
		{"no date", `{"date":null}`, ""},
	}
	d := newDatetime(t, "Europe/London", "20060102150405")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := d.ReadObject(nil, []byte(test.object))
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
	for _, object := range []string{`{"date":"soon"}`, `{"date":"2026-07-01 12:00:00","timezone":"Middle/Earth"}`, `{"date":"2026-07-01 12:00:00","timezone":"+99"}`, `{"date":"2026-07-01 12:00:00","timezone":"../etc/passwd"}`, `{"date":"2026-07-01 12:00:00","timezone":"Europe//London"}`} {
		_, err := d.ReadObject(nil, []byte(object))
		assert.Error(t, err, object)
	}
}

func TestDatetimeWrites(t *testing.T) {
	tests := []struct{ layout, want string }{
		{"20060102150405", "20260715113000"},
		{"2006-01-02 15:04:05", "2026-07-15 11:30:00"},
		{LayoutRFC3339, "2026-07-15T11:30:00+01:00"},
		{LayoutUnix, "1784111400"},
		{LayoutUnixMilli, "1784111400000"},
	}
	for _, test := range tests {
		t.Run(test.layout, func(t *testing.T) {
			got, err := newDatetime(t, "Europe/London", test.layout, "20060102").Write(nil, []byte("2026-07-15T10:30:00Z"))
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
	_, err := newDatetime(t, "UTC", "20060102").Write(nil, []byte("2026-07-15"))
	require.Error(t, err)
}

func TestLayoutsThatSayNothing(t *testing.T) {
	for _, layouts := range [][]string{{}, {"today"}, {"2006-01-02", ""}} {
		_, err := NewDatetime(time.UTC, layouts...)
		assert.Error(t, err, layouts)
	}
	_, err := NewDatetime(nil, "2006-01-02")
	require.Error(t, err)
	_, err = NewDate(LayoutUnix)
	require.Error(t, err)
}

// TestDatetimeEqualsTime compares the fast forms with package time, in zones whose
// clocks change, and over more years than are remembered at once.
func TestDatetimeEqualsTime(t *testing.T) {
	layouts := []string{"20060102150405", "2006-01-02 15:04:05", "20060102", "2006-01-02"}
	for _, name := range []string{"UTC", "Europe/London", "Asia/Tehran", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"} {
		for _, layout := range layouts {
			location, d := zone(t, name), newDatetime(t, name, layout)
			rapid.Check(t, func(t *rapid.T) {
				at := time.Unix(rapid.Int64Range(-3_000_000_000, 5_000_000_000).Draw(t, "unix"), 0).In(location)
				native := at.Format(layout)
				want, err := time.ParseInLocation(layout, native, location)
				require.NoError(t, err)
				got, err := d.Read(nil, []byte(native))
				require.NoError(t, err)
				require.Equal(t, want.UTC().Format(time.RFC3339), string(got), "%s in %s", native, name)
				if len(layout) >= len("20060102150405") {
					require.Equal(t, want.UTC().Format(`"`+time.RFC3339+`"`), put(d, native), "%s in %s", native, name)
				}
			})
		}
	}
}

// TestEveryHourOfTheDaysOfChange covers each hour around the change of clocks.
func TestEveryHourOfTheDaysOfChange(t *testing.T) {
	for _, name := range []string{"Europe/London", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo"} {
		location, d := zone(t, name), newDatetime(t, name, time.DateTime)
		for at := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2024; at = at.Add(30 * time.Minute) {
			native := at.Format(time.DateTime) // as a wall clock: some do not exist, some come twice
			want, err := time.ParseInLocation(time.DateTime, native, location)
			require.NoError(t, err)
			got, err := d.Read(nil, []byte(native))
			require.NoError(t, err)
			require.Equal(t, want.UTC().Format(time.RFC3339), string(got), "%s in %s", native, name)
		}
	}
}

func FuzzDatetime(f *testing.F) {
	for _, seed := range []string{"20260115103000", "2026-01-15 10:30:00.25", "20260115", "2026-01-15", "00000000", "2026-13-01"} {
		f.Add(seed)
	}
	layouts := []string{"20060102150405", "2006-01-02 15:04:05", "20060102", "2006-01-02"}
	location := zone(f, "Europe/London")
	f.Fuzz(func(t *testing.T, native string) {
		for _, layout := range layouts {
			d := newDatetime(t, "Europe/London", layout)
			got, err := d.Read(nil, []byte(native))
			if short := put(d, native); short != "" {
				require.Equal(t, `"`+string(got)+`"`, short)
			}
			want, wantErr := time.ParseInLocation(layout, native, location)
			if wantErr == nil && len(native) == len(layout) && want.UTC().Year() >= 0 {
				require.NoError(t, err)
				require.Equal(t, want.UTC().Format(time.RFC3339), string(got))
			}
			if err == nil && len(got) > 0 {
				_, err = time.Parse(time.RFC3339, string(got))
				require.NoError(t, err)
			}
		}
	})
}

func TestDate(t *testing.T) {
	d, err := NewDate("20060102", "2006-01-02 15:04:05", "02/01/2006")
	require.NoError(t, err)
	for native, want := range map[string]string{
		"20260131": "2026-01-31", "2026-01-31 23:59:59": "2026-01-31", "31/01/2026": "2026-01-31", "": "", "00000000": "", "0000-00-00": "",
	} {
		got, err := d.Read(nil, []byte(native))
		require.NoError(t, err, native)
		assert.Equal(t, want, string(got), native)
	}
	for _, native := range []string{"20260231", "2026-01-31", "tomorrow"} {
		_, err := d.Read(nil, []byte(native))
		assert.Error(t, err, native)
	}
	got, err := d.ReadObject(nil, []byte(`{"date":"2026-01-31 23:59:59.000000","timezone_type":3,"timezone":"UTC"}`))
	require.NoError(t, err)
	assert.Equal(t, "2026-01-31", string(got))
	_, err = d.ReadObject(nil, []byte(`{"date":"2026-02-31 23:59:59.000000"}`))
	require.Error(t, err)

	got, err = d.Write(nil, []byte("2026-01-31"))
	require.NoError(t, err)
	assert.Equal(t, "20260131", string(got))
	_, err = d.Write(nil, []byte("2026-01-31T00:00:00Z"))
	require.Error(t, err)
}

func BenchmarkDatetimeRead(b *testing.B) {
	for _, layout := range []string{"20060102150405", "2006-01-02 15:04:05", "02 Jan 2006 15:04:05"} {
		b.Run(layout, func(b *testing.B) {
			d := newDatetime(b, "Europe/London", layout)
			native := []byte(time.Date(2026, 7, 15, 10, 30, 0, 0, time.UTC).Format(layout))
			dst := make([]byte, 0, 64)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Read(dst, native); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
