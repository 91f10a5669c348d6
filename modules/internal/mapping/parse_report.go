package mapping

func parseReport(n node) *Report {
	o := n.object()
	defer o.done()
	r := &Report{Position: n.position(), Name: o.text("name"), When: o.text("when"), From: o.text("from")}
	_, called := o.get("call")
	switch {
	case called && r.From != "":
		n.faultf("wants either `call` or `from`")
	case called:
		r.Call = parseReportCall(o, n)
		if v, ok := o.require("range"); ok {
			r.Range = parseRange(v)
		}
		if v, ok := o.get("group"); ok {
			r.Group = parseGroup(v)
		}
		if v, ok := o.get("select"); ok {
			t := v.target()
			r.Select = &t
		}
		if v, ok := o.get("filters"); ok {
			for _, e := range v.entries() {
				r.Filters = append(r.Filters, parseReportFilter(e))
			}
		}
	case r.From == "":
		n.faultf("wants `call`, or `from`, the list whose rows it is computed from")
	}
	parseColumns(r, o, false)
	if v, ok := o.get("native"); ok {
		only := v.object()
		parseColumns(r, only, true)
		only.done()
	}
	return r
}

// parseColumns reads the keys dimensions and metrics. Those that only the platform
// has may be given as a list: of their native names and, for those that need more to
// be said, of mappings.
func parseColumns(r *Report, o *object, only bool) {
	if v, ok := o.get("dimensions"); ok {
		for _, e := range v.columns(only) {
			r.Dimensions = append(r.Dimensions, parseDimension(e, only))
		}
	}
	if v, ok := o.get("metrics"); ok {
		for _, e := range v.columns(only) {
			r.Metrics = append(r.Metrics, parseMetric(e, only))
		}
	}
}

// columns returns the entries of a mapping or, where a list may stand for it, those of
// the list: a name alone is the name of the native member too.
func (n node) columns(only bool) []entry {
	if !only || !n.isList() {
		return n.entries()
	}
	var out []entry
	for _, item := range n.list() {
		if item.isMapping() {
			out = append(out, item.entries()...)
			continue
		}
		out = append(out, entry{key: item.text(), pos: item.position(), node: item})
	}
	return out
}

// parseReportCall reads the call of a report: the keys of any call, save those that
// a report has forms of its own for.
func parseReportCall(o *object, n node) *Call {
	own := &object{node: o.node, byKey: map[string]entry{}, asked: o.asked}
	for k, e := range o.byKey {
		switch k {
		case "when", "filters":
		case "sort", "include", "for_each", "count", "total", "write", "fields", "form", "answer", "id":
			e.faultf("a report has no `%s`", k)
		default:
			own.byKey[k] = e
		}
	}
	c := parseCall(own, n)
	if c.Rows == nil {
		n.faultf("wants `rows` (a list) or `row` (one object); @this is the body itself")
	}
	return c
}

func parseRange(n node) *Range {
	o := n.object()
	defer o.done()
	r := &Range{Position: n.position(), As: o.text("as"), Edge: o.oneOf("edge", "included", "excluded"), Max: o.duration("max"), SplitLimit: o.integer("split_limit"), Split: map[string]string{}, Intervals: map[string][]Assignment{}}
	r.From = o.target("from")
	r.To = o.target("to")
	if v, ok := o.get("zone"); ok {
		t := v.target()
		r.Zone = &t
	}
	if v, ok := o.get("split"); ok {
		for _, e := range v.entries() {
			switch u := e.text(); u {
			case "day", "month", "year":
				r.Split[e.key] = u
			default:
				e.faultf("wants day, month or year")
			}
		}
	}
	if v, ok := o.get("intervals"); ok {
		for _, e := range v.entries() {
			eo := e.object()
			r.Intervals[e.key] = []Assignment{}
			for _, in := range []string{"query", "body"} {
				if s, ok := eo.get(in); ok {
					r.Intervals[e.key] = append(r.Intervals[e.key], parseConstants(in, s)...)
				}
			}
			eo.done()
		}
	}
	return r
}

func parseGroup(n node) *Group {
	o := n.object()
	defer o.done()
	g := &Group{Position: n.position(), Join: o.text("join"), One: o.boolean("one"), None: o.text("none"), Fixed: o.texts("fixed"), By: map[string][]string{}}
	if _, ok := o.get("to"); ok {
		g.To = o.target("to")
	}
	if v, ok := o.get("by"); ok {
		for _, e := range v.entries() {
			g.By[e.key] = e.texts()
		}
	}
	if g.To.In == "" && (len(g.By) > 0 || g.None != "") {
		n.faultf("`by` and `none` want `to`, the place of their native names")
	}
	return g
}

func parseDimension(e entry, only bool) *Dimension {
	d := &Dimension{Position: e.pos, Name: e.key, Only: only}
	if !e.isMapping() {
		d.From = e.paths()
		return d
	}
	o := e.object()
	defer o.done()
	switch v, ok := o.get("from"); {
	case ok:
		d.From = v.paths()
	case only:
		d.From = [][]string{{e.key}}
	default:
		e.faultf("the key \"from\" is missing")
	}
	if v, ok := o.get("label"); ok {
		d.Label = v.paths()
	}
	d.LabelOf = o.text("label_of")
	d.As = o.text("as")
	if v, ok := o.get("enum"); ok {
		d.Enum = parseEnum(v)
	}
	if only {
		d.Type = o.oneOf("type", "text", "integer", "decimal", "boolean")
	}
	return d
}

func parseMetric(e entry, only bool) *Metric {
	m := &Metric{Position: e.pos, Name: e.key, Only: only}
	if !e.isMapping() {
		m.From = e.paths()
		return m
	}
	o := e.object()
	defer o.done()
	if v, ok := o.get("from"); ok {
		m.From = v.paths()
	}
	if v, ok := o.get("money"); ok {
		money := parseMoney(v)
		m.From, m.Currency, m.Fixed, m.Type = money.Amount, money.Currency, money.Fixed, "money"
	}
	if v, ok := o.get("sum_of"); ok {
		m.SumOf = v.paths()
	}
	if v, ok := o.get("currency"); ok {
		m.Currency = v.paths()
	}
	m.Native = o.text("native")
	if t := o.oneOf("type", "", "integer", "decimal", "money"); t != "" {
		m.Type = t
	}
	m.Scale = o.integer("scale")
	m.Adds = o.boolean("adds")
	m.Percent = o.boolean("percent")
	m.Negate = o.boolean("negate")
	if v, ok := o.get("rate"); ok {
		m.Rate = v.texts()
		if len(m.Rate) != 2 {
			v.faultf("wants two metrics: [numerator, denominator]")
			m.Rate = nil
		}
	}
	m.Count = o.boolean("count")
	m.Sum = o.text("sum")
	if v, ok := o.get("where"); ok {
		for _, c := range v.entries() {
			m.Where = append(m.Where, Condition{Position: c.pos, Member: c.key, Values: c.texts()})
		}
	}
	if only && m.From == nil && m.SumOf == nil && m.Rate == nil && !m.Count && m.Sum == "" {
		m.From = [][]string{{e.key}}
	}
	return m
}

func parseReportFilter(e entry) *ReportFilter {
	f := &ReportFilter{Position: e.pos, Field: e.key, Operators: map[string]string{}}
	if !e.isMapping() {
		f.To = e.target()
		return f
	}
	o := e.object()
	defer o.done()
	f.To = o.target("to")
	f.Item = o.item("item")
	f.Join = o.text("join")
	f.Many = o.boolean("many")
	f.Folds = o.oneOf("case", "exact", "ignored") == "ignored"
	if v, ok := o.get("operators"); ok {
		for _, p := range v.entries() {
			f.Operators[p.key] = p.text()
		}
	}
	return f
}
