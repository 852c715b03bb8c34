package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// A row is a line of a table in testdata. Each says why, and which page of the
// documentation says so: of the IAM user guide, or of that of Organizations
// (orgs_…).
type row struct {
	Why  string          `json:"why"`
	Page string          `json:"page"`
	Want json.RawMessage `json:"want"`

	Condition json.RawMessage     `json:"condition"` // conditions.jsonl
	Context   map[string][]string `json:"context"`
	Version   string              `json:"version"`

	Element string          `json:"element"` // elements.jsonl and principals.jsonl
	Value   json.RawMessage `json:"value"`
	Asked   string          `json:"asked"`
	Caller  string          `json:"caller"`
	Effect  string          `json:"effect"`

	Other    bool   `json:"other"` // decisions.jsonl: the resource is another account's
	Trust    bool   `json:"trust"`
	Identity string `json:"identity"`
	Boundary string `json:"boundary"`
	Session  string `json:"session"`
	Resource string `json:"resource"`
	SCP      string `json:"scp"`
	RCP      string `json:"rcp"`

	Kind     string `json:"kind"` // refusals.jsonl
	Document string `json:"document"`
	At       string `json:"at"`
	Says     string `json:"says"`
}

// table runs a test for every line of a table.
func table(t *testing.T, name string, test func(t *testing.T, r row)) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if r.Page == "" {
			t.Errorf("no page: %s", line)
		}
		test(t, r)
		if t.Failed() {
			t.Fatalf("%s", line)
		}
	}
}

func must(t testing.TB, kind Kind, document string) *Policy {
	t.Helper()
	p, err := Parse([]byte(document), kind)
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return p
}

const (
	here  = "111122223333"
	there = "444455556666"
	topic = "arn:aws:sns:us-east-1:" + here + ":topic"
)

// callers are one of each type, all of the account here.
var callers = map[string]Principal{
	"root": {Type: Root, Account: here, ARN: "arn:aws:iam::" + here + ":root", CanonicalID: canonicalHere},
	"user": {Type: User, Account: here, ARN: "arn:aws:iam::" + here + ":user/ann", CanonicalID: canonicalHere},
	"session": {
		Type: RoleSession, Account: here, ARN: "arn:aws:iam::" + here + ":role/path/reader", CanonicalID: canonicalHere,
		SessionARN: "arn:aws:sts::" + here + ":assumed-role/reader/s1", Provider: provider,
	},
	"federated user": {
		Type: FederatedUser, Account: here, ARN: "arn:aws:iam::" + here + ":user/ann", CanonicalID: canonicalHere,
		SessionARN: "arn:aws:sts::" + here + ":federated-user/bob",
	},
	"service":   {Type: Service, Service: "lambda.amazonaws.com"},
	"provider":  {Type: Federated, Provider: provider},
	"anonymous": {},
}

const (
	canonicalHere = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	provider      = "arn:aws:iam::" + here + ":saml-provider/corp"
)

func TestConditions(t *testing.T) {
	table(t, "conditions.jsonl", func(t *testing.T, r row) {
		if r.Version == "" {
			r.Version = Version2012
		}
		p := must(t, Identity, `{"Version":"`+r.Version+`","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+string(r.Condition)+`}}`)
		s := Set{Identity: []*Policy{p}}
		d := s.Decide(&Request{Principal: callers["user"], Action: "s3:GetObject", Context: NewContext(r.Context)})
		if want := string(r.Want) == "true"; d.Allowed != want {
			t.Errorf("allowed: %v", d.Allowed)
		}
	})
}

func TestElements(t *testing.T) {
	table(t, "elements.jsonl", func(t *testing.T, r row) {
		action, resource := `"Action":"*"`, `"Resource":"*"`
		q := Request{Principal: callers["user"], Action: "s3:GetObject", Context: NewContext(r.Context)}
		if element := `"` + r.Element + `":` + string(r.Value); strings.HasSuffix(r.Element, "Action") {
			action, q.Action = element, r.Asked
		} else {
			resource, q.Targets = element, []Target{{ARN: r.Asked}}
		}
		p := must(t, Identity, `{"Version":"`+r.Version+`","Statement":{"Effect":"Allow",`+action+`,`+resource+`}}`)
		s := Set{Identity: []*Policy{p}}
		if d := s.Decide(&q); d.Allowed != (string(r.Want) == "true") {
			t.Errorf("allowed: %v", d.Allowed)
		}
	})
}

func TestPrincipals(t *testing.T) {
	table(t, "principals.jsonl", func(t *testing.T, r row) {
		p := must(t, Resource, `{"Statement":{"Effect":"`+r.Effect+`","`+r.Element+`":`+string(r.Value)+`,"Action":"*","Resource":"*"}}`)
		s := Set{Resource: []*Policy{p}}
		trace := s.Trace(&Request{Principal: callers[r.Caller], Action: "s3:GetObject"})
		if applied := trace.Statements[0].Applied; applied != (string(r.Want) == "true") {
			t.Errorf("applied: %v", applied)
		}
	})
}

// named are what the policy of a resource names in decisions.jsonl.
var named = map[string]string{
	"user":      `"Principal":{"AWS":"arn:aws:iam::` + here + `:user/ann"}`,
	"role":      `"Principal":{"AWS":"arn:aws:iam::` + here + `:role/path/reader"}`,
	"account":   `"Principal":{"AWS":"` + here + `"}`,
	"everyone":  `"Principal":"*"`,
	"service":   `"Principal":{"Service":"lambda.amazonaws.com"}`,
	"provider":  `"Principal":{"Federated":"` + provider + `"}`,
	"not me":    `"Principal":{"AWS":"` + there + `"}`,
	"not other": `"NotPrincipal":{"AWS":"` + there + `"}`,
}

// words are the documents of a layer: "allow+deny" is one with two statements,
// "other,allow" are two.
func words(t *testing.T, kind Kind, text string) (list []*Policy) {
	t.Helper()
	everyone := ""
	if kind == ResourceControl {
		everyone = `"Principal":"*",`
	}
	for document := range strings.SplitSeq(text, ",") {
		var statements []string
		for word := range strings.SplitSeq(document, "+") {
			statements = append(statements, map[string]string{
				"allow":      `{"Effect":"Allow",` + everyone + `"Action":"*","Resource":"*"}`,
				"deny":       `{"Effect":"Deny",` + everyone + `"Action":"sns:*","Resource":"*"}`,
				"other":      `{"Effect":"Allow",` + everyone + `"Action":"other:*","Resource":"*"}`,
				"deny-other": `{"Effect":"Deny",` + everyone + `"Action":"other:*","Resource":"*"}`,
			}[word])
		}
		list = append(list, must(t, kind, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`))
	}
	return list
}

// levels makes a level of each document.
func levels(list []*Policy) (levels [][]*Policy) {
	for _, p := range list {
		levels = append(levels, []*Policy{p})
	}
	return levels
}

// resourcePolicy is the policy of a resource that names someone.
func resourcePolicy(t *testing.T, r row) *Policy {
	t.Helper()
	effect, who := "Allow", named[r.Resource]
	switch r.Resource {
	case "deny":
		effect, who = "Deny", named["everyone"]
	case "deny all but everyone":
		effect, who = "Deny", `"NotPrincipal":"*"`
	case "session":
		who = `"Principal":{"AWS":"` + callers[r.Caller].SessionARN + `"}`
	}
	if r.Trust {
		return must(t, Trust, `{"Statement":{"Effect":"`+effect+`",`+who+`,"Action":"sns:Publish"}}`)
	}
	return must(t, Resource, `{"Statement":{"Effect":"`+effect+`",`+who+`,"Action":"sns:Publish","Resource":"`+topic+`"}}`)
}

func TestDecisions(t *testing.T) {
	table(t, "decisions.jsonl", func(t *testing.T, r row) {
		s := Set{Trust: r.Trust}
		for _, layer := range []struct {
			text string
			put  func(string)
		}{
			{r.Identity, func(text string) { s.Identity = words(t, Identity, text) }},
			{r.Boundary, func(text string) { s.Boundary = words(t, Identity, text)[0] }},
			{r.Session, func(text string) { s.Session = words(t, Session, text) }},
			{r.SCP, func(text string) { s.SCPs = levels(words(t, ServiceControl, text)) }},
			{r.RCP, func(text string) { s.RCPs = levels(words(t, ResourceControl, text)) }},
			{r.Resource, func(string) { s.Resource = []*Policy{resourcePolicy(t, r)} }},
		} {
			if layer.text != "" {
				layer.put(layer.text)
			}
		}
		owner := here
		if r.Other {
			owner = there
		}
		d := s.Decide(&Request{Principal: callers[r.Caller], Action: "sns:Publish", Targets: []Target{{ARN: topic, Account: owner}}})
		if got := `"` + verdictOf(d) + `"`; got != string(r.Want) {
			t.Errorf("got %s", got)
		}
	})
}

// verdictOf is a decision as decisions.jsonl has it.
func verdictOf(d Decision) string {
	switch {
	case d.Allowed:
		return "allowed: " + d.Layer.String()
	case d.Explicit:
		return "deny: " + d.Layer.String()
	}
	return "no: " + d.Layer.String()
}

func TestRefusals(t *testing.T) {
	kinds := map[string]Kind{"identity": Identity, "session": Session, "resource": Resource, "trust": Trust, "scp": ServiceControl, "rcp": ResourceControl}
	table(t, "refusals.jsonl", func(t *testing.T, r row) {
		p, err := Parse([]byte(r.Document), kinds[r.Kind])
		syntax, ok := errors.AsType[*SyntaxError](err)
		if p != nil || !ok {
			t.Fatalf("got %v, %v", p, err)
		}
		if syntax.Path != r.At || !strings.Contains(syntax.Problem, r.Says) {
			t.Errorf("got %s", err)
		}
	})
}
