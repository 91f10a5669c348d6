package cache

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// answerKey is like that of a ready answer: a method, a path, a query and a client's scopes.
func answerKey(i int) []byte {
	return fmt.Appendf(nil, "GET /v1/reports?from=2026-01-01&to=2026-02-01&group_by=day,platform&metrics=clicks,conversions,revenue&page=%d\x00eu1", i)
}

func benchCache(b *testing.B) *Cache {
	b.Helper()
	c, err := New(Config{Memory: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

func BenchmarkAnswer(b *testing.B) {
	c := benchCache(b)
	const keys = 1000
	body := strings.Repeat("x", 4096)
	for i := range keys {
		c.KeepAnswer(c.Mark(), answerKey(i), []Labels{{Platform: "tracker", Operation: "reports.query", From: 1, To: 30}}, &body, 4096, time.Now().Add(time.Hour))
	}
	b.Run("one key after the other", func(b *testing.B) {
		b.ReportAllocs()
		key := answerKey(7)
		for b.Loop() {
			if _, ok := c.Answer(key); !ok {
				b.Fatal("it is not there")
			}
		}
	})
	b.Run("one key of all", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			key := answerKey(7)
			for pb.Next() {
				if _, ok := c.Answer(key); !ok {
					b.Error("it is not there")
				}
			}
		})
	})
	b.Run("many keys of many", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			var list [keys][]byte
			for i := range list {
				list[i] = answerKey(i)
			}
			for i := 0; pb.Next(); i++ {
				if _, ok := c.Answer(list[i%keys]); !ok {
					b.Error("it is not there")
				}
			}
		})
	})
	b.Run("not there", func(b *testing.B) {
		b.ReportAllocs()
		key := answerKey(keys)
		for b.Loop() {
			if _, ok := c.Answer(key); ok {
				b.Fatal("it is there")
			}
		}
	})
}

func BenchmarkKeepAnswer(b *testing.B) {
	c := benchCache(b)
	labels := []Labels{{Platform: "tracker", Operation: "reports.query", From: 1, To: 30}}
	body := strings.Repeat("x", 4096)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.KeepAnswer(c.Mark(), answerKey(i%100_000), labels, &body, 4096, time.Now().Add(time.Hour))
	}
}

// A year of windows.
func BenchmarkWindows(b *testing.B) {
	c := benchCache(b)
	var entries []*Entry
	var keys []Key
	for i := range 365 {
		e := &Entry{Key: KeyOf("window", fmt.Sprint(i)), Labels: Labels{"tracker", "reports.query", int32(i), int32(i)}}
		e.Value, e.Expires = make([]byte, 2048), time.Now().Add(time.Hour)
		entries, keys = append(entries, e), append(keys, e.Key)
	}
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Put(c.Mark(), entries)
		}
	})
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if found := c.Get(context.Background(), keys); found[364] == nil {
				b.Fatal("it is not there")
			}
		}
	})
}

func BenchmarkKeyOf(b *testing.B) {
	members := []string{"1", "scope of an account", "reports.query", "by day", "clicks,conversions,revenue", "2026-01-01", "2026-01-01"}
	b.ReportAllocs()
	for b.Loop() {
		KeyOf(members...)
	}
}

func BenchmarkEnvelope(b *testing.B) {
	e := entry("tracker", "window", strings.Repeat("x", 60<<10))
	sealed := seal(e)
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(sealed)))
		for b.Loop() {
			seal(e)
		}
	})
	b.Run("unseal", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(sealed)))
		for b.Loop() {
			if _, err := unseal(sealed, e.Key); err != nil {
				b.Fatal(err)
			}
		}
	})
}
