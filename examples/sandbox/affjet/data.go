package affjet

import (
	"slices"
	"time"

	"github.com/tributary-gateway/tributary/examples/sandbox/kit"
)

// Status is AffJet's own status of a transaction, in lower case.
type Status string

// The four statuses. The document names them in the sums of the overview.
const (
	Confirmed Status = "confirmed"
	Pending   Status = "pending"
	Paid      Status = "paid"
	Declined  Status = "declined"
)

// Type is the type of a record.
type Type string

// The two types of the document.
const (
	Bonus Type = "bonus"
	Sale  Type = "transaction"
)

// NoFlag is the transactionFlag that is written as an empty string.
const NoFlag = -1

// Currency is the account's currency: that of Amount and Commission.
const Currency = "GBP"

// Network is an affiliate network that the account imports from.
type Network struct {
	ID                     int64
	Name                   string
	Currency               string // ISO 4217
	Imported, LastImported time.Time
}

// Merchant is a merchant of one network.
type Merchant struct {
	ID      int64
	Name    string
	CID     string // its identifier at the network
	Network int64
}

// Values are the parts of a transaction that its network may amend.
type Values struct {
	Date               time.Time
	Amount             int64 // hundredths of the account's currency
	Commission         int64 // hundredths of the account's currency
	Status             Status
	NativeStatus       string // Status in the letter case that is written
	OriginalAmount     int64  // minor units of OriginalCurrency, see Digits
	OriginalCommission int64  // minor units of OriginalCurrency, see Digits
	OriginalCurrency   string // ISO 4217
	OriginalStatus     string // as the network says; empty is written as null
	CustomID           string // empty is written as null
}

// Transaction is a sale or a bonus.
type Transaction struct {
	Values
	UniqueID string
	Type     Type
	Flag     int // 0, 1, 2 or NoFlag
	Updated  time.Time
	Merchant int64
	Network  int64
	Amends   []Amend // oldest first; the last has the current values
}

// Amend is a transaction as it was at one time.
type Amend struct {
	Values
	UniqueID string // of the amend
	Updated  time.Time
}

// Digits returns how many decimals amounts of a currency have (ISO 4217).
func Digits(currency string) int {
	if currency == "JPY" {
		return 0
	}
	return 2
}

// data is all that an account has. Nothing in this API writes, so it is only
// read once it is made.
type data struct {
	networks     []Network
	merchants    []Merchant
	transactions []Transaction // by date
	rows         []kit.Number  // transactions as they are written without history
}

// Networks returns the networks by id.
func (s *Server) Networks() []Network { return slices.Clone(s.data.networks) }

// Merchants returns the merchants by id.
func (s *Server) Merchants() []Merchant { return slices.Clone(s.data.merchants) }

// Transactions returns the transactions by date, oldest first.
func (s *Server) Transactions() []Transaction { return slices.Clone(s.data.transactions) }

func (s *Server) findNetwork(id int64) (Network, bool) {
	i := slices.IndexFunc(s.data.networks, func(n Network) bool { return n.ID == id })
	if i < 0 {
		return Network{}, false
	}
	return s.data.networks[i], true
}

func (s *Server) findMerchant(id int64) (Merchant, bool) {
	i := slices.IndexFunc(s.data.merchants, func(m Merchant) bool { return m.ID == id })
	if i < 0 {
		return Merchant{}, false
	}
	return s.data.merchants[i], true
}
