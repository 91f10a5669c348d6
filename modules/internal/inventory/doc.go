// Package inventory reads inventory.yaml, which stands beside a mapping: the record
// of a platform's document, each endpoint, parameter, member, value, error, limit
// and operator with what maps it or the reason why nothing does.
//
// [Check] holds an inventory against the compiled mapping, both ways: what is said
// to be mapped has to be so, and what the mapping sends and reads has to be listed.
// [Coverage] is what the tables of the documentation and GET /v1/platforms/{platform}
// show of it. The package makes no native call and knows no platform.
package inventory
