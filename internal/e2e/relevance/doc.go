// Package relevance measures how well search ranks, through the API with the
// official Go SDK, on a collection whose judgments are known.
//
// It has tests only. It knows no collection: `make relevance DATA=dir` names a
// folder in BEIR form. How ranking is done is platform/retrieval.
package relevance
