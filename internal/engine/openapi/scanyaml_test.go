package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What YAML says is told by the JSON it comes to.
func TestScanYAML(t *testing.T) {
	for src, want := range map[string]string{
		"a: 1\nb: 1.50\nc: -0.5e3\n":                          `{"a":1,"b":1.50,"c":-0.5e3}`,
		"a: 0x1F\nb: .5\nc: +1\n":                             `{"a":31,"b":0.5,"c":1}`,
		"a: 999.0_0\nb: 1_000\n":                              `{"a":"999.0_0","b":"1_000"}`,
		"a: .nan\nb: -.inf\n":                                 `{"a":".nan","b":"-.inf"}`,
		"a: yes\nb: on\nc: True\nd: false\n":                  `{"a":"yes","b":"on","c":true,"d":false}`,
		"a: ~\nb:\nc: null\nd: ''\n":                          `{"a":null,"b":null,"c":null,"d":""}`,
		"a: 2026-11-22\nb: 2026-11-22T01:02:03Z\n":            `{"a":"2026-11-22","b":"2026-11-22T01:02:03Z"}`,
		"200: {description: ok}\ntrue: x\n":                   `{"200":{"description":"ok"},"true":"x"}`,
		"a: |\n  b\n  c\nd: >\n  e\n  f\n":                    `{"a":"b\u000ac\u000a","d":"e f\u000a"}`,
		"a: !!str 1\nb: !Ref x\nc: !!int \"7\"\n":             `{"a":"1","b":"x","c":7}`,
		"a: &x [1, {b: 2}]\nc: *x\nd: [*x]\n":                 `{"a":[1,{"b":2}],"c":[1,{"b":2}],"d":[[1,{"b":2}]]}`,
		"a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n":          `{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}`,
		"a: &x {b: 1}\nc: &y {b: 2, d: 4}\ne: {<<: [*x, *y]}": `{"a":{"b":1},"c":{"b":2,"d":4},"e":{"b":1,"d":4}}`,
		"a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne:\n  <<: *y\n":  `{"a":{"b":1},"c":{"d":2,"b":1},"e":{"d":2,"b":1}}`,
		"a: &k b\n*k : c\n":                                   `{"a":"b","b":"c"}`,
		"{a: [b, 'c'], # comment\n d: {}}\n":                  `{"a":["b","c"],"d":{}}`,
		"a: b\n---\n":                                         `{"a":"b"}`,
		"\"a\\u00e9\": \"\\\"\\\\\"\nb: é\n":                  `{"aé":"\"\\","b":"é"}`,
		"\"<<\": {a: b}\n":                                    `{"<<":{"a":"b"}}`,
	} {
		found := &findings{max: 10}
		root := scanYAML(src, DefaultLimits(), found)
		if root == nil {
			t.Errorf("%q: %v", src, found.list)
			continue
		}
		w := &writer{}
		w.raw(root)
		if d := cmp.Diff(want, string(w.out)); d != "" {
			t.Errorf("%q: %s", src, d)
		}
	}
}

// The line of a syntax error is the one at fault, not the one on which the
// object around it began.
func TestYAMLSyntaxErrorFarFromTheBeginning(t *testing.T) {
	src := sound + "x-a:\n" + strings.Repeat("  - b\n", 500) + " wrong: c\n" + strings.Repeat("x-d: e\n", 100)
	_, found := Parse([]byte(src), DefaultLimits())
	if len(found) != 1 || found[0].Rule != "yaml-syntax" || found[0].Line != 510 || found[0].Column != 2 {
		t.Errorf("%v", found)
	}
}

// Findings in what an alias stands for are told at the anchor, under the pointer
// of the alias.
func TestAliasKeepsThePlaceOfItsAnchor(t *testing.T) {
	src := head + "x-a: &a\n  get:\n    parameters: [{in: query}]\npaths:\n  /b: *a\n"
	_, found := Parse([]byte(src), DefaultLimits())
	for _, f := range found {
		if f.Rule == "parameter-name" {
			if f.Pointer != "/paths/~1b/get/parameters/0" || f.Line != 6 || f.Column != 18 {
				t.Errorf("%+v", f)
			}
			return
		}
	}
	t.Errorf("%v", found)
}
