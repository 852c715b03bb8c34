package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// world is what a request of the server is decided under: n identity statements
// of which only the last applies, and six of a resource.
func world(t testing.TB, n int) (*Set, *Request) {
	var identity, attached []string
	for i := range n {
		identity = append(identity, fmt.Sprintf(`{"Sid":"s%d","Effect":"Allow","Action":["qbusiness:List*","qbusiness:Get*"],
			"Resource":"arn:aws:qbusiness:us-east-1:111122223333:application/other-%d/plugin/${aws:username}-*",
			"Condition":{"StringLike":{"aws:PrincipalTag/team":["red-*","blue-*"]},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}`, i, i))
	}
	identity = append(identity, `{"Effect":"Allow","Action":"qbusiness:GetPlugin","Resource":"arn:aws:qbusiness:*:111122223333:application/app-1*",
		"Condition":{"StringLike":{"aws:PrincipalTag/team":"red-*"},"DateLessThan":{"aws:CurrentTime":"2027-01-01"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}`)
	for i := range 6 {
		attached = append(attached, fmt.Sprintf(`{"Sid":"r%d","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/isv-%d"},"Action":"qbusiness:GetPlugin",
			"Resource":"arn:aws:qbusiness:us-east-1:111122223333:application/app-1","Condition":{"StringEquals":{"aws:PrincipalTag/qbusiness-dataaccessor:ExternalId":"tenant-%d"}}}`, i, i, i))
	}
	document := func(list []string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
	}
	read := func(kind Kind, list []string) *Policy {
		p, err := ParseWithin([]byte(document(list)), kind, maxBytes)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	s := &Set{Identity: []*Policy{read(Identity, identity)}, Resource: []*Policy{read(Resource, attached)}}
	return s, &Request{
		Principal: callers["session"], Action: "qbusiness:GetPlugin",
		Targets: []Target{{ARN: "arn:aws:qbusiness:us-east-1:111122223333:application/app-1/plugin/p-1", Account: here}},
		Context: NewContext(map[string][]string{
			"aws:PrincipalTag/team": {"red-1"}, "aws:SourceIp": {"203.0.113.7"}, "aws:CurrentTime": {"2026-03-11T10:30:00Z"}, "aws:username": {"ann"},
		}),
	}
}

// BenchmarkDecide: 20 identity statements and 6 of the resource.
func BenchmarkDecide(b *testing.B) {
	s, r := world(b, 19)
	if d := s.Decide(r); !d.Allowed || d.Statement != 19 {
		b.Fatalf("%+v", d)
	}
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		s.Decide(r)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}

// BenchmarkParse reads a document of 20 statements.
func BenchmarkParse(b *testing.B) {
	document := []byte(`{"Version":"2012-10-17","Statement":[` + strings.Repeat(`{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},`, 19) +
		`{"Effect":"Deny","Action":"*","Resource":"*"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(document, Identity); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMemoryDoesNotGrow: a thousand statements that do not match allocate no
// more than one.
func TestMemoryDoesNotGrow(t *testing.T) {
	allocations := func(n int) float64 {
		s, r := world(t, n)
		if d := s.Decide(r); !d.Allowed {
			t.Fatalf("%+v", d)
		}
		return testing.AllocsPerRun(50, func() { s.Decide(r) })
	}
	if few, many := allocations(1), allocations(300); many > few {
		t.Errorf("%v allocations with one statement that does not match, %v with 300", few, many)
	}
}
