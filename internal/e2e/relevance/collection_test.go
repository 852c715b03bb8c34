package relevance

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// collection is documents, queries, and which documents are relevant to each.
type collection struct {
	documents []document
	queries   []query
	relevant  map[string]map[string]bool
}

type document struct {
	ID          string `json:"_id"`
	Title, Text string
}

type query struct {
	ID   string `json:"_id"`
	Text string
}

// read reads a collection in BEIR form: corpus.jsonl, queries.jsonl, and
// qrels.tsv of query, document and grade. Queries without a relevant document
// are left out.
func read(t *testing.T, dir string) *collection {
	t.Helper()
	c := &collection{relevant: map[string]map[string]bool{}}
	lines(t, filepath.Join(dir, "qrels.tsv"), func(line []byte) {
		f := strings.Split(string(line), "\t")
		if len(f) != 3 || f[2] == "0" || f[0] == "query-id" {
			return
		}
		if c.relevant[f[0]] == nil {
			c.relevant[f[0]] = map[string]bool{}
		}
		c.relevant[f[0]][f[1]] = true
	})
	lines(t, filepath.Join(dir, "corpus.jsonl"), func(line []byte) {
		c.documents = append(c.documents, decode[document](t, line))
	})
	lines(t, filepath.Join(dir, "queries.jsonl"), func(line []byte) {
		if q := decode[query](t, line); c.relevant[q.ID] != nil {
			c.queries = append(c.queries, q)
		}
	})
	slices.SortFunc(c.queries, func(a, b query) int { return strings.Compare(a.ID, b.ID) })
	return c
}

func decode[T any](t *testing.T, line []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func lines(t *testing.T, file string, each func(line []byte)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		each(scanner.Bytes())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}

// gain is nDCG@10: what the relevant documents among the first ten are worth,
// less and less down the list, as a share of the most there could be.
func gain(run []string, relevant map[string]bool) float64 {
	got, most := 0.0, 0.0
	for i := range 10 {
		worth := 1 / math.Log2(float64(i+2))
		if i < len(run) && relevant[run[i]] {
			got += worth
		}
		if i < len(relevant) {
			most += worth
		}
	}
	return got / most
}

// recall is the share of the relevant documents that a list has.
func recall(run []string, relevant map[string]bool) float64 {
	n := 0
	for _, d := range run {
		if relevant[d] {
			n++
		}
	}
	return float64(n) / float64(len(relevant))
}

// The measures are those of trec_eval, by hand.
func TestMeasures(t *testing.T) {
	relevant := map[string]bool{"a": true, "b": true}
	for _, c := range []struct {
		run          string
		gain, recall float64
	}{
		{"a b c", 1, 1},
		{"b a", 1, 1},
		{"c d e", 0, 0},
		{"", 0, 0},
		{"c a", (1 / math.Log2(3)) / (1 + 1/math.Log2(3)), 0.5},
		{"0 1 2 3 4 5 6 7 8 9 a", 0, 0.5},
	} {
		run := strings.Fields(c.run)
		if g, r := gain(run, relevant), recall(run, relevant); math.Abs(g-c.gain) > 1e-12 || r != c.recall {
			t.Errorf("%q: nDCG@10 %g, recall %g", c.run, g, r)
		}
	}
}
