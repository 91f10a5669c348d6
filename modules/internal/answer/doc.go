// Package answer writes what every answer of several platforms has beside its rows:
// which page it is, and what part each platform has in it. It must not know whether
// the rows are of a list or of a report.
package answer
