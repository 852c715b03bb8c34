package openapi

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	corpusDir  = flag.String("corpus", "", "directory of OpenAPI documents to measure the importer on")
	corpusList = flag.String("counted", "", "file to write the paths of the documents that count to")
)

// What the importer is to reach on a corpus of public documents.
const (
	wantUnderstood = 99 // percent of documents
	wantCallable   = 98 // percent of operations
	wantTime       = 30 * time.Second
	wantMemory     = 300 << 20 // bytes
)

// corpusLimits lifts what the service bounds: public documents are larger than
// one plugin's.
func corpusLimits() Limits {
	return Limits{Bytes: 64 << 20, Operations: 1 << 30, Nodes: 20_000_000, Aliases: 1_000_000, Work: 1 << 40, Depth: 100, Key: 1 << 16}
}

// TestCorpus measures the importer on the documents of a directory; docs/corpus.md
// says how ours was gathered. It runs with: go test -run TestCorpus -args -corpus DIR.
func TestCorpus(t *testing.T) {
	if *corpusDir == "" {
		t.Skip("no corpus was given, so nothing was measured; make corpus CORPUS=dir measures one")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := &corpus{excluded: map[string]int{}, misses: map[string]int{}, examples: map[string]string{}}
	for _, path := range corpusFiles(t, *corpusDir) {
		c.measure(t, path)
	}
	t.Log(c.report())
	if *corpusList != "" {
		if err := os.WriteFile(*corpusList, []byte(strings.Join(c.counted, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.hold(t)
}

func corpusFiles(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".json", ".yaml", ".yml"}, strings.ToLower(filepath.Ext(path))) {
			out = append(out, path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("no documents in %s: %v", dir, err)
	}
	return out
}

type corpus struct {
	counted     []string
	bytes       int
	understood  int
	homeless    int // understood, and without a server of their own
	operations  int
	callable    int
	complete    int // callable, and every input described to the end
	took        time.Duration
	lost        []string // not understood
	excluded    map[string]int
	misses      map[string]int
	examples    map[string]string // one for each kind of miss
	slowest     string
	slowestTook time.Duration
}

func (c *corpus) measure(t *testing.T, path string) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	start := cpuTime(t)
	r := read(src, corpusLimits().orDefault())
	took := cpuTime(t) - start
	name, err := filepath.Rel(*corpusDir, path)
	if err != nil {
		t.Fatal(err)
	}
	if why := excludedBy(name, r); why != "" {
		c.excluded[why]++
		return
	}
	c.took += took
	if took > c.slowestTook {
		c.slowest, c.slowestTook = path, took
	}
	c.counted = append(c.counted, path)
	c.bytes += len(src)
	if r.document == nil {
		c.lost = append(c.lost, fmt.Sprintf("%s: %s", path, OnlyRefused(r.findings)[0]))
		return
	}
	c.understood++
	if r.document.Server == "" {
		c.homeless++
	}
	for _, op := range r.operations {
		c.operation(path, op)
	}
}

func (c *corpus) operation(path string, op *operation) {
	c.operations++
	var rule, what string
	switch {
	case len(op.reasons) > 0:
		rule, what = op.reasons[0].Rule, op.reasons[0].String()
	case op.cutShort:
		rule, what = "input-large", op.action.Method+" "+op.action.Path
	case !described(op.action):
		rule, what = "input without schema", op.action.Method+" "+op.action.Path
	default:
		c.callable++
		c.complete++
		return
	}
	if len(op.reasons) == 0 {
		c.callable++
	}
	c.misses[rule]++
	if c.examples[rule] == "" {
		c.examples[rule] = path + ": " + what
	}
}

// described says whether every input has a schema.
func described(a Action) bool {
	for _, p := range a.Parameters {
		if p.Schema == nil {
			return false
		}
	}
	return a.Body == nil || a.Body.Schema != nil
}

var brokenOnPurpose = regexp.MustCompile(`(?i)(^|[/_.-])(invalid|fail|failing|bad|broken|malformed|unresolved|missing)([/_.-]|$)`)

// excludedBy names the rule by which a document does not count, "" when it does.
// path is that within the corpus.
func excludedBy(path string, r reading) string {
	rules := map[string]string{
		"json-syntax": "not well-formed", "yaml-syntax": "not well-formed", "several-documents": "not well-formed", "duplicate-key": "not well-formed",
		"not-utf8": "not well-formed", "control-character": "not well-formed", "key-not-text": "not well-formed", "empty": "not well-formed",
		"openapi-missing": "not OpenAPI 3", "openapi-version": "not OpenAPI 3", "swagger-2": "not OpenAPI 3", "not-an-object": "not OpenAPI 3",
		"paths-missing": "nothing to call", "operations-none": "nothing to call", "ref-external": "needs other files",
	}
	if brokenOnPurpose.MatchString(path) {
		return "broken on purpose"
	}
	for _, f := range r.findings {
		if why := rules[f.Rule]; why != "" && f.Grade == Refused {
			return why
		}
	}
	return ""
}

func (c *corpus) report() string {
	var b strings.Builder
	documents := len(c.counted)
	fmt.Fprintf(&b, "\ndocuments             %d (%d MB), beside %v that do not count\n", documents, c.bytes>>20, c.excluded)
	fmt.Fprintf(&b, "understood            %d (%.2f %%), %d of them without a server of their own\n", c.understood, percent(c.understood, documents), c.homeless)
	fmt.Fprintf(&b, "operations            %d\n", c.operations)
	fmt.Fprintf(&b, "callable              %d (%.2f %%)\n", c.callable, percent(c.callable, c.operations))
	fmt.Fprintf(&b, "with complete inputs  %d (%.2f %%)\n", c.complete, percent(c.complete, c.operations))
	fmt.Fprintf(&b, "processor time        %v on one core, at most %v (%s)\n", c.took.Round(time.Millisecond), c.slowestTook.Round(time.Millisecond), filepath.Base(c.slowest))
	fmt.Fprintf(&b, "peak memory           %d MB\n", peakMemory()>>20)
	for _, rule := range slices.SortedFunc(maps.Keys(c.misses), func(x, y string) int { return cmp.Compare(c.misses[y], c.misses[x]) }) {
		fmt.Fprintf(&b, "  missed %5d  %-22s %.300s\n", c.misses[rule], rule, c.examples[rule])
	}
	for _, l := range c.lost {
		fmt.Fprintf(&b, "  lost  %.300s\n", l)
	}
	return b.String()
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

// peakMemory is the most the process has had of real memory, as Linux tells it;
// elsewhere what Go has asked for.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(status)) {
			var kilobytes int
			if n, err := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 && err == nil {
				return kilobytes << 10
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.Sys)
}

func (c *corpus) hold(t *testing.T) {
	t.Helper()
	if got := percent(c.understood, len(c.counted)); got < wantUnderstood {
		t.Errorf("%.2f %% of the documents are understood", got)
	}
	if got := percent(c.complete, c.operations); got < wantCallable {
		t.Errorf("%.2f %% of the operations can be called with complete inputs", got)
	}
	if c.took > wantTime {
		t.Errorf("took %v", c.took)
	}
	if got := peakMemory(); got > wantMemory {
		t.Errorf("used %d MB", got>>20)
	}
}
