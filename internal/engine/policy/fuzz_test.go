package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// FuzzParse: every document is read or refused, with a place inside it; what is
// read decides without a panic, and an error never comes with a policy.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/refusals.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(r.Document), uint8(len(r.Kind)%len(kinds)))
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		for _, document := range policytest.Generate(r).Policies.Resource {
			f.Add([]byte(document), uint8(Resource))
		}
	}
	f.Fuzz(func(t *testing.T, document []byte, kind uint8) {
		k := Kind(int(kind) % len(kinds))
		p, err := Parse(document, k)
		if err != nil {
			syntax, ok := errors.AsType[*SyntaxError](err)
			if !ok || p != nil || syntax.Problem == "" {
				t.Fatalf("%v, %v", p, err)
			}
			if lines := bytes.Count(document, []byte("\n")) + 1; syntax.Line < 1 || syntax.Line > lines || syntax.Column < 1 || syntax.Column > len(document)+1 {
				t.Fatalf("no such place: %v", err)
			}
			return
		}
		if len(p.Statements) == 0 {
			t.Fatal("read without a statement")
		}
		for _, who := range callers {
			s := Set{Identity: []*Policy{p}, Resource: []*Policy{p}}
			s.Trace(&Request{Principal: who, Action: "sns:Publish", Targets: []Target{{ARN: topic}}})
		}
	})
}

// FuzzEvaluate: whatever a request says, a case is decided, and the laws hold:
// nothing is allowed that a statement or the root user does not allow, a deny
// that applies decides, and backwards it is the same.
func FuzzEvaluate(f *testing.F) {
	f.Add(uint64(1), "s3:GetObject", topic, "aws:username", "ann")
	f.Add(uint64(2), "", "", "", "")
	f.Add(uint64(3), "qbusiness:\xff", "arn:aws:s3:::\xfe:", "s3:prefix", "\xff\xfd")
	f.Add(uint64(4), "qbusiness:GetPlugin", "arn:aws:qbusiness:us-east-1:111122223333:application/app-1", "aws:SourceIp", "::ffff:203.0.113.7")
	f.Add(uint64(5), "sts:AssumeRole", "*", "aws:CurrentTime", "2026-01-01T00:00:00.5+01:00")
	f.Fuzz(func(t *testing.T, seed uint64, action, arn, key, value string) {
		c := policytest.Generate(rand.New(rand.NewPCG(seed, 0)))
		s, r := setOf(t, c.Policies), requestOf(c.Request)
		check := func() {
			d, back := s.Decide(r), s.backwards().Decide(r)
			if d.Allowed != back.Allowed || d.Layer != back.Layer {
				t.Fatalf("%+v, but backwards %+v", d, back)
			}
			if d.Allowed == (d.Message(r) != "") {
				t.Fatalf("%+v: %q", d, d.Message(r))
			}
			trace := s.Trace(r)
			if trace.Decision != d {
				t.Fatal("Trace and Decide decide differently")
			}
			allows := d.Layer == RootUser
			for _, st := range trace.Statements {
				allows = allows || st.Applied && st.Effect == Allow
				if st.Applied && st.Effect == Deny && !d.Explicit {
					t.Fatalf("a deny applied, and did not decide: %s", st)
				}
			}
			if d.Allowed && !allows {
				t.Fatal("nothing allows it")
			}
		}
		check()
		r.Context.Set(key, value)
		check()
		r.Targets[0].ARN = arn
		check()
		r.Action = action
		check()
	})
}
