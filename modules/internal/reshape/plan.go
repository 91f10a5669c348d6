package reshape

import (
	"fmt"
	"slices"
	"sync"
)

// Plan reshapes pages of one kind. It is made by [Compile] and safe for concurrent use.
type Plan struct {
	source     Source
	outer      int  // tokens that the shape names
	opening    byte // of the rows: '[' or '{'
	place      string
	envelope   *node
	candidates []*node
	captures   []int32
	last       []int32

	row     tree
	scalars bool // rows need not be objects
	drop    *drop
	members []field
	taps    []string // dotted paths of the members, by tap
	whole   program  // every member, no tap

	slots  int
	orders int
	pool   sync.Pool // of *run
}

// Tap returns the number by which a member's values are asked for in [Options.Taps];
// member is its dotted path, such as "original.amount". Members inside lists have none.
func (p *Plan) Tap(member string) (tap int, ok bool) {
	tap = slices.Index(p.taps, member)
	return tap, tap >= 0
}

// Mask is a set of members of a plan, made by [Plan.Mask].
type Mask []uint64

// Mask returns the set of those members, of the rows themselves, that keep reports
// true for.
func (p *Plan) Mask(keep func(member string) bool) Mask {
	mask := make(Mask, (len(p.members)+63)/64)
	for i := range p.members {
		if keep(p.members[i].name) {
			mask[i/64] |= 1 << (i % 64)
		}
	}
	return mask
}

// has reports whether the mask keeps the i-th member.
func (m Mask) has(i int) bool { return m == nil || m[i/64]&(1<<(i%64)) != 0 }

// run is the state of reading one body. Runs are pooled with their plan, because what
// they have learned about the order of keys serves the next body.
type run struct {
	p     *Plan
	data  []byte
	depth int
	err   *SyntaxError
	shape *ShapeError

	slots    []slot
	orders   []order // by node.id
	listed   int     // keys in all orders
	unlisted seen    // the last key that is in none
	rowKey   slot
	count    int // rows of this body

	hoping bool // rows were reshaped before the whole body was known
	hoped  int  // where those rows are

	page  *Page
	base  mark
	o     *Options
	outer []token

	// linked is the program for mask and wanted, kept for the next body.
	linked program
	mask   Mask
	wanted []int

	scratch []byte
	coded   []byte
	args    [][]byte
}

// token is a JSON value outside the body.
type token struct {
	json []byte
	kind kind
}

// mark is a state of a page to go back to.
type mark struct{ rows, data, aside, unknown int }

// Page reshapes one native body and appends its rows to dst. On an error dst holds
// the rows that it held before. The error is a *[SyntaxError] when the body is not
// JSON, else a *[ShapeError]. A nil o is the zero Options.
func (p *Plan) Page(dst *Page, body []byte, o *Options) error {
	if o == nil {
		o = &noOptions
	}
	if len(body) > maxBody {
		return &SyntaxError{Offset: maxBody, Msg: "larger than 1 GiB"}
	}
	r, _ := p.pool.Get().(*run)
	if r == nil {
		r = &run{p: p, slots: make([]slot, p.slots), orders: make([]order, p.orders)}
	}
	defer p.release(r)
	if err := r.begin(dst, body, o); err != nil {
		return err
	}
	if err := r.body(); err != nil {
		r.restart()
		return err
	}
	r.finish()
	return nil
}

func (r *run) begin(dst *Page, body []byte, o *Options) error {
	r.page, r.data, r.o = dst, body, o
	r.base = mark{len(dst.rows), len(dst.Data), len(dst.aside), dst.UnknownEnums}
	if len(dst.rows) == 0 {
		dst.width = len(o.Taps)
	}
	if dst.width != len(o.Taps) {
		return fmt.Errorf("reshaping a page with %d taps: it has rows with %d", len(o.Taps), dst.width)
	}
	if err := r.link(o); err != nil {
		return err
	}
	return r.tokens(o.Outer)
}

// tokens takes note of the outer tokens.
func (r *run) tokens(outer [][]byte) error {
	r.outer = r.outer[:0]
	if len(outer) > r.p.outer {
		return fmt.Errorf("%d outer tokens are given, %d are named", len(outer), r.p.outer)
	}
	for i, json := range outer {
		sub := run{data: json}
		k := absent
		if json != nil {
			var end int
			if end, k = sub.skip(0); end != len(json) {
				return fmt.Errorf("outer token %d is not one JSON value", i)
			}
		}
		r.outer = append(r.outer, token{json, k})
	}
	for len(r.outer) < r.p.outer {
		r.outer = append(r.outer, token{})
	}
	return nil
}

// body reads the whole body.
func (r *run) body() error {
	clear(r.slots)
	r.forget()
	r.depth, r.err = 0, nil
	r.hoping, r.count, r.shape = false, 0, nil
	if i := r.value(r.space(0), r.p.envelope); i >= 0 {
		if i = r.space(i); i < len(r.data) {
			r.fail(i, "invalid character after the value")
		}
	}
	if r.err != nil {
		return r.err
	}
	r.depth = 0
	if err := r.settle(); err != nil {
		return err
	}
	if r.shape != nil {
		return r.shape
	}
	return nil
}

// restart forgets the rows of this body.
func (r *run) restart() {
	r.page.truncate(r.base)
	r.count, r.shape = 0, nil
}

// finish copies what the caller wants beside the rows.
func (r *run) finish() {
	p := r.page
	p.kept = p.kept[:0]
	p.Captured = r.keep(p.Captured[:0], r.p.captures)
	last := r.p.last
	if r.count == 0 {
		p.Last = p.Last[:0]
		for range last {
			p.Last = append(p.Last, nil)
		}
		return
	}
	p.Last = r.keep(p.Last[:0], last)
}

// keep copies the tokens in slots into the page's own memory.
func (r *run) keep(dst [][]byte, slots []int32) [][]byte {
	for _, i := range slots {
		s := r.slots[i]
		if s.kind() == absent {
			dst = append(dst, nil)
			continue
		}
		start := len(r.page.kept)
		r.page.kept = appendRaw(r.page.kept, r.data[s.start():s.end()])
		dst = append(dst, r.page.kept[start:len(r.page.kept):len(r.page.kept)])
	}
	return dst
}

// release gives a run back without what belonged to the page.
func (p *Plan) release(r *run) {
	r.data, r.page, r.o, r.err, r.shape = nil, nil, nil, nil, nil
	clear(r.outer[:cap(r.outer)])
	clear(r.args[:cap(r.args)])
	if cap(r.scratch) > maxScratch || cap(r.coded) > maxScratch {
		r.scratch, r.coded = nil, nil
	}
	p.pool.Put(r)
}

// noOptions is what nil options mean; nobody changes it.
var noOptions Options

// maxScratch is the most memory, in bytes, that a pooled run keeps for decoding.
const maxScratch = 64 << 10
