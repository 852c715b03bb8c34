package retrieval_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

var (
	scaleSizes = flag.String("sizes", "", "TestScale: numbers of passages, separated by commas")
	scaleBare  = flag.Int("bare", 100_000, "TestScale: also measure the bare library up to so many passages")
	scaleTo    = flag.String("to", "", "TestScale: the folder that scale.md and scale.svg are written to")
)

const (
	queries = 300
	users   = 20
	hits    = 10
)

// measured is one row of the table.
type measured struct {
	passages     int
	build, again time.Duration // from the log, and opening what was built
	work         time.Duration // of processors, for building
	bytes        int64
	resident     int64
	p50, p95     time.Duration // with the access control of a user

	// Of the bare library, without access control.
	bareBuild, bareWork time.Duration
	bare50, bare95      time.Duration
}

// TestScale measures how building, searching and memory grow. It prints a table.
func TestScale(t *testing.T) {
	if *scaleSizes == "" {
		t.Skip("no -sizes: make scale runs it")
	}
	var rows []measured
	for field := range strings.SplitSeq(*scaleSizes, ",") {
		var passages int
		if _, err := fmt.Sscan(field, &passages); err != nil {
			t.Fatalf("-sizes: %v", err)
		}
		rows = append(rows, measure(t, passages))
		t.Logf("%+v", rows[len(rows)-1])
	}
	t.Log("\n" + table(rows))
	if *scaleTo != "" {
		writeScale(t, *scaleTo, rows)
	}
}

func measure(t *testing.T, passages int) measured {
	m := measured{passages: passages}
	w := newWorld(passages, 1000)
	dir := t.TempDir()
	l := open(t, dir, w)
	began, used := time.Now(), processor()
	if err := l.Wait(t.Context(), key, int64(w.documents)); err != nil {
		t.Fatal(err)
	}
	m.build, m.work = time.Since(began), processor()-used
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, w)
	began = time.Now()
	if err := l.Wait(t.Context(), key, int64(w.documents)); err != nil {
		t.Fatal(err)
	}
	m.again = time.Since(began)
	m.p50, m.p95 = latencies(func(i int) {
		q := retrieval.Query{Text: w.query(i), Who: w.user(i % users), Limit: hits}
		if _, err := l.Search(t.Context(), key, q); err != nil {
			t.Fatal(err)
		}
	})
	m.resident = resident(t)
	if s, _, err := retrieval.StatusOf(dir, key); err == nil {
		m.bytes = s.Bytes
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if passages <= *scaleBare {
		measureBare(t, w, &m)
	}
	return m
}

// latencies are the median and the 95th percentile of what so many calls take of
// one processor, after as many that warm up: what the process is given by a busy
// machine is not in it, what collecting garbage takes is.
func latencies(call func(i int)) (p50, p95 time.Duration) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var took []time.Duration
	for i := range 2 * queries {
		began := processor()
		call(i % queries)
		if i >= queries {
			took = append(took, processor()-began)
		}
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*95/100]
}

// processor is how much time of processors the process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is how much memory the process has, as the system counts.
func resident(t *testing.T) int64 {
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Logf("no resident size: %v", err)
		return 0
	}
	var total, pages int64
	if _, err := fmt.Sscan(string(status), &total, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// measureBare does the same with the library itself, without anything of ours:
// the same texts in the same batches, English analysis, BM25, and a match of
// title or body.
func measureBare(t *testing.T, w *world, m *measured) {
	text := bleve.NewTextFieldMapping()
	text.Analyzer, text.Store, text.IncludeInAll = en.AnalyzerName, false, false
	mapping := bleve.NewIndexMapping()
	mapping.ScoringModel = "bm25"
	mapping.DefaultMapping.Dynamic = false
	mapping.DefaultMapping.AddFieldMappingsAt("title", text)
	mapping.DefaultMapping.AddFieldMappingsAt("body", text)
	bare, err := bleve.NewUsing(filepath.Join(t.TempDir(), "bare"), mapping, "scorch", "scorch", map[string]any{"unsafe_batch": true})
	if err != nil {
		t.Fatal(err)
	}
	began, used := time.Now(), processor()
	batch := bare.NewBatch()
	for n := range w.documents {
		c := w.document(n)
		for _, p := range c.Passages {
			if err := batch.Index(fmt.Sprint(c.Document, p.N), map[string]any{"title": c.Title, "body": p.Text}); err != nil {
				t.Fatal(err)
			}
		}
		if batch.Size() >= 4000 || n == w.documents-1 {
			if err := bare.Batch(batch); err != nil {
				t.Fatal(err)
			}
			batch.Reset()
		}
	}
	m.bareBuild, m.bareWork = time.Since(began), processor()-used
	m.bare50, m.bare95 = latencies(func(i int) {
		title, body := bleve.NewMatchQuery(w.query(i)), bleve.NewMatchQuery(w.query(i))
		title.SetField("title")
		body.SetField("body")
		if _, err := bare.Search(bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(title, body), hits, 0, false)); err != nil {
			t.Fatal(err)
		}
	})
	if err := bare.Close(); err != nil {
		t.Fatal(err)
	}
}

func table(rows []measured) string {
	var b strings.Builder
	b.WriteString("| passages | build | core time | open | on disk | resident | search p50 | p95 | bare: build | core time | search p50 | p95 |\n")
	b.WriteString("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, m := range rows {
		fmt.Fprintf(&b, "| %d | %.0f s | %.0f s | %.1f s | %d MB | %d MB | %.1f ms | %.1f ms |", m.passages, m.build.Seconds(),
			m.work.Seconds(), m.again.Seconds(), m.bytes/1e6, m.resident/1e6, ms(m.p50), ms(m.p95))
		if m.bareBuild > 0 {
			fmt.Fprintf(&b, " %.0f s | %.0f s | %.1f ms | %.1f ms |\n", m.bareBuild.Seconds(), m.bareWork.Seconds(), ms(m.bare50), ms(m.bare95))
		} else {
			b.WriteString(" | | | |\n")
		}
	}
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
