package reshape

import "strconv"

// node is a place in the native document that the plan looks at, or passes on the
// way to one.
type node struct {
	slot int32 // where the value here is recorded
	// low and high are the slots of everything below, for when a key appears
	// twice and the last one counts.
	low, high int32
	// id is the node's place in run.order; only nodes with keys have one.
	id   int32
	keys []child
	// elements are the keys that are numbers, for when the value is an array.
	elements []element
	// named reports whether any key is not a number: then an array stands for
	// its first element.
	named bool
	// leaf: only the value itself is wanted.
	leaf bool
	// rows marks, in the envelope, a place where rows may be.
	rows bool
}

type child struct {
	name string
	node *node
}

type element struct {
	index int
	node  *node
}

// inner reports whether anything below the node is wanted.
func (n *node) inner() bool { return len(n.keys) > 0 }

// tree builds the nodes of one level: the envelope, the rows, or a list in a row.
type tree struct {
	root *node
	key  int32 // slot of @key
}

// at returns the node at a path, making it where it is new.
func (n *node) at(path Path) *node {
	for _, step := range path {
		n = n.step(step)
	}
	return n
}

func (n *node) step(name string) *node {
	for _, c := range n.keys {
		if c.name == name {
			return c.node
		}
	}
	next := &node{}
	n.keys = append(n.keys, child{name, next})
	if index, ok := arrayIndex(name); ok {
		n.elements = append(n.elements, element{index, next})
	} else {
		n.named = true
	}
	return next
}

// find returns the node below a key, or nil.
func (n *node) find(name []byte) *node {
	for i := range n.keys {
		if n.keys[i].name == string(name) {
			return n.keys[i].node
		}
	}
	return nil
}

// arrayIndex reads a step that is the index of an array's element.
func arrayIndex(step string) (int, bool) {
	index, err := strconv.Atoi(step)
	return index, err == nil && index >= 0 && strconv.Itoa(index) == step
}
