package reshape

import "strconv"

// SyntaxError says that a body is not JSON.
type SyntaxError struct {
	// Offset is the position, in bytes, of the fault in the body.
	Offset int
	Msg    string
}

func (e *SyntaxError) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.Msg
}

// ShapeError says that a body is JSON, but not what the plan can read.
type ShapeError struct {
	// Path is the way to the value, with row numbers from zero.
	Path string
	// Want is what was expected there.
	Want string
	// Got is what was found: a JSON type, "nothing", or a reason.
	Got string
	// Err is the codec's error, if one refused the value.
	Err error
}

func (e *ShapeError) Error() string {
	return "reading " + e.Path + ": want " + e.Want + ", got " + e.Got
}

// Unwrap returns the codec's error, if there is one.
func (e *ShapeError) Unwrap() error { return e.Err }
