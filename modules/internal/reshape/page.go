package reshape

// Page holds unified rows. The zero value is ready, and a Page that was reset keeps its
// memory, so that pages are best kept in a pool. It holds no part of the native body.
type Page struct {
	// Data are the unified rows, one after the other, each with a comma behind it.
	// What was there before the first row stays before it.
	Data []byte
	// Captured are the tokens of [Source.Capture] in the last body; nil where absent.
	Captured [][]byte
	// Last are the tokens of [Source.Last] in the last row of the last body; nil
	// where absent, or without rows.
	Last [][]byte
	// UnknownEnums counts the enum values that their tables do not have.
	UnknownEnums int

	rows  []span
	taps  []span
	width int    // taps of each row
	aside []byte // tapped values that the mask leaves out of Data
	kept  []byte // the memory of Captured and Last
}

// span is a range of bytes in Data or, when aside, in Page.aside. The empty span of
// a tap means null.
type span struct {
	start, end int
	aside      bool
}

// Len returns the number of rows.
func (p *Page) Len() int { return len(p.rows) }

// Row returns one row, a JSON object. It is valid until the page is next changed.
func (p *Page) Row(i int) []byte {
	s := p.rows[i]
	return p.Data[s.start:s.end:s.end]
}

// Through returns the data up to the end of row i, without the comma, for an answer that
// consists of the page as it stands. What is appended to it may overwrite later rows.
func (p *Page) Through(i int) []byte { return p.Data[:p.rows[i].end] }

// Tap returns the JSON token that row i has for the t-th tap of [Options.Taps], also
// when the mask leaves its member out. All bodies of a page must be read with the
// same taps.
func (p *Page) Tap(i, t int) []byte {
	s := p.taps[i*p.width+t]
	switch {
	case s.start == s.end:
		return []byte("null")
	case s.aside:
		return p.aside[s.start:s.end:s.end]
	}
	return p.Data[s.start:s.end:s.end]
}

// maxKept is the most memory, in bytes, that a page keeps when it is reset: a few huge
// pages must not fill a pool for good.
const maxKept = 32 << 20

// Reset makes the page empty.
func (p *Page) Reset() {
	if cap(p.Data) > maxKept {
		*p = Page{}
		return
	}
	*p = Page{
		Data: p.Data[:0], Captured: p.Captured[:0], Last: p.Last[:0],
		rows: p.rows[:0], taps: p.taps[:0], aside: p.aside[:0], kept: p.kept[:0],
	}
}

// truncate takes the page back to what it was.
func (p *Page) truncate(m mark) {
	p.rows = p.rows[:m.rows]
	p.taps = p.taps[:m.rows*p.width]
	p.Data = p.Data[:m.data]
	p.aside = p.aside[:m.aside]
	p.UnknownEnums = m.unknown
}
