package policytest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGenerateRepeats: a seed is enough to find a case again.
func TestGenerateRepeats(t *testing.T) {
	a, b := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	for range 200 {
		if diff := cmp.Diff(Generate(a), Generate(b)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestGenerateIsWellFormed: documents are JSON, keys are not told apart by
// their case alone, and a case survives being written down.
func TestGenerateIsWellFormed(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		c := Generate(r)
		p := c.Policies
		for _, list := range [][]string{p.Identity, p.Boundary, p.Session, p.Resource, p.SCP, p.RCP} {
			for _, document := range list {
				if !json.Valid([]byte(document)) {
					t.Fatalf("no JSON: %s", document)
				}
			}
		}
		seen := map[string]bool{}
		for key := range c.Request.Context {
			if key = strings.ToLower(key); seen[key] {
				t.Fatalf("the key %s occurs twice", key)
			}
			seen[key] = true
		}
		if len(p.Boundary) > 1 {
			t.Fatal("more than one boundary")
		}
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var read Case
		if err := json.Unmarshal(written, &read); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(read)
		if err != nil || string(again) != string(written) {
			t.Fatalf("%s\n%s\n%v", written, again, err)
		}
	}
}
