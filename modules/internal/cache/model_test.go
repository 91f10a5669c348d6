package cache

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// model is what a cache with enough room has to know: exactly what was put last, unless it
// was dropped or has expired.
type model struct {
	entries map[Key]*Entry
	answers map[string]modelAnswer
	mark    Mark // an older one, of a fetch that takes long
	dropped []drop
}

type modelAnswer struct {
	value  int
	labels []Labels
	until  time.Time
}

// picked tells whether a drop since the old mark picks one of the labels.
func (m *model) picked(labels ...Labels) bool {
	for _, d := range m.dropped {
		for _, l := range labels {
			if d.mark > m.mark && picks(d.StoreSelection, l) {
				return true
			}
		}
	}
	return false
}

// One client that puts, reads, drops, lets time pass, restarts the gateway and has a store that fails now and then.
func TestTheCacheIsWhatWasPutAndNotDropped(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clock, store := newClock(), newFake()
		open := func() *Cache {
			c := newCache(t, Config{Memory: 4 << 20, Open: store.open, Now: clock.now, Retry: time.Millisecond})
			stored(t, c)
			return c
		}
		c := open()
		m := model{entries: map[Key]*Entry{}, answers: map[string]modelAnswer{}}
		failing, lossy, value := false, false, 0
		heal := func() {
			store.on(nil)
			failing = false
			// something to write shows the store that it works
			c.Put(c.Mark(), []*Entry{entry("nobody", "nothing", "")})
			stored(t, c)
		}
		name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		life := rapid.SampledFrom([]time.Duration{-time.Second, time.Second, time.Minute, time.Hour})
		labelsOf := func(name string) Labels {
			day := int32(name[0])
			return Labels{Platform: []string{"x", "y"}[day%2], Operation: "reports.query", From: day, To: day + day%3 - 1}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"mark": func(*rapid.T) { m.mark = c.Mark() },
			"put": func(rt *rapid.T) {
				mark := c.Mark()
				late := rapid.Bool().Draw(rt, "late")
				if late {
					mark = m.mark
				}
				var batch []*Entry
				for _, n := range rapid.SliceOfN(name, 1, 4).Draw(rt, "names") {
					value++
					e := &Entry{Key: KeyOf(n), Labels: labelsOf(n), Value: fmt.Append(nil, value), Made: clock.now(), Expires: clock.now().Add(life.Draw(rt, "life"))}
					batch = append(batch, e)
					if !late || !m.picked(e.Labels) {
						m.entries[e.Key] = e
					}
				}
				c.Put(mark, batch)
			},
			"keep": func(rt *rapid.T) {
				mark := c.Mark()
				late := rapid.Bool().Draw(rt, "late")
				if late {
					mark = m.mark
				}
				value++
				a := modelAnswer{value: value, until: clock.now().Add(life.Draw(rt, "life"))}
				for _, n := range rapid.SliceOfN(name, 0, 3).Draw(rt, "names") {
					a.labels = append(a.labels, labelsOf(n))
				}
				key := name.Draw(rt, "key")
				c.KeepAnswer(mark, []byte(key), a.labels, value, 10, a.until)
				if !late || !m.picked(a.labels...) {
					m.answers[key] = a
				}
			},
			"drop": func(rt *rapid.T) {
				s := genSelection(rt)
				s.Platform = map[string]string{"": "", "a": "x", "b": "y"}[s.Platform]
				if s.Operation != "" {
					s.Operation = "reports.query"
				}
				if s.Days {
					s.From, s.To = s.From+90, s.To+90 // near 'a'
				}
				_, err := c.Drop(t.Context(), s)
				if !failing {
					require.NoError(rt, err)
				}
				m.dropped = append(m.dropped, drop{s, c.Mark()})
				for k, e := range m.entries {
					if picks(s, e.Labels) {
						delete(m.entries, k)
					}
				}
				for k, a := range m.answers {
					for _, l := range a.labels {
						if picks(s, l) {
							delete(m.answers, k)
						}
					}
				}
			},
			"time":  func(rt *rapid.T) { clock.advance(life.Draw(rt, "passes") + time.Second) },
			"sweep": func(*rapid.T) { c.sweep() },
			"fail": func(rt *rapid.T) {
				call := rapid.SampledFrom([]string{"put", "delete"}).Draw(rt, "call")
				store.failing(call)
				failing, lossy = true, lossy || call == "put"
			},
			"restart": func(*rapid.T) {
				if failing {
					heal()
				}
				c.Close()
				if lossy { // what was refused twice is not in the store
					store, lossy, m.entries = newFake(), false, map[Key]*Entry{}
				}
				c = open()
				m.answers, m.dropped, m.mark = map[string]modelAnswer{}, nil, 0
			},
			"": func(rt *rapid.T) {
				var keys []Key
				for _, n := range []string{"a", "b", "c", "d", "e"} {
					keys = append(keys, KeyOf(n))
					a, found := m.answers[n]
					got, ok := c.Answer([]byte(n))
					want := found && a.until.After(clock.now())
					if ok != want || ok && got != a.value {
						rt.Fatalf("answer %s is %v, %v, not %+v", n, got, ok, a)
					}
				}
				for i, got := range c.Get(t.Context(), keys) {
					want := m.entries[keys[i]]
					if want != nil && !want.Expires.After(clock.now()) {
						want = nil
					}
					if (want == nil) != (got == nil) || got != nil && !bytes.Equal(got.Value, want.Value) {
						rt.Fatalf("entry %d is %+v, not %+v", i, got, want)
					}
				}
			},
		})
	})
}
