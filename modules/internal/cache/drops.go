package cache

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tributary-gateway/tributary/plugins"
)

// Mark is a moment in the order of drops; a later one is greater.
type Mark uint64

// The bounds of what is remembered of drops.
const (
	maxDrops     = 256  // of a platform; the older half is made coarser when there are more
	maxPlatforms = 1024 // with drops; more are remembered as one drop of everything
)

// drops remembers what was dropped, in order. An item that was made as of a mark is
// there only while no later drop picks it. So nothing has to be found to be dropped, and
// what is fetched while a drop happens is dropped with the rest.
//
// What is remembered is bounded: older drops are joined into ones that pick at
// least the same, so that more may be forgotten than was asked for, never less.
type drops struct {
	last atomic.Uint64 // the latest mark; the drops up to it can be seen
	mu   sync.Mutex    // of adding
	// lists are the drops of each platform, and those of any platform under "", in order of their marks.
	lists     sync.Map // of *[]drop, by platform
	platforms int
}

// drop is a remembered drop.
type drop struct {
	plugins.StoreSelection
	mark Mark
}

func (d *drops) now() Mark { return Mark(d.last.Load()) }

// spares tells whether no drop that can be seen picks the item. It is on the path of every read:
// drops that were looked at once are not looked at again.
func (d *drops) spares(it *item) bool {
	last, asOf := d.last.Load(), it.asOf.Load()
	if asOf >= last {
		return true
	}
	if !it.each(func(l Labels) bool { return !d.picked(l, Mark(asOf)) }) {
		return false
	}
	it.asOf.CompareAndSwap(asOf, last)
	return true
}

// picked tells whether a drop after a mark picks what has the labels.
func (d *drops) picked(l Labels, after Mark) bool {
	// The list of any platform is last: what add moves into it disappears elsewhere only afterwards.
	return pickedBy(d.list(l.Platform), l, after) || l.Platform != "" && pickedBy(d.list(""), l, after)
}

func pickedBy(list []drop, l Labels, after Mark) bool {
	for _, dr := range slices.Backward(list) {
		if dr.mark <= after {
			return false
		}
		if picks(dr.StoreSelection, l) {
			return true
		}
	}
	return false
}

func (d *drops) list(platform string) []drop {
	if list, ok := d.lists.Load(platform); ok {
		return *list.(*[]drop)
	}
	return nil
}

// add remembers a drop, and returns its mark.
func (d *drops) add(s plugins.StoreSelection) Mark {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.lists.Load(s.Platform); !known && d.platforms >= maxPlatforms {
		s = plugins.StoreSelection{}
	}
	dr := drop{s, Mark(d.last.Load() + 1)}
	list := slices.DeleteFunc(slices.Clone(d.list(s.Platform)), func(old drop) bool {
		return contains(s, old.StoreSelection)
	})
	list = append(list, dr)
	if len(list) > maxDrops {
		list = coarser(list)
	}
	if _, known := d.lists.Swap(s.Platform, &list); !known {
		d.platforms++
	}
	if s.Platform == "" {
		d.clean(s)
	}
	d.last.Store(uint64(dr.mark))
	return dr.mark
}

// clean removes what a drop of any platform contains from the lists of the platforms.
func (d *drops) clean(s plugins.StoreSelection) {
	d.lists.Range(func(platform, value any) bool {
		if platform == "" {
			return true
		}
		list := slices.DeleteFunc(slices.Clone(*value.(*[]drop)), func(old drop) bool {
			return contains(s, old.StoreSelection)
		})
		if len(list) == 0 {
			d.lists.Delete(platform)
			d.platforms--
		} else {
			d.lists.Store(platform, &list)
		}
		return true
	})
}

// after returns the drops after a mark, in order.
func (d *drops) after(m Mark) []drop {
	var found []drop
	d.mu.Lock()
	defer d.mu.Unlock()
	if Mark(d.last.Load()) <= m {
		return nil
	}
	d.lists.Range(func(_, value any) bool {
		for _, dr := range slices.Backward(*value.(*[]drop)) {
			if dr.mark <= m {
				break
			}
			found = append(found, dr)
		}
		return true
	})
	slices.SortFunc(found, func(a, b drop) int { return cmp.Compare(a.mark, b.mark) })
	return found
}

// picks tells whether a selection picks what has the labels.
func picks(s plugins.StoreSelection, l Labels) bool {
	switch {
	case s.Platform != "" && s.Platform != l.Platform, s.Operation != "" && s.Operation != l.Operation:
		return false
	case !s.Days, l.From > l.To:
		return true
	default:
		return max(s.From, l.From) <= min(s.To, l.To)
	}
}

// contains tells whether outer picks all that inner picks.
func contains(outer, inner plugins.StoreSelection) bool {
	switch {
	case outer.Platform != "" && outer.Platform != inner.Platform:
		return false
	case outer.Operation != "" && outer.Operation != inner.Operation:
		return false
	case !outer.Days:
		return true
	default:
		return inner.Days && (inner.From > inner.To || outer.From <= inner.From && inner.To <= outer.To)
	}
}

// coarser joins the older half of a list into a drop for each operation, and where that makes too many, into one.
func coarser(list []drop) []drop {
	older, newer := list[:len(list)/2], list[len(list)/2:]
	joined := join(older, func(dr drop) string { return dr.Operation })
	if len(joined) > len(older)/2 {
		joined = join(older, func(drop) string { return "" })
	}
	return append(joined, newer...)
}

// join joins the drops with the same operation, as name has it, in order of their last marks.
func join(list []drop, name func(drop) string) []drop {
	var joined []drop
	for _, dr := range list {
		dr.Operation = name(dr)
		if i := slices.IndexFunc(joined, func(j drop) bool { return j.Operation == dr.Operation }); i >= 0 {
			dr.StoreSelection = hull(joined[i].StoreSelection, dr.StoreSelection)
			joined = slices.Delete(joined, i, i+1)
		}
		joined = append(joined, dr)
	}
	return joined
}

// hull returns a selection that picks all that two of one platform and operation pick.
func hull(a, b plugins.StoreSelection) plugins.StoreSelection {
	switch {
	case !a.Days:
		return a
	case !b.Days:
		return b
	}
	a.From, a.To = min(a.From, b.From), max(a.To, b.To)
	return a
}
