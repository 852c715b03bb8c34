package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseKeepsWhatItRead(t *testing.T) {
	p := must(t, Resource, `{"Version":"2012-10-17","Id":"x 1","Statement":[
		{"Sid":"a-b","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}`)
	if p.Kind != Resource || p.Version != Version2012 || p.ID != "x 1" || len(p.Statements) != 2 {
		t.Errorf("%+v", p)
	}
	if s := p.Statements[0]; s.Sid != "a-b" || s.Effect.String() != "Allow" {
		t.Errorf("%+v", s)
	}
	if p.Statements[1].Effect.String() != "Deny" {
		t.Error("the second denies")
	}
}

// TestSyntaxErrorsSayWhere: path, line, column and the remedy.
func TestSyntaxErrorsSayWhere(t *testing.T) {
	for name, tt := range map[string]struct{ document, want string }{
		"in a list": {
			"{\"Statement\": [{\n  \"Effect\": \"Allow\", \"Action\": [\"s3:Get*\",\n    \"GetObject\"], \"Resource\": \"*\"}]}",
			`Statement[0].Action[1] (line 3, column 5): an action is service:Name, such as s3:GetObject, or "*"`,
		},
		"of the document": {"{}", "line 1, column 1: there is no Statement; add one"},
		"JSON":            {"{\n1:2}", "line 2, column 1: this is no JSON: object key must be a string"},
		"early end":       {`{"Statement":{`, "Statement (line 1, column 15): the JSON ends too early; close what is open"},
		"not UTF-8":       {"{\"\xff\":1}", "line 1, column 1: the document is not UTF-8; save it in that encoding"},
	} {
		_, err := Parse([]byte(tt.document), Identity)
		if err == nil || !strings.Contains(err.Error(), strings.SplitN(tt.want, "this is no JSON", 2)[0]) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

// TestSizes: white space counts in control policies alone, and the document as
// a whole is bounded before it is read.
func TestSizes(t *testing.T) {
	document := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	spaced := strings.ReplaceAll(document, ":", ": \t\r\n")
	n := len(document)
	for _, tt := range []struct {
		document string
		kind     Kind
		quota    int
		want     string
	}{
		{document, Identity, n, ""},
		{document, Identity, n - 1, "the document has 83 characters; an identity-based policy has at most 82"},
		{spaced, Identity, n, ""},
		{document, ServiceControl, n, ""},
		{spaced, ServiceControl, n, "characters; a service control policy has at most 83"},
		{strings.Repeat(" ", maxBytes) + document, Identity, n, "a policy has at most 131072"},
	} {
		_, err := ParseWithin([]byte(tt.document), tt.kind, tt.quota)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	if _, err := Parse([]byte(strings.Repeat("[", maxBytes)), Identity); err == nil || !strings.Contains(err.Error(), "the document has 131072 characters") {
		t.Errorf("the length is told before anything is read: %v", err)
	}
	if _, err := ParseWithin([]byte(strings.Repeat("[", maxBytes)), Identity, maxBytes); err == nil || !strings.Contains(err.Error(), "10 levels") {
		t.Errorf("depth: %v", err)
	}
}

func TestQuotas(t *testing.T) {
	got := map[string]int{}
	for k := range kinds {
		got[Kind(k).String()] = Kind(k).Quota()
	}
	want := map[string]int{
		"an identity-based policy": 6144, "a session policy": 2048, "a resource-based policy": 20480,
		"a role trust policy": 2048, "a service control policy": 5120, "a resource control policy": 5120,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDecisionNamesTheStatement: index of level, policy and statement, and Sid.
func TestDecisionNamesTheStatement(t *testing.T) {
	first := must(t, Identity, `{"Statement":{"Effect":"Allow","Action":"sns:*","Resource":"arn:aws:sns:*:*:other"}}`)
	second := must(t, Identity, `{"Statement":[{"Effect":"Deny","Action":"sqs:*","Resource":"*"},{"Sid":"Topics","Effect":"Allow","Action":"sns:*","Resource":"*"}]}`)
	guard := must(t, ServiceControl, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"NoQueues","Effect":"Deny","Action":"sqs:*","Resource":"*"}]}`)
	s := Set{Identity: []*Policy{first, second}, SCPs: [][]*Policy{{guard}, {guard, guard}}}
	for _, tt := range []struct {
		action, explain string
		want            Decision
	}{
		{"sns:Publish", "allowed by identity-based policy 1, statement 1 (Topics)", Decision{Allowed: true, Layer: IdentityBasedPolicy, Policy: 1, Statement: 1, Sid: "Topics"}},
		{"sqs:SendMessage", "explicitly denied by service control policy 0 of level 0, statement 1 (NoQueues)", Decision{Explicit: true, Layer: ServiceControlPolicy, Statement: 1, Sid: "NoQueues"}},
		{"s3:GetObject", "denied: no identity-based policy allows it", Decision{Layer: IdentityBasedPolicy, Policy: -1, Statement: -1}},
	} {
		d := s.Decide(&Request{Principal: callers["user"], Action: tt.action})
		if diff := cmp.Diff(tt.want, d); diff != "" {
			t.Errorf("%s: %s", tt.action, diff)
		}
		if got := d.Explain(); got != tt.explain {
			t.Errorf("%s: %s", tt.action, got)
		}
	}
}

func TestExplain(t *testing.T) {
	if got := (&Set{}).Decide(&Request{Principal: callers["root"], Action: "s3:GetObject"}).Explain(); got != "allowed: the account is its root user's" {
		t.Error(got)
	}
	other := must(t, ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}`)
	every := must(t, ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	s := Set{SCPs: [][]*Policy{{every}, {other}}}
	if got := s.Decide(&Request{Principal: callers["root"], Action: "s3:GetObject"}).Explain(); got != "denied: no service control policy allows it at level 1" {
		t.Error(got)
	}
}

// TestAWrongKindGivesNothing: an identity-based policy among those of a resource
// names nobody, and so lets nobody in; its denies count.
func TestAWrongKindGivesNothing(t *testing.T) {
	r := Request{Principal: callers["anonymous"], Action: "sns:Publish", Targets: []Target{{ARN: topic, Account: here}}}
	s := Set{Resource: []*Policy{must(t, Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}}
	if d := s.Decide(&r); d.Allowed {
		t.Errorf("%+v", d)
	}
	s.Resource = append(s.Resource, must(t, Identity, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`))
	if d := s.Decide(&r); !d.Explicit || d.Policy != 1 {
		t.Errorf("%+v", d)
	}
}

// TestEveryTargetHasToBeAllowed, each with the keys of its own.
func TestEveryTargetHasToBeAllowed(t *testing.T) {
	p := must(t, Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}}}`)
	s := Set{Identity: []*Policy{p}}
	red := Target{ARN: topic, Account: here, Context: NewContext(map[string][]string{"aws:ResourceTag/Team": {"red"}})}
	blue := Target{ARN: topic, Account: here, Context: NewContext(map[string][]string{"aws:ResourceTag/Team": {"blue"}})}
	r := Request{Principal: callers["user"], Action: "sns:Publish", Targets: []Target{red, red}, Context: NewContext(map[string][]string{"aws:resourcetag/team": {"red"}})}
	if d := s.Decide(&r); !d.Allowed || d.Target != 1 {
		t.Errorf("%+v", d)
	}
	r.Targets = []Target{red, blue, red}
	if d := s.Decide(&r); d.Allowed || d.Target != 1 {
		t.Errorf("%+v", d)
	}
	r.Targets = []Target{{ARN: topic}} // without keys of its own it has the request's
	if d := s.Decide(&r); !d.Allowed {
		t.Errorf("%+v", d)
	}
}

func TestMessages(t *testing.T) {
	const ann = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sns:Publish on resource: " + topic + " "
	for name, tt := range map[string]struct {
		d      Decision
		caller string
		owner  string
		want   string
	}{
		"identity":           {Decision{Layer: IdentityBasedPolicy}, "user", "", ann + "because no identity-based policy allows the sns:Publish action"},
		"boundary":           {Decision{Layer: PermissionsBoundary}, "user", here, ann + "because no permissions boundary allows the sns:Publish action"},
		"session":            {Decision{Layer: SessionPolicy}, "user", "", ann + "because no session policy allows the sns:Publish action"},
		"resource":           {Decision{Layer: ResourceBasedPolicy}, "user", "", ann + "because no resource-based policy allows the sns:Publish action"},
		"trust":              {Decision{Layer: RoleTrustPolicy}, "user", "", ann + "because no role trust policy allows the sns:Publish action"},
		"scp":                {Decision{Layer: ServiceControlPolicy}, "user", "", ann + "because no service control policy allows the sns:Publish action"},
		"rcp":                {Decision{Layer: ResourceControlPolicy}, "user", "", ann + "because no resource control policy allows the sns:Publish action"},
		"identity denies":    {Decision{Layer: IdentityBasedPolicy, Explicit: true}, "user", "", ann + "with an explicit deny in an identity-based policy"},
		"boundary denies":    {Decision{Layer: PermissionsBoundary, Explicit: true}, "user", "", ann + "with an explicit deny in a permissions boundary"},
		"session denies":     {Decision{Layer: SessionPolicy, Explicit: true}, "user", "", ann + "with an explicit deny in a session policy"},
		"resource denies":    {Decision{Layer: ResourceBasedPolicy, Explicit: true}, "user", "", ann + "with an explicit deny in a resource-based policy"},
		"trust denies":       {Decision{Layer: RoleTrustPolicy, Explicit: true}, "user", "", ann + "with an explicit deny in the role trust policy"},
		"scp denies":         {Decision{Layer: ServiceControlPolicy, Explicit: true}, "user", "", ann + "with an explicit deny in a service control policy"},
		"rcp denies":         {Decision{Layer: ResourceControlPolicy, Explicit: true}, "user", "", ann + "with an explicit deny in a resource control policy"},
		"abroad":             {Decision{Layer: ResourceBasedPolicy, Explicit: true}, "user", there, ann + "because no resource-based policy allows the sns:Publish action"},
		"trust abroad":       {Decision{Layer: RoleTrustPolicy, Explicit: true}, "user", there, ann + "because no resource-based policy allows the sns:Publish action"},
		"rcp abroad":         {Decision{Layer: ResourceControlPolicy}, "user", there, ann + "because no resource-based policy allows the sns:Publish action"},
		"rcp denies abroad":  {Decision{Layer: ResourceControlPolicy, Explicit: true}, "user", there, ann + "because no resource-based policy allows the sns:Publish action"},
		"identity, abroad":   {Decision{Layer: IdentityBasedPolicy, Explicit: true}, "user", there, ann + "with an explicit deny in an identity-based policy"},
		"allowed":            {Decision{Allowed: true}, "user", "", ""},
		"of a session":       {Decision{Layer: IdentityBasedPolicy}, "session", "", "User: arn:aws:sts::111122223333:assumed-role/reader/s1 is not authorized to perform: sns:Publish on resource: " + topic + " because no identity-based policy allows the sns:Publish action"},
		"of a service":       {Decision{Layer: ResourceBasedPolicy}, "service", "", "User: lambda.amazonaws.com is not authorized to perform: sns:Publish on resource: " + topic + " because no resource-based policy allows the sns:Publish action"},
		"of nobody":          {Decision{Layer: ResourceBasedPolicy}, "anonymous", "", "User: anonymous is not authorized to perform: sns:Publish on resource: " + topic + " because no resource-based policy allows the sns:Publish action"},
		"without a decision": {Decision{}, "user", "", ann + "because no policy allows the sns:Publish action"},
	} {
		r := Request{Principal: callers[tt.caller], Action: "sns:Publish", Targets: []Target{{ARN: topic, Account: tt.owner}}}
		if got := tt.d.Message(&r); got != tt.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
	r := Request{Principal: callers["user"], Action: "sns:ListTopics"}
	if got, want := (&Set{}).Decide(&r).Message(&r), "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sns:ListTopics on resource: * because no identity-based policy allows the sns:ListTopics action"; got != want {
		t.Errorf("got %s", got)
	}
}

// TestTrace: of each statement, why it applied or not.
func TestTrace(t *testing.T) {
	identity := must(t, Identity, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Wrong","Effect":"Allow","Action":"sqs:*","Resource":"*"},
		{"Effect":"Allow","NotAction":"sns:*","Resource":"*"},
		{"Effect":"Allow","Action":"sns:*","Resource":"arn:aws:sns:::x"},
		{"Effect":"Deny","Action":"sns:*","NotResource":"*"},
		{"Effect":"Allow","Action":"sns:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},"NumericLessThan":{"a:B":1}}},
		{"Sid":"Right","Effect":"Allow","Action":"sns:*","Resource":"*"}]}`)
	attached := must(t, Resource, `{"Statement":[
		{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"},
		{"Effect":"Allow","NotPrincipal":"*","Action":"*","Resource":"*"}]}`)
	control := must(t, ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	guard := must(t, ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`)
	s := Set{
		Identity: []*Policy{identity}, Boundary: control, Session: []*Policy{control}, Resource: []*Policy{attached},
		SCPs: [][]*Policy{{control}}, RCPs: [][]*Policy{{guard}},
	}
	trace := s.Trace(&Request{
		Principal: callers["user"], Action: "sns:Publish", Targets: []Target{{ARN: topic}},
		Context: NewContext(map[string][]string{"aws:SecureTransport": {"true"}}),
	})
	var got []string
	for _, st := range trace.Statements {
		got = append(got, st.String())
	}
	want := []string{
		"resource control policy 0 of level 0, statement 0: Allow applies",
		"service control policy 0 of level 0, statement 0: Allow applies",
		"resource-based policy 0, statement 0: Allow does not apply: Principal",
		"resource-based policy 0, statement 1: Allow does not apply: NotPrincipal",
		"identity-based policy 0, statement 0 (Wrong): Allow does not apply: Action",
		"identity-based policy 0, statement 1: Allow does not apply: NotAction",
		"identity-based policy 0, statement 2: Allow does not apply: Resource",
		"identity-based policy 0, statement 3: Deny does not apply: NotResource",
		"identity-based policy 0, statement 4: Allow does not apply: Condition NumericLessThan a:B (the request has no such key)",
		"identity-based policy 0, statement 5 (Right): Allow applies",
		"permissions boundary 0, statement 0: Allow applies",
		"session policy 0, statement 0: Allow applies",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !trace.Decision.Allowed || trace.Decision.Statement != 5 {
		t.Errorf("%+v", trace.Decision)
	}
	s = Set{Trust: true, Resource: []*Policy{must(t, Trust, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`)}}
	trace = s.Trace(&Request{Principal: callers["user"], Action: "sts:AssumeRole"})
	if got := trace.Statements[0].String(); got != "role trust policy 0, statement 0: Allow applies" {
		t.Error(got)
	}
}

// TestKeys: the keys that follow from who asks.
func TestKeys(t *testing.T) {
	user := callers["user"]
	user.ID, user.Tags = "AIDAEXAMPLE", map[string]string{"Team": "red"}
	for name, tt := range map[string]struct {
		who  Principal
		want map[string][]string
	}{
		"user": {user, map[string][]string{
			"aws:principalarn": {user.ARN}, "aws:principalaccount": {here}, "aws:principaltype": {"User"}, "aws:userid": {"AIDAEXAMPLE"},
			"aws:username": {"ann"}, "aws:principalisawsservice": {"false"}, "aws:principaltag/team": {"red"},
		}},
		"session": {callers["session"], map[string][]string{
			"aws:principalarn": {callers["session"].ARN}, "aws:principalaccount": {here}, "aws:principaltype": {"AssumedRole"},
			"aws:principalisawsservice": {"false"}, "aws:federatedprovider": {provider},
		}},
		"federated user": {callers["federated user"], map[string][]string{
			"aws:principalarn": {callers["federated user"].SessionARN}, "aws:principalaccount": {here},
			"aws:principaltype": {"FederatedUser"}, "aws:principalisawsservice": {"false"},
		}},
		"service": {callers["service"], map[string][]string{
			"aws:principaltype": {"Service"}, "aws:principalisawsservice": {"true"}, "aws:principalservicename": {"lambda.amazonaws.com"},
		}},
	} {
		var c Context
		tt.who.Keys(&c)
		got := map[string][]string{}
		for _, v := range c.all() {
			got[v.key] = v.list()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAnEmptyConditionIsNone, as in trust policies that the console writes.
func TestAnEmptyConditionIsNone(t *testing.T) {
	p, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole","Condition":{}}]}`), Trust)
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Principal: Principal{Type: Root, Account: here, ARN: "arn:aws:iam::111122223333:root"}, Action: "sts:AssumeRole", Targets: []Target{{Account: here}}}
	s := Set{Resource: []*Policy{p}, Trust: true}
	if d := s.Decide(&r); !d.Allowed {
		t.Errorf("%+v", d)
	}
}

// TestResourceAccount: the key follows from the target, unless the caller gives it.
func TestResourceAccount(t *testing.T) {
	p, err := Parse([]byte(`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}}}}`), Identity)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		who    string // account
		target Target
		want   bool
	}{
		"of the account":                 {"444455556666", Target{Account: "111122223333"}, true},
		"of another":                     {"111122223333", Target{Account: "444455556666"}, false},
		"of the principal's own":         {"111122223333", Target{}, true},
		"of the principal's, another":    {"444455556666", Target{}, false},
		"of nobody's":                    {"", Target{}, false},
		"as the caller says":             {"444455556666", Target{Account: "444455556666", Context: NewContext(map[string][]string{"AWS:resourceAccount": {"111122223333"}})}, true},
		"as the caller says, is another": {"111122223333", Target{Account: "111122223333", Context: NewContext(map[string][]string{"aws:ResourceAccount": {"444455556666"}})}, false},
	} {
		s, r := Set{Identity: []*Policy{p}}, Request{Principal: Principal{Type: User, Account: tt.who}, Action: "a:b", Targets: []Target{tt.target}}
		if got := s.Trace(&r).Statements[0].Applied; got != tt.want {
			t.Errorf("%s: applied %t", name, got)
		}
	}
}

func TestContext(t *testing.T) {
	c := NewContext(map[string][]string{"A:b": {"1"}})
	c.Set("a:C", "2", "3")
	for key, want := range map[string][]string{"a:B": {"1"}, "A:C": {"2", "3"}, "a:d": nil} {
		if diff := cmp.Diff(want, c.Get(key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	twin := c.Clone()
	twin.Set("a:c", "4")
	none := (&Context{}).Clone()
	none.Set("a:b", "5")
	if !slices.Equal(c.Get("a:c"), []string{"2", "3"}) || !slices.Equal(twin.Get("a:c"), []string{"4"}) ||
		!slices.Equal(twin.Get("a:b"), []string{"1"}) || !slices.Equal(none.Get("a:b"), []string{"5"}) {
		t.Errorf("a clone: %v of %v", twin.Get("a:c"), c.Get("a:c"))
	}
	if c := NewContext(map[string][]string{"a:b": {"1"}, "A:B": {"2"}}); len(c.Get("a:b")) != 2 {
		t.Errorf("keys that differ in case alone: %v", c.Get("a:b"))
	}
}

// TestErrorsAreOfOneType, so that a caller can show path and line apart.
func TestErrorsAreOfOneType(t *testing.T) {
	_, err := Parse([]byte(`{"Statement":[{"Effect":"Maybe"}]}`), Identity)
	syntax, ok := errors.AsType[*SyntaxError](err)
	want := SyntaxError{Path: "Statement[0].Effect", Line: 1, Column: 25, Problem: `Effect is "Allow" or "Deny"; case matters`}
	if !ok || *syntax != want {
		t.Errorf("%+v", syntax)
	}
}
