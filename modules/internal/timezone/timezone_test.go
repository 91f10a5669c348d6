package timezone

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	winter := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for name, offset := range map[string]int{ // seconds east of UTC, in winter
		"UTC": 0, "Europe/Berlin": 3600, "America/Argentina/Buenos_Aires": -3 * 3600,
		"America/Port-au-Prince": -5 * 3600, "Etc/GMT+5": -5 * 3600, "EST5EDT": -5 * 3600, "Asia/Tehran": 12600,
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // read, and held
				zone, err := Load(name)
				if err != nil {
					t.Fatal(err)
				}
				if _, got := winter.In(zone).Zone(); got != offset || zone.String() != name {
					t.Errorf("got %s, %d s east; want %d", zone, got, offset)
				}
			}
		})
	}
}

// Names that time.LoadLocation takes, and that are not the database's.
func TestOtherSpellings(t *testing.T) {
	before := number.Load()
	for _, name := range []string{
		"", "Local", "Europe//Berlin", "Europe///Berlin", "./Europe/Berlin", "Europe/./Berlin", "Europe/Berlin/", "Europe/Berlin/.",
		"/Europe/Berlin", "Europe/../Europe/Berlin", `Europe\Berlin`, "posix/Europe/Berlin", "right/Europe/Berlin",
		"localtime", "posixrules", "Europe/Berlin\x00", "Europe/Nowhere", "Europe", "Europe/Berlín", "+01:00", strings.Repeat("Europe/", 1000) + "Berlin",
	} {
		if zone, err := Load(name); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: got %v, %v", name, zone, err)
		}
	}
	if n := number.Load() - before; n != 0 {
		t.Errorf("%d of them are held", n)
	}
}

// No more zones are held than there is room for, and those beyond are found all the same.
func TestHeldZones(t *testing.T) {
	if _, err := Load("Europe/Paris"); err != nil {
		t.Fatal(err)
	}
	before := number.Load()
	t.Cleanup(func() { number.Store(before) })
	number.Store(most)
	for range 2 {
		if zone, err := Load("Europe/Vienna"); err != nil || zone.String() != "Europe/Vienna" {
			t.Fatalf("got %v, %v", zone, err)
		}
	}
	if _, ok := held.Load("Europe/Vienna"); ok {
		t.Error("it is held beside all the others")
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"Europe/Berlin", "Europe//Berlin", "UTC", "Local", "right/UTC", "Etc/GMT-14"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		zone, err := Load(name)
		if err == nil && zone.String() != name {
			t.Errorf("%q is called %q", name, zone)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load("Europe/Berlin"); err != nil {
			b.Fatal(err)
		}
	}
}
