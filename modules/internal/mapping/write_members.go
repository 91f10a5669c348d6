package mapping

import "slices"

// Members are the members of the body that the platform takes, dotted, and whether it
// cannot do without them. They are those of all calls of the operation; nil for what only
// reads.
func (o *OperationPlan) Members() map[string]bool {
	if o.Change == nil {
		return nil
	}
	required := slices.Clone(o.Change.required)
	for _, m := range o.Surface.Body {
		if m.Required {
			required = append(required, m.Name)
		}
	}
	members := map[string]bool{}
	for _, c := range o.Calls {
		if c.body == nil {
			continue
		}
		for _, name := range leaves(c.body.parts) {
			members[name] = slices.Contains(required, name)
		}
	}
	return members
}

// leaves are the dotted names of parts, of objects those of what is in them.
func leaves(parts []*part) []string {
	var out []string
	for _, p := range parts {
		if p.slot < 0 && !p.one {
			out = append(out, leaves(p.parts)...)
			continue
		}
		out = append(out, p.path)
	}
	return out
}
