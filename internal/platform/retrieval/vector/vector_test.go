package vector

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// unit is a random vector of length 1.
func unit(r *rand.Rand, dimensions int) []float32 {
	v := make([]float32, dimensions)
	sum := 0.0
	for i := range v {
		x := r.NormFloat64()
		v[i] = float32(x)
		sum += x * x
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// naive is what Nearest means.
func naive(vectors map[uint32][]float32, query []float32, k int, admit func(uint32) bool) []uint32 {
	type scored struct {
		ordinal uint32
		score   float32
	}
	var all []scored
	for ordinal, v := range vectors {
		if admit != nil && !admit(ordinal) {
			continue
		}
		all = append(all, scored{ordinal, dot(query, v)})
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ordinal, b.ordinal))
	})
	var found []uint32
	for _, s := range all[:min(k, len(all))] {
		found = append(found, s.ordinal)
	}
	return found
}

func ordinals(found []Neighbor) (list []uint32) {
	for _, n := range found {
		list = append(list, n.Ordinal)
	}
	return list
}

// A table finds what a look at each vector finds, after whatever changes.
func TestNearestIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		dimensions := rapid.SampledFrom([]int{1, 2, 7, 16}).Draw(t, "dimensions")
		span := rapid.SampledFrom([]int{5, 300, 4000}).Draw(t, "ordinals")
		table, want := New(dimensions), map[uint32][]float32{}
		for range rapid.IntRange(0, 6000).Draw(t, "changes") {
			ordinal := uint32(r.IntN(span))
			if r.IntN(3) == 0 {
				table.Remove(ordinal)
				delete(want, ordinal)
				continue
			}
			v := unit(r, dimensions)
			if r.IntN(10) == 0 && len(want) > 0 {
				v = want[slices.Sorted(mapKeys(want))[0]] // equals
			}
			if !table.Set(ordinal, v) {
				t.Fatal("not taken")
			}
			want[ordinal] = v
		}
		if table.Len() != len(want) {
			t.Fatalf("%d vectors, want %d", table.Len(), len(want))
		}
		odd := func(o uint32) bool { return o%2 == 1 }
		few := func(o uint32) bool { return o%7 == 3 }
		for _, admit := range []func(uint32) bool{nil, odd, few, func(uint32) bool { return false }} {
			query, k := unit(r, dimensions), r.IntN(40)
			if got, want := ordinals(table.Nearest(query, k, admit)), naive(want, query, k, admit); !slices.Equal(got, want) {
				t.Fatalf("found %v, want %v", got, want)
			}
		}
	})
}

func mapKeys(m map[uint32][]float32) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestSimilarityAndDot(t *testing.T) {
	table := New(3)
	table.Set(1, []float32{1, 0, 0})
	table.Set(2, []float32{0, 1, 0})
	table.Set(3, []float32{-1, 0, 0})
	got := table.Nearest([]float32{1, 0, 0}, 9, nil)
	want := []Neighbor{{1, 1}, {2, 0}, {3, -1}}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		q, v := unit(r, n+1), unit(r, n+1)
		sum := 0.0
		for i := range q {
			sum += float64(q[i]) * float64(v[i])
		}
		if got := dot(q, v); math.Abs(float64(got)-sum) > 1e-5 {
			t.Errorf("dot of %d dimensions is %v, want %v", n+1, got, sum)
		}
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	table := New(2)
	nan := float32(math.NaN())
	if table.Set(1, []float32{1}) || table.Set(1, nil) || table.Set(none, []float32{1, 0}) || New(0).Set(1, nil) {
		t.Error("a vector was taken that is none of this table")
	}
	if table.Set(7, []float32{nan, nan}); len(table.Nearest([]float32{1, 0}, 5, nil)) != 0 {
		t.Error("what is no number was found")
	}
	table.Set(1, []float32{1, 0})
	for _, query := range [][]float32{nil, {1}, {1, 0, 0}} {
		if got := table.Nearest(query, 5, nil); got != nil {
			t.Errorf("Nearest(%v) = %v", query, got)
		}
	}
	if table.Nearest([]float32{1, 0}, 0, nil) != nil || table.Nearest([]float32{1, 0}, -1, nil) != nil {
		t.Error("found more than was asked for")
	}
	v := []float32{0, 1}
	table.Set(2, v)
	v[0], v[1] = 1, 0
	if got := table.Nearest([]float32{0, 1}, 1, nil); got[0].Ordinal != 2 || got[0].Similarity != 1 {
		t.Errorf("a vector changed with its caller's: %v", got)
	}
}

// admit is asked once of each, and memory of what is gone is given back.
func TestAdmissionAndRoom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	table := New(4)
	for o := range uint32(10 * blockSize) {
		table.Set(o, unit(r, 4))
	}
	for o := range uint32(10 * blockSize) {
		if o%8 != 0 {
			table.Remove(o)
		}
	}
	asked := map[uint32]int{}
	table.Nearest(unit(r, 4), 3, func(o uint32) bool { asked[o]++; return true })
	for o, n := range asked {
		if n != 1 || o%8 != 0 {
			t.Fatalf("%d was asked about %d times", o, n)
		}
	}
	if len(asked) != 10*blockSize/8 {
		t.Errorf("asked about %d", len(asked))
	}
	for _, b := range (*table.rows.Load())[:len(*table.rows.Load())-1] {
		if len(b.ordinals) != blockSize {
			t.Errorf("a block in the middle has %d slots", len(b.ordinals))
		}
	}
	if n := len(*table.rows.Load()); n > 4 {
		t.Errorf("%d vectors stand in %d blocks", table.Len(), n)
	}
}

// A search sees one moment: of two vectors that change places, both or neither.
func TestConcurrency(t *testing.T) {
	const n = 3 * blockSize
	r := rand.New(rand.NewPCG(5, 6))
	table := New(8)
	for o := range uint32(n) {
		table.Set(o, unit(r, 8))
	}
	var searching, changing sync.WaitGroup
	done := make(chan struct{})
	changing.Go(func() {
		r := rand.New(rand.NewPCG(7, 8))
		for i := range uint32(2 * n) {
			table.Set(i%n, unit(r, 8)) // replaced, never gone
		}
	})
	for i := range uint64(2) {
		query := unit(rand.New(rand.NewPCG(i, 9)), 8)
		searching.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				seen := 0
				table.Nearest(query, 1, func(uint32) bool { seen++; return true })
				if seen != n {
					t.Errorf("a search saw %d of %d vectors", seen, n)
					return
				}
			}
		})
	}
	changing.Wait()
	close(done)
	searching.Wait()
}

func BenchmarkNearest(b *testing.B) {
	const n = 100_000
	for _, dimensions := range []int{256, 768} {
		r := rand.New(rand.NewPCG(1, 1))
		table := New(dimensions)
		for o := range uint32(n) {
			table.Set(o, unit(r, dimensions))
		}
		query := unit(r, dimensions)
		for name, admit := range map[string]func(uint32) bool{
			"all": nil, "half": func(o uint32) bool { return o*2654435761>>31 == 0 }, "tenth": func(o uint32) bool { return o*2654435761>>16%10 == 0 },
		} {
			b.Run(fmt.Sprintf("%dx%d/%s", n, dimensions, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					table.Nearest(query, 100, admit)
				}
			})
		}
	}
}
