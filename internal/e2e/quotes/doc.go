// Package quotes measures how good the answers are that are made without a
// language model: over documents and questions made for it, through the API with
// the official Go SDK, by the server's search.
//
// It has tests only. How sentences are chosen is engine/quote.
package quotes
