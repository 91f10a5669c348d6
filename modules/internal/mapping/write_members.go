package mapping

import "slices"

// Members are the members of the body that the platform takes, dotted, and whether it
// cannot do without them. They are those of all calls of the operation; nil for what only
// reads.
func (o *OperationPlan) Members() map[string]bool {
	if o.Change == nil {
		return nil
	}
	members := map[string]bool{}
	for _, c := range o.Calls {
		if c.body != nil {
			c.body.enter(members, c.body.parts)
		}
	}
	for _, m := range o.Surface.Body {
		if _, taken := members[m.Name]; taken && m.Required {
			members[m.Name] = true
		}
	}
	for name := range members {
		if slices.Contains(o.Change.required, name) {
			members[name] = true
		}
	}
	return members
}

func (b *bodyPlan) enter(members map[string]bool, parts []*part) {
	for _, p := range parts {
		if p.slot < 0 && !p.one {
			b.enter(members, p.parts)
			continue
		}
		members[p.path] = members[p.path]
	}
}
