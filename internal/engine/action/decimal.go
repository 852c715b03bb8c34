package action

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// Bounds on a number that is calculated with: past them 1e999999999 would take
// a gigabyte to compare. No documented range comes near.
const (
	maxDigits   = 400
	maxExponent = 400
)

// decimal is the exact value of a JSON number; false when it is not one, or is
// out of bounds.
func decimal(literal string) (*big.Rat, bool) {
	if len(literal) > maxDigits || literal == "" {
		return nil, false
	}
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(literal[i+1:])
		if err != nil || exponent > maxExponent || exponent < -maxExponent {
			return nil, false
		}
	}
	if !json.Valid([]byte(literal)) || strings.ContainsAny(literal[:1], `"{[tfn`) {
		return nil, false
	}
	return new(big.Rat).SetString(literal)
}

func sameNumber(a, b string) bool {
	x, ok := decimal(a)
	y, also := decimal(b)
	return ok && also && x.Cmp(y) == 0
}

// whole is a number that is an integer, written without fraction and exponent.
func whole(literal string) (string, bool) {
	if !strings.ContainsAny(literal, ".eE") {
		return literal, len(literal) <= maxDigits
	}
	r, ok := decimal(literal)
	if !ok || !r.IsInt() {
		return literal, false
	}
	return r.Num().String(), true
}
