package reportcache

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/tributary-gateway/tributary/modules/internal/report"
)

// rolesOf reads w for wanted, x for barred, anything else for spare.
func rolesOf(s string) []role {
	out := make([]role, len(s))
	for i := range s {
		switch s[i] {
		case 'w':
			out[i] = wanted
		case 'x':
			out[i] = barred
		}
	}
	return out
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		name    string
		roles   string
		longest int
		want    []span
	}{
		{"nothing", "....", 0, nil},
		{"all at once", "wwwww", 0, []span{{0, 5}}},
		{"in pieces", "wwwww", 2, []span{{0, 2}, {2, 4}, {4, 5}}},
		{"a gap of three days", "w...w", 0, []span{{0, 5}}},
		{"a gap of four days", "w....w", 0, []span{{0, 1}, {5, 6}}},
		{"two gaps, each bridged", "w...w.w", 0, []span{{0, 7}}},
		{"not beyond the longest", "w...w", 4, []span{{0, 1}, {4, 5}}},
		{"what others fetch is left to them", "wwxww", 0, []span{{0, 2}, {3, 5}}},
		{"days that need not be fetched are not, where no call is saved", "www..wwwww", 5, []span{{0, 3}, {5, 10}}},
		{"where one is saved they are", "ww.ww....w", 5, []span{{0, 5}, {9, 10}}},
		{"nothing before and after", "..w..", 0, []span{{2, 3}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ws := daysOf(100, 100+report.Date(len(c.roles)-1))
			assert.Equal(t, c.want, spans(ws, rolesOf(c.roles), true, c.longest))
		})
	}
}

func TestSpansOfWindowsThatAreNotADayEach(t *testing.T) {
	window := func(from, to report.Date) report.Window {
		return report.Window{Range: report.Range{From: from, To: to}}
	}
	all := func(ws []report.Window) []role {
		roles := make([]role, len(ws))
		for i := range roles {
			roles[i] = wanted
		}
		return roles
	}
	for _, c := range []struct {
		name    string
		windows []report.Window
		joint   bool
		longest int
		want    []span
	}{
		{"not joint: each alone", daysOf(1, 3), false, 0, []span{{0, 1}, {1, 2}, {2, 3}}},
		{"not adjacent", []report.Window{window(1, 2), window(4, 5)}, true, 0, []span{{0, 1}, {1, 2}}},
		{"longer than the longest", []report.Window{window(1, 50), window(51, 52), window(53, 54)}, true, 4, []span{{0, 1}, {1, 3}}},
		{"words", []report.Window{{Interval: "a"}, {Interval: "b"}}, true, 0, []span{{0, 1}, {1, 2}}},
		{"of different parts", []report.Window{{Range: report.Range{From: 1, To: 1}, Part: "a"}, {Range: report.Range{From: 2, To: 2}, Part: "b"}}, true, 0, []span{{0, 1}, {1, 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, spans(c.windows, all(c.windows), c.joint, c.longest))
			assert.Equal(t, len(c.want), calls(c.windows, c.joint, c.longest))
		})
	}
}

// Every plan is compared with the best of all plans, found by trying them.
func TestSpansAreTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 14).Draw(t, "windows")
		longest := rapid.IntRange(0, 9).Draw(t, "longest")
		ws, roles := make([]report.Window, n), make([]role, n)
		next := report.Date(rapid.IntRange(-20, 20).Draw(t, "first"))
		for i := range ws {
			next += report.Date(rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1}).Draw(t, "hole"))
			length := report.Date(rapid.SampledFrom([]int{1, 1, 1, 1, 2, 5}).Draw(t, "days"))
			ws[i] = report.Window{Range: report.Range{From: next, To: next + length - 1}}
			next += length
			roles[i] = role(rapid.SampledFrom([]int{0, 0, 1, 1, 1, 1, 2}).Draw(t, "role"))
		}
		got := spans(ws, roles, true, longest)
		covered := make([]int, n)
		extra := 0
		for _, s := range got {
			if !allowed(ws, roles, s, longest) {
				t.Fatalf("the call %v is not allowed", s)
			}
			for i := s.from; i < s.to; i++ {
				covered[i]++
				if roles[i] == spare {
					extra += ws[i].Days()
				}
			}
		}
		for i := range covered {
			if roles[i] == wanted && covered[i] != 1 || covered[i] > 1 {
				t.Fatalf("window %d is fetched %d times", i, covered[i])
			}
		}
		wantCalls, wantExtra := best(ws, roles, 0, longest)
		if len(got) != wantCalls || extra != wantExtra {
			t.Fatalf("%d calls with %d days too many, want %d with %d: %v", len(got), extra, wantCalls, wantExtra, got)
		}
		for i := range roles {
			roles[i] = wanted
		}
		if all, _ := best(ws, roles, 0, longest); all != calls(ws, true, longest) {
			t.Fatalf("%d calls for all windows, want %d", calls(ws, true, longest), all)
		}
	})
}

// allowed tells whether one call may fetch these windows.
func allowed(ws []report.Window, roles []role, s span, longest int) bool {
	days, gap := 0, 0
	for i := s.from; i < s.to; i++ {
		days += ws[i].Days()
		if roles[i] == barred || i > s.from && ws[i].From != ws[i-1].To+1 {
			return false
		}
		if gap += ws[i].Days(); roles[i] == wanted {
			gap = 0
		}
		if gap > 3 {
			return false
		}
	}
	return roles[s.from] == wanted && roles[s.to-1] == wanted && (longest == 0 || days <= longest || s.to-s.from == 1)
}

func best(ws []report.Window, roles []role, from, longest int) (calls, extra int) {
	for from < len(ws) && roles[from] != wanted {
		from++
	}
	if from == len(ws) {
		return 0, 0
	}
	calls = len(ws) + 1
	for to := from + 1; to <= len(ws); to++ {
		if !allowed(ws, roles, span{from, to}, longest) {
			continue
		}
		more := 0
		for i := from; i < to; i++ {
			if roles[i] == spare {
				more += ws[i].Days()
			}
		}
		c, e := best(ws, roles, to, longest)
		if c++; c < calls || c == calls && e+more < extra {
			calls, extra = c, e+more
		}
	}
	return calls, extra
}
