package plugins

import "time"

// Codec translates one textual value both ways: native to unified when a response
// is read, unified to native when a filter or a body is written.
//
// Both methods append to dst and return the extended slice, as append does, and
// keep no reference to either argument. Appending nothing means null. An error
// says what was wrong with the value; dst is then ignored. Implementations are
// safe for concurrent use, since one codec serves all requests of a platform.
type Codec interface {
	// Read appends the unified form of a native value. native is the decoded
	// text of the native JSON string or number; it is never empty.
	Read(dst, native []byte) ([]byte, error)

	// Write appends the native form of a unified value.
	Write(dst, unified []byte) ([]byte, error)
}

// ObjectReader is what a [Codec] also implements when the platform sends some of its
// values as JSON objects, such as PHP's {"date":…,"timezone_type":3,"timezone":…}.
type ObjectReader interface {
	// ReadObject appends the unified form of a native JSON object, as Read does.
	ReadObject(dst, object []byte) ([]byte, error)
}

// CodecProvider is what a Caddy module in the namespace tributary.codecs
// implements. The last part of the module's ID is the name by which mappings
// refer to it.
type CodecProvider interface {
	// Codec makes a codec for one use in a mapping. options are those given
	// there; zone is the platform's time zone, never nil. An unknown or missing
	// option is an error, which stops the loading of the mapping.
	Codec(options map[string]string, zone *time.Location) (Codec, error)
}
