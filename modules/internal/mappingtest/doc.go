// Package mappingtest runs the tests that are written beside a mapping, on the real
// engine, with a platform that answers from fixtures.
//
// Beside the tests themselves it says which of the mapping's members, enum values, error
// rules and ends of paging no test has reached, and gives every operation hostile
// answers, made from the good ones of its tests.
//
// The package knows no platform and no command line, and makes no network connection.
package mappingtest
