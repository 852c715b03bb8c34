package e2e

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	form     = "application/x-www-form-urlencoded"
	jsonCall = "application/x-amz-json-1.1"
)

// knock is a request of somebody who tries the doors.
type knock struct {
	name    string
	how     signing
	method  string // empty: POST
	path    string // empty: /
	media   string
	body    string
	header  [2]string // set after signing, or before as X-Amz-…
	status  int
	says    string // in the answer
	nowhere string // not in the answer
}

// try sends it.
func (s *site) try(t *testing.T, k knock) (status int, text string) {
	t.Helper()
	if k.method == "" {
		k.method = "POST"
	}
	if k.path == "" {
		k.path = "/"
	}
	req, err := http.NewRequestWithContext(t.Context(), k.method, s.server.Endpoint+k.path, bytes.NewReader([]byte(k.body)))
	if err != nil {
		t.Fatal(err)
	}
	if k.media != "" {
		req.Header.Set("Content-Type", k.media)
	}
	early := strings.HasPrefix(k.header[0], "X-Amz-Target")
	if early {
		req.Header.Set(k.header[0], k.header[1])
	}
	if !k.how.none {
		s.sign(t, k.how, req, []byte(k.body))
	}
	if !early && k.header[0] != "" {
		req.Header.Set(k.header[0], k.header[1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (s *site) tries(t *testing.T, knocks []knock) {
	t.Helper()
	for _, k := range knocks {
		status, text := s.try(t, k)
		if status != k.status || !strings.Contains(text, k.says) || k.nowhere != "" && strings.Contains(text, k.nowhere) {
			t.Errorf("%s: %d %s\nwant %d with %q, and no %q", k.name, status, text, k.status, k.says, k.nowhere)
		}
	}
}

// TestDoorsOfTheForm: an operation of the query protocol is the one that its
// signature is for, or one that takes none, however the request is put together.
func TestDoorsOfTheForm(t *testing.T) {
	s := open(t, "")
	sts, iam := signing{service: "sts"}, signing{service: "iam"}
	const identity, users = "Action=GetCallerIdentity&Version=2011-06-15", "Action=ListUsers&Version=2010-05-08"
	s.tries(t, []knock{
		{name: "as it should be", how: sts, media: form, body: identity, status: 200, says: "<Arn>"},
		{name: "another API's action", how: sts, media: form, body: users, status: 400, says: "<Code>InvalidAction<"},
		{name: "another API's version", how: iam, media: form, body: "Action=ListUsers&Version=2011-06-15", status: 400, says: "<Code>InvalidAction<"},
		{name: "signed for an API without forms", how: signing{service: "qbusiness"}, media: form, body: users, status: 400, says: "<Code>InvalidAction<"},
		{name: "two actions", how: sts, media: form, body: identity + "&Action=AssumeRole", status: 400, says: "<Code>MissingAction<"},
		{name: "two actions, one escaped", how: sts, media: form, body: identity + "&%41ction=AssumeRole", status: 400, says: "<Code>MissingAction<"},
		{name: "one action in the address, one in the form", how: iam, path: "/?" + users, media: form, body: "Action=DeleteUser&UserName=a", status: 400, says: "<Code>MissingAction<"},
		{name: "a form in the address", how: iam, method: "GET", path: "/?" + users, status: 200, says: "<Users"},
		{name: "unsigned", how: signing{none: true}, media: form, body: users, status: 403, says: "<Code>MissingAuthenticationToken<"},
		{name: "unsigned, an action for which nobody signs, by another's version", how: signing{none: true}, media: form, body: "Action=AssumeRoleWithSAML&Version=2010-05-08", status: 400, says: "<Code>InvalidAction<"},
		{name: "a signature that is none", how: signing{none: true}, media: form, body: users, header: [2]string{"Authorization", "Basic cm9vdDpyb290"}, status: 400, says: "<Code>InvalidAction<"},
		{name: "a signature that is half", how: signing{none: true}, path: "/?X-Amz-Signature=00", media: form, body: users, status: 400, says: "<Code>InvalidAction<"},
		{name: "another operation's body under a target", how: signing{service: "sso"}, media: form, body: identity, header: [2]string{"X-Amz-Target", "SWBExternalService.ListInstances"}, status: 400, says: "Exception"},
		{name: "a target of another API", how: sts, media: jsonCall, body: "{}", header: [2]string{"X-Amz-Target", "SWBExternalService.ListInstances"}, status: 400, says: "InvalidSignatureException"},
		{name: "a target that was not signed", how: signing{service: "sso"}, media: jsonCall, body: "{}", header: [2]string{"X-Amz-Meta", "1"}, status: 404, says: "No operation is called"},
	})
}

// TestDoorsOfAnotherAccount: what a root of one account names by an ARN of another is
// not there.
func TestDoorsOfAnotherAccount(t *testing.T) {
	s := open(t, "")
	everything := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	partner := s.keyOf(t, partnerAccount, "everything", everything)
	app := s.application(t, "ours")
	there := signing{key: partner}
	target := func(prefix, operation string) [2]string { return [2]string{"X-Amz-Target", prefix + operation} }
	as := func(how signing, service string) signing { how.service = service; return how }
	status, text := s.try(t, knock{how: as(there, "secretsmanager"), media: jsonCall, body: `{"Name":"theirs","SecretString":"hidden-theirs","ClientRequestToken":"00000000-0000-4000-8000-000000000001"}`, header: target("secretsmanager.", "CreateSecret")})
	if status != 200 {
		t.Fatal(status, text)
	}
	secret := strings.Split(text, `"`)[3]
	s.query(t, partner, "iam", "CreatePolicy", nil, "PolicyName", "theirs", "PolicyDocument", everything)
	ours := "arn:aws:qbusiness:us-east-1:" + homeAccount + ":application/" + app
	tags := func(arn string) string {
		return "/v1/tags/" + strings.ReplaceAll(strings.ReplaceAll(arn, ":", "%3A"), "/", "%2F")
	}
	nowhere := strings.Replace(app, app[:8], "00000000", 1)
	s.tries(t, []knock{
		{name: "a secret", how: as(signing{}, "secretsmanager"), media: jsonCall, body: `{"SecretId":"` + secret + `"}`, header: target("secretsmanager.", "GetSecretValue"), status: 400, says: "ResourceNotFoundException", nowhere: "hidden"},
		{name: "a policy", how: as(signing{}, "iam"), media: form, body: "Action=GetPolicy&PolicyArn=arn:aws:iam::" + partnerAccount + ":policy/theirs", status: 404, says: "<Code>NoSuchEntity<"},
		{name: "a policy to have", how: as(signing{}, "iam"), media: form, body: "Action=DeletePolicy&PolicyArn=arn:aws:iam::" + partnerAccount + ":policy/theirs", status: 404, says: "<Code>NoSuchEntity<"},
		{name: "an identity store", how: as(signing{}, "identitystore"), media: jsonCall, body: `{"IdentityStoreId":"d-0123456789"}`, header: target("AWSIdentityStore.", "ListUsers"), status: 400, says: "Exception"},
		{name: "an instance", how: as(signing{}, "sso"), media: jsonCall, body: `{"InstanceArn":"arn:aws:sso:::instance/ssoins-00000031160f2d21"}`, header: target("SWBExternalService.", "ListApplications"), status: 400, says: "Exception"},
		{name: "our application, by its ID", how: there, method: "GET", path: "/applications/" + app, status: 403, says: "no resource-based policy allows", nowhere: homeAccount},
		{name: "no application, by its ID", how: there, method: "GET", path: "/applications/" + nowhere, status: 403, says: "no resource-based policy allows", nowhere: homeAccount},
		{name: "our application, in capitals", method: "GET", path: "/applications/" + strings.ToUpper(app), status: 404, says: "There is no application"},
		{name: "our application's tags", how: there, method: "GET", path: tags(ours), status: 403, says: "no resource-based policy allows"},
		{name: "our application's tags, as if it were theirs", how: there, method: "GET", path: tags(strings.Replace(ours, homeAccount, partnerAccount, 1)), status: 403, says: "no resource-based policy allows", nowhere: homeAccount},
		{name: "tags of nothing of theirs, by a root", method: "GET", path: tags(strings.Replace(ours, homeAccount, partnerAccount, 1)), status: 404, says: "The account has no resource"},
		{name: "all applications", how: there, method: "GET", path: "/applications", status: 200, says: `"applications":[]`, nowhere: app},
		{name: "a label that climbs", method: "GET", path: "/applications/" + app + "%2F..%2F" + nowhere, status: 400, says: "must match the pattern"},
	})
}

// TestDoorsOfKeys: a key is good with its own token, for whom it was made, and not
// when its holder is gone or was made again.
func TestDoorsOfKeys(t *testing.T) {
	s := open(t, "")
	root := s.server.Key
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + homeAccount + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	inside := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"qbusiness:ListApplications","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.7"}}}]}`
	s.query(t, root, "iam", "CreateRole", nil, "RoleName", "one", "AssumeRolePolicyDocument", trust)
	s.query(t, root, "iam", "PutRolePolicy", nil, "RoleName", "one", "PolicyName", "p", "PolicyDocument", inside)
	a := s.assume(t, root, "arn:aws:iam::"+homeAccount+":role/one", "a1", "", "")
	b := s.assume(t, root, "arn:aws:iam::"+homeAccount+":role/one", "b1", "", "")
	who := func(key aws.Credentials, status int, says string) knock {
		return knock{name: "who", how: signing{key: key, service: "sts"}, media: form, body: "Action=GetCallerIdentity", status: status, says: says}
	}
	swapped, bare, rooted, cut := a, a, root, a
	swapped.SessionToken, bare.SessionToken, rooted.SessionToken = b.SessionToken, "", b.SessionToken
	cut.SessionToken = cut.SessionToken[:len(cut.SessionToken)-2]
	s.tries(t, []knock{
		who(a, 200, "assumed-role/one/a1"), who(swapped, 403, "InvalidClientTokenId"), who(bare, 403, "InvalidClientTokenId"), who(cut, 403, "InvalidClientTokenId"), who(rooted, 403, "InvalidClientTokenId"),
		who(aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}, 403, "InvalidClientTokenId"),
		{name: "from elsewhere, says a header", how: signing{key: a}, method: "GET", path: "/applications", header: [2]string{"X-Forwarded-For", "198.51.100.7"}, status: 403, says: "not authorized"},
		{name: "from elsewhere, says another", how: signing{key: a}, method: "GET", path: "/applications", header: [2]string{"Forwarded", "for=198.51.100.7"}, status: 403, says: "not authorized"},
	})
	s.query(t, root, "iam", "DeleteRolePolicy", nil, "RoleName", "one", "PolicyName", "p")
	s.query(t, root, "iam", "DeleteRole", nil, "RoleName", "one")
	s.tries(t, []knock{who(a, 403, "InvalidClientTokenId")})
	s.query(t, root, "iam", "CreateRole", nil, "RoleName", "one", "AssumeRolePolicyDocument", trust)
	s.tries(t, []knock{who(a, 403, "InvalidClientTokenId")})

	own := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateAccessKey","iam:UpdateUser"],"Resource":"arn:aws:iam::*:user/ann"}]}`
	var made struct {
		Result struct {
			AccessKey struct {
				AccessKeyID     string `xml:"AccessKeyId"`
				SecretAccessKey string
			}
		} `xml:"CreateAccessKeyResult"`
	}
	for _, name := range []string{"ann", "bob"} {
		s.query(t, root, "iam", "CreateUser", nil, "UserName", name)
	}
	s.query(t, root, "iam", "CreateUser", nil, "UserName", "eve", "Path", "/ann/")
	s.query(t, root, "iam", "PutUserPolicy", nil, "UserName", "ann", "PolicyName", "p", "PolicyDocument", own)
	s.query(t, root, "iam", "CreateAccessKey", &made, "UserName", "ann")
	ann := aws.Credentials{AccessKeyID: made.Result.AccessKey.AccessKeyID, SecretAccessKey: made.Result.AccessKey.SecretAccessKey}
	does := func(name, body string, status int, says string) knock {
		return knock{name: name, how: signing{key: ann, service: "iam"}, media: form, body: body, status: status, says: says}
	}
	s.tries(t, []knock{
		does("another's key", "Action=CreateAccessKey&UserName=bob", 403, "not authorized to perform: iam:CreateAccessKey"),
		does("another's key, below her name", "Action=CreateAccessKey&UserName=eve", 403, "user/ann/eve"),
		does("another's key, by a path", "Action=CreateAccessKey&UserName=ann/eve", 400, "ValidationError"),
		does("another's name", "Action=UpdateUser&UserName=ann&NewUserName=admin", 403, "user/admin"),
		does("her own key, in capitals", "Action=CreateAccessKey&UserName=ANN", 200, "<AccessKeyId>"),
	})
	s.query(t, root, "iam", "DeleteAccessKey", nil, "UserName", "ann", "AccessKeyId", ann.AccessKeyID)
	s.tries(t, []knock{who(ann, 403, "InvalidClientTokenId")})
}
