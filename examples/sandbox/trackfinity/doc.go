// Package trackfinity is a sandbox of Trackfinity's REST API for admins, written
// from its public documentation (API overview; profit/loss report;
// transaction report; payout preview of the same product under its other names).
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
//   - The transaction report is an object of transactions by transaction_id, as
//     older releases answer, in ascending order, every value a string or null
//     and times in unix seconds; without transactions it is [], which is how PHP
//     writes an empty map. Whatever the profit/loss report counts besides visits
//     is one transaction, in the same period, and amount and payout add up to its
//     revenue and payout. The types are initial, trial, rebill, refund,
//     chargeback and cancel.
//   - A transaction has its click's hash, so that all of a click have the same.
//     filter_affiliate is the affiliate's user name; no_inhouse=1 leaves out the
//     in-house affiliates; trans_count is at least 1 and not limited.
//   - Events are counted on the day they happened, in the install's time zone.
//   - A pay period is half a month; a week begins on Monday; periods that are not
//     over end now.
//   - limit_inhouse and limit_mediabuy: 0 counts all, 1 only those, 2 all others.
//   - Wrong credentials are refused with 401, addresses that are not allowed with
//     403. A method that exists but not at an endpoint is unsupported: 400.
//   - The payout preview answers with what was asked and the payout.
package trackfinity
