package mapping

import (
	"time"

	"github.com/tributary-gateway/tributary/modules/internal/exchange"
)

// Version is the language version that a mapping names in its key `mapping`.
const Version = "v1"

// Mapping is a mapping file as it was written, before it is bound to a platform.
type Mapping struct {
	File     string
	Platform string // the mapping's name; a platform without a mapping of its own name gives this one
	Title    string
	Server   string // the URL before the documented paths; the configuration may give another
	Zone     string // IANA name; the configuration may give another
	Currency string // ISO 4217, for money that has no currency of its own; may be empty

	Credentials []Credential
	Options     []Option
	Auth        []Place
	Session     *exchange.SessionSpec // how {token} of Auth is got; nil where there is none
	Spellings   map[string]*Spelling
	Formats     map[string]*Format
	Errors      []*ErrorRule
	Limits      Limits
	Lifecycle   *Lifecycle // nil where nothing is deprecated
	Resources   map[string]*Resource
	Operations  map[string]*Operation
	Reports     []*Report

	// Native is what concerns the platform's own dialect.
	Native Native

	tokens []Position // places that hold {token}
	src    *source
}

// Credential is a secret that the configuration has to give.
type Credential struct {
	Position
	Name        string
	Description string
}

// Option is a setting of a platform by which calls may be chosen (`when`).
type Option struct {
	Position
	Name        string
	Description string
	Values      []string
	Default     string
}

// Place is where a credential goes in a native request.
type Place struct {
	Position
	In    string // query, header, body, bearer or basic
	Name  string // basic: the template of the user's name
	Value string // a template with {credentials.NAME}
}

// Spelling is a piece of native requests that documents contradict themselves
// about. The choices are tried with the settling request, a read without
// parameters, until one is answered with neither 404, 405 nor 501; that one is kept.
type Spelling struct {
	Position
	Name    string
	Choices []string
	Method  string // of the settling request
	Path    string // of the settling request, with {NAME} of the spelling in it
	Query   map[string]string
}

// Format names a way to write a moment or a day.
type Format struct {
	Position
	Name    string
	Kind    string   // datetime, date or codec
	Layouts []string // Go layouts, or unix, unix_ms, rfc3339; the first one is written
	Codec   string   // the name of a plugin in tributary.codecs
	Options map[string]string
	Zone    string // overrides the platform's
}

// ErrorRule recognises a native error.
type ErrorRule struct {
	Position
	When       string
	Problem    string
	Code       string
	Message    string
	Hint       string
	IP         string // expr for the address that an allowlist refused
	Retry      bool
	RetryAfter string
}

// Limits are the documented or advisable limits of a platform; the configuration overrides them.
type Limits struct {
	Requests    int // per Per; zero: no limit
	Per         time.Duration
	Concurrency int // zero: the gateway's default
}

// Resource says how native objects read as unified ones.
type Resource struct {
	Position
	Name    string
	Fields  []*Field
	Secrets [][]string // native members that never pass, also not with include=native
}

// Field is one unified member. At most one of From, Money, Const and Expr gives its
// value; without any it is only written.
type Field struct {
	Position
	Member string // dotted
	From   [][]string
	As     string // a format
	Enum   *Enum
	Scale  int    // native amounts are in units of 10^-Scale
	Split  string // a text that is a list
	Each   []*Field
	Money  *Money
	Const  *string
	Expr   string
	Empty  bool // the empty text is kept; otherwise it reads as null
	Write  *FieldWrite
}

// Money is an amount with its currency, each from a native member.
type Money struct {
	Amount   [][]string
	Currency [][]string
	// Fixed is the currency where no native member has it: an ISO 4217 code, or
	// empty for the platform's.
	Fixed string
	// Alone tells that an amount without a native currency has none.
	Alone bool
}

// Enum is a table from native to unified values.
type Enum struct {
	Position
	Table []EnumEntry
	Else  string // for any other native value; empty: unknown
	Case  bool   // letter case matters
}

// EnumEntry is one native value and what it reads as: a word of the surface, or
// {option.NAME} for the value of a platform's option.
type EnumEntry struct {
	Position
	Native, Unified string
}

// Operation is how a platform does one operation of the surface.
type Operation struct {
	Position
	ID       string
	Resource string // of the mapping; default: the operation's resource of the surface
	Calls    []*Call
	// Via names the list that answers a get, for platforms without one.
	Via string
	// Change is nil for what only reads.
	Change    *Change
	Lifecycle *Lifecycle
	// Changes is nil where the platform does not say what has changed in a list.
	Changes *Changes
}

// Call is one kind of native request. The calls of an operation whose When
// holds are all made, and their rows follow one another.
type Call struct {
	Position
	When    string
	Method  string
	Path    string  // template: {native_id}, {spelling}, {for_each name}, {parameter}
	Else    []Route // further spellings of method and path, tried in turn
	Set     []Assignment
	Rows    [][]string
	Keyed   bool
	Row     [][]string
	Single  bool
	Whole   bool // a list there is the row itself
	Paging  *Paging
	Count   *Count
	Total   []string
	Filters []*Filter
	Sort    *Sort
	Include map[string][]Assignment
	ForEach *ForEach
	Write   *CallWrite // nil where the call has none of its keys
	// Rate limits the requests to this native endpoint, beside the platform's limits; the
	// zero value: no limit of its own.
	Rate exchange.Rate
}

// Route is the method and path of a call.
type Route struct {
	Position
	Method, Path string
}

// Target is where a value goes in a native request.
type Target struct {
	Position
	In     string // query, path, header or body
	Name   string // for body: a dotted path
	Append bool   // `name[]`: one more element of a list
}

// Assignment puts a constant into a native request. JSON is the value as JSON,
// Text the same as text.
type Assignment struct {
	Target Target
	JSON   string
	Text   string
}

// Filter says where a parameter of the surface goes.
type Filter struct {
	Position
	Parameter string
	To        []Target
	Item      string // JSON template with "{value}" or "{values}"; empty: the value itself
	As        string
	Edge      string // "" or before: the native bound is included where the unified one is not
	Many      bool   // takes several values
	Join      string // puts several values into one text
	Emit      string // string, number or boolean: how a body holds the value; integer: a number that has to be whole
	Values    []EnumEntry
	Narrows   bool         // lets too much through: the gateway filters again
	With      []Assignment // constants that go along with the values
	Default   string       // native text sent when the parameter is absent
}

// Sort says how an order is asked for.
type Sort struct {
	Position
	To         Target
	Item       string // text or JSON template with {field} and {direction}
	Join       string
	Directions map[string]string // asc and desc
	Fields     map[string]string // unified member → native name
	One        bool              // takes one key only
}

// Paging says how the next rows are asked for, and when there are none.
type Paging struct {
	Position
	Kind   string // page, offset or cursor
	To     Target
	First  int
	Size   *Target
	Max    int
	Stop   string   // empty_page, short_page or total
	Cursor []string // cursor: where the next one is in the body
	Pages  int      // most pages read in one request of a client
}

// Count is a call that tells how many rows there are, without the rows.
type Count struct {
	Set  []Assignment
	Read []string
}

// ForEach makes a call once for each of some values.
type ForEach struct {
	Position
	As        string
	Operation string // a list of the same platform …
	Member    string // … and the member of its rows; default native_id
	Values    []string
	Parameter string // a parameter of the surface that gives the values when present
}

// Report is one native report, or one computed from a list.
type Report struct {
	Position
	Name       string
	When       string
	From       string // a list operation: the report is computed from its rows
	Call       *Call
	Range      *Range
	Group      *Group
	Select     *Target // where the names of the asked metrics go
	Dimensions []*Dimension
	Metrics    []*Metric
	Filters    []*ReportFilter
}

// Range says how the days of a report are asked for.
type Range struct {
	Position
	From, To   Target
	As         string
	Edge       string                  // included (default) or excluded: whether the day of To is part of the range
	Max        time.Duration           // the longest range of one call; zero: no limit
	Zone       *Target                 // where the time zone's name goes; nil: days are the platform's
	Split      map[string]string       // dimension → day, month or year: got by asking once for each
	SplitLimit int                     // most calls that Split may cost; zero: the gateway's
	Intervals  map[string][]Assignment // native words for intervals that have no dates (pay periods)
}

// Group says how the grouping is asked for.
type Group struct {
	Position
	To    Target
	Join  string
	One   bool
	By    map[string][]string // dimension → native names; the first is the value, others come with it (labels)
	None  string              // native name to send when nothing is grouped
	Fixed []string            // dimensions that every row has, asked or not
}

// Dimension is a member of a report's rows to group by.
type Dimension struct {
	Position
	Name    string
	Only    bool // only this platform has it: it is asked for as <platform>.<name>
	From    [][]string
	Label   [][]string // the name beside an id
	LabelOf string     // the list whose rows have the names, by id
	As      string
	Enum    *Enum
	Type    string // of platform-only dimensions: text, integer, decimal or boolean
}

// Metric is a number of a report's rows.
type Metric struct {
	Position
	Name     string
	Only     bool // only this platform has it: it is asked for as <platform>.<name>
	From     [][]string
	SumOf    [][]string // native members that are added up
	Native   string     // the name to ask for; default: the last step of the first From
	Type     string     // integer, decimal or money; default: the vocabulary's
	Currency [][]string // @body.… leads into the answer around the rows
	Fixed    string     // currency where no native member has it; empty: the platform's
	Scale    int
	Adds     bool     // may be summed over time and groups
	Rate     []string // numerator and denominator, both metrics
	Percent  bool     // native rates are percents
	Count    bool     // computed: rows
	Sum      string   // computed: a member
	Where    []Condition
	Negate   bool
}

// Condition is a member and the values of which it has to have one.
type Condition struct {
	Position
	Member string
	Values []string
}

// ReportFilter says how a filter on a dimension is asked for.
type ReportFilter struct {
	Position
	Field     string // "*": any dimension that has a native name
	To        Target
	Item      string // template with {name}, {operator}, {value} and {case_sensitive}
	Join      string
	Many      bool
	Folds     bool              // the platform ignores letter case
	Operators map[string]string // unified → native; without it only eq (and in, when Many)
}
