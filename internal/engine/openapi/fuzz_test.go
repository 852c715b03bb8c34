package openapi

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func seeds(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte(sound))
	f.Add([]byte("openapi: 3.0.3\nx-a: &a {b: &b [c]}\nx-d:\n  <<: *a\n  e: *b\n"))
	f.Add([]byte(op("get", "/a", composed)))
	f.Add([]byte(op("post", "/a", looking)))
	f.Add([]byte(withSchemas(`"S0":{"oneOf":[{"$ref":"#/components/schemas/A"},{"type":"null"}],"discriminator":{"propertyName":"k","mapping":{"a":"A"}}},"A":{"allOf":[{"$ref":"#/components/schemas/S0"},{"properties":{"k":{"enum":[1]}}}]}`)))
	f.Add([]byte(withSchemas(`"S0":{"$ref":"#/components/schemas/S1"},"S1":{"allOf":[{"$ref":"#/components/schemas/S0"}]}`)))
	f.Add([]byte(op("post", "/a/{b}", "      requestBody: {$ref: '#/components/requestBodies/B'}\ncomponents: {requestBodies: {B: {content: {'*/*': {schema: {$ref: '#/x'}}}}}}\nx: {type: [object], properties: {c: {$ref: '#/x'}}}\n")))
}

// FuzzParse holds what is true of every answer.
func FuzzParse(f *testing.F) {
	seeds(f)
	lim := Limits{Bytes: 1 << 16, Nodes: 5_000, Findings: 50}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, found := Parse(src, lim)
		for i, x := range found {
			if x.Line < 1 || x.Column < 1 || x.Rule == "" || x.Message == "" || x.Remedy == "" || x.Grade != Refused && x.Grade != Advice {
				t.Errorf("%+v", x)
			}
			if i > 0 && byPosition(found[i-1], x) > 0 {
				t.Errorf("%v stands before %v", found[i-1], x)
			}
		}
		if len(found) > 2*lim.Findings+10 {
			t.Errorf("%d findings", len(found))
		}
		if d == nil {
			if len(OnlyRefused(found)) == 0 {
				t.Error("refused without a reason")
			}
			return
		}
		text := checkDocument(t, d)
		again, _ := Parse(src, lim)
		if second, err := json.Marshal(again); err != nil || !bytes.Equal(text, second) {
			t.Errorf("parsed differently the second time: %v", err)
		}
	})
}

// checkDocument returns the Document as JSON.
func checkDocument(t *testing.T, d *Document) []byte {
	t.Helper()
	if d.Server != "" && addressProblem(d.Server).rule != "" || len(d.Actions) == 0 {
		t.Errorf("server %q, %d actions", d.Server, len(d.Actions))
	}
	ids := map[string]bool{}
	for _, a := range d.Actions {
		if ids[a.OperationID] || a.OperationID == "" || len(a.OperationID) > maxOperationID || notInID.MatchString(a.OperationID) {
			t.Errorf("operation id %q", a.OperationID)
		}
		ids[a.OperationID] = true
		if a.Name == "" || utf8.RuneCountInString(a.Name) > maxName || a.InstructionExample == "" {
			t.Errorf("name %q, example %q", a.Name, a.InstructionExample)
		}
	}
	for _, a := range d.Actions {
		if !described(a) {
			t.Errorf("%s has an input without schema", a.OperationID)
		}
		for _, p := range a.Parameters {
			if p.Style == "" || p.Compose != nil && len(p.Compose.Clauses) == 0 {
				t.Errorf("parameter %+v", p)
			}
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Document
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) {
		t.Errorf("%s became %s: %v", text, again, err)
	}
	return text
}

// FuzzSchemaJSON holds that a Schema survives being kept as JSON.
func FuzzSchemaJSON(f *testing.F) {
	for _, s := range []string{
		`{"type":["string","null"],"enum":["a",null],"pattern":"^a$","$comment":"not described further"}`,
		`{"type":"object","properties":{"b":{},"a":true},"required":["a"],"additionalProperties":{"type":"integer","exclusiveMinimum":1.5}}`,
		`{"oneOf":[{"type":"string"},{"type":"null"},{"const":1}],"discriminator":{"propertyName":"k"}}`,
		`{"type":"array","items":{"anyOf":[{"minLength":1}]},"additionalProperties":false}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Schema
		if json.Unmarshal(text, &s) != nil {
			return
		}
		once, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Schema
		if err := json.Unmarshal(once, &back); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		twice, err := json.Marshal(back)
		if err != nil || string(once) != string(twice) {
			t.Errorf("%s became %s: %v", once, twice, err)
		}
	})
}

// FuzzScanJSON holds our scanner against encoding/json: both take the same
// texts, and mean the same by them.
func FuzzScanJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,"x\u00e9\ud83d\ude00\n",true,null]}`, `[01]`, `"\ud800"`, `{"a":1,}`, ` [ ] `, `-`, `1.`, `"é"`, `{"a":1}x`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !clean([]byte(text), &findings{max: 1}) {
			return
		}
		found := &findings{max: 1}
		root := scanJSON(text, DefaultLimits(), found)
		if root == nil && found.list[0].Rule != "json-syntax" {
			return // a limit or a duplicate key
		}
		if valid := json.Valid([]byte(text)); valid != (root != nil) {
			t.Fatalf("encoding/json says %v, we say %v", valid, found.list)
		}
		if root == nil {
			return
		}
		w := &writer{}
		w.raw(root)
		var want, got any
		if json.Unmarshal([]byte(text), &want) != nil {
			return // a number no float can hold
		}
		if err := json.Unmarshal(w.out, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}
