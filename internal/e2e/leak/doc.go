// Package leak looks for anything of a document that crosses the line to somebody
// who may not see it.
//
// It fills an index with documents that say words found nowhere else, makes people,
// groups that are nested five deep and lists of access that allow and deny, and then
// changes all of it at random and asks everything that can show a document: searches
// with filters and pages, contents and the addresses they are at, lists, checks,
// conversations and what they cite later. A model of its own, which shares no code
// with the server, says what each may see: an answer has to be just that, and its
// bytes nothing of the rest. What is hidden has to be answered as what is absent, byte
// for byte. Between changes the answers have to be exact; while changes are made, each
// has to be right before or after one of them.
//
// It has tests only:
//
//	go test ./internal/e2e/leak -args -documents=50000 -calls=200000 [-seed=N] [-postgres=URL]
package leak
