// Package trackfinity is a sandbox of Trackfinity's REST API for admins, written
// from its public documentation (API overview; profit/loss report; payout
// preview of the same product under its other names).
//
// The documents name paths, headers, parameters and four status codes, but show
// no answer besides ping's bare true. Where they are silent the sandbox decides,
// and says so here:
//
//   - The profit/loss report is {"rows":[{"break":…,"<view>_name":…,"stats":{…}}]}
//     as older releases of the product answer, every number a string. Rows are
//     ordered by break; a break that is not known is null.
//   - Stats have the older releases' names (visitor, joins, initial, trial, rebill,
//     refunds, chargeback, cancel), those of the user interface (page_views,
//     unique_visitor, sales, continuity, reversals), and the money: revenue,
//     payout, profit, in US dollars.
//   - Events are counted on the day they happened, in the install's time zone.
//   - A pay period is half a month; a week begins on Monday; periods that are not
//     over end now.
//   - limit_inhouse and limit_mediabuy: 0 counts all, 1 only those, 2 all others.
//   - Wrong credentials are refused with 401, addresses that are not allowed with
//     403. A method that exists but not at an endpoint is unsupported: 400.
//   - The payout preview answers with what was asked and the payout.
package trackfinity
