// Package field is the vocabulary of reports: the dimensions and metrics that
// every platform is asked for by the same name, with their types, and how rates
// are made of other metrics.
//
// It knows nothing of platforms, mappings or requests. What only one platform has
// is not listed here: it is called <platform>.<native name>.
package field
