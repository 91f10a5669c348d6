package reportcache

import "github.com/tributary-gateway/tributary/modules/internal/report"

// bridgedDays is how many days in a row may be fetched although they are not wanted, when
// that saves a call.
const bridgedDays = 3

// role is what planning may do with a window.
type role uint8

const (
	// spare windows are kept; fetching them along does no harm.
	spare role = iota
	// wanted windows have to be fetched.
	wanted
	// barred windows are not to be fetched: somebody else does.
	barred
)

// span is what one native call fetches: windows from one place up to another.
type span struct{ from, to int }

// spans returns the calls that fetch all wanted windows: as few as can be, and of those
// plans the one that fetches the fewest days which are not wanted. joint and longest are as in
// [report.Question]; a window that is longer than longest by itself takes a call of its own.
func spans(windows []report.Window, roles []role, joint bool, longest int) []span {
	var out []span
	for i := 0; i < len(windows); {
		if roles[i] != wanted {
			i++
			continue
		}
		end := i + 1
		if joint {
			end = stretch(windows, roles, i)
		}
		out = divide(out, windows, roles, span{i, end}, longest)
		i = end
	}
	return out
}

// stretch returns the end of the windows from a wanted one on that one call could fetch
// if there were no longest. The last of them is wanted.
func stretch(windows []report.Window, roles []role, from int) int {
	end, gap := from+1, 0
	for i := from + 1; i < len(windows) && adjacent(&windows[i-1], &windows[i]); i++ {
		switch roles[i] {
		case barred:
			return end
		case wanted:
			end, gap = i+1, 0
		case spare:
			if gap += windows[i].Days(); gap > bridgedDays {
				return end
			}
		}
	}
	return end
}

// adjacent tells whether one call can fetch two windows.
func adjacent(a, b *report.Window) bool {
	return dated(a) && dated(b) && a.To+1 == b.From && a.Part == b.Part
}

// plan is the best way to fetch what is wanted from a place on.
type plan struct {
	calls, spare int // calls, and days fetched without being wanted
	end          int // of the first call
	next         int // the first wanted window after it
}

func (p plan) better(than plan) bool {
	return p.calls < than.calls || p.calls == than.calls && p.spare < than.spare
}

// divide appends the calls for a stretch to out.
func divide(out []span, windows []report.Window, roles []role, s span, longest int) []span {
	if last := windows[s.to-1]; longest <= 0 || int(last.To-windows[s.from].From)+1 <= longest || s.to-s.from == 1 {
		return append(out, s)
	}
	// from the back: what is best from a place on is known when an earlier call ends there
	best := make([]plan, s.to-s.from+1)
	next := s.to
	for i := s.to - 1; i >= s.from; i-- {
		if roles[i] != wanted {
			continue
		}
		best[i-s.from] = firstCall(windows, roles, best, s, i, next, longest)
		next = i
	}
	for i := s.from; i < s.to; {
		p := best[i-s.from]
		out = append(out, span{i, p.end})
		i = p.next
	}
	return out
}

// firstCall returns the best plan from the wanted window at i on. best has the plans from
// all later ones, of which next is the first. Only two kinds of ends are worth trying:
// that of a run of wanted windows, and the furthest that the call reaches.
func firstCall(windows []report.Window, roles []role, best []plan, s span, i, next, longest int) plan {
	found := plan{calls: len(windows) + 1}
	try := func(end, next, spare int) {
		p := plan{calls: 1, spare: spare, end: end, next: next}
		if next < s.to {
			rest := best[next-s.from]
			p.calls, p.spare = p.calls+rest.calls, p.spare+rest.spare
		}
		if p.better(found) {
			found = p
		}
	}
	gap := 0 // spare days before the window that is looked at
	for j := i; j < s.to; j++ {
		if j > i && int(windows[j].To-windows[i].From)+1 > longest {
			break
		}
		if roles[j] != wanted {
			gap += windows[j].Days()
			continue
		}
		following := j + 1
		if j == i {
			following = next
		}
		for following < s.to && roles[following] != wanted {
			following++
		}
		runs := j+1 < s.to && roles[j+1] == wanted
		if !runs || int(windows[j+1].To-windows[i].From)+1 > longest {
			try(j+1, following, gap)
		}
	}
	return found
}

// calls is how many calls fetch all windows.
func calls(windows []report.Window, joint bool, longest int) int {
	if !joint {
		return len(windows)
	}
	n := 0
	for i := 0; i < len(windows); n++ {
		first := windows[i].From
		for i++; i < len(windows) && adjacent(&windows[i-1], &windows[i]) && (longest <= 0 || int(windows[i].To-first)+1 <= longest); i++ {
		}
	}
	return n
}
