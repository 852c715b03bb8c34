// Package calling asks an independent validator whether the requests that
// engine/action makes are what the documents ask for: of documents drawn at
// random, and of a folder of published ones. It owns no product code.
package calling
