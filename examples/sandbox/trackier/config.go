package trackier

import (
	"net/netip"
	"time"
)

// The keys of the other two kinds where [Config] names none.
const (
	DefaultPublisherKey  = "sandbox-publisher"
	DefaultAdvertiserKey = "sandbox-advertiser"
)

// Prefix says under which paths version 1 answers: the documents disagree.
type Prefix int

// The overview curls /api/affiliate, every page of reference /affiliate.
const (
	BothPrefixes Prefix = iota
	WithAPI             // /api/affiliate alone
	WithoutAPI          // /affiliate alone
)

// Config says what a [Server] holds and how it differs from the documents.
type Config struct {
	// Key is what a network's clients send as X-Api-Key or apiKey. Empty refuses
	// them all.
	Key string
	// PublisherKey is the key of the affiliate PublisherID. Default:
	// [DefaultPublisherKey].
	PublisherKey string
	// AdvertiserKey is the key of the advertiser AdvertiserID. Default:
	// [DefaultAdvertiserKey].
	AdvertiserKey string
	// PublisherID is the display id of the affiliate who holds PublisherKey.
	// Default: the first one.
	PublisherID int64
	// AdvertiserID is the display id of the advertiser who holds AdvertiserKey.
	// Default: that of the first campaign.
	AdvertiserID int64
	// AllowIPs are the addresses that may ask. Empty: any.
	AllowIPs []netip.Prefix
	// Seed chooses the data. The same seed gives the same rows for the same day.
	Seed uint64
	// Now is the clock: the data is the year before it (see [kit.Window]).
	// Default: time.Now.
	Now func() time.Time
	// Zone is the network's time zone: of times without an offset, and of the
	// days in parameters and reports. Default: Asia/Kolkata.
	Zone *time.Location

	// Prefix is where version 1 answers. Default: both forms.
	Prefix Prefix
	// Locked answers everything with code 42.
	Locked bool
	// Status200 sends refused requests and objects not found with HTTP 200, as
	// some endpoints do, so that only `success` tells.
	Status200 bool
	// CountIsPage makes `count` of the conversions the rows of this page, not of
	// all pages: the samples show both.
	CountIsPage bool
	// JobTime is how long an import takes by the clock Now; it is in progress for
	// the second half. Default, 0: the second time somebody asks for the job it
	// is done, whatever the clock shows.
	JobTime time.Duration
	// WrappedErrors puts the errors of version 2 under `errors`, as some of its
	// answers with status 400 are specified.
	WrappedErrors bool
	// RateLimits enforces the documented limits of version 2 by the clock Now: 5
	// requests a second for a publisher's campaigns, 200 a minute for its reports.
	RateLimits bool
}
