package openapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// largeDocument is a valid JSON document of nearly size bytes: 20 operations, and
// schemas of the size and kind that published documents have.
func largeDocument(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Large API","version":"1"},"servers":[{"url":"https://large.example.com/v1"}],"paths":{`)
	for i := range 20 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/things%d/{id}":{"post":{"operationId":"updateThing%d","summary":"Update thing","description":"Updates the thing with the given id.",`+
			`"parameters":[{"name":"id","in":"path","required":true,"description":"The id.","schema":{"type":"string"}}],`+
			`"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing%d"}}}},`+
			`"responses":{"200":{"description":"The thing.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing%d"}}}}}}}`, i, i, i, i)
	}
	b.WriteString(`},"components":{"schemas":{`)
	for i := 0; b.Len() < size-3000; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"Thing%d":{"type":"object","description":"A thing of kind %d, with the properties such things have.","required":["name","kind"],"properties":{`, i, i)
		for j := range 8 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"property%d":{"type":"string","description":"Says something about the thing, in a sentence of ordinary length.","maxLength":%d,"enum":["one","two","three"],"nullable":true}`, j, j+10)
		}
		fmt.Fprintf(&b, `,"name":{"type":"string"},"kind":{"type":"integer","format":"int64"},"next":{"$ref":"#/components/schemas/Thing%d"}}}`, max(0, i-1))
	}
	b.WriteString(`}}}`)
	return []byte(b.String())
}

func BenchmarkParse1MB(b *testing.B) {
	src := largeDocument(1 << 20)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if d, f := Parse(src, DefaultLimits()); d == nil {
			b.Fatal(OnlyRefused(f))
		}
	}
}

func BenchmarkLibraryLoad1MB(b *testing.B) {
	src := largeDocument(1 << 20)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := openapi3.NewLoader().LoadFromData(src); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseOverLibrary1MB alternates both and reports the ratio, so that a
// busy machine slows them alike. The target is 1.5.
func BenchmarkParseOverLibrary1MB(b *testing.B) { compare(b, largeDocument(1<<20)) }

// BenchmarkParseYAMLOverLibrary1MB does the same for YAML.
func BenchmarkParseYAMLOverLibrary1MB(b *testing.B) {
	src := asYAML(b, largeDocument(520_000)) // indentation adds the rest
	compare(b, src)
}

func compare(b *testing.B, src []byte) {
	b.Helper()
	b.SetBytes(int64(len(src)))
	var ours, library time.Duration
	for b.Loop() {
		start := time.Now()
		if d, found := Parse(src, DefaultLimits()); d == nil {
			b.Fatal(OnlyRefused(found))
		}
		ours += time.Since(start)
		start = time.Now()
		if _, err := openapi3.NewLoader().LoadFromData(src); err != nil {
			b.Fatal(err)
		}
		library += time.Since(start)
	}
	b.ReportMetric(ours.Seconds()/library.Seconds(), "ratio")
}

// asYAML writes JSON as YAML in block style, as people do.
func asYAML(b *testing.B, src []byte) []byte {
	b.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(src, &n); err != nil {
		b.Fatal(err)
	}
	unstyled(&n)
	out, err := yaml.Marshal(&n)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func unstyled(n *yaml.Node) {
	n.Style = 0
	for _, k := range n.Content {
		unstyled(k)
	}
}
