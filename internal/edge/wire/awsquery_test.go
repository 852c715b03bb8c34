package wire

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
)

const (
	iamVersion = "2010-05-08"
	stsVersion = "2011-06-15"
	formMedia  = "application/x-www-form-urlencoded; charset=utf-8"
)

// queryServer answers IAM and STS in each way that an operation can answer.
func queryServer(t testing.TB, change ...func(*Config)) *fixture {
	return start(t, append([]func(*Config){queryConfig}, change...)...)
}

func queryConfig(c *Config) {
	c.Services = append(c.Services, iam.Service, sts.Service)
	c.Region = region
	c.Auth = authenticator("qbusiness", "secretsmanager", "iam", "sts")
	op.Handle(c.Calls, iam.GetUser, func(_ context.Context, c op.Caller, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
		name := "root & co"
		if in.UserName != nil {
			name = *in.UserName
		}
		return &iam.GetUserOutput{User: iam.User{
			Path: "/", UserName: name, UserID: "AIDA", ARN: c.Principal, CreateDate: time.Unix(1700000000, 0),
			Tags: []iam.Tag{{Key: "a<b", Value: ""}},
		}}, nil
	})
	op.Handle(c.Calls, iam.ListUsers, func(context.Context, op.Caller, *iam.ListUsersInput) (*iam.ListUsersOutput, error) {
		return &iam.ListUsersOutput{IsTruncated: new(false)}, nil
	})
	op.Handle(c.Calls, iam.DeleteUser, func(context.Context, op.Caller, *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
		return &iam.DeleteUserOutput{}, nil
	})
	op.Handle(c.Calls, iam.UpdateRole, func(context.Context, op.Caller, *iam.UpdateRoleInput) (*iam.UpdateRoleOutput, error) {
		return &iam.UpdateRoleOutput{}, nil
	})
	op.Handle(c.Calls, iam.GetRole, func(context.Context, op.Caller, *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
		return nil, &fault.Error{Code: "NoSuchEntityException", Message: "The role with name <x> cannot be found."}
	})
	op.Handle(c.Calls, iam.DeleteRole, func(context.Context, op.Caller, *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
		return nil, errors.New("the disk of the store is full")
	})
	op.Handle(c.Calls, iam.TagUser, func(context.Context, op.Caller, *iam.TagUserInput) (*iam.TagUserOutput, error) {
		return nil, fault.NotFound("user", "x", "TagUser does not declare this.")
	})
	op.Handle(c.Calls, iam.UntagUser, func(context.Context, op.Caller, *iam.UntagUserInput) (*iam.UntagUserOutput, error) {
		panic("a slip of the programmer")
	})
	op.Handle(c.Calls, sts.GetCallerIdentity, func(_ context.Context, c op.Caller, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
		return &sts.GetCallerIdentityOutput{Account: &c.Account, ARN: &c.Principal, UserID: &c.ID}, nil
	})
	op.Handle(c.Calls, sts.AssumeRoleWithWebIdentity, func(_ context.Context, c op.Caller, _ *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return &sts.AssumeRoleWithWebIdentityOutput{Audience: new(c.Region + "|" + c.Account + c.Principal + c.AccessKeyID)}, nil
	})
	op.Handle(c.Calls, sts.AssumeRole, func(context.Context, op.Caller, *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
		return nil, &fault.Error{Code: fault.AccessDenied, Message: "No."}
	})
}

// form is an unsigned request for an operation, as a client of awsQuery makes it.
func (f *fixture) form(t testing.TB, body string) *http.Request {
	t.Helper()
	r := f.newRequest(t, http.MethodPost, "/", body)
	r.Header.Set("Content-Type", formMedia)
	return r
}

// query sends a form, signed by the root for the service that the version is of.
func (f *fixture) query(t testing.TB, version, form string) xmlAnswer {
	t.Helper()
	body := form + "&Version=" + version
	service := map[string]string{iamVersion: "iam", stsVersion: "sts"}[version]
	return sendForm(t, signFor(t, f.form(t, body), body, service, root))
}

// xmlAnswer is what a client of awsQuery got. Of an error it has the parts.
type xmlAnswer struct {
	answer
	Type    string `xml:"Error>Type"`
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
	ID      string `xml:"RequestId"`
	Nested  string `xml:"ResponseMetadata>RequestId"`
}

// sendForm sends a request, and holds the answer to what every answer of awsQuery
// has.
func sendForm(t testing.TB, r *http.Request) xmlAnswer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := xmlAnswer{answer: answer{status: resp.StatusCode, header: resp.Header}}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(a.body, &a); err != nil {
		t.Errorf("the body is not XML: %v\n%s", err, a.body)
	}
	if _, err := uuid.Parse(a.id()); err != nil || a.ID+a.Nested != a.id() {
		t.Errorf("x-amzn-RequestId %q, and %q in the body: %v", a.id(), a.ID+a.Nested, err)
	}
	if got := a.header.Get("Content-Type"); got != "text/xml" {
		t.Errorf("Content-Type %q", got)
	}
	return a
}

func TestQueryAnswers(t *testing.T) {
	f := queryServer(t)
	const iamNS, stsNS = ` xmlns="https://iam.amazonaws.com/doc/2010-05-08/"`, ` xmlns="https://sts.amazonaws.com/doc/2011-06-15/"`
	for name, tt := range map[string]struct{ version, form, want string }{
		"members and lists": {iamVersion, "Action=GetUser", `<GetUserResponse` + iamNS + `><GetUserResult><User><Path>/</Path><UserName>root &amp; co</UserName><UserId>AIDA</UserId>` +
			`<Arn>arn:aws:iam::000000000000:root</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate><Tags><member><Key>a&lt;b</Key><Value></Value></member></Tags></User></GetUserResult>` +
			`<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetUserResponse>`},
		"an empty list":  {iamVersion, "Action=ListUsers", `<ListUsersResponse` + iamNS + `><ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ListUsersResponse>`},
		"no output":      {iamVersion, "Action=DeleteUser&UserName=ann", `<DeleteUserResponse` + iamNS + `><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></DeleteUserResponse>`},
		"an empty one":   {iamVersion, "Action=UpdateRole&RoleName=r", `<UpdateRoleResponse` + iamNS + `><UpdateRoleResult></UpdateRoleResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></UpdateRoleResponse>`},
		"of STS":         {stsVersion, "Action=GetCallerIdentity", `<GetCallerIdentityResponse` + stsNS + `><GetCallerIdentityResult><UserId>000000000000</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>`},
		"a fault":        {iamVersion, "Action=GetRole&RoleName=x", `<ErrorResponse` + iamNS + `><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name &lt;x&gt; cannot be found.</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
		"a fault of STS": {stsVersion, "Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=ann", `<ErrorResponse` + stsNS + `><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No.</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.query(t, tt.version, tt.form)
			if got := strings.ReplaceAll(string(a.body), a.id(), "ID"); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

const hiddenText = "An internal error occurred. Try again; if it stays, look in the server's log for the request id."

// TestQueryRefuses: what is refused, with which status and code, by whose mistake
// and in which words.
func TestQueryRefuses(t *testing.T) {
	f := queryServer(t)
	const bad = "failed to satisfy constraint: Member must"
	for name, tt := range map[string]struct {
		version, form string
		status        int
		kind, code    string
		message       string
	}{
		"internal":           {iamVersion, "Action=DeleteRole&RoleName=r", 500, "Receiver", "ServiceFailure", hiddenText},
		"undeclared":         {iamVersion, "Action=TagUser&UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=v", 500, "Receiver", "ServiceFailure", hiddenText},
		"a panic":            {iamVersion, "Action=UntagUser&UserName=u&TagKeys.member.1=k", 500, "Receiver", "ServiceFailure", hiddenText},
		"not built":          {iamVersion, "Action=ListPolicies", 501, "Receiver", "NotImplemented", "ListPolicies is not built yet in this version of Parley. The request was well formed, and you may call it; see docs/compatibility.md for what is there."},
		"missing":            {iamVersion, "Action=GetRole", 400, "Sender", "ValidationError", "1 validation error detected: Value at 'roleName' " + bad + " not be null"},
		"two at once":        {iamVersion, "Action=GetRole&RoleName=", 400, "Sender", "ValidationError", "2 validation errors detected: Value at 'roleName' " + bad + ` have length between 1 and 64, inclusive; Value at 'roleName' ` + bad + ` satisfy regular expression pattern: [\w+=,.@-]+`},
		"in a list":          {iamVersion, "Action=TagUser&UserName=u&Tags.member.1.Key=k", 400, "Sender", "ValidationError", "1 validation error detected: Value at 'tags.1.member.value' " + bad + " not be null"},
		"a number too large": {iamVersion, "Action=ListUsers&MaxItems=1001", 400, "Sender", "ValidationError", "1 validation error detected: Value at 'maxItems' " + bad + " have value between 1 and 1000, inclusive"},
		"no number":          {iamVersion, "Action=ListUsers&MaxItems=ten", 400, "Sender", "ValidationError", `1 validation error detected: Value at 'maxItems' failed to satisfy constraint: A whole number was expected here; "ten" was found`},
		"an enum":            {iamVersion, "Action=ListPolicies&Scope=Mine", 400, "Sender", "ValidationError", "1 validation error detected: Value at 'scope' " + bad + " satisfy enum value set: [All, AWS, Local]"},
		"twice":              {iamVersion, "Action=GetRole&RoleName=a&RoleName=b", 400, "Sender", "ValidationError", "1 validation error detected: Value at 'roleName' failed to satisfy constraint: This value is given 2 times, or has parts"},
		"a secret":           {stsVersion, "Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=ann&TokenCode=sesam", 400, "Sender", "ValidationError", "2 validation errors detected: Value at 'tokenCode' " + bad + ` have length between 6 and 6, inclusive; Value at 'tokenCode' ` + bad + ` satisfy regular expression pattern: [\d]*`},
		"an unknown action":  {iamVersion, "Action=CreateGroup", 400, "Sender", "InvalidAction", "Could not find operation CreateGroup for version 2010-05-08."},
		"of the other":       {iamVersion, "Action=GetCallerIdentity", 400, "Sender", "InvalidAction", "Could not find operation GetCallerIdentity for version 2010-05-08."},
		"no action":          {iamVersion, "UserName=ann", 400, "Sender", "MissingAction", "The form must name the operation as Action, once."},
		"two actions":        {iamVersion, "Action=GetUser&Action=GetUser", 400, "Sender", "MissingAction", "The form must name the operation as Action, once."},
		"a wrong escape":     {iamVersion, "Action=GetRole&RoleName=%zz", 400, "Sender", "MalformedQueryString", `The form cannot be read: the value of "RoleName" is not percent-encoded UTF-8.`},
		"a name like that":   {iamVersion, "Action=GetRole&R%=a", 400, "Sender", "MalformedQueryString", `The form cannot be read: the name "R%=a" is not percent-encoded UTF-8.`},
		"no UTF-8":           {iamVersion, "Action=GetRole&RoleName=%ff", 400, "Sender", "MalformedQueryString", `The form cannot be read: the value of "RoleName" is not percent-encoded UTF-8.`},
		"a crowd":            {iamVersion, "Action=GetUser" + strings.Repeat("&", maxPairs), 400, "Sender", "MalformedQueryString", "The form cannot be read: it has more than 10000 parameters."},
		"too large":          {iamVersion, "Action=GetUser&UserName=" + strings.Repeat("x", defaultLimit), 413, "Sender", "RequestEntityTooLargeException", "The body has 1048619 bytes; GetUser takes at most 1048576."},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.query(t, tt.version, tt.form)
			got := fmt.Sprint(a.status, a.Type, a.Code, a.Message)
			if want := fmt.Sprint(tt.status, tt.kind, tt.code, tt.message); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
			if event := f.event(t, a.answer); event["error"] != tt.code {
				t.Errorf("logged with error %v, want %s", event["error"], tt.code)
			}
		})
	}
}

// TestQuerySignatures: a form is for the service that its signature names.
func TestQuerySignatures(t *testing.T) {
	f := queryServer(t)
	const whoAmI, getUser = "Action=GetCallerIdentity&Version=" + stsVersion, "Action=GetUser&UserName=ann&Version=" + iamVersion
	signed := func(body, service string, as access.Root) func(t *testing.T) *http.Request {
		return func(t *testing.T) *http.Request { return signFor(t, f.form(t, body), body, service, as) }
	}
	for name, tt := range map[string]struct {
		request func(t *testing.T) *http.Request
		status  int
		code    string
		message string
	}{
		"none":            {func(t *testing.T) *http.Request { return f.form(t, whoAmI) }, 403, "MissingAuthenticationToken", "Missing Authentication Token: "},
		"none, no action": {func(t *testing.T) *http.Request { return f.form(t, "Action=GetCallerIdentity") }, 400, "InvalidAction", "Could not find operation GetCallerIdentity for version (none)."},
		"for another":     {signed(whoAmI, "iam", root), 400, "InvalidAction", "Could not find operation GetCallerIdentity for version 2011-06-15."},
		"for a stranger":  {signed(whoAmI, "ec2", root), 400, "InvalidAction", "Could not find operation GetCallerIdentity for version 2011-06-15."},
		"another secret":  {signed(whoAmI, "sts", access.Root{AccessKeyID: root.AccessKeyID, Secret: "wrong"}), 403, "SignatureDoesNotMatch", "The request signature we calculated does not match"},
		"an unknown key":  {signed(whoAmI, "sts", access.Root{AccessKeyID: "AKIANOBODY", Secret: "wrong"}), 403, "InvalidClientTokenId", "The security token included in the request is invalid"},
		"no credential": {func(t *testing.T) *http.Request {
			r := f.form(t, whoAmI)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host")
			return r
		}, 400, "InvalidAction", "Could not find operation GetCallerIdentity"},
		"two": {func(t *testing.T) *http.Request {
			r := signFor(t, f.form(t, whoAmI), whoAmI, "sts", root)
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
			return r
		}, 403, "IncompleteSignature", "The request has 2 Authorization headers"},
		"no permission": {signed(getUser, "iam", access.Root{AccessKeyID: stranger.AccessKeyID, Secret: strangerSecret}), 403, "AccessDenied",
			"User: arn:aws:iam::111122223333:role/isv is not authorized to perform: iam:GetUser on resource: arn:aws:iam::111122223333:user/ann because no identity-based policy allows the iam:GetUser action"},
		"anybody's": {signed(whoAmI, "sts", access.Root{AccessKeyID: stranger.AccessKeyID, Secret: strangerSecret}), 200, "", ""},
		"presigned": {func(t *testing.T) *http.Request { return f.presigned(t, whoAmI) }, 200, "", ""},
		"presigned and changed": {func(t *testing.T) *http.Request {
			r := f.presigned(t, whoAmI)
			r.URL.RawQuery += "&Extra=1"
			return r
		}, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match"},
		"in both places": {func(t *testing.T) *http.Request {
			r := f.presigned(t, whoAmI)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/sts/aws4_request")
			return r
		}, 403, "IncompleteSignature", "The request is signed in both"},
	} {
		t.Run(name, func(t *testing.T) {
			a := sendForm(t, tt.request(t))
			if a.status != tt.status || a.Code != tt.code || !strings.HasPrefix(a.Message, tt.message) {
				t.Errorf("%d %s\nwant %d %s: %s", a.status, a.body, tt.status, tt.code, tt.message)
			}
		})
	}
}

// presigned is a GET of the root for STS.
func (f *fixture) presigned(t testing.TB, query string) *http.Request {
	t.Helper()
	r := f.newRequest(t, http.MethodGet, "/?"+query, "")
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: root.AccessKeyID, SecretAccessKey: root.Secret}, r, empty, "sts", region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if r.URL, err = url.Parse(signed); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestExpiredTokenInForms: services of awsQuery have a name of their own for it.
func TestExpiredTokenInForms(t *testing.T) {
	f := queryServer(t, func(c *Config) { c.Auth = authenticator("sts") })
	body := "Action=GetCallerIdentity&Version=" + stsVersion
	a := sendForm(t, signFor(t, f.form(t, body), body, "sts", access.Root{AccessKeyID: "ASIAEXPIRED", Secret: "x"}))
	if a.status != 403 || a.Code != "ExpiredToken" || a.Type != "Sender" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestFormsTakeTheirTurn: a form is read before it is known which operation it is
// for; when there is no room for it, that is said all the same.
func TestFormsTakeTheirTurn(t *testing.T) {
	f := queryServer(t, func(c *Config) { c.InFlight = 1 })
	const body = "Action=GetUser&Version=" + iamVersion
	const full = "The server holds as many request bodies as it has memory for. Wait and try again."
	a := sendForm(t, signFor(t, f.form(t, body), body, "iam", root))
	if a.status != 400 || a.Code != "Throttling" || a.Message != full {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = sendForm(t, f.form(t, body))
	if a.status != 429 || a.Code != "ThrottlingException" || a.Message != full {
		t.Errorf("for nobody knows whom: %d %s", a.status, a.body)
	}
}

// TestUnsigned: an operation for which nobody signs is called for nobody, in the
// server's Region, whatever else the request carries.
func TestUnsigned(t *testing.T) {
	f := queryServer(t)
	body := "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=ann&WebIdentityToken=abcd&Version=" + stsVersion
	for name, r := range map[string]*http.Request{
		"unsigned":            f.form(t, body),
		"as a query":          f.newRequest(t, http.MethodGet, "/?"+body, ""),
		"signed all the same": signFor(t, f.form(t, body), body, "sts", root),
	} {
		if a := sendForm(t, r); a.status != 200 || !strings.Contains(string(a.body), "<Audience>us-east-1|</Audience>") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	event := f.event(t, sendForm(t, f.form(t, body)).answer)
	want := map[string]any{"level": "INFO", "operation": "sts:AssumeRoleWithWebIdentity", "status": 200., "bytes_in": float64(len(body)), "bytes_out": event["bytes_out"]}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
	a := sendForm(t, f.form(t, strings.Replace(body, "abcd", "a", 1)))
	if a.status != 400 || a.Message != "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length between 4 and 20000, inclusive" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestQueryFigures: operations are counted under their service.
func TestQueryFigures(t *testing.T) {
	f := queryServer(t)
	f.query(t, iamVersion, "Action=GetUser")
	f.query(t, iamVersion, "Action=GetRole&RoleName=r")
	f.query(t, iamVersion, "Action=Nothing")
	waitFor(t, func() bool { return testutil.ToFloat64(f.config.Metrics.inFlight) == 0 })
	want := `
# HELP parley_errors_total Requests answered with an error, by operation and type of error.
# TYPE parley_errors_total counter
parley_errors_total{operation="iam:GetRole",type="NoSuchEntity"} 1
parley_errors_total{operation="unknown",type="InvalidAction"} 1
# HELP parley_requests_total Requests answered, by operation.
# TYPE parley_requests_total counter
parley_requests_total{operation="iam:GetRole"} 1
parley_requests_total{operation="iam:GetUser"} 1
parley_requests_total{operation="unknown"} 1
`
	if err := testutil.GatherAndCompare(f.figures, strings.NewReader(want), "parley_errors_total", "parley_requests_total"); err != nil {
		t.Error(err)
	}
}

// TestOnlyFormsAreForms: what is no form of the path / goes its own way.
func TestOnlyFormsAreForms(t *testing.T) {
	f := queryServer(t)
	const body = "Action=GetUser&Version=" + iamVersion
	for name, change := range map[string]func(r *http.Request){
		"another method": func(r *http.Request) { r.Method = http.MethodPut },
		"another path":   func(r *http.Request) { r.URL.Path = "/x" },
		"another type":   func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
	} {
		r := f.form(t, body)
		change(r)
		if a := send(t, http.DefaultClient, r); a.status != 404 || a.header.Get("x-amzn-ErrorType") != "UnknownOperationException" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// TestOrigin: every caller is known to come from somewhere.
func TestOrigin(t *testing.T) {
	var got []op.Origin
	noted := func(c op.Caller) { got = append(got, c.Origin) }
	c := config(io.Discard)
	c.Calls = &op.Registry{Access: nobody()}
	queryOrigins(&c, noted)
	server := New(c)
	for _, from := range []string{"192.0.2.7:1234", "[::ffff:192.0.2.7]:1234", "[2001:db8::1]:1", "nowhere"} {
		r := httptest.NewRequest(http.MethodPost, "/?Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=ann&WebIdentityToken=abcd&Version="+stsVersion, nil)
		r.RemoteAddr = from
		r.Header.Set("User-Agent", "aws-cli/2")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::1"), {}}
	for i, origin := range got {
		if origin.IP != want[i] || origin.Agent != "aws-cli/2" || origin.Secure || origin.At != c.Now() {
			t.Errorf("%d: %+v", i, origin)
		}
	}
}

func queryOrigins(c *Config, noted func(op.Caller)) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c.Services, c.Region, c.Now = append(c.Services, sts.Service), region, func() time.Time { return noon }
	op.Handle(c.Calls, sts.AssumeRoleWithWebIdentity, func(_ context.Context, c op.Caller, _ *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		noted(c)
		return &sts.AssumeRoleWithWebIdentityOutput{}, nil
	})
}
