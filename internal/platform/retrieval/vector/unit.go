package vector

import "math"

// Unit gives a vector length 1, in place, so that inner products are cosines. A
// vector of zeros, which has no direction, stays. It reports whether all of the
// vector are numbers.
func Unit(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	if sum == 0 {
		return true
	}
	scale := 1 / math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
	return true
}
