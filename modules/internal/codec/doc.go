// Package codec translates single values, native to unified and back: instants,
// days and enums; and it reads decimal numbers, booleans and text exactly.
//
// Everything works on the bytes of a value's text. Nothing passes through a float,
// so that amounts and identifiers stay exact, and nothing allocates where values
// have the usual forms. The package knows neither JSON documents nor platforms;
// which codec is used where is a mapping's business.
package codec
