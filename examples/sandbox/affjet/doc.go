// Package affjet is a sandbox of AffJet's external client API, written from its
// public documentation alone (affjet.com/api-documentation).
//
// The document says how requests look and which fields answers have. Where it
// is silent the sandbox decides, and says so here:
//
//   - Results other than 0 come with HTTP status 200, as nothing else is documented.
//   - Parameters that an endpoint does not list are incorrect (result 200), so
//     that a misspelt filter is noticed rather than ignored.
//   - The documented maximum of pageSize is a cap: more is served as 10000.
//   - Total values count both ends of a range: from the 1st to the 30th is 30
//     days, to the 31st is too much. Without any date the last 30 days are summed.
//   - Dates are in the account's time zone, Europe/London by default. No row falls
//     into the hour that is repeated when summer time ends.
//   - commissionRate is a percentage.
//   - A status comes in whatever letter case the network's import left it in.
package affjet
