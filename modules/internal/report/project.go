package report

import (
	"slices"

	"github.com/tributary-gateway/tributary/modules/internal/report/field"
)

// project makes the rows that would have been read with no more than the taken metrics,
// in their order. What is not money goes with the first amount, so that an amount that is
// not taken must not leave its currency behind.
func (f *fetch) project(rows []row) []row {
	if slices.Equal(f.read, f.metrics) {
		return rows
	}
	from, money := make([]int, len(f.metrics)), make([]bool, len(f.metrics))
	for i, name := range f.metrics {
		from[i] = slices.Index(f.read, name)
		money[i] = f.report.Metrics[name].Type == field.Money
	}
	var found currencies
	out := make([]row, 0, len(rows))
	cells := make([]cell, len(rows)*len(from))
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].continues {
			n++
		}
		if n == 1 { // one currency, or none
			one := rows[0]
			one.cells, cells = cells[:len(from):len(from)], cells[len(from):]
			one.money = false
			for i, at := range from {
				one.cells[i] = rows[0].cells[at]
				one.money = one.money || money[i] && one.cells[i].set
			}
			if !one.money {
				one.currency = ""
			}
			out = append(out, one)
			rows = rows[1:]
			continue
		}
		found.reset(rows[0].dims, len(from))
		for i, at := range from {
			for j := range rows[:n] {
				switch c := rows[j].cells[at]; {
				case !c.set:
				case money[i]:
					found.money(i, c, rows[j].currency)
				default:
					found.number(i, c)
				}
			}
		}
		out = append(out, found.rows...)
		rows = rows[n:]
	}
	return out
}
