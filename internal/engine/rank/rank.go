// Package rank owns what moves passages up and down once they were found: the
// boosts of attributes, the fusing of several lists into one, and how confident
// a result may be called.
//
// It finds nothing and leaves nothing out: which passages there are is
// platform/retrieval's business, and which boosts an index takes is
// resource/retriever's.
package rank

import (
	"cmp"
	"slices"
)

// Level says how much a boost is worth.
type Level string

// The levels. Version 1 has the words, version 2 the numbers.
const (
	None     Level = "NONE"
	Low      Level = "LOW"
	Medium   Level = "MEDIUM"
	High     Level = "HIGH"
	VeryHigh Level = "VERY_HIGH"

	One   Level = "ONE"
	Two   Level = "TWO"
	Three Level = "THREE"
	Four  Level = "FOUR"
	Five  Level = "FIVE"
)

// Confidence is what a result's score is called.
type Confidence string

// The confidences, spelled as the API spells them.
const (
	ConfidenceVeryHigh     Confidence = "VERY_HIGH"
	ConfidenceHigh         Confidence = "HIGH"
	ConfidenceMedium       Confidence = "MEDIUM"
	ConfidenceLow          Confidence = "LOW"
	ConfidenceNotAvailable Confidence = "NOT_AVAILABLE"
)

// ConfidenceOf goes by the share of the query's distinct terms that the passage
// or the title of its document has: all of them is VERY_HIGH, two in three HIGH,
// one in three MEDIUM, fewer LOW, and a query without terms NOT_AVAILABLE.
//
// It depends on the query and the passage alone. Anything that takes a measure
// of the collection would tell of documents that the asker may not see.
func ConfidenceOf(matched, asked int) Confidence {
	switch {
	case asked <= 0:
		return ConfidenceNotAvailable
	case matched >= asked:
		return ConfidenceVeryHigh
	case 3*matched >= 2*asked:
		return ConfidenceHigh
	case 3*matched >= asked:
		return ConfidenceMedium
	}
	return ConfidenceLow
}

// Fused is a key with its score in the list that others were fused into.
type Fused[K comparable] struct {
	Key   K
	Score float64
}

// dampening is k of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009,
// who found 60): how little the first places of one list outweigh the rest.
const dampening = 60

// Fuse makes one list of several, each of which has its best first: a key scores
// 1/(60+place) for each list that has it. Among equals the one comes first that
// an earlier list, or an earlier place of it, has. A key's second place in one
// list does not count.
func Fuse[K comparable](lists ...[]K) []Fused[K] {
	var fused []Fused[K]
	at := map[K]int{}
	for _, list := range lists {
		seen := make(map[K]bool, len(list))
		for place, key := range list {
			if seen[key] {
				continue
			}
			seen[key] = true
			i, known := at[key]
			if !known {
				i = len(fused)
				at[key] = i
				fused = append(fused, Fused[K]{Key: key})
			}
			fused[i].Score += 1 / float64(dampening+place+1)
		}
	}
	slices.SortStableFunc(fused, func(a, b Fused[K]) int { return cmp.Compare(b.Score, a.Score) })
	return fused
}
