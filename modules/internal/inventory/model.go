package inventory

import "github.com/tributary-gateway/tributary/modules/internal/mapping"

// Version is the version of the format that an inventory names in its key `inventory`.
const Version = "v1"

// Inventory is one inventory.yaml.
type Inventory struct {
	File     string
	Platform string // the mapping's name
	Document string // what the names are taken from

	Reasons   []*Reason
	Common    *Exchange // what goes with every endpoint
	Endpoints []*Endpoint
	Objects   []*Object
	Operators []*Item // of filters of reports: native → unified
	Errors    []*Error
	Limits    []*Limit

	src *source
}

// Reason is why things of a document are not mapped.
type Reason struct {
	mapping.Position
	Name string
	Text string
}

// Exchange is what a request takes and what its answer has around the rows.
type Exchange struct {
	Parameters []*Item
	Answer     []*Item
}

// Endpoint is one line of a platform's list of endpoints.
type Endpoint struct {
	mapping.Position
	Call   string // as the document writes it: "GET /transaction/<<id>>"
	Method string
	Path   string
	By     []Reader // what calls it; none: unreached
	Exchange
	Objects []string // what its rows are
	// Unreached is the reason why nothing calls it.
	Unreached *Reason
	// Beyond tells that it is known from elsewhere, not from the document.
	Beyond bool
}

// Reader is an operation, or a report by its name.
type Reader struct {
	mapping.Position
	Name   string
	Report bool
}

// Object is a native object, or a row of a report: the members that it has.
type Object struct {
	mapping.Position
	Name     string
	Resource string   // of the mapping
	Reports  []string // of the mapping
	Fields   []*Item
}

// Item is a parameter, a member or an operator, and what it is used for.
type Item struct {
	mapping.Position
	Name      string
	Claims    []Claim
	Unreached *Reason
	Values    []*Value
	Beyond    bool
}

// Claim says what an item is used for.
type Claim struct {
	mapping.Position
	Text string
}

// Value is one of the values that a document lists for an item.
type Value struct {
	mapping.Position
	Native    string
	Words     []string // what it stands for, one for each claim, or one for all
	Unreached *Reason
	Beyond    bool
}

// Error is one documented error: an answer, and the problem that it has to become.
type Error struct {
	mapping.Position
	Name   string
	Status int
	Body   string // JSON; empty for none
	// List and Object are the problem codes where a list and where a single object
	// was asked for. NoError stands for an answer that is none.
	List, Object string
	Beyond       bool
}

// NoError is given in place of a problem's code for an answer that is no error.
const NoError = "none"

// Limit is one documented limit.
type Limit struct {
	mapping.Position
	Name      string
	Kind      string // page_size, range_days, requests or concurrency
	Of        []Reader
	Value     int
	Unreached *Reason
	Beyond    bool
}
