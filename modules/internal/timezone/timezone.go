package timezone

import (
	"errors"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// most is the most zones that are held; the IANA database has about 600 names.
const most = 1000

// ErrUnknown tells that the IANA database has no zone of that name.
var ErrUnknown = errors.New("unknown time zone")

var (
	held   sync.Map // of *time.Location, by name: reading one anew takes long
	number atomic.Int32
)

// Load returns the zone of a name of the IANA database, such as Europe/Berlin, in the
// database's own spelling: a zone has one name here for each that the database has
// for it. What [time.LoadLocation] finds beside those is refused: other spellings of a
// path, Local, the empty name, and files that are in the folder of the zones of some
// machines (localtime, right/Europe/Berlin).
func Load(name string) (*time.Location, error) {
	if zone, ok := held.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if !spelled(name) {
		return nil, ErrUnknown
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, ErrUnknown
	}
	// a file system that takes either letter case has more names than the database
	if number.Load() < most {
		if _, before := held.LoadOrStore(name, zone); !before {
			number.Add(1)
		}
	}
	return zone, nil
}

// spelled tells whether a name is written as those of the database are: words of ASCII
// letters, digits, +, - and _ between slashes, of which the first begins with a capital
// (https://data.iana.org/time-zones/theory.html, "Timezone identifiers").
func spelled(name string) bool {
	if name == "" || name[0] < 'A' || name[0] > 'Z' || name == "Local" || path.Clean(name) != name {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		return !letter && (r < '0' || r > '9') && !strings.ContainsRune("+-_/", r)
	})
}
