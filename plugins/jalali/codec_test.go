package jalali

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/caddyserver/caddy/v2"

	"github.com/tributary-gateway/tributary/plugins"
)

const dateTime = "2006-01-02 15:04:05"

func tehran(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Asia/Tehran")
	require.NoError(t, err)
	return zone
}

func newCodec(t testing.TB, layout string) *Codec {
	c, err := NewCodec(layout, tehran(t))
	require.NoError(t, err)
	return c
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, layout, native, want string
	}{
		{"in winter, 3:30 ahead", dateTime, "1399-01-01 12:00:00", "2020-03-20T08:30:00Z"},
		{"in summer, 4:30 ahead until 1401", dateTime, "1399-01-17 12:46:38", "2020-04-05T08:16:38Z"},
		{"in summer, without summer time since 1402", dateTime, "1403-04-01 12:00:00", "2024-06-21T08:30:00Z"},
		{"the day before, in UTC", dateTime, "1404-01-01 01:00:00", "2025-03-20T21:30:00Z"},
		{"last day of a leap year", dateTime, "1403-12-30 23:59:59", "2025-03-20T20:29:59Z"},
		{"day only", "2006/01/02", "1400/07/01", "2021-09-22T20:30:00Z"},
		{"compact", "20060102T150405", "14000101T000000", "2021-03-20T20:30:00Z"},
		{"zero date", dateTime, "0000-00-00 00:00:00", ""},
		{"blank", dateTime, " ", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := newCodec(t, test.layout).Read([]byte("<"), []byte(test.native))
			require.NoError(t, err)
			assert.Equal(t, "<"+test.want, string(got))
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for _, native := range []string{
		"1400-12-30 00:00:00", "1400-13-01 00:00:00", "1400-00-01 00:00:00", "1400-01-01 24:00:00",
		"1400-01-01 00:60:00", "1400-01-01 00:00:60", "1400-01-01", "1400-01-01 00:00:00Z", "1400/01/01 00:00:00",
		"2020-03-20 00:00:00", "0000-01-01 00:00:00", "140a-01-01 00:00:00", "yesterday",
	} {
		_, err := newCodec(t, dateTime).Read(nil, []byte(native))
		assert.Error(t, err, native)
	}
}

func TestWrite(t *testing.T) {
	c := newCodec(t, dateTime)
	got, err := c.Write(nil, []byte("2020-04-05T08:16:38Z"))
	require.NoError(t, err)
	assert.Equal(t, "1399-01-17 12:46:38", string(got))

	for _, unified := range []string{"2020-04-05", "1399-01-17 12:46:38", "1800-01-01T00:00:00Z", "2200-01-01T00:00:00Z"} {
		_, err := c.Write(nil, []byte(unified))
		assert.Error(t, err, unified)
	}
}

func TestLayoutsThatAreRefused(t *testing.T) {
	tests := []struct{ name, layout, problem string }{
		{"none", "", "are needed"},
		{"without a day", "2006-01", "are needed"},
		{"month by name", "02 Jan 2006", "only 2006, 01"},
		{"zone", "2006-01-02 15:04:05 -07:00", "only 2006, 01"},
		{"short year", "06-01-02", "only 2006, 01"},
		{"month twice", "2006-01-01-02", "01 comes twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewCodec(test.layout, time.UTC)
			assert.ErrorContains(t, err, test.problem)
		})
	}
}

func TestModule(t *testing.T) {
	info, err := caddy.GetModule("tributary.codecs.jalali")
	require.NoError(t, err)
	provider, ok := info.New().(plugins.CodecProvider)
	require.True(t, ok)

	c, err := provider.Codec(map[string]string{"layout": dateTime}, tehran(t))
	require.NoError(t, err)
	got, err := c.Read(nil, []byte("1400-01-01 03:30:00"))
	require.NoError(t, err)
	assert.Equal(t, "2021-03-21T00:00:00Z", string(got))

	_, err = provider.Codec(map[string]string{"layouts": dateTime}, time.UTC)
	require.ErrorContains(t, err, "layouts")
	_, err = provider.Codec(nil, time.UTC)
	require.Error(t, err)
}

// TestOnlyTheModuleKnowsCaddy keeps the calendar usable without a server.
func TestOnlyTheModuleKnowsCaddy(t *testing.T) {
	for _, file := range []string{"calendar.go", "layout.go", "codec.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(source), "caddyserver", file)
	}
}

// FuzzRead checks that whatever is read is an instant, and is written back as it was.
// The zone has no summer time, in which an hour would come twice.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"1399-01-17 12:46:38", "1403-12-30 23:59:59", "1206-01-01 00:00:00", "1498-12-30 23:59:59", "0000-00-00 00:00:00", "x"} {
		f.Add(seed)
	}
	c, err := NewCodec(dateTime, time.FixedZone("", 3*3600+1800))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, native string) {
		unified, err := c.Read(nil, []byte(native))
		if err != nil || len(unified) == 0 {
			return
		}
		_, err = time.Parse(time.RFC3339, string(unified))
		require.NoError(t, err)
		back, err := c.Write(nil, unified)
		require.NoError(t, err)
		require.Equal(t, native, string(back))
	})
}

func BenchmarkRead(b *testing.B) {
	c := newCodec(b, dateTime)
	native := []byte("1399-01-17 12:46:38")
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(dst, native); err != nil {
			b.Fatal(err)
		}
	}
}
