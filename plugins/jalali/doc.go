// Package jalali reads and writes dates of the Jalali calendar, also called Solar Hijri
// or Shamsi, which is the civil calendar of Iran. It is the Caddy module
// tributary.codecs.jalali, and an example for authors of codecs: calendar.go holds the
// arithmetic, layout.go the text forms, codec.go the contract of package plugins, and
// module.go what Caddy needs. Only the last one knows Caddy.
//
// In a mapping:
//
//	formats:
//	  instant: {codec: jalali, layout: "2006-01-02 15:04:05"}
package jalali
