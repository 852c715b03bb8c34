package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMentions: a key is mentioned wherever a decision may depend on it.
func TestMentions(t *testing.T) {
	const resources = `"arn:aws:qbusiness:us-east-1:111122223333:application/*"`
	statement := func(resource, condition string) string {
		return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
			{"Effect": "Deny", "Action": "*", "Resource": ` + resource + `, "Condition": {` + condition + `}}]}`
	}
	for name, tt := range map[string]struct {
		document string
		want     bool
	}{
		"nowhere":               {statement(resources, `"StringEquals": {"aws:PrincipalTag/team": "a"}`), false},
		"as text alone":         {statement(resources, `"StringEquals": {"aws:PrincipalTag/team": "aws:ResourceTag/team"}`), false},
		"a condition's key":     {statement(resources, `"StringEquals": {"aws:resourceTAG/team": "a"}`), true},
		"whether it is there":   {statement(resources, `"Null": {"aws:ResourceTag/team": "true"}`), true},
		"a condition's value":   {statement(resources, `"StringLike": {"aws:PrincipalTag/team": ["a", "b-${aws:ResourceTag/team}*"]}`), true},
		"a resource's variable": {statement(`"arn:aws:qbusiness:us-east-1:111122223333:application/${aws:ResourceTag/app, 'x'}"`, `"Bool": {"aws:SecureTransport": "true"}`), true},
		"another variable":      {statement(`"arn:aws:qbusiness:us-east-1:111122223333:application/${aws:PrincipalTag/app}"`, `"Bool": {"aws:SecureTransport": "true"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte(tt.document), Identity)
			if err != nil {
				t.Fatal(err)
			}
			list := []*Policy{p}
			for layer, s := range map[string]Set{
				"identity": {Identity: list}, "boundary": {Boundary: p}, "session": {Session: list}, "resource": {Resource: list},
				"SCP": {SCPs: [][]*Policy{nil, list}}, "RCP": {RCPs: [][]*Policy{list}},
			} {
				if got := s.Mentions("aws:resourcetag/"); got != tt.want {
					t.Errorf("%s: %t, want %t", layer, got, tt.want)
				}
			}
		})
	}
	if (&Set{}).Mentions("") {
		t.Error("no policy mentions something")
	}
}

// TestKeysOfAPolicy: what a policy asks for is told as it was written first.
func TestKeysOfAPolicy(t *testing.T) {
	p, err := Parse([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/Team}/*", "Condition": {
			"StringLike": {"aws:UserId": "${AWS:principaltag/team}*${aws:username, 'x'}"}, "Null": {"aws:userid": "false"}}},
		{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]}`), Identity)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"aws:PrincipalTag/Team", "aws:UserId", "aws:username", "aws:SourceIp"}
	if diff := cmp.Diff(want, p.Keys()); diff != "" {
		t.Error(diff)
	}
}

// TestPlaces: each statement knows where it stands, in one line and in many.
func TestPlaces(t *testing.T) {
	const one, other = `{"Effect":"Allow","Action":"*","Resource":"*"}`, "{\"Effect\": \"Deny\",\n \"Action\": \"*\", \"Resource\": \"*\"}"
	for document, want := range map[string][]Position{
		`{"Statement":` + one + `}`:                                          {{1, 14}, {1, 60}},
		"{\n\"Statement\": [" + one + ", " + other + "\n]}":                  {{2, 15}, {2, 61}, {2, 63}, {3, 33}},
		"{\"Statement\": [\n  " + other + "],\n\"Version\": \"2012-10-17\"}": {{2, 3}, {3, 33}},
	} {
		p, err := Parse([]byte(document), Identity)
		if err != nil {
			t.Fatal(err)
		}
		var got []Position
		for _, s := range p.Statements {
			got = append(got, s.Start, s.End)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", document, diff)
		}
	}
}
