package rank

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestConfidence(t *testing.T) {
	for want, cases := range map[Confidence][][2]int{ // matched of asked
		ConfidenceNotAvailable: {{0, 0}, {3, 0}},
		ConfidenceVeryHigh:     {{1, 1}, {2, 2}, {7, 7}, {8, 7}},
		ConfidenceHigh:         {{2, 3}, {3, 4}, {6, 7}},
		ConfidenceMedium:       {{1, 2}, {1, 3}, {3, 5}, {4, 7}},
		ConfidenceLow:          {{0, 1}, {0, 9}, {1, 4}, {2, 7}},
	} {
		for _, c := range cases {
			if got := ConfidenceOf(c[0], c[1]); got != want {
				t.Errorf("%d of %d terms: %s, want %s", c[0], c[1], got, want)
			}
		}
	}
}

// TestConfidenceGrows with the terms that were found, whatever the query.
func TestConfidenceGrows(t *testing.T) {
	order := []Confidence{ConfidenceLow, ConfidenceMedium, ConfidenceHigh, ConfidenceVeryHigh}
	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.IntRange(1, 50).Draw(t, "asked")
		matched := rapid.IntRange(0, asked-1).Draw(t, "matched")
		less, more := slices.Index(order, ConfidenceOf(matched, asked)), slices.Index(order, ConfidenceOf(matched+1, asked))
		if less < 0 || more < less {
			t.Fatalf("%d of %d is %d, one more %d", matched, asked, less, more)
		}
	})
}

func TestFuse(t *testing.T) {
	for name, tt := range map[string]struct {
		lists [][]string
		want  []Fused[string]
	}{
		"nothing":  {nil, nil},
		"one list": {[][]string{{"a", "b"}}, []Fused[string]{{"a", 1.0 / 61}, {"b", 1.0 / 62}}},
		"what both have wins": {[][]string{{"a", "b", "c"}, {"d", "c"}},
			[]Fused[string]{{"c", 1.0/63 + 1.0/62}, {"a", 1.0 / 61}, {"d", 1.0 / 61}, {"b", 1.0 / 62}}},
		"twice in a list": {[][]string{{"a", "a", "b"}}, []Fused[string]{{"a", 1.0 / 61}, {"b", 1.0 / 63}}},
	} {
		if diff := cmp.Diff(tt.want, Fuse(tt.lists...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFuseLaws: every key comes once, one list keeps its order, and who is before
// another in every list is before it in the end.
func TestFuseLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.Custom(func(t *rapid.T) []int {
			return rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 0, 8, rapid.ID).Draw(t, "list")
		})
		lists := rapid.SliceOfN(list, 0, 4).Draw(t, "lists")
		place := map[int]int{}
		for i, f := range Fuse(lists...) {
			if _, twice := place[f.Key]; twice || f.Score <= 0 || f.Score > float64(len(lists))/61 {
				t.Fatalf("%+v, twice: %v", f, twice)
			}
			place[f.Key] = i
		}
		for _, l := range lists {
			for i, a := range l {
				if _, there := place[a]; !there {
					t.Fatalf("%d is lost", a)
				}
				for _, b := range l[i+1:] {
					if place[b] < place[a] && !slices.ContainsFunc(lists, func(o []int) bool { return before(o, b, a) }) {
						t.Fatalf("%d is before %d", b, a)
					}
				}
			}
		}
	})
}

// before reports whether a list has a, and has it before b or does not have b.
func before(list []int, a, b int) bool {
	i, j := slices.Index(list, a), slices.Index(list, b)
	return i >= 0 && (j < 0 || i < j)
}
