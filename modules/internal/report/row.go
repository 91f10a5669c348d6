package report

// row is what one native row, or one row of a list, says: the values of the fetch's
// grain, and the numbers of its metrics that are in one currency.
type row struct {
	dims  []Value
	cells []cell // by the fetch's metrics
	// currency is that of the money among cells; money tells that there is any.
	currency string
	money    bool
	// continues tells that the row has what the native row of the row before has in
	// another currency.
	continues bool
}

// currencies gathers the numbers of a native row by their currency. What is not money
// goes with the first of them.
type currencies struct {
	rows  []row
	dims  []Value
	width int
}

func (c *currencies) reset(dims []Value, width int) {
	c.rows, c.dims, c.width = append(c.rows[:0], row{dims: dims, cells: make([]cell, width)}), dims, width
}

// number puts a number that is not money.
func (c *currencies) number(metric int, value cell) { c.rows[0].cells[metric] = value }

// money puts an amount.
func (c *currencies) money(metric int, value cell, currency string) {
	for i := range c.rows {
		r := &c.rows[i]
		if !r.money {
			r.money, r.currency = true, currency
		}
		if r.currency == currency {
			r.cells[metric] = value
			return
		}
	}
	r := row{dims: c.dims, cells: make([]cell, c.width), currency: currency, money: true, continues: true}
	r.cells[metric] = value
	c.rows = append(c.rows, r)
}

// currencyCode returns an ISO 4217 code in capitals, or nothing for other texts.
func currencyCode(s string) string {
	if len(s) != 3 {
		return ""
	}
	var code [3]byte
	for i := range 3 {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return ""
		}
		code[i] = c
	}
	return string(code[:])
}
