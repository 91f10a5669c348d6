package inventory

// Line is one native endpoint and what reaches it.
type Line struct {
	// Call is the endpoint as the document writes it: "GET /transaction".
	Call string `json:"call"`
	// Operations are those that reach it; reports.query stands for reports. Empty
	// where only the native proxy does.
	Operations []string `json:"operations"`
	// Documented is false for what is known from elsewhere than the document.
	Documented bool `json:"documented"`
	// Unreached is the reason why no operation reaches it; null where one does.
	Unreached *string `json:"unreached"`
}

// Coverage lists the platform's endpoints in the document's order. It is safe to call
// on a nil inventory, which has none.
func (inv *Inventory) Coverage() []Line {
	lines := []Line{}
	if inv == nil {
		return lines
	}
	for _, e := range inv.Endpoints {
		line := Line{Call: e.Call, Operations: []string{}, Documented: !e.Beyond}
		for _, r := range e.By {
			name := r.Name
			if r.Report {
				name = "reports.query"
			}
			if n := len(line.Operations); n == 0 || line.Operations[n-1] != name {
				line.Operations = append(line.Operations, name)
			}
		}
		if e.Unreached != nil {
			line.Unreached = &e.Unreached.Text
		}
		lines = append(lines, line)
	}
	return lines
}

// Source names the document that the inventory is of; empty for a nil inventory.
func (inv *Inventory) Source() string {
	if inv == nil {
		return ""
	}
	return inv.Document
}
