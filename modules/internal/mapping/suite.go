package mapping

import (
	"encoding/json"
	"time"
)

// SuiteFile is the name of the file, beside a mapping, that holds its tests.
const SuiteFile = "tests.yaml"

// Suite is the tests of a mapping, as they are written in its folder's tests.yaml.
type Suite struct {
	File  string
	Tests []*Test
}

// Test is one request of a client, the native exchanges that it has to cause, and the
// answer that it has to get.
type Test struct {
	Position
	Name string
	// Operation is the operation of the surface, such as conversions.list.
	Operation string
	// Params are the parameters of path and query. Absent ones have the surface's defaults.
	Params []Param
	// Body is the body of the request, for writes, queries and reports; nil for none.
	Body *Value
	// Now is what the clock shows, all the time.
	Now time.Time
	// Setting is how the platform is configured.
	Setting Setting
	// AnyOrder: the exchanges may come in any order, since calls are made side by side.
	AnyOrder  bool
	Exchanges []*Exchange
	Expect    Expect
}

// Setting is what a configuration says of the platform of a test. What is empty is the
// mapping's own.
type Setting struct {
	Server, Zone, Currency string
	Options                map[string]string
}

// Param is a parameter of a test's request.
type Param struct {
	Position
	Name   string
	Values []string
}

// Exchange is one native request that is expected, and the answer that it gets.
type Exchange struct {
	Position
	Request  NativeRequest
	Response NativeResponse
}

// NativeRequest is what a native request has to be.
type NativeRequest struct {
	Position
	Method string // default: GET
	Path   string // from the root of the host, percent-encoded as it is sent
	// Query are all parameters of the query, save those of the credential, which may
	// be named or not.
	Query []Param
	// Header are fields that have to be there; others may be there too.
	Header []Param
	// Body is the body as JSON; nil for none. Form are the parameters of a form.
	Body *Value
	Form []Param
}

// NativeResponse is what the platform answers.
type NativeResponse struct {
	Position
	Status int // default: 200
	Header []Param
	// Body is JSON, or any text where it is a single text; nil for none.
	Body *Value
	// BodyFile names a file, beside the tests, that holds the body.
	BodyFile string
	// Fails tells that there is no answer: refused (no connection), reset (the
	// connection broke), or timeout. Empty: there is an answer.
	Fails string
}

// Expect is what the client has to get. What is nil is not looked at; but an answer may
// hold no problem that is not expected.
type Expect struct {
	Position
	// Count is the number of rows. Total is the member page.total, null where it is not
	// known. More tells whether there is a next page.
	Count, Total, More *Value
	// First and Last are members of these rows, Rows those of all rows, in their order.
	First, Last, Rows *Value
	// Totals are members of the totals of a report.
	Totals *Value
	// Object are members of the one object that is answered.
	Object *Value
	// Platforms are members of what is said of each platform.
	Platforms *Value
	// Problem is the code of the problem that is answered, or members of it.
	Problem *Value
	// Nothing: the answer has no body.
	Nothing bool
}

// Value is a value of a test file with the places of its parts.
type Value struct {
	Position
	// Scalar is a string, a bool, a json.Number or nil; of no meaning for lists and objects.
	Scalar any
	// List are the elements of a list; IsList tells it from others.
	List   []*Value
	IsList bool
	// Members are those of an object; IsObject tells it from others.
	Members  []ValueMember
	IsObject bool
}

// ValueMember is one member of an object.
type ValueMember struct {
	Name  string
	Value *Value
}

// Plain returns the value as the package encoding/json has it.
func (v *Value) Plain() any {
	switch {
	case v == nil:
		return nil
	case v.IsList:
		list := make([]any, len(v.List))
		for i, item := range v.List {
			list[i] = item.Plain()
		}
		return list
	case v.IsObject:
		object := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			object[m.Name] = m.Value.Plain()
		}
		return object
	}
	return v.Scalar
}

// AppendJSON appends the value as JSON, members in the order of the file.
func (v *Value) AppendJSON(dst []byte) []byte {
	switch {
	case v == nil:
		return append(dst, "null"...)
	case v.IsList:
		dst = append(dst, '[')
		for i, item := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.AppendJSON(dst)
		}
		return append(dst, ']')
	case v.IsObject:
		dst = append(dst, '{')
		for i, m := range v.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, quoteJSON(m.Name)...), ':')
			dst = m.Value.AppendJSON(dst)
		}
		return append(dst, '}')
	}
	switch s := v.Scalar.(type) {
	case json.Number:
		return append(dst, s...)
	case bool:
		if s {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case string:
		return append(dst, quoteJSON(s)...)
	}
	return append(dst, "null"...)
}

// Has tells whether an object has a member, through objects in it.
func (v *Value) Has(path ...string) bool {
	if v == nil || len(path) == 0 {
		return v != nil
	}
	for _, m := range v.Members {
		if m.Name == path[0] {
			return m.Value.Has(path[1:]...)
		}
	}
	return false
}
