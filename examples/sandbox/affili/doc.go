// Package affili is a sandbox of Affili's REST API for merchants, written from
// its public documentation alone (the page "rest api" of the affili-js wiki).
//
// The document says how requests look and which fields a conversion has. Where
// it is silent the sandbox decides, and says so here:
//
//   - A list has the envelope of a single conversion, with the tag
//     "conversions", newest first. By default it has every row whatever the
//     parameter page says; see [Config.PageSize].
//   - Answers carry Jalali dates in the time zone Asia/Tehran. Filters are
//     Gregorian, as documented, and in the same zone unless they carry an offset.
//   - Errors are {"status":"error","errors":{…}}: a message for a refused or
//     unknown thing (401, 403, 404, 405), lists of messages by field for incorrect
//     values (422). Parameters that are not documented are ignored.
//   - The commission amount of min_commission_amount and max_commission_amount is
//     the sum of a conversion's sub_amounts.
//   - JSON is escaped as PHP does, and empty maps are [].
package affili
