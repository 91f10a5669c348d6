package affili

import (
	"slices"
	"time"
)

// Status is the state of a conversion, as the document numbers it.
type Status int

// The four states of the document.
const (
	Pending    Status = 0
	Approved   Status = 1
	Rejected   Status = 2
	Duplicated Status = 3
)

// Type is the type of a conversion.
type Type string

// The three types of the document. Its sample has the number 6 where its table
// has 'buy', so both are met in answers.
const (
	Buy   Type = "buy"
	Click Type = "click"
	Lead  Type = "lead"
)

const buyNumber = 6

// Publisher is an affiliate of the merchant.
type Publisher struct {
	ID       string
	Name     string
	AffID    string // aff_id of its referral links
	Referrer string // referrer of its referral links
}

// Commission is a part of a conversion.
type Commission struct {
	ID     string
	Name   string
	Amount int64 // rial
}

// ClickRef is a click that a conversion came from.
type ClickRef struct {
	ID string
	At time.Time
}

// Conversion is a sale, click or lead of the merchant. Amounts are whole rial.
type Conversion struct {
	ID           string
	Publisher    string // id; empty is written as null
	Status       Status
	Type         Type
	TypeIsNumber bool // Type is written as a number
	Wage         int64
	Amount       int64
	Created      time.Time
	Updated      time.Time
	ExternalID   string // empty is written as null
	Commissions  []Commission
	Closed       bool
	CheckedOut   bool
	Agents, IPs  []string // both empty: no client data
	Clicks       []ClickRef
}

// CommissionAmount returns the sum of the conversion's commissions in rial.
func (c Conversion) CommissionAmount() int64 {
	var sum int64
	for _, part := range c.Commissions {
		sum += part.Amount
	}
	return sum
}

// Publishers returns the publishers.
func (s *Server) Publishers() []Publisher { return slices.Clone(s.publishers) }

// Conversions returns the conversions as they are now, newest first.
func (s *Server) Conversions() []Conversion {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.conversions)
}
