package audit

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

const (
	app    = "a1b2c3d4-5678-90ab-cdef-111122223333"
	plugin = "b1b2c3d4-5678-90ab-cdef-111122223333"
	appARN = "arn:aws:qbusiness:us-east-1:111122223333:application/" + app
)

var at = time.Date(2026, 1, 22, 8, 0, 0, 0, time.UTC)

func origin() op.Origin {
	return op.Origin{IP: netip.MustParseAddr("::ffff:192.0.2.7"), Agent: "aws-cli/2", Secure: true, At: at}
}

// session is one of a role of another company, for a person.
func session() op.Caller {
	return op.Caller{
		Account: "444455556666", Region: "us-east-1", RequestID: "r-1", AccessKeyID: "ASIAEXAMPLE", Origin: origin(),
		Principal: "arn:aws:sts::444455556666:assumed-role/search/backend", Role: "arn:aws:iam::444455556666:role/isv/search", ID: "AROAEXAMPLE:backend",
		Keys:   map[string][]string{"aws:TokenIssueTime": {"2026-01-22T07:30:00Z"}, "aws:SourceIdentity": {"ann"}},
		Person: &op.Person{ID: "p-1", Email: "ann@example.com"},
	}
}

// lineOf is the line of an event.
func lineOf(t testing.TB, e Event) string {
	t.Helper()
	b := &Book{config: config(t.TempDir(), io.Discard)}
	return string(b.append(nil, &e))
}

func TestARecord(t *testing.T) {
	c := session()
	c.Trail = &op.Trail{}
	c.Trail.Asked(true, "resource-based policy", "isv", []string{appARN, appARN + "/plugin/" + plugin})
	c.Trail.Owner = "111122223333"
	got := lineOf(t, Event{Caller: c, Route: api.GetPlugin.Route, Input: &api.GetPluginInput{ApplicationID: app, PluginID: plugin}})
	want := `{"eventVersion":"1.11",` +
		`"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:backend","arn":"arn:aws:sts::444455556666:assumed-role/search/backend",` +
		`"accountId":"444455556666","accessKeyId":"ASIAEXAMPLE",` +
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::444455556666:role/isv/search","accountId":"444455556666","userName":"search"},` +
		`"attributes":{"creationDate":"2026-01-22T07:30:00Z","mfaAuthenticated":"false"},"sourceIdentity":"ann"},` +
		`"onBehalfOf":{"userId":"p-1"}},` +
		`"eventTime":"2026-01-22T08:00:00Z","eventSource":"qbusiness.amazonaws.com","eventName":"GetPlugin","awsRegion":"us-east-1",` +
		`"sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",` +
		`"requestParameters":{"applicationId":"` + app + `","pluginId":"` + plugin + `"},"responseElements":null,` +
		`"additionalEventData":{"authorization":{"allowed":true,"layer":"resource-based policy","statement":"isv"}},` +
		`"requestID":"r-1","eventID":"event","readOnly":true,` +
		`"resources":[{"accountId":"111122223333","ARN":"` + appARN + `"},{"accountId":"111122223333","ARN":"` + appARN + "/plugin/" + plugin + `"}],` +
		`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// members reads some members of a record by their paths.
func members(t *testing.T, line string, paths ...string) map[string]any {
	t.Helper()
	got := map[string]any{}
	for _, path := range paths {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		for name := range strings.SplitSeq(path, ".") {
			within, _ := v.(map[string]any)
			v = within[name]
		}
		got[path] = v
	}
	return got
}

func TestWhoAsked(t *testing.T) {
	user := op.Caller{Account: "111122223333", Principal: "arn:aws:iam::111122223333:user/team/ann", ID: "AIDAEXAMPLE", AccessKeyID: "AKIAEXAMPLE"}
	token := user
	token.AccessKeyID, token.Keys = "ASIAEXAMPLE", map[string][]string{"aws:TokenIssueTime": {"2026-11-22T12:00:00Z"}, "aws:MultiFactorAuthPresent": {"false"}}
	root := op.Caller{Account: "111122223333", Principal: "arn:aws:iam::111122223333:root", Root: true}
	for name, test := range map[string]struct {
		c    op.Caller
		want map[string]any
	}{
		"user": {user, map[string]any{
			"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": user.Principal, "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE", "userName": "ann",
		}},
		"user's session": {token, map[string]any{
			"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": user.Principal, "accountId": "111122223333", "accessKeyId": "ASIAEXAMPLE", "userName": "ann",
			"sessionContext": map[string]any{"attributes": map[string]any{"creationDate": "2026-11-22T12:00:00Z", "mfaAuthenticated": "false"}},
		}},
		"root":   {root, map[string]any{"type": "Root", "principalId": "111122223333", "arn": root.Principal, "accountId": "111122223333"}},
		"nobody": {op.Caller{Region: "us-east-1"}, map[string]any{"type": "Unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			line := lineOf(t, Event{Caller: test.c, Route: sts.GetCallerIdentity.Route, Input: &sts.GetCallerIdentityInput{}})
			if diff := cmp.Diff(any(test.want), members(t, line, "userIdentity")["userIdentity"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestARequestWithoutSignature is of the account whose role it is for.
func TestARequestWithoutSignature(t *testing.T) {
	line := lineOf(t, Event{Caller: op.Caller{Region: "us-east-1", RequestID: "r", Origin: origin()}, Route: sts.AssumeRoleWithWebIdentity.Route,
		Input: &sts.AssumeRoleWithWebIdentityInput{RoleARN: "arn:aws:iam::111122223333:role/web", RoleSessionName: "ann", WebIdentityToken: "canary"},
		Code:  "AccessDenied", Err: fault.Denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")})
	want := map[string]any{
		"recipientAccountId": "111122223333", "errorCode": "AccessDenied", "errorMessage": "Not authorized to perform sts:AssumeRoleWithWebIdentity",
		"eventSource": "sts.amazonaws.com", "requestParameters": map[string]any{"roleArn": "arn:aws:iam::111122223333:role/web", "roleSessionName": "ann"},
	}
	if diff := cmp.Diff(want, members(t, line, "recipientAccountId", "errorCode", "errorMessage", "eventSource", "requestParameters")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsSaidOfAnError(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		code string
		want any
	}{
		"denied":         {fault.Denied("User: ann is not authorized"), "AccessDeniedException", "User: ann is not authorized"},
		"missing":        {fault.NotFound("plugin", "p", "There is no plugin p."), "ResourceNotFoundException", "There is no plugin p."},
		"invalid":        {fault.Invalid(fault.Field{Name: "a", Message: "canary"}, fault.Field{Name: "b.c", Message: "canary"}), "ValidationException", "refused: a, b.c"},
		"a third party":  {&fault.Error{Code: fault.ExternalResource, Message: "canary"}, "ExternalResourceException", nil},
		"internal":       {fault.Hidden(errors.New("canary")), "InternalServerException", nil},
		"not of a fault": {errors.New("canary"), "InternalServerException", nil},
	} {
		t.Run(name, func(t *testing.T) {
			line := lineOf(t, Event{Caller: session(), Route: api.GetPlugin.Route, Code: test.code, Err: test.err})
			want := map[string]any{"errorCode": test.code, "errorMessage": test.want, "requestParameters": nil, "resources": nil}
			if diff := cmp.Diff(want, members(t, line, "errorCode", "errorMessage", "requestParameters", "resources")); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(line, "canary") {
				t.Error(line)
			}
		})
	}
}

func TestWhichEventsAreData(t *testing.T) {
	for _, test := range []struct {
		route                *smithy.Route
		readOnly, management bool
		category             string
	}{
		{api.ChatSync.Route, false, false, "Data"},
		{api.BatchPutDocument.Route, false, false, "Data"},
		{api.SearchRelevantContent.Route, true, false, "Data"},
		{api.ListConversations.Route, true, false, "Data"},
		{api.CheckDocumentAccess.Route, true, false, "Data"},
		{api.CreatePlugin.Route, false, true, "Management"},
		{secretsmanager.GetSecretValue.Route, true, true, "Management"},
		{iam.DeleteRole.Route, false, true, "Management"},
		{iam.SimulatePrincipalPolicy.Route, true, true, "Management"},
		{sts.AssumeRoleWithSAML.Route, true, true, "Management"},
	} {
		line := lineOf(t, Event{Caller: session(), Route: test.route})
		want := map[string]any{"readOnly": test.readOnly, "managementEvent": test.management, "eventCategory": test.category}
		if diff := cmp.Diff(want, members(t, line, "readOnly", "managementEvent", "eventCategory")); diff != "" {
			t.Errorf("%s: %s", test.route.Name, diff)
		}
	}
}

// TestNoSecretIsSaid fills every member of every input with canaries, with a
// canary of their own for the members that may be said.
func TestNoSecretIsSaid(t *testing.T) {
	c := session()
	total := 0
	for _, service := range services() {
		for _, route := range service.Routes {
			in := route.NewInput()
			fillWith(reflect.ValueOf(in).Elem(), route.Input, 0)
			line := lineOf(t, Event{Caller: c, Route: route, Input: in})
			if !json.Valid([]byte(line)) {
				t.Fatalf("%s: %s", route.Action(), line)
			}
			if strings.Contains(line, "canary") {
				t.Errorf("%s says too much: %s", route.Action(), line)
			}
			total += strings.Count(line, "plain-text")
		}
	}
	if total < 200 {
		t.Errorf("only %d identifiers are said", total)
	}
}

// fillWith fills a structure: what is sensitive or can hold a sentence with a
// canary, and the rest with plain texts.
func fillWith(v reflect.Value, s *smithy.Shape, depth int) {
	switch {
	case depth > 5:
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillWith(v.Elem(), s, depth)
	case s.Kind == smithy.Structure || s.Kind == smithy.Union:
		for i := range s.Members {
			if m := &s.Members[i]; m.Field != smithy.Streamed {
				secret := *m.Shape
				secret.Sensitive = secret.Sensitive || s.Sensitive
				fillWith(v.Field(m.Field), &secret, depth+1)
			}
		}
	case s.Kind == smithy.List:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fillWith(v.Index(i), s.Elem, depth+1)
		}
	case s.Kind == smithy.String && (s.Sensitive || strings.HasSuffix(strings.ToLower(s.Name), "message")):
		v.SetString("canary")
	case s.Kind == smithy.String:
		v.SetString("plain-text")
	case s.Kind == smithy.Blob || s.Kind == smithy.Document:
		v.SetBytes([]byte(`"canary"`))
	case s.Kind == smithy.Map && s.Elem.Kind == smithy.String:
		m := reflect.MakeMap(v.Type())
		m.SetMapIndex(reflect.ValueOf("canary").Convert(v.Type().Key()), reflect.ValueOf("canary").Convert(v.Type().Elem()))
		v.Set(m)
	}
}

func TestSecretsByName(t *testing.T) {
	canary := "canary"
	for route, in := range map[*smithy.Route]any{
		ssooidc.CreateTokenWithIAM.Route: &ssooidc.CreateTokenWithIAMInput{ClientID: "client", GrantType: "authorization_code", Code: &canary,
			CodeVerifier: &canary, RefreshToken: &canary, Assertion: &canary, SubjectToken: &canary},
		secretsmanager.PutSecretValue.Route: &secretsmanager.PutSecretValueInput{SecretID: "desk", SecretString: &canary},
		api.ChatSync.Route: &api.ChatSyncInput{ApplicationID: app, UserMessage: &canary,
			AuthChallengeResponse: &api.AuthChallengeResponse{ResponseMap: map[string]string{"code": canary}}},
	} {
		if line := lineOf(t, Event{Caller: session(), Route: route, Input: in}); strings.Contains(line, canary) {
			t.Error(line)
		}
	}
}

func TestLongThingsAreCut(t *testing.T) {
	c := session()
	c.Origin.Agent = strings.Repeat("ü", 80<<10)
	many := make([]string, 100)
	for i := range many {
		many[i] = strings.Repeat("x", 2000)
	}
	line := lineOf(t, Event{Caller: c, Route: api.AssociatePermission.Route, Input: &api.AssociatePermissionInput{ApplicationID: app, Actions: many}})
	if len(line) > 4<<10 || !strings.Contains(line, `"requestParameters":{"omitted":true}`) || !json.Valid([]byte(line)) {
		t.Errorf("%d bytes: %.2000s", len(line), line)
	}
	line = lineOf(t, Event{Caller: session(), Route: api.GetPlugin.Route, Input: &api.GetPluginInput{ApplicationID: strings.Repeat("\x00\"", 4000)}})
	if len(line) > 16<<10 || !json.Valid([]byte(line)) {
		t.Errorf("%d bytes: %.2000s", len(line), line)
	}
}

// BenchmarkNote is what the record adds to a GetPlugin.
func BenchmarkNote(b *testing.B) {
	book := open(b, config(b.TempDir(), io.Discard))
	c := session()
	e := Event{Caller: c, Route: api.GetPlugin.Route, Input: &api.GetPluginInput{ApplicationID: app, PluginID: plugin}}
	b.ReportAllocs()
	asked := []string{appARN, appARN + "/plugin/" + plugin}
	for b.Loop() {
		trail := new(op.Trail)
		trail.Asked(true, "identity-based policy", "reads", asked)
		e.Caller.Trail = trail
		book.Note(e)
	}
}
