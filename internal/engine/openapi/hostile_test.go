package openapi

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

const plainHead = `"openapi":"3.0.3","servers":[{"url":"https://a.example.com"}],`

// shell wraps JSON text under /x of a document with one plain operation.
func shell(x string) string {
	return `{` + plainHead + `"paths":{"/a":{"get":{"description":"d","responses":{"200":{"description":"ok"}}}}},"x-a":` + x + `}`
}

// components wraps JSON text as the schemas of such a document, one of which,
// S0, the operation uses.
func withSchemas(schemas string) string {
	return `{` + plainHead + `"paths":{"/a":{"post":{"description":"d","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}},` +
		`"responses":{"200":{"description":"ok"}}}}},"components":{"schemas":{` + schemas + `}}}`
}

// fill repeats part, with its number for %d, up to about a megabyte.
func fill(open, part, separator, end string) string {
	var b strings.Builder
	b.WriteString(open)
	for i := 0; b.Len() < 1<<20-2000-len(end)-len(part); i++ {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(strings.ReplaceAll(part, "%d", fmt.Sprint(i)))
	}
	b.WriteString(end)
	return b.String()
}

// bomb is n levels of schemas, each using the next ten times by form.
func bomb(n int, form func(next string) string) string {
	var parts []string
	for i := range n {
		next := fmt.Sprintf(`{"$ref":"#/components/schemas/S%d"}`, i+1)
		parts = append(parts, fmt.Sprintf(`"S%d":%s`, i, form(next)))
	}
	return withSchemas(strings.Join(append(parts, fmt.Sprintf(`"S%d":{"type":"object"}`, n)), ","))
}

func tenProperties(next string) string {
	var p []string
	for i := range 10 {
		p = append(p, fmt.Sprintf(`"p%d":%s`, i, next))
	}
	return `{"type":"object","properties":{` + strings.Join(p, ",") + `}}`
}

func tenAllOf(next string) string {
	return `{"allOf":[` + strings.TrimSuffix(strings.Repeat(next+",", 10), ",") + `]}`
}

func tenOneOf(next string) string {
	return `{"oneOf":[` + strings.TrimSuffix(strings.Repeat(next+",", 10), ",") + `]}`
}

func tenMembersOfAllOf(next string) string {
	var p []string
	for i := range 10 {
		p = append(p, fmt.Sprintf(`{"properties":{"p%d":%s}}`, i, next))
	}
	return `{"allOf":[` + strings.Join(p, ",") + `]}`
}

// clique is n schemas, each with a member for every other.
func clique(n int) string {
	var schemas []string
	for i := range n {
		var p []string
		for j := range n {
			p = append(p, fmt.Sprintf(`"p%d":{"$ref":"#/components/schemas/S%d"}`, j, j))
		}
		schemas = append(schemas, fmt.Sprintf(`"S%d":{"properties":{%s}}`, i, strings.Join(p, ",")))
	}
	return strings.Join(schemas, ",")
}

// circles is a base schema that maps to its children, and children that are
// their base and hold another.
func circles() string {
	var mapping, children []string
	for i := range 1000 {
		mapping = append(mapping, fmt.Sprintf(`"c%d":"C%d"`, i, i))
		children = append(children, fmt.Sprintf(`"C%d":{"allOf":[{"$ref":"#/components/schemas/S0"},{"properties":{"next":{"$ref":"#/components/schemas/S0"}}}]}`, i))
	}
	return `"S0":{"properties":{"k":{"type":"string"}},"discriminator":{"propertyName":"k","mapping":{` + strings.Join(mapping, ",") + `}}},` + strings.Join(children, ",")
}

func wideEnum(from int) string {
	var values []string
	for i := range 30_000 {
		values = append(values, fmt.Sprintf(`"v%d"`, from+i))
	}
	return `{"enum":[` + strings.Join(values, ",") + `]}`
}

// operations is n operations that all take the schema S0.
func operations(n int, schemas string) string {
	var paths []string
	for i := range n {
		paths = append(paths, fmt.Sprintf(`"/%d":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}}}}`, i))
	}
	return `{` + plainHead + `"paths":{` + strings.Join(paths, ",") + `},"components":{"schemas":{` + schemas + `}}}`
}

func aliasBomb() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\nx-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
	for i := range 12 {
		use := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", ")
		fmt.Fprintf(&b, "x-%d: &a%d [%s]\n", i+1, i+1, use)
	}
	return b.String()
}

func sharedOperations(text string) string {
	op := `"/x":{"get":{"summary":"s","description":"` + text + `","responses":{"200":{"description":"ok"}}}}`
	var b strings.Builder
	b.WriteString(`{` + plainHead + `"paths":{` + op)
	for i := 0; b.Len() < 1<<20-100; i++ {
		fmt.Fprintf(&b, `,"/%d":{"$ref":"#/paths/~1x"}`, i)
	}
	b.WriteString(`}}`)
	return b.String()
}

func deepSchemas(depth, width int) string {
	return withSchemas(`"S0":` + strings.Repeat(`{"properties":{"a":`, depth) +
		`{"description":"` + strings.Repeat("x", width) + `"}` + strings.Repeat(`}}`, depth))
}

func deepValues(depth int) string {
	return withSchemas(`"S0":` + strings.Repeat(`{"properties":{"a":`, depth) +
		fill(`{"properties":{`, `"p%d":{"type":"string"}`, ",", `}}`) + strings.Repeat(`}}`, depth))
}

// Every hostile document is at most 1 MB and is answered within these bounds,
// several times what this takes on a small machine. The time is the processor's,
// so that neighbours do not count.
const (
	hostileTime   = 5 * time.Second
	hostileMemory = 400 << 20 // bytes allocated in all, garbage included
	hostileSteps  = 1_000_000 // what the limits allow, and what one step may go over it
)

func TestHostileDocuments(t *testing.T) {
	if raced {
		t.Skip("time and memory say nothing under the race detector, and reading has one goroutine")
	}
	for _, c := range []struct{ name, src, rule string }{
		{"nesting of lists, 100,000 deep", strings.Repeat("[", 100_000), "too-deep"},
		{"nesting of objects, 100,000 deep", strings.Repeat(`{"a":`, 100_000), "too-deep"},
		{"nesting of YAML lists, 100,000 deep", "a: " + strings.Repeat("[", 100_000), "too-deep"},
		{"nesting of YAML dashes, 300,000 deep", "a:\n" + strings.Repeat("- ", 300_000) + "x", "too-deep"},
		{"nesting of YAML indents", yamlStairs(1400), "too-deep"},
		{"nesting at the edge around a large text", deepSchemas(40, 900_000), "too-costly"},
		{"nesting just under the edge around a large text", deepSchemas(3, 950_000), ""},
		{"nesting just under the edge around many values", deepValues(3), ""},
		{"alias bomb", aliasBomb(), "too-many-aliases"},
		{"alias bomb with few aliases", "openapi: 3.0.3\nx-0: &a [" + strings.Repeat("l, ", 2000) + "l]\nx-1: [" + strings.Repeat("*a, ", 1000) + "*a]\n", "too-many-values"},
		{"alias loop", "openapi: 3.0.3\nx-a: &a [*a]\n", "alias-loop"},
		{"many aliases", "openapi: 3.0.3\nx-a: &a 1\nx-b: [" + strings.Repeat("*a, ", 200_000) + "*a]\n", "too-many-aliases"},
		{"values without number", shell("[" + strings.Repeat("0,", 400_000) + "0]"), "too-many-values"},
		{"YAML values without number", "x: [" + strings.Repeat("a,", 400_000) + "a]", "too-many-values"},
		{"giant key", shell(`{"` + strings.Repeat("k", 900_000) + `":1}`), "key-too-long"},
		{"duplicate key among many", shell(fill("{", `"k%d":1`, ",", `,"k7":2}`)), "duplicate-key"},
		{"reference bomb in properties", bomb(12, tenProperties), ""},
		{"reference bomb in allOf", bomb(30, tenAllOf), ""},
		{"reference bomb in oneOf", bomb(12, tenOneOf), ""},
		{"reference bomb in allOf of properties", bomb(12, tenMembersOfAllOf), ""},
		{"choices times choices", withSchemas(`"S0":{"allOf":[` + strings.TrimSuffix(strings.Repeat(`{"oneOf":[{"type":"string"},{"minLength":1},{"maxLength":2},{"enum":["a"]}]},`, 40), ",") + `]}`), ""},
		{"every schema contains every other", withSchemas(clique(60)), ""},
		{"every schema contains every other, for many operations", operations(1000, clique(30)), "operations-many"},
		{"a wide allOf", withSchemas(fill(`"S0":{"allOf":[`, `{"properties":{"p%d":{"type":"string"}}}`, ",", "]}")), ""},
		{"a wide allOf of the same", withSchemas(fill(`"T":{"type":"object"},"S0":{"allOf":[`, `{"$ref":"#/components/schemas/T"}`, ",", "]}")), ""},
		{"a wide oneOf", withSchemas(fill(`"S0":{"oneOf":[`, `{"properties":{"p%d":{"type":"string"}}}`, ",", "]}")), ""},
		{"a wide mapping", withSchemas(fill(`"T":{"properties":{"k":{}}},"S0":{"discriminator":{"propertyName":"k","mapping":{`, `"m%d":"T"`, ",", "}}}")), ""},
		{"a mapping of circles", withSchemas(circles()), ""},
		{"wide enums that meet", withSchemas(`"S0":{"allOf":[` + wideEnum(0) + "," + wideEnum(7) + `]}`), ""},
		{"patterns without number", withSchemas(fill(`"S0":{"properties":{`, `"p%d":{"type":"string","pattern":"((((a{1,9}){1,9}){1,9}){1,9})%d"}`, ",", "}}")), ""},
		{"a long pattern", withSchemas(`"S0":{"type":"string","pattern":"` + strings.Repeat("(a|b)*", 150_000) + `"}`), ""},
		{"required names without number", withSchemas(fill(`"S0":{"allOf":[{"required":["a"]},{"required":[`, `"r%d"`, ",", "]}]}")), ""},
		{"parameters without number", `{` + plainHead + fill(`"paths":{"/a":{"get":{"parameters":[`, `{"name":"p%d","in":"query","schema":{"type":"string"}}`, ",", "]}}}}"), ""},
		{"clauses without number", `{` + plainHead + fill(`"paths":{"/a":{"get":{"parameters":[{"name":"q","in":"query","x-parley-compose":{"language":"jql","clauses":[`, `{"name":"c%d","text":"{value}"}`, ",", "]}}]}}}}"), ""},
		{"lookups without number", withSchemas(fill(`"S0":{"properties":{`, `"p%d":{"x-parley-lookup":{"operationId":"no"}}`, ",", "}}")), ""},
		{"servers without number", `{` + plainHead + fill(`"paths":{"/a":{"get":{"servers":[`, `{"url":"ftp://%d"}`, ",", "]}}}}"), ""},
		{"media types without number", `{` + plainHead + fill(`"paths":{"/a":{"post":{"requestBody":{"content":{`, `"a/b%d":{}`, ",", "}}}}}}"), ""},
		{"reference chain", withSchemas(fill("", `"S%d":{"$ref":"#/components/schemas/S%d0"}`, ",", "")), ""},
		{"broken references without number", withSchemas(fill(`"S0":{"properties":{`, `"p%d":{"$ref":"#/no"}`, ",", "}}")), "operations-none-callable"},
		{"references to one schema without number", withSchemas(fill(`"S0":{"properties":{`, `"p%d":{"$ref":"#/components/schemas/S0"}`, ",", "}}")), ""},
		{"operations without number", `{` + plainHead + fill(`"paths":{`, `"/%d":{"get":{}}`, ",", "}}"), "operations-many"},
		{"one long description for operations without number", sharedOperations(strings.Repeat("x", 500_000)), "too-costly"},
		{"operations that share an id", `{` + plainHead + fill(`"paths":{`, `"/%d":{"get":{"operationId":"a","description":"d","responses":{}}}`, ",", "}}"), "operations-many"},
		{"long enum in many fields", withSchemas(fill(`"E":{"enum":[`, `"value%d"`, ",", `]},"S0":{"properties":{"a":{"$ref":"#/components/schemas/E"},"b":{"$ref":"#/components/schemas/E"}}}`)), ""},
		{"mistakes without number", withSchemas(fill(`"S0":{"properties":{`, `"p%d":{"minLength":-1}`, ",", "}}")), ""},
		{"a line without end", `{` + plainHead + fill(`"paths":{`, `"/%d":{"get":{"x":"é"}}`, ",", "}"), "json-syntax"},
		{"YAML flow that begins like JSON", "{" + strings.Repeat("a, ", 100_000), ""},
		{"YAML question marks", strings.Repeat("? ", 300_000), "too-deep"},
		{"YAML comments", strings.Repeat("#\n", 500_000) + "a: 1", ""},
		{"YAML anchors", fill("", "k%d: &a%d x", "\n", "\n"), ""},
		{"YAML document marks", strings.Repeat("---\n", 250_000), ""},
		{"YAML long plain text", "a: " + strings.Repeat("b ", 500_000), ""},
		{"YAML block text", "a: |\n" + strings.Repeat(" b\n", 300_000), ""},
		{"YAML quotes", `a: "` + strings.Repeat(`\n`, 500_000) + `"`, ""},
		{"YAML merge keys", "openapi: 3.0.3\nx-a: &a {" + strings.Repeat("k: 1", 1) + "}\n" + fill("x-b:\n", "  k%d: {<<: *a}", "\n", "\n"), "too-many-aliases"},
		{"YAML tags", fill("", "k%d: !!str x", "\n", "\n"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := []byte(c.src)
			if len(src) > DefaultLimits().Bytes {
				t.Fatalf("the document has %d bytes", len(src))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime(t)
			r := read(src, DefaultLimits())
			found := r.findings
			took := cpuTime(t) - start
			runtime.ReadMemStats(&after)
			spent := after.TotalAlloc - before.TotalAlloc
			t.Logf("%v, %d MB, %d steps, %d findings", took.Round(time.Millisecond), spent>>20, r.spent, len(found))
			if r.spent > hostileSteps {
				t.Errorf("took %d steps", r.spent)
			}
			for _, op := range r.operations {
				if op.schemas > maxSchemas {
					t.Errorf("%d schemas for one operation", op.schemas)
				}
			}
			if took > hostileTime {
				t.Errorf("took %v", took)
			}
			if spent > hostileMemory {
				t.Errorf("allocated %d MB", spent>>20)
			}
			if c.rule != "" && !hasRule(found, c.rule) {
				t.Errorf("no finding %q among %.2000v", c.rule, found)
			}
			if len(found) > 2*DefaultLimits().Findings+10 {
				t.Errorf("%d findings", len(found))
			}
		})
	}
}

// cpuTime is the processor time the test has used so far.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func yamlStairs(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func hasRule(found []Finding, rule string) bool {
	for _, f := range found {
		if f.Rule == rule {
			return true
		}
	}
	return false
}
