package wire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/access"
)

// secretsServer answers Secrets Manager in each way that an operation can answer.
func secretsServer(t testing.TB) *fixture {
	return start(t, func(c *Config) {
		op.Handle(c.Calls, secretsmanager.GetSecretValue, func(_ context.Context, _ op.Caller, in *secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
			return &secretsmanager.GetSecretValueOutput{Name: &in.SecretID, SecretBinary: []byte{0xff, 0}, VersionStages: []string{}, CreatedDate: new(time.UnixMilli(1700000000120))}, nil
		})
		op.Handle(c.Calls, secretsmanager.TagResource, func(context.Context, op.Caller, *secretsmanager.TagResourceInput) (*secretsmanager.TagResourceOutput, error) {
			return &secretsmanager.TagResourceOutput{}, nil
		})
		op.Handle(c.Calls, secretsmanager.DescribeSecret, func(context.Context, op.Caller, *secretsmanager.DescribeSecretInput) (*secretsmanager.DescribeSecretOutput, error) {
			return nil, &fault.Error{Code: fault.ResourceNotFound, Message: "Secrets Manager can't find the specified secret."}
		})
		op.Handle(c.Calls, secretsmanager.DeleteSecret, func(context.Context, op.Caller, *secretsmanager.DeleteSecretInput) (*secretsmanager.DeleteSecretOutput, error) {
			return nil, errors.New("the disk of the store is full")
		})
		op.Handle(c.Calls, secretsmanager.RestoreSecret, func(context.Context, op.Caller, *secretsmanager.RestoreSecretInput) (*secretsmanager.RestoreSecretOutput, error) {
			return nil, fault.Conflicts("secret", "x", "RestoreSecret does not declare this.")
		})
		op.Handle(c.Calls, secretsmanager.PutSecretValue, func(context.Context, op.Caller, *secretsmanager.PutSecretValueInput) (*secretsmanager.PutSecretValueOutput, error) {
			panic("a slip of the programmer")
		})
		op.Handle(c.Calls, secretsmanager.ListSecrets, func(context.Context, op.Caller, *secretsmanager.ListSecretsInput) (*secretsmanager.ListSecretsOutput, error) {
			return &secretsmanager.ListSecretsOutput{}, nil
		})
	})
}

// post is an unsigned request for an operation, as a client of awsJson1_1 makes it.
func (f *fixture) post(t testing.TB, target, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+f.addr+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return r
}

// signFor signs a request for a service.
func signFor(t testing.TB, r *http.Request, body, service string, root access.Root) *http.Request {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: root.AccessKeyID, SecretAccessKey: root.Secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
		t.Fatal(err)
	}
	return r
}

// ask sends a request for an operation, signed by the root.
func (f *fixture) ask(t testing.TB, operation, body string) answer {
	t.Helper()
	return sendJSON(t, signFor(t, f.post(t, "secretsmanager."+operation, body), body, "secretsmanager", root))
}

// sendJSON sends a request, and holds the answer to what every answer of
// awsJson1_1 has.
func sendJSON(t testing.TB, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if _, err := uuid.Parse(a.id()); err != nil {
		t.Errorf("x-amzn-RequestId %q: %v", a.id(), err)
	}
	if got := a.header.Get("Content-Type"); got != "application/x-amz-json-1.1" {
		t.Errorf("Content-Type %q", got)
	}
	if err := json.Unmarshal(a.body, &a.members); err != nil {
		t.Errorf("the body is not a JSON object: %v\n%s", err, a.body)
	}
	return a
}

func TestJSONAnswers(t *testing.T) {
	f := secretsServer(t)
	for name, tt := range map[string]struct {
		operation, body string
		status          int
		want            string
	}{
		"blobs and times":        {"GetSecretValue", `{"SecretId":"a"}`, 200, `{"Name":"a","SecretBinary":"/wA=","VersionStages":[],"CreatedDate":1700000000.12}`},
		"no output":              {"TagResource", `{"SecretId":"a","Tags":[]}`, 200, `{}`},
		"null and the unknown":   {"GetSecretValue", `{"SecretId":"a","VersionId":null,"Novelty":[1]}`, 200, `{"Name":"a","SecretBinary":"/wA=","VersionStages":[],"CreatedDate":1700000000.12}`},
		"no body":                {"ListSecrets", ``, 200, `{}`},
		"a declared error":       {"DescribeSecret", `{"SecretId":"a"}`, 400, `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`},
		"an internal error":      {"DeleteSecret", `{"SecretId":"a"}`, 500, `{"__type":"InternalServiceError","Message":"An internal error occurred. Try again; if it stays, look in the server's log for the request id."}`},
		"an undeclared error":    {"RestoreSecret", `{"SecretId":"a"}`, 500, `{"__type":"InternalServiceError","Message":"An internal error occurred. Try again; if it stays, look in the server's log for the request id."}`},
		"a panic":                {"PutSecretValue", `{"SecretId":"a"}`, 500, `{"__type":"InternalServiceError","Message":"An internal error occurred. Try again; if it stays, look in the server's log for the request id."}`},
		"not built":              {"RotateSecret", `{"SecretId":"a"}`, 501, `{"__type":"NotImplemented","message":"RotateSecret is not built yet in this version of Parley. The request was well formed, and you may call it; see docs/compatibility.md for what is there."}`},
		"a missing member":       {"GetSecretValue", `{}`, 400, `{"__type":"ValidationException","message":"SecretId: This member is required."}`},
		"a constraint":           {"GetSecretValue", `{"SecretId":"a","VersionId":"short"}`, 400, `{"__type":"ValidationException","message":"VersionId: The text must have at least 32 and at most 64 characters; it has 5."}`},
		"two violations":         {"ListSecrets", `{"MaxResults":0,"SortOrder":"up"}`, 400, `{"__type":"ValidationException","message":"MaxResults: The number must be at least 1 and at most 100; 0 was found.\nSortOrder: The text must be one of asc, desc; \"up\" was found."}`},
		"another type":           {"GetSecretValue", `{"SecretId":7}`, 400, `{"__type":"SerializationException","message":"SecretId: A string was expected here, and a number was found."}`},
		"no JSON":                {"GetSecretValue", `{"SecretId":`, 400, `{"__type":"SerializationException","message":"The body is not valid JSON: at line 1, column 13, the document ends where a value was expected."}`},
		"a list":                 {"GetSecretValue", `[]`, 400, `{"__type":"SerializationException","message":"A JSON object was expected here, and an array was found."}`},
		"a secret not repeated":  {"PutSecretValue", `{"SecretId":"a","SecretBinary":"canary!"}`, 400, `{"__type":"SerializationException","message":"SecretBinary: The text is not base64 (RFC 4648, section 4, with padding)."}`},
		"a member that is twice": {"GetSecretValue", `{"SecretId":"a","SecretId":"b"}`, 400, `{"__type":"SerializationException","message":"SecretId: This member is given twice."}`},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.ask(t, tt.operation, tt.body)
			if a.status != tt.status {
				t.Errorf("%d, want %d", a.status, tt.status)
			}
			if diff := cmp.Diff(anyJSON(t, []byte(tt.want)), any(a.members)); diff != "" {
				t.Error(diff)
			}
			if got := a.header.Get("x-amzn-ErrorType"); got != "" {
				t.Errorf("x-amzn-ErrorType %q: the error's name is in the body", got)
			}
			event := f.event(t, a)
			if event["operation"] != "secretsmanager:"+tt.operation {
				t.Errorf("logged as %v", event["operation"])
			}
			if kind, _ := a.members["__type"].(string); kind != "" && event["error"] != kind {
				t.Errorf("logged with error %v, want %s", event["error"], kind)
			}
		})
	}
}

// TestJSONRefusals are those of the request as a whole.
func TestJSONRefusals(t *testing.T) {
	f := secretsServer(t)
	const target = "secretsmanager.GetSecretValue"
	for name, tt := range map[string]struct {
		request func(t *testing.T) *http.Request
		status  int
		kind    string
		message string
	}{
		"an unknown operation": {func(t *testing.T) *http.Request {
			return signFor(t, f.post(t, "secretsmanager.Nothing", ""), "", "secretsmanager", root)
		}, 400, "UnknownOperationException", "No operation is named by X-Amz-Target: secretsmanager.Nothing."},
		"an operation of another service": {func(t *testing.T) *http.Request {
			return signFor(t, f.post(t, "DynamoDB_20120810.GetItem", ""), "", "dynamodb", root)
		}, 400, "UnknownOperationException", "No operation is named by X-Amz-Target: DynamoDB_20120810.GetItem."},
		"no operation": {func(t *testing.T) *http.Request {
			return signFor(t, f.post(t, "", ""), "", "secretsmanager", root)
		}, 400, "UnknownOperationException", "No operation is named by X-Amz-Target: ."},
		"two operations": {func(t *testing.T) *http.Request {
			r := f.post(t, target, "")
			r.Header.Add("X-Amz-Target", "secretsmanager.ListSecrets")
			return signFor(t, r, "", "secretsmanager", root)
		}, 400, "UnknownOperationException", "No operation is named by X-Amz-Target: secretsmanager.GetSecretValue, secretsmanager.ListSecrets."},
		"another method": {func(t *testing.T) *http.Request {
			r := f.post(t, target, "")
			r.Method = http.MethodPut
			return signFor(t, r, "", "secretsmanager", root)
		}, 400, "UnknownOperationException", "No operation is called by PUT on this path; it takes POST."},
		"another media type": {func(t *testing.T) *http.Request {
			r := f.post(t, target, "{}")
			r.Header.Set("Content-Type", "application/json")
			return signFor(t, r, "{}", "secretsmanager", root)
		}, 400, "UnsupportedMediaTypeException", "GetSecretValue takes a body of Content-Type: application/x-amz-json-1.1, "},
		"no signature": {func(t *testing.T) *http.Request { return f.post(t, target, "{}") },
			400, "MissingAuthenticationTokenException", "Missing Authentication Token: "},
		"a signature for qbusiness": {func(t *testing.T) *http.Request {
			return signFor(t, f.post(t, target, "{}"), "{}", "qbusiness", root)
		}, 400, "InvalidSignatureException", `Credential should be scoped to correct service: expected "secretsmanager", got "qbusiness".`},
		"another secret": {func(t *testing.T) *http.Request {
			return signFor(t, f.post(t, target, "{}"), "{}", "secretsmanager", access.Root{AccessKeyID: root.AccessKeyID, Secret: "wrong"})
		}, 400, "InvalidSignatureException", "The request signature we calculated does not match"},
		"an unknown key": {func(t *testing.T) *http.Request {
			return signFor(t, f.post(t, target, "{}"), "{}", "secretsmanager", access.Root{AccessKeyID: "AKIANOBODY", Secret: "wrong"})
		}, 400, "UnrecognizedClientException", "The security token included in the request is invalid"},
		"a target that is not signed": {func(t *testing.T) *http.Request {
			r := f.post(t, target, "{}")
			r.Header.Del("X-Amz-Target")
			signFor(t, r, "{}", "secretsmanager", root)
			r.Header.Set("X-Amz-Target", target)
			return r
		}, 400, "IncompleteSignatureException", "'x-amz-target' must be a 'SignedHeader'"},
		"a stranger": {func(t *testing.T) *http.Request {
			body := `{"SecretId":"jira"}`
			return signFor(t, f.post(t, target, body), body, "secretsmanager", access.Root{AccessKeyID: stranger.AccessKeyID, Secret: strangerSecret})
		}, 400, "AccessDeniedException", "User: arn:aws:iam::111122223333:role/isv is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111122223333:secret:jira because"},
		"a body too large": {func(t *testing.T) *http.Request {
			body := `{"SecretId":"` + strings.Repeat("x", defaultLimit) + `"}`
			return signFor(t, f.post(t, target, body), body, "secretsmanager", root)
		}, 413, "RequestEntityTooLargeException", "The body has 1048591 bytes; GetSecretValue takes at most 1048576."},
	} {
		t.Run(name, func(t *testing.T) {
			a := sendJSON(t, tt.request(t))
			message, _ := a.members["message"].(string)
			if a.status != tt.status || a.members["__type"] != tt.kind || !strings.HasPrefix(message, tt.message) {
				t.Errorf("%d %s\nwant %d %s: %s", a.status, a.body, tt.status, tt.kind, tt.message)
			}
		})
	}
}

// TestEachAPIHasItsSignature: a signature for a neighbour opens nothing of ours,
// and X-Amz-Target means nothing on our paths.
func TestEachAPIHasItsSignature(t *testing.T) {
	f := secretsServer(t)
	r := signFor(t, f.newRequest(t, http.MethodGet, pluginPath, ""), "", "secretsmanager", root)
	if a := send(t, http.DefaultClient, r); a.status != 403 || a.header.Get("x-amzn-ErrorType") != "SignatureDoesNotMatch" {
		t.Errorf("signed for a neighbour: %d %s", a.status, a.body)
	}
	r = f.newRequest(t, http.MethodGet, pluginPath, "")
	r.Header.Set("X-Amz-Target", "secretsmanager.ListSecrets")
	if a := send(t, http.DefaultClient, sign(t, r, "")); a.status != 200 || a.members["pluginId"] != pluginID {
		t.Errorf("with a target: %d %s", a.status, a.body)
	}
	if a := f.call(t, http.MethodPost, "/", "{}"); a.status != 404 || a.header.Get("x-amzn-ErrorType") != "UnknownOperationException" {
		t.Errorf("the path / without a target: %d %s", a.status, a.body)
	}
}

// TestNeighboursInFigures: operations of one name are two.
func TestNeighboursInFigures(t *testing.T) {
	f := secretsServer(t)
	f.ask(t, "TagResource", `{"SecretId":"a","Tags":[]}`)
	families, err := f.figures.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var counted []string
	for _, family := range families {
		if family.GetName() != "parley_requests_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			counted = append(counted, m.GetLabel()[0].GetValue())
		}
	}
	if !slices.Equal(counted, []string{"secretsmanager:TagResource"}) {
		t.Errorf("counted %v", counted)
	}
}

// TestEveryNeighbouringOperation: each is found, authenticated and decoded.
func TestEveryNeighbouringOperation(t *testing.T) {
	f := start(t, func(c *Config) { c.Calls = &op.Registry{Access: nobody()} })
	const acceptable = `{"SecretId":"a","Name":"a","VersionStage":"x","Tags":[],"TagKeys":[],"ResourcePolicy":"{}","AddReplicaRegions":[{}],"RemoveReplicaRegions":["eu-west-1"]}`
	for _, r := range secretsmanager.Routes {
		if a := f.ask(t, r.Name, acceptable); a.status != http.StatusNotImplemented || a.members["__type"] != "NotImplemented" {
			t.Errorf("%s: %d %s", r.Name, a.status, a.body)
		}
	}
}

// TestAProtocolNobodySpeaks is a mistake in the program, found when it starts.
func TestAProtocolNobodySpeaks(t *testing.T) {
	defer func() {
		if p := recover(); p != "wire: no codec for restXml" {
			t.Errorf("panic %v", p)
		}
	}()
	route := &smithy.Route{Name: "X", Input: &smithy.Shape{}}
	New(Config{Services: []*smithy.Service{{Protocol: "restXml", Schema: smithy.Link(nil, nil), Routes: []*smithy.Route{route}}}})
}

// FuzzJSONBind sends any body to any operation of a neighbour: it is refused in
// bounded words, or it is an input that is written and read again the same.
func FuzzJSONBind(f *testing.F) {
	f.Add(uint8(2), []byte(`{"Name":"a","SecretString":"x","Tags":[{"Key":"k","Value":"v"}]}`))
	f.Add(uint8(10), []byte(`{"Filters":[{"Key":"name","Values":["a"]}],"MaxResults":1}`))
	f.Add(uint8(12), []byte(`{"SecretId":"a","SecretBinary":"AAA="}`))
	f.Add(uint8(0), []byte(``))
	f.Add(uint8(0), []byte(`{"SecretIdList":[null,7]}`))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		route := secretsmanager.Routes[int(which)%len(secretsmanager.Routes)]
		bind := func(body []byte) (any, *fault.Error) {
			in := route.NewInput()
			return in, awsJSON11{}.bind(route, request{Header: http.Header{"Content-Type": {mediaAWSJSON}}, Body: body}, in)
		}
		in, refused := bind(body)
		if refused != nil {
			if refused.Message == "" || len(refused.Message) > 8<<10 || refused.Code != fault.Validation && refused.Code != unreadableInput {
				t.Fatalf("%s of %d bytes", refused.Code, len(refused.Message))
			}
			return
		}
		again, refused := bind(smithy.AppendJSON(nil, route.Input, in))
		if refused != nil {
			t.Fatalf("%s, written again: %v", body, refused)
		}
		if diff := cmp.Diff(in, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
