// Package report answers reports: numbers by dimensions over a range of days, of
// several platforms at once.
//
// For each platform it chooses among the native reports of its mapping, splits the
// range into windows that a native call may span, fetches them, and combines their
// rows: what a filter or a time zone needs beyond the asked grouping is fetched
// too and summed away, rates are made of sums, and money never mixes currencies.
// Fetching a window ([Source] in, rows out) and combining rows are apart, and
// combining is pure, so that windows can be kept and combined again. A [Keeper] is asked
// for windows; where there is one, reports are asked by day wherever that takes no more
// native calls, so that days that are kept make other ranges, and coarser reports.
//
// The package knows mappings only as plans and platforms only through [Source]. It
// must not know HTTP requests of clients, credentials, or any platform by name.
package report
