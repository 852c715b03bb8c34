package policy

import "testing"

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
