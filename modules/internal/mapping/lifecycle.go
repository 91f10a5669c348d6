package mapping

import "time"

// Lifecycle says that a platform has deprecated its interface, or one operation of it,
// and when it ends. The header fields Deprecation (RFC 9745) and Sunset (RFC 8594) of
// unified answers are made from it.
type Lifecycle struct {
	Position
	When       string    // a condition over option.NAME; empty: always
	Deprecated time.Time // midnight in UTC of the day since when; never zero
	Sunset     time.Time // midnight in UTC of the day on which it ends; zero: not known
	Note       string    // what to do about it
	Link       string    // the platform's page about it
}

func parseLifecycle(o *object) *Lifecycle {
	n, ok := o.get("lifecycle")
	if !ok {
		return nil
	}
	o = n.object()
	defer o.done()
	l := &Lifecycle{Position: n.position(), When: o.text("when"), Note: o.text("note"), Link: o.text("link")}
	if v, ok := o.require("deprecated"); ok {
		l.Deprecated = v.day()
	}
	if v, ok := o.get("sunset"); ok {
		if l.Sunset = v.day(); l.Sunset.Before(l.Deprecated) {
			v.faultf("is before the day of `deprecated`; an end cannot come before its announcement (RFC 9745 section 4)")
		}
	}
	return l
}

func (n node) day() time.Time {
	day, err := time.Parse(time.DateOnly, n.text())
	if err != nil {
		n.faultf("wants a day such as 2026-01-31")
	}
	return day
}

// lifecycle is what holds for this platform's options; nil for nothing.
func (p *Platform) lifecycle(l *Lifecycle) *Lifecycle {
	if l == nil || l.When == "" {
		return l
	}
	env := map[string]any{"option": p.options}
	compiled, err := compileWhen(l.When, env)
	if err != nil {
		p.fault(l.Position, "when: %v", err)
		return nil
	}
	if holds, err := compiled.holds(env); err != nil || !holds {
		return nil
	}
	return l
}
