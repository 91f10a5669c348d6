// Package reportcache keeps the rows of reports, window by window: it decides how long
// they are good for, which of the missing ones are fetched together, who waits for whose
// native call, and what is fetched ahead while nobody waits.
//
//   - A window lives by its age at the moment it was fetched ([Policy]): the numbers of
//     today change by the minute, those of last month hardly, and none are ever final.
//   - What is missing is fetched in as few calls as the platform allows.
//   - A native call belongs to nobody: whoever needs its windows waits for it, and it goes
//     on when those who wait have gone. When it fails, all of them are told, and none
//     tries by itself.
//   - Past their life rows are served while they are fetched anew, and longer while the
//     platform fails, always marked as stale.
//
// The package knows rows as bytes only and stores them through package cache. It must
// not know mappings, native requests, HTTP, or where the bytes lie.
package reportcache
