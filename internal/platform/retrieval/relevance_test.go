package retrieval_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

var collection = flag.String("collection", "", "TestRelevance: the folder of a collection in BEIR form (corpus.jsonl, queries.jsonl, qrels.tsv)")

// judged is a collection with judgments.
type judged struct {
	documents []retrieval.Change
	names     []string // of the documents, in order
	queries   []struct{ ID, Text string }
	relevant  map[string]map[string]bool
}

// TestRelevance measures how well the judged documents of a collection are
// ranked, each as one passage with its title. Nothing in this package knows any
// collection: the two halves of the queries show that they agree.
func TestRelevance(t *testing.T) {
	if *collection == "" {
		t.Skip("no -collection: make relevance runs it, with DATA naming a collection's folder")
	}
	j := readJudged(t, *collection)
	s := &changes{}
	s.put(j.documents...)
	l := open(t, "", s)
	var sum, recall [2]float64
	var count [2]int
	for i, q := range j.queries {
		if len(j.relevant[q.ID]) == 0 {
			continue
		}
		var run []string
		for _, d := range found(t, l, retrieval.Query{Text: q.Text, Limit: 100, DocumentsOnly: true}) {
			n := 0
			if _, err := fmt.Sscanf(d, "%d", &n); err != nil {
				t.Fatal(err)
			}
			run = append(run, j.names[n])
		}
		sum[i%2] += gain(run, j.relevant[q.ID])
		recall[i%2] += share(run, j.relevant[q.ID])
		count[i%2]++
	}
	all := float64(count[0] + count[1])
	t.Logf("nDCG@10 %.4f (halves %.4f and %.4f), recall@100 %.4f, %d queries on %d documents",
		(sum[0]+sum[1])/all, sum[0]/float64(count[0]), sum[1]/float64(count[1]), (recall[0]+recall[1])/all, int(all), len(j.names))
}

func readJudged(t *testing.T, dir string) *judged {
	j := &judged{relevant: map[string]map[string]bool{}}
	eachLine(t, filepath.Join(dir, "corpus.jsonl"), func(line []byte) {
		var d struct {
			ID          string `json:"_id"`
			Title, Text string
		}
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatal(err)
		}
		j.documents = append(j.documents, text(fmt.Sprintf("%06d", len(j.names)), d.Title, d.Text))
		j.names = append(j.names, d.ID)
	})
	eachLine(t, filepath.Join(dir, "queries.jsonl"), func(line []byte) {
		var q struct {
			ID   string `json:"_id"`
			Text string
		}
		if err := json.Unmarshal(line, &q); err != nil {
			t.Fatal(err)
		}
		j.queries = append(j.queries, struct{ ID, Text string }{q.ID, q.Text})
	})
	slices.SortFunc(j.queries, func(a, b struct{ ID, Text string }) int { return strings.Compare(a.ID, b.ID) })
	eachLine(t, filepath.Join(dir, "qrels.tsv"), func(line []byte) {
		f := strings.Split(string(line), "\t")
		if len(f) != 3 || f[2] == "0" || f[0] == "query-id" {
			return
		}
		if j.relevant[f[0]] == nil {
			j.relevant[f[0]] = map[string]bool{}
		}
		j.relevant[f[0]][f[1]] = true
	})
	return j
}

func eachLine(t *testing.T, file string, f func(line []byte)) {
	r, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
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

// share is how many of the relevant documents are in a list.
func share(run []string, relevant map[string]bool) float64 {
	n := 0
	for _, d := range run {
		if relevant[d] {
			n++
		}
	}
	return float64(n) / float64(len(relevant))
}
