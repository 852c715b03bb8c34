package principal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const (
	anyApplication = "arn:aws:qbusiness:us-east-1:111122223333:application/*"
	oneApplication = "arn:aws:qbusiness:us-east-1:111122223333:application/a"
)

// statement is a policy of one statement.
func statement(effect, action, resource string, more ...string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"` + strings.Join(append([]string{""}, more...), ",") + `}}`
}

// said is a result in a line: action, resource, decision, what decided, what is
// missing, and what the boundary says.
func said(r iam.EvaluationResult) string {
	text := r.EvalActionName + " " + *r.EvalResourceName + " " + string(r.EvalDecision)
	for _, s := range r.MatchedStatements {
		text += " " + *s.SourcePolicyID + "/" + string(*s.SourcePolicyType)
	}
	if len(r.MissingContextValues) > 0 {
		text += " without " + strings.Join(r.MissingContextValues, ",")
	}
	if b := r.PermissionsBoundaryDecisionDetail; b != nil {
		text += map[bool]string{true: " within", false: " beyond"}[*b.AllowedByPermissionsBoundary]
	}
	return text
}

func told(all []iam.EvaluationResult) (lines []string) {
	for _, r := range all {
		lines = append(lines, said(r))
	}
	return lines
}

func TestSimulateCustomPolicy(t *testing.T) {
	w := oneWorld(t)
	office := statement("Allow", "qbusiness:Get*", anyApplication, `"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)
	for name, tt := range map[string]struct {
		in   iam.SimulateCustomPolicyInput
		want []string
	}{
		"allowed": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "qbusiness:Get*", "*"), statement("Allow", "s3:*", "*")},
			ActionNames:     []string{"qbusiness:GetPlugin", "qbusiness:DeletePlugin"},
		}, []string{"qbusiness:GetPlugin * allowed PolicyInputList.1/none", "qbusiness:DeletePlugin * implicitDeny"}},
		"each action on each resource, a Deny alone": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "*"), statement("Deny", "qbusiness:GetPlugin", oneApplication)},
			ActionNames:     []string{"qbusiness:GetPlugin", "qbusiness:GetIndex"}, ResourceARNs: []string{oneApplication, oneApplication + "b"},
		}, []string{
			"qbusiness:GetPlugin " + oneApplication + " explicitDeny PolicyInputList.2/none", "qbusiness:GetPlugin " + oneApplication + "b allowed PolicyInputList.1/none",
			"qbusiness:GetIndex " + oneApplication + " allowed PolicyInputList.1/none", "qbusiness:GetIndex " + oneApplication + "b allowed PolicyInputList.1/none",
		}},
		"a key is missing": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{office}, ActionNames: []string{"qbusiness:GetPlugin"}, ResourceARNs: []string{oneApplication},
		}, []string{"qbusiness:GetPlugin " + oneApplication + " implicitDeny without aws:SourceIp"}},
		"a key is given": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{office}, ActionNames: []string{"qbusiness:GetPlugin"}, ResourceARNs: []string{oneApplication},
			ContextEntries: []iam.ContextEntry{{ContextKeyName: new("AWS:sourceip"), ContextKeyValues: []string{"192.0.2.7"}, ContextKeyType: new(iam.ContextKeyTypeEnumIp)}},
		}, []string{"qbusiness:GetPlugin " + oneApplication + " allowed PolicyInputList.1/none"}},
		"a binary key": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "*", `"Condition":{"BinaryEquals":{"x:y":"QmluYXJ5"}}`)}, ActionNames: []string{"s3:GetObject"},
			ContextEntries: []iam.ContextEntry{{ContextKeyName: new("x:y"), ContextKeyValues: []string{"QmluYXJ5"}, ContextKeyType: new(iam.ContextKeyTypeEnumBinary)}},
		}, []string{"s3:GetObject * allowed PolicyInputList.1/none"}},
		"beyond the boundary": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "*")}, PermissionsBoundaryPolicyInputList: []string{statement("Allow", "s3:*", "*")},
			ActionNames: []string{"s3:GetObject", "qbusiness:GetPlugin"},
		}, []string{"s3:GetObject * allowed PolicyInputList.1/none PermissionsBoundaryPolicyInputList.1/none within", "qbusiness:GetPlugin * implicitDeny beyond"}},
		"denied by the boundary": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "*")}, PermissionsBoundaryPolicyInputList: []string{statement("Deny", "s3:*", "*")},
			ActionNames: []string{"s3:GetObject"},
		}, []string{"s3:GetObject * explicitDeny PermissionsBoundaryPolicyInputList.1/none beyond"}},
		"of another account, with the policy of the resource": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "*")}, ResourcePolicy: new(statement("Allow", "*", "*", `"Principal":{"AWS":"arn:aws:iam::444455556666:user/ann"}`)),
			CallerARN: new("arn:aws:iam::444455556666:user/ann"), ActionNames: []string{"s3:GetObject"}, ResourceARNs: []string{"arn:aws:s3:::b/k"}, ResourceOwner: new("arn:aws:iam::111122223333:root"),
		}, []string{"s3:GetObject arn:aws:s3:::b/k allowed ResourcePolicy/resource PolicyInputList.1/none"}},
		"of another account, without": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "*")}, CallerARN: new("arn:aws:sts::444455556666:assumed-role/reader/ann"),
			ActionNames: []string{"s3:GetObject"}, ResourceARNs: []string{"arn:aws:s3:::b/k"}, ResourceOwner: new("111122223333"),
		}, []string{"s3:GetObject arn:aws:s3:::b/k implicitDeny"}},
		"variables of the caller": {iam.SimulateCustomPolicyInput{
			PolicyInputList: []string{statement("Allow", "*", "arn:aws:s3:::b/${aws:username}/*")}, CallerARN: new("arn:aws:iam::111122223333:user/staff/ann"),
			ActionNames: []string{"s3:GetObject"}, ResourceARNs: []string{"arn:aws:s3:::b/ann/1", "arn:aws:s3:::b/bob/1"},
		}, []string{"s3:GetObject arn:aws:s3:::b/ann/1 allowed PolicyInputList.1/none", "s3:GetObject arn:aws:s3:::b/bob/1 implicitDeny"}},
	} {
		out := must(t, w, iam.SimulateCustomPolicy, &tt.in)
		if diff := cmp.Diff(tt.want, told(out.EvaluationResults)); diff != "" || *out.IsTruncated {
			t.Errorf("%s, truncated %t\n%s", name, *out.IsTruncated, diff)
		}
	}
}

// TestWhereAStatementStands is told as IAM does: from behind its opening brace.
func TestWhereAStatementStands(t *testing.T) {
	w := oneWorld(t)
	out := must(t, w, iam.SimulateCustomPolicy, &iam.SimulateCustomPolicyInput{
		PolicyInputList: []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`},
		ActionNames:     []string{"dynamodb:CreateBackup"},
		ContextEntries:  []iam.ContextEntry{{ContextKeyName: new("aws:CurrentTime"), ContextKeyValues: []string{"2019-04-25T11:00:00Z"}, ContextKeyType: new(iam.ContextKeyTypeEnumDate)}},
	})
	want := []iam.Statement{{
		SourcePolicyID: new("PolicyInputList.1"), SourcePolicyType: new(iam.PolicySourceTypeNone),
		StartPosition: &iam.Position{Line: new(int32(1)), Column: new(int32(38))}, EndPosition: &iam.Position{Line: new(int32(1)), Column: new(int32(167))},
	}}
	if diff := cmp.Diff(want, out.EvaluationResults[0].MatchedStatements); diff != "" {
		t.Error(diff)
	}
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	w := oneWorld(t)
	w.user(t, "ann")
	must(t, w, iam.TagUser, &iam.TagUserInput{UserName: "ann", Tags: []iam.Tag{{Key: "team", Value: "it"}}})
	must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "own", PolicyDocument: statement("Allow", "qbusiness:Get*", "*", `"Condition":{"StringEquals":{"aws:PrincipalTag/team":"it"}}`)})
	must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: w.policy(t, "lists", statement("Allow", "qbusiness:List*", "*"))})
	must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: awsPrefix + "/IAMReadOnlyAccess"})
	must(t, w, iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: w.policy(t, "most", statement("Allow", "qbusiness:*", "*"))})
	w.role(t, "reader")
	must(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "reader", PolicyName: "own", PolicyDocument: statement("Allow", "s3:Get*", "*")})
	const ann, reader = "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:role/reader"
	for name, tt := range map[string]struct {
		in   iam.SimulatePrincipalPolicyInput
		want []string
	}{
		"what she has, within her boundary": {iam.SimulatePrincipalPolicyInput{
			PolicySourceARN: ann, ActionNames: []string{"qbusiness:GetPlugin", "qbusiness:ListPlugins", "iam:ListUsers"},
		}, []string{
			"qbusiness:GetPlugin * allowed own/user most/user-managed within", "qbusiness:ListPlugins * allowed lists/user-managed most/user-managed within",
			"iam:ListUsers * implicitDeny beyond",
		}},
		"another boundary": {iam.SimulatePrincipalPolicyInput{
			PolicySourceARN: ann, ActionNames: []string{"iam:ListUsers"}, PermissionsBoundaryPolicyInputList: []string{statement("Allow", "*", "*")},
		}, []string{"iam:ListUsers * allowed IAMReadOnlyAccess/aws-managed PermissionsBoundaryPolicyInputList.1/none within"}},
		"and what she might have": {iam.SimulatePrincipalPolicyInput{
			PolicySourceARN: ann, ActionNames: []string{"qbusiness:GetPlugin"}, PolicyInputList: []string{statement("Deny", "qbusiness:Get*", "*")},
		}, []string{"qbusiness:GetPlugin * explicitDeny PolicyInputList.1/none within"}},
		"as somebody else": {iam.SimulatePrincipalPolicyInput{
			PolicySourceARN: ann, ActionNames: []string{"qbusiness:GetPlugin"}, CallerARN: new("arn:aws:iam::111122223333:user/bob"),
		}, []string{"qbusiness:GetPlugin * implicitDeny without aws:PrincipalTag/team within"}},
		"a role": {iam.SimulatePrincipalPolicyInput{
			PolicySourceARN: reader, ActionNames: []string{"s3:GetObject", "s3:PutObject"},
		}, []string{"s3:GetObject * allowed own/role", "s3:PutObject * implicitDeny"}},
		"a role, named by the policy of the resource": {iam.SimulatePrincipalPolicyInput{
			PolicySourceARN: reader, ActionNames: []string{"s3:PutObject"}, ResourcePolicy: new(statement("Allow", "*", "*", `"Principal":{"AWS":"`+reader+`"}`)),
		}, []string{"s3:PutObject * allowed ResourcePolicy/resource"}},
	} {
		out := must(t, w, iam.SimulatePrincipalPolicy, &tt.in)
		if diff := cmp.Diff(tt.want, told(out.EvaluationResults)); diff != "" {
			t.Errorf("%s\n%s", name, diff)
		}
	}
}

func TestSimulationsHavePages(t *testing.T) {
	w := oneWorld(t)
	in := iam.SimulateCustomPolicyInput{PolicyInputList: []string{statement("Allow", "s3:*", "*")}, ActionNames: []string{"s3:A", "s3:B", "s3:C"}, MaxItems: new(int32(2))}
	first := must(t, w, iam.SimulateCustomPolicy, &in)
	in.Marker = first.Marker
	second := must(t, w, iam.SimulateCustomPolicy, &in)
	all := append(told(first.EvaluationResults), told(second.EvaluationResults)...)
	want := []string{"s3:A * allowed PolicyInputList.1/none", "s3:B * allowed PolicyInputList.1/none", "s3:C * allowed PolicyInputList.1/none"}
	if diff := cmp.Diff(want, all); diff != "" || !*first.IsTruncated || *second.IsTruncated || second.Marker != nil {
		t.Errorf("truncated %t, then %t\n%s", *first.IsTruncated, *second.IsTruncated, diff)
	}
	in.ActionNames = []string{"s3:D", "s3:E", "s3:F"}
	refused(t, w, iam.SimulateCustomPolicy, &in, "ValidationException", "Invalid Marker: it is not one that this list gave to this caller; begin again without it.")
}

func TestSimulationsRefuse(t *testing.T) {
	w := oneWorld(t)
	everything := statement("Allow", "*", "*")
	many := make([]string, 101)
	for i := range many {
		many[i] = "s3:Get" + strings.Repeat("x", i)
	}
	large := `{"Statement":[` + strings.Repeat(`{"Effect":"Allow","Action":"a:b","Resource":"*"},`, 1100) + `{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`
	for want, change := range map[string]func(in *iam.SimulateCustomPolicyInput){
		"PolicyInputList.2: line 1, column 3: there is no Statement; add one": func(in *iam.SimulateCustomPolicyInput) { in.PolicyInputList = append(in.PolicyInputList, "  {}") },
		"ActionNames takes names such as qbusiness:GetPlugin, without wildcards; got s3:Get*": func(in *iam.SimulateCustomPolicyInput) {
			in.ActionNames = []string{"s3:Get*"}
		},
		"ActionNames takes names such as qbusiness:GetPlugin, without wildcards; got GetObject":             func(in *iam.SimulateCustomPolicyInput) { in.ActionNames = []string{"GetObject"} },
		"ResourceHandlingOption is about actions of Amazon EC2, which is not simulated here; leave it out.": func(in *iam.SimulateCustomPolicyInput) { in.ResourceHandlingOption = new("EC2-VPC-InstanceStore") },
		"PermissionsBoundaryPolicyInputList takes one policy; got 2": func(in *iam.SimulateCustomPolicyInput) {
			in.PermissionsBoundaryPolicyInputList = []string{everything, everything}
		},
		"A ResourcePolicy is about somebody: name the one who asks with CallerArn.":                               func(in *iam.SimulateCustomPolicyInput) { in.ResourcePolicy = &everything },
		"CallerArn takes the ARN of a user, a role or the session of one; got arn:aws:iam::111122223333:root":     func(in *iam.SimulateCustomPolicyInput) { in.CallerARN = new("arn:aws:iam::111122223333:root") },
		"CallerArn takes the ARN of a user, a role or the session of one; got arn:aws:iam::111122223333:user/":    func(in *iam.SimulateCustomPolicyInput) { in.CallerARN = new("arn:aws:iam::111122223333:user/") },
		"CallerArn takes the ARN of a user, a role or the session of one; got arn:aws:iam::111122223333:policy/p": func(in *iam.SimulateCustomPolicyInput) { in.CallerARN = new("arn:aws:iam::111122223333:policy/p") },
		"ResourceOwner takes an account ID, or the ARN of an account's root; got me":                              func(in *iam.SimulateCustomPolicyInput) { in.ResourceOwner = new("me") },
		"ContextEntries.1 has no ContextKeyName.":                                                                 func(in *iam.SimulateCustomPolicyInput) { in.ContextEntries = make([]iam.ContextEntry, 1) },
		"ContextEntries.1: the value of a binary key is base64.": func(in *iam.SimulateCustomPolicyInput) {
			in.ContextEntries = []iam.ContextEntry{{ContextKeyName: new("x:y"), ContextKeyValues: []string{"?"}, ContextKeyType: new(iam.ContextKeyTypeEnumBinaryList)}}
		},
		"101 actions on 100 resources are too many at once: at most 10000 pairs are simulated.": func(in *iam.SimulateCustomPolicyInput) {
			in.ActionNames, in.ResourceARNs = many, make([]string, 100)
		},
		"The policies have 1102 statements, too many for 1000 decisions at once: ask for fewer with MaxItems.": func(in *iam.SimulateCustomPolicyInput) {
			in.PolicyInputList, in.ActionNames, in.ResourceARNs, in.MaxItems = []string{large, everything}, many, many[:20], new(int32(1000))
		},
	} {
		in := &iam.SimulateCustomPolicyInput{PolicyInputList: []string{everything}, ActionNames: []string{"s3:GetObject"}}
		change(in)
		refused(t, w, iam.SimulateCustomPolicy, in, codeInvalid, want)
	}
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:user/nobody": "NoSuchEntityException: The user with name nobody cannot be found.",
		"arn:aws:iam::444455556666:user/ann":    "NoSuchEntityException: The user with name ann cannot be found.",
		"arn:aws:iam::111122223333:root":        "InvalidInputException: PolicySourceArn takes the ARN of a user or role; got arn:aws:iam::111122223333:root",
	} {
		_, err := optest.Call(t, w.calls, w.root, iam.SimulatePrincipalPolicy, &iam.SimulatePrincipalPolicyInput{PolicySourceARN: arn, ActionNames: []string{"s3:GetObject"}})
		_, also := optest.Call(t, w.calls, w.root, iam.GetContextKeysForPrincipalPolicy, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceARN: arn})
		if err == nil || err.Error() != want || also == nil || also.Error() != want {
			t.Errorf("%s: %v, %v", arn, err, also)
		}
	}
}

func TestContextKeys(t *testing.T) {
	w := oneWorld(t)
	office := statement("Allow", "*", "*", `"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"StringEquals":{"aws:username":"${aws:PrincipalTag/team}"}}`)
	custom := must(t, w, iam.GetContextKeysForCustomPolicy, &iam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{office, statement("Allow", "*", "arn:aws:s3:::${AWS:SourceIp}/${aws:userid}")}})
	if diff := cmp.Diff([]string{"aws:SourceIp", "aws:username", "aws:PrincipalTag/team", "aws:userid"}, custom.ContextKeyNames); diff != "" {
		t.Error(diff)
	}
	w.user(t, "ann")
	must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "own", PolicyDocument: office})
	hers := must(t, w, iam.GetContextKeysForPrincipalPolicy, &iam.GetContextKeysForPrincipalPolicyInput{
		PolicySourceARN: "arn:aws:iam::111122223333:user/ann", PolicyInputList: []string{statement("Allow", "*", "*", `"Condition":{"Bool":{"aws:SecureTransport":"true"}}`)},
	})
	if diff := cmp.Diff([]string{"aws:SourceIp", "aws:username", "aws:PrincipalTag/team", "aws:SecureTransport"}, hers.ContextKeyNames); diff != "" {
		t.Error(diff)
	}
}
