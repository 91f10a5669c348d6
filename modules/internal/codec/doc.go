// Package codec translates single values, native to unified and back: instants,
// days, decimal numbers and money, enums, booleans and identifiers.
//
// Everything works on the bytes of a value's text. Nothing passes through a float,
// so that amounts and identifiers stay exact, and nothing allocates where values
// have the usual forms. The package knows neither JSON documents nor platforms;
// which codec is used where is a mapping's business.
package codec
