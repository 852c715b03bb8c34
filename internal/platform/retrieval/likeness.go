package retrieval

import (
	"hash/fnv"
	"math/bits"
	"strings"

	"github.com/parleyhq/parley/internal/engine/language"
)

// likeness is what is known of a passage's words to tell whether another one
// says the same.
type likeness struct {
	words   uint64 // a sum over all words: equal for the same words in any order
	sketch  uint64 // a simhash of the distinct words (Charikar, 2002): near for much the same words
	figures uint32 // a sum over the words with digits in them
}

const (
	// sketched is from how many words on a sketch is to be trusted.
	sketched = 64
	// near is how many bits of two sketches may differ. One word in two hundred
	// moves about three.
	near = 3
)

// likenessOf sums up the words of a passage.
func likenessOf(tokens []language.Token) likeness {
	var l likeness
	var sums [64]int32
	seen := make(map[string]struct{}, len(tokens))
	for _, t := range tokens {
		h := hash(t.Term)
		l.words += h
		if strings.ContainsAny(t.Term, "0123456789") {
			l.figures += uint32(h >> 32)
		}
		if _, again := seen[t.Term]; again {
			continue
		}
		seen[t.Term] = struct{}{}
		for i := range sums {
			sums[i] += int32(h>>i&1)*2 - 1
		}
	}
	for i, sum := range sums {
		if sum > 0 {
			l.sketch |= 1 << i
		}
	}
	return l
}

// like reports whether two passages say the same: in the same words, whatever
// their case, punctuation and markup; or, when they are long, in all but a few,
// none of which is a figure.
func (p *passage) like(o *passage) bool {
	if p.words == o.words {
		return true
	}
	return p.body >= sketched && o.body >= sketched &&
		p.figures == o.figures && bits.OnesCount64(p.sketch^o.sketch) <= near
}

// hash spreads a word over 64 bits, the same ones in every process.
func hash(word string) uint64 {
	f := fnv.New64a()
	f.Write([]byte(word))
	h := f.Sum64()
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd // the finalizer of MurmurHash3
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
