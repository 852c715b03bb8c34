package differential

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// v12 wraps statements into a policy of the version that knows variables.
func v12(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

var (
	carlos = policytest.Principal{Type: policytest.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/carlossalazar"}
	root   = policytest.Principal{Type: policytest.Root, Account: "111111111111", ARN: "arn:aws:iam::111111111111:root"}
	role   = policytest.Principal{
		Type: policytest.RoleSession, Account: "111111111111", ARN: "arn:aws:iam::111111111111:role/examplerole",
		SessionARN: "arn:aws:sts::111111111111:assumed-role/examplerole/session",
	}
	federated = policytest.Principal{
		Type: policytest.FederatedUser, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/carlossalazar",
		SessionARN: "arn:aws:sts::111111111111:federated-user/exampleuser",
	}
	lambda = policytest.Principal{Type: policytest.Service, Service: "lambda.amazonaws.com"}
)

const (
	everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	nothing    = `{"Effect":"Allow","Action":"none:None","Resource":"*"}`
	own        = "111111111111"
	other      = "222222222222"
)

// to names a principal in a statement that allows everything.
func to(principal string) string {
	return v12(`{"Effect":"Allow","Principal":` + principal + `,"Action":"*","Resource":"*"}`)
}

// TestCombination holds the reference to the pages on evaluation: who limits
// whom, within an account and across two.
func TestCombination(t *testing.T) {
	id, none := []string{v12(everything)}, []string{v12(nothing)}
	deny := []string{v12(`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`)}
	by := func(p string) []string { return []string{to(p)} }
	user, roleARN, sessionARN, acc, all := `{"AWS":"`+carlos.ARN+`"}`, `{"AWS":"`+role.ARN+`"}`, `{"AWS":"`+role.SessionARN+`"}`, `{"AWS":"111111111111"}`, `"*"`
	except := func(p string) []string {
		return []string{v12(`{"Effect":"Deny","NotPrincipal":{"AWS":[` + p + `]},"Action":"*","Resource":"*"}`)}
	}
	for _, c := range []struct {
		name      string
		principal policytest.Principal
		account   string
		policies  policytest.Policies
		want      Decision
	}{
		{"nothing allows", carlos, own, policytest.Policies{}, ImplicitDeny},
		{"identity allows", carlos, own, policytest.Policies{Identity: id}, Allow},
		{"one of two allows", carlos, own, policytest.Policies{Identity: append(none, id...)}, Allow},
		{"a deny overrides", carlos, own, policytest.Policies{Identity: append(id, deny...)}, ExplicitDeny},
		{"a boundary alone grants nothing", carlos, own, policytest.Policies{Boundary: id}, ImplicitDeny},
		{"a boundary limits identity", carlos, own, policytest.Policies{Identity: id, Boundary: none}, ImplicitDeny},
		{"a boundary does not limit what names the user", carlos, own, policytest.Policies{Resource: by(user), Boundary: none}, Allow},
		{"nor everyone", carlos, own, policytest.Policies{Resource: by(all), Boundary: none}, Allow},
		{"a boundary limits what names the role", role, own, policytest.Policies{Resource: by(roleARN), Boundary: none}, ImplicitDeny},
		{"a role that is named needs no identity policy", role, own, policytest.Policies{Resource: by(roleARN)}, Allow},
		{"a session policy limits what names the role", role, own, policytest.Policies{Resource: by(roleARN), Session: none}, ImplicitDeny},
		{"a session policy does not limit what names the session", role, own, policytest.Policies{Resource: by(sessionARN), Session: none, Boundary: none}, Allow},
		{"an account that is named delegates", carlos, own, policytest.Policies{Resource: by(acc)}, ImplicitDeny},
		{"a session policy limits identity", role, own, policytest.Policies{Identity: id, Session: none}, ImplicitDeny},
		{"session and identity", role, own, policytest.Policies{Identity: id, Session: id}, Allow},
		{"a federated user without session policy", federated, own, policytest.Policies{Identity: id}, ImplicitDeny},
		{"with one", federated, own, policytest.Policies{Identity: id, Session: id}, Allow},
		{"named by who federated, no session policy", federated, own, policytest.Policies{Resource: by(user)}, ImplicitDeny},
		{"named by who federated", federated, own, policytest.Policies{Resource: by(user), Session: id}, Allow},
		{"named by its own ARN", federated, own, policytest.Policies{Resource: by(`{"AWS":"` + federated.SessionARN + `"}`)}, Allow},
		{"an SCP has to allow", carlos, own, policytest.Policies{Identity: id, SCP: none}, ImplicitDeny},
		{"an SCP grants nothing", carlos, own, policytest.Policies{SCP: id}, ImplicitDeny},
		{"every level has to allow", carlos, own, policytest.Policies{Identity: id, SCP: append(none, id...)}, ImplicitDeny},
		{"an SCP limits a resource-based policy", carlos, own, policytest.Policies{Resource: by(user), SCP: none}, ImplicitDeny},
		{"an SCP limits root", root, own, policytest.Policies{SCP: none}, ImplicitDeny},
		{"root has everything", root, own, policytest.Policies{}, Allow},
		{"a deny binds root", root, own, policytest.Policies{Resource: []string{v12(`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)}}, ExplicitDeny},
		{"an RCP has to allow", carlos, own, policytest.Policies{Identity: id, RCP: []string{to(all), v12(`{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}`)}}, Refused},
		{"across: identity alone", carlos, other, policytest.Policies{Identity: id}, ImplicitDeny},
		{"across: resource alone", carlos, other, policytest.Policies{Resource: by(user)}, ImplicitDeny},
		{"across: everyone, but no identity", carlos, other, policytest.Policies{Resource: by(all)}, ImplicitDeny},
		{"across: both", carlos, other, policytest.Policies{Identity: id, Resource: by(user)}, Allow},
		{"across: both, by account", carlos, other, policytest.Policies{Identity: id, Resource: by(acc)}, Allow},
		{"across: a boundary limits", carlos, other, policytest.Policies{Identity: id, Resource: by(user), Boundary: none}, ImplicitDeny},
		{"across: a session policy limits a named session", role, other, policytest.Policies{Identity: id, Resource: by(sessionARN), Session: none}, ImplicitDeny},
		{"across: root", root, other, policytest.Policies{Resource: by(acc)}, Allow},
		{"across: root, not named", root, other, policytest.Policies{Resource: by(user)}, ImplicitDeny},
		{"a service that is named", lambda, other, policytest.Policies{Resource: by(`{"Service":"lambda.amazonaws.com"}`)}, Allow},
		{"another service", lambda, other, policytest.Policies{Resource: by(`{"Service":"sns.amazonaws.com"}`)}, ImplicitDeny},
		{"nobody, where everyone may", policytest.Principal{Type: policytest.Anonymous}, other, policytest.Policies{Resource: by(`{"AWS":"*"}`)}, Allow},
		{"all except user and account", carlos, own, policytest.Policies{Identity: id, Resource: except(`"` + carlos.ARN + `","111111111111"`)}, Allow},
		{"all except the user, account not listed", carlos, own, policytest.Policies{Identity: id, Resource: except(`"` + carlos.ARN + `"`)}, ExplicitDeny},
		{"all except another of the account", carlos, own, policytest.Policies{Identity: id, Resource: except(`"arn:aws:iam::111111111111:user/bob","arn:aws:iam::111111111111:root"`)}, ExplicitDeny},
		{"all except session, role, account", role, own, policytest.Policies{Identity: id, Resource: except(`"` + role.SessionARN + `","` + role.ARN + `","111111111111"`)}, Allow},
		{"whoever has a boundary is always denied", carlos, own, policytest.Policies{Identity: id, Boundary: id, Resource: except(`"` + carlos.ARN + `","111111111111"`)}, ExplicitDeny},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := Decide(policytest.Case{Policies: c.policies, Request: policytest.Request{
				Principal: c.principal, Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", ResourceAccount: c.account,
			}})
			if got != c.want {
				t.Errorf("%s (%s), want %s", got, why, c.want)
			}
		})
	}
}

// TestConditions holds the reference to the tables of the pages on condition
// operators, set operators and variables.
func TestConditions(t *testing.T) {
	type context = map[string][]string
	for _, c := range []struct {
		condition string
		context   context
		want      bool
	}{
		{`"StringEquals":{"aws:PrincipalTag/job":"admin"}`, context{"aws:principaltag/JOB": {"admin"}}, true},
		{`"StringEquals":{"aws:PrincipalTag/job":"admin"}`, context{"aws:PrincipalTag/job": {"Admin"}}, false},
		{`"StringEquals":{"aws:PrincipalTag/job":"admin"}`, nil, false},
		{`"StringNotEquals":{"aws:PrincipalTag/job":["admin","dev"]}`, context{"aws:PrincipalTag/job": {"dev"}}, false},
		{`"StringNotEquals":{"aws:PrincipalTag/job":["admin","dev"]}`, context{"aws:PrincipalTag/job": {"ops"}}, true},
		{`"StringNotEquals":{"aws:PrincipalTag/job":["admin","dev"]}`, nil, true},
		{`"StringEqualsIgnoreCase":{"x:k":"PreProd"}`, context{"x:k": {"preprod"}}, true},
		{`"StringEquals":{"x:k":"pre*"}`, context{"x:k": {"preprod"}}, false},
		{`"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}`, context{"s3:prefix": {""}}, true},
		{`"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}`, context{"s3:prefix": {"home/ann/"}, "aws:username": {"ann"}}, true},
		{`"StringLike":{"s3:prefix":["home/${aws:username}/"]}`, context{"s3:prefix": {"home//"}}, false},
		{`"StringLike":{"x:k":"${*}b?"}`, context{"x:k": {"*bc"}}, true},
		{`"StringLike":{"x:k":"${*}b?"}`, context{"x:k": {"abc"}}, false},
		{`"StringLike":{"x:k":"${aws:username}x"}`, context{"x:k": {"anyx"}, "aws:username": {"*"}}, false},
		{`"StringEquals":{"x:k":"${aws:PrincipalTag/team, 'company-wide'}"}`, context{"x:k": {"company-wide"}}, true},
		{`"StringEquals":{"x:k":"${aws:PrincipalTag/team, 'company-wide'}"}`, context{"x:k": {"yellow"}, "aws:PrincipalTag/team": {"yellow"}}, true},
		{`"StringNotEquals":{"s3:ExistingObjectTag/Team":"${aws:PrincipalTag/Team}"}`, context{"s3:ExistingObjectTag/Team": {"a"}}, true},
		{`"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*"]}`, context{"ec2:InstanceType": {"t1.micro"}}, true},
		{`"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*"]}`, context{"ec2:InstanceType": {"m2.micro"}}, false},
		{`"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*"]}`, nil, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["environment","cost-center"]}`, context{"aws:TagKeys": {"environment", "cost-center"}}, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["environment","cost-center"]}`, context{"aws:TagKeys": {"environment", "dept"}}, false},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["environment","cost-center"]}`, nil, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["environment"]},"Null":{"aws:TagKeys":"false"}`, nil, false},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["environment","cost-center"]}`, context{"aws:TagKeys": {"environment", "dept"}}, true},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["environment","cost-center"]}`, context{"aws:TagKeys": {"dept"}}, false},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["environment","cost-center"]}`, nil, false},
		{`"ForAllValues:StringNotEquals":{"aws:TagKeys":["a","b"]}`, context{"aws:TagKeys": {"c", "a"}}, false},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, context{"aws:TagKeys": {"c", "a"}}, true},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, nil, false},
		{`"NumericLessThanEquals":{"s3:max-keys":"10"}`, context{"s3:max-keys": {"10"}}, true},
		{`"NumericLessThanEquals":{"s3:max-keys":10}`, context{"s3:max-keys": {"10.5"}}, false},
		{`"NumericNotEquals":{"s3:max-keys":"10"}`, context{"s3:max-keys": {"10.0"}}, false},
		{`"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, context{"aws:TokenIssueTime": {"2020-01-01T02:00:00+01:00"}}, true},
		{`"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}`, context{"aws:TokenIssueTime": {"1577836800"}}, false},
		{`"Bool":{"aws:SecureTransport":"false"}`, context{"aws:SecureTransport": {"false"}}, true},
		{`"Bool":{"aws:SecureTransport":false}`, context{"aws:SecureTransport": {"true"}}, false},
		{`"Bool":{"aws:SecureTransport":"false"}`, nil, false},
		{`"BinaryEquals":{"x:key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, context{"x:key": {"BinaryValueInBase64"}}, true},
		{`"BinaryEquals":{"x:key":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, context{"x:key": {"ASIAIOSFODNN7EXAMPLE"}}, false},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, context{"aws:SourceIp": {"203.0.113.1"}}, true},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, context{"aws:SourceIp": {"198.51.100.1"}}, false},
		{`"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}`, context{"aws:SourceIp": {"2001:db8:1234:5678::1"}}, false},
		{`"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-west-2:123456789012:TOPIC-ID"}`, context{"aws:SourceArn": {"arn:aws:sns:us-west-2:777788889999:TOPIC-ID"}}, false},
		{`"ArnLike":{"x:k":"arn:aws:someservice:*:111122223333:finance/*"}`, context{"x:k": {"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}}, false},
		{`"StringLike":{"x:k":"arn:aws:someservice:*:111122223333:finance/*"}`, context{"x:k": {"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}}, true},
		{`"ForAllValues:ArnLike":{"x:k":["arn:aws:cloudfront::123456789012:distribution/*"]}`, nil, true},
		{`"Null":{"aws:TokenIssueTime":"true"}`, nil, true},
		{`"Null":{"aws:TokenIssueTime":"true"}`, context{"aws:TokenIssueTime": {"2020-01-01"}}, false},
		{`"Null":{"aws:RequestTag/x":"true"}`, context{"aws:RequestTag/x": {""}}, true},
	} {
		document := v12(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + c.condition + `}}`)
		allowed, why := Allowed(policytest.Case{
			Policies: policytest.Policies{Identity: []string{document}},
			Request:  policytest.Request{Principal: carlos, Action: "s3:GetObject", Resource: "*", ResourceAccount: own, Context: c.context},
		})
		if allowed != c.want {
			t.Errorf("%s with %v: %t (%s), want %t", c.condition, c.context, allowed, why, c.want)
		}
	}
}

// TestResources holds the reference to the page on Resource.
func TestResources(t *testing.T) {
	for _, c := range []struct {
		pattern, resource string
		want              bool
	}{
		{"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1///test///object.jpg", true},
		{"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/object.jpg", true},
		{"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/test/", true},
		{"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1-test/object.jpg", false},
		{"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/object.jpg", false},
		{"arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test.jpg", false},
		{"arn:aws:s3:::b/a*c", "arn:aws:s3:::b/a:b:c", true},
		{"arn:aws:sqs:us-*-1:1:q", "arn:aws:sqs:us-east-1:1:q", true},
		{"arn:aws:sqs:us-*-1:1:q", "arn:aws:sqs:us-a:b-1:1:q", false},
		{"arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:1:q", true},
		{"arn:aws:sqs:us-east-?:1:q", "arn:aws:sqs:us-east-1:1:q", true},
		{"arn:aws:s3*", "arn:aws:s3:::b/k", true},
		{"arn:aws:s3:::B", "arn:aws:s3:::b", false},
		{"*", "*", true},
		{"arn:aws:s3:::b", "*", false},
	} {
		if got := likeResource(wild(c.pattern), []rune(c.resource)); got != c.want {
			t.Errorf("%s, %s: %t", c.pattern, c.resource, got)
		}
	}
}

// TestRefusals: what is not of the language is refused, wherever it stands.
func TestRefusals(t *testing.T) {
	for _, document := range []string{
		`[]`, `{`, `{}`, `{"Statement":[1]}`, `{"Statement":[]} {}`,
		`{"Version":"2020-01-01","Statement":[]}`,
		`{"Extra":1,"Statement":[]}`,
		`{"Statement":[],"Statement":[]}`,
		v12(`{"Action":"*","Resource":"*"}`),
		v12(`{"Effect":"allow","Action":"*","Resource":"*"}`),
		v12(`{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}`),
		v12(`{"Effect":"Allow","Action":[],"Resource":"*"}`),
		v12(`{"Effect":"Allow","Action":"GetObject","Resource":"*"}`),
		v12(`{"Effect":"Allow","Action":"*"}`),
		v12(`{"Effect":"Allow","Action":"*","Resource":"bucket"}`),
		v12(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`),
		v12(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringSounds":{"x:k":"v"}}}`),
		v12(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"x:k":"true"}}}`),
		v12(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"x:k":"ten"}}}`),
		v12(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"x:k":null}}}`),
		v12(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"x:k":{}}}}`),
	} {
		c := policytest.Case{Policies: policytest.Policies{Identity: []string{v12(everything), document}}, Request: policytest.Request{
			Principal: carlos, Action: "s3:GetObject", Resource: "*", ResourceAccount: own,
		}}
		if got, why := Decide(c); got != Refused {
			t.Errorf("%s: %s (%s)", document, got, why)
		}
	}
	for _, document := range []string{
		v12(`{"Effect":"Allow","Action":"*","Resource":"*"}`),
		v12(`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:role/*"},"Action":"*","Resource":"*"}`),
		v12(`{"Effect":"Deny","Principal":{"Group":"x"},"Action":"*","Resource":"*"}`),
	} {
		if got, why := Decide(policytest.Case{Policies: policytest.Policies{Resource: []string{document}}}); got != Refused {
			t.Errorf("%s: %s (%s)", document, got, why)
		}
	}
}
