package wire

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	applicationPath = "/applications/" + appID
	pluginPath      = applicationPath + "/plugins/" + pluginID
)

func TestAnswer(t *testing.T) {
	f := start(t)
	a := f.call(t, "GET", pluginPath, "")
	if a.status != http.StatusOK || a.header.Get("x-amzn-ErrorType") != "" {
		t.Errorf("status %d, error type %q", a.status, a.header.Get("x-amzn-ErrorType"))
	}
	want := map[string]any{
		"applicationId": appID, "pluginId": pluginID, "displayName": "Café <1>", "type": "JIRA_CLOUD", "state": "ENABLED",
		"pluginArn": "arn:aws:qbusiness:us-east-1:000000000000:application/" + appID + "/plugin/" + pluginID,
		"createdAt": 1700000000.123,
	}
	if diff := cmp.Diff(want, a.members); diff != "" {
		t.Error(diff)
	}
}

func TestAnswerOfNothing(t *testing.T) {
	f := start(t)
	if a := f.call(t, "DELETE", pluginPath, ""); a.status != http.StatusOK || string(a.body) != "{}" {
		t.Errorf("status %d, body %q", a.status, a.body)
	}
}

const createPlugin = `{"displayName":"p","type":"CUSTOM","authConfiguration":{"noAuthConfiguration":{}}}`

func TestErrors(t *testing.T) {
	internal := map[string]any{"message": "An internal error occurred. Try again; if it stays, look in the server's log for the request id."}
	tests := []struct {
		name, method, target, body string
		status                     int
		code                       string
		members                    map[string]any
	}{
		{"not found", "GET", applicationPath, "", 404, "ResourceNotFoundException", map[string]any{
			"message": "There is no application " + appID + ".", "resourceId": appID, "resourceType": "Application"}},
		{"conflict", "DELETE", applicationPath, "", 409, "ConflictException", map[string]any{
			"message": "The application is being updated.", "resourceId": appID, "resourceType": "Application"}},
		{"quota", "POST", applicationPath + "/plugins", createPlugin, 402, "ServiceQuotaExceededException", map[string]any{
			"message": "The application has 25 plugins already.", "resourceId": appID, "resourceType": "Plugin"}},
		{"throttling", "GET", applicationPath + "/policy", "", 429, "ThrottlingException", map[string]any{"message": "Slow down."}},
		{"a rule of the operation", "PUT", applicationPath, "{}", 400, "ValidationException", map[string]any{
			"message": "roleArn: It has to be a role.\ndisplayName: It is taken.", "reason": "FIELD_VALIDATION_FAILED", "fields": []any{
				map[string]any{"name": "roleArn", "message": "It has to be a role."},
				map[string]any{"name": "displayName", "message": "It is taken."}}}},
		{"undeclared", "GET", applicationPath + "/plugins", "", 500, "InternalServerException", internal},
		{"not a fault", "GET", "/applications", "", 500, "InternalServerException", internal},
		{"panic", "GET", "/pluginTypeMetadata", "", 500, "InternalServerException", internal},
		{"not built", "GET", applicationPath + "/indices", "", 501, "NotImplemented", map[string]any{
			"message": "ListIndices is not built yet in this version of Parley. The request was well formed, and you may call it; see docs/compatibility.md for what is there."}},
		{"unknown path", "GET", "/nothing", "", 404, "UnknownOperationException", map[string]any{
			"message": "No operation is called by GET on this path. Check the endpoint URL and the path; a slash at its end counts."}},
		{"wrong method", "PATCH", pluginPath, "", 405, "UnknownOperationException", map[string]any{
			"message": "No operation is called by PATCH on this path; it takes DELETE, GET, PUT."}},
	}
	f := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := f.call(t, tt.method, tt.target, tt.body)
			if a.status != tt.status || a.header.Get("x-amzn-ErrorType") != tt.code {
				t.Errorf("%d %s; want %d %s", a.status, a.header.Get("x-amzn-ErrorType"), tt.status, tt.code)
			}
			if diff := cmp.Diff(tt.members, a.members); diff != "" {
				t.Error(diff)
			}
			if a.header.Get("Retry-After") != "" {
				t.Error("Retry-After is sent")
			}
		})
	}
}

// field picks the names in fields[] of a ValidationException.
func fieldNames(a answer) (names []string) {
	fields, _ := a.members["fields"].([]any)
	for _, f := range fields {
		names = append(names, f.(map[string]any)["name"].(string))
	}
	return names
}

func TestValidation(t *testing.T) {
	const wrong = "________-____-____-____-____________" // of the right length
	tests := []struct {
		name, method, target, body string
		reason                     string
		fields                     []string
	}{
		{"empty label", "GET", "/applications/", "", "FIELD_VALIDATION_FAILED", []string{"applicationId"}},
		{"empty label within", "GET", "/applications//plugins/" + pluginID, "", "FIELD_VALIDATION_FAILED", []string{"applicationId"}},
		{"both labels wrong", "GET", "/applications/" + wrong + "/plugins/" + wrong, "", "FIELD_VALIDATION_FAILED", []string{"applicationId", "pluginId"}},
		{"path and body", "POST", "/applications/" + wrong + "/plugins", `{"displayName":"` + strings.Repeat("p", 101) + `","type":"FAX","authConfiguration":{"noAuthConfiguration":{}}}`,
			"FIELD_VALIDATION_FAILED", []string{"applicationId", "displayName", "type"}},
		{"not JSON", "POST", applicationPath + "/plugins", `{"displayName":`, "CANNOT_PARSE", nil},
		{"required", "POST", applicationPath + "/plugins", `{}`, "FIELD_VALIDATION_FAILED", []string{"displayName", "type", "authConfiguration"}},
		{"query", "GET", "/applications?maxResults=x", "", "CANNOT_PARSE", []string{"maxResults"}},
		{"not built, yet validated", "GET", "/applications/" + wrong + "/indices", "", "FIELD_VALIDATION_FAILED", []string{"applicationId"}},
	}
	f := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := f.call(t, tt.method, tt.target, tt.body)
			if a.status != 400 || a.header.Get("x-amzn-ErrorType") != "ValidationException" || a.members["reason"] != tt.reason {
				t.Errorf("%d %s %v; want 400 ValidationException %s", a.status, a.header.Get("x-amzn-ErrorType"), a.members["reason"], tt.reason)
			}
			if diff := cmp.Diff(tt.fields, fieldNames(a)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoSigned(t *testing.T) {
	f := start(t)
	tests := []struct {
		name string
		sign func(*http.Request) *http.Request
		code string
		says string
	}{
		{"nobody", func(r *http.Request) *http.Request { return r }, "MissingAuthenticationToken", "sign the request"},
		{"an unknown key", func(r *http.Request) *http.Request { return signAs(t, r, "", "AKIANOBODY", "x") }, "InvalidClientTokenId", "AKIANOBODY"},
		{"another secret", func(r *http.Request) *http.Request { return signAs(t, r, "", root.AccessKeyID, "x") }, "SignatureDoesNotMatch", "does not match"},
		{"a stranger", func(r *http.Request) *http.Request { return signAs(t, r, "", stranger.AccessKeyID, strangerSecret) }, "AccessDeniedException",
			"User: " + stranger.Principal + " is not authorized to perform: qbusiness:GetPlugin on resource: arn:aws:qbusiness:us-east-1:111122223333:application/" + appID + " because no identity-based policy allows the qbusiness:GetPlugin action"},
		{"a changed body", func(r *http.Request) *http.Request { return sign(t, r, "other") }, "SignatureDoesNotMatch", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := send(t, http.DefaultClient, tt.sign(f.newRequest(t, "GET", pluginPath, "")))
			if a.status != 403 || a.header.Get("x-amzn-ErrorType") != tt.code {
				t.Errorf("%d %s; want 403 %s", a.status, a.header.Get("x-amzn-ErrorType"), tt.code)
			}
			if message := a.members["message"].(string); !strings.Contains(message, tt.says) {
				t.Errorf("message %q; want one with %q", message, tt.says)
			}
			if len(a.members) != 1 {
				t.Errorf("members %v; want the message alone", a.members)
			}
		})
	}
}

// The order of the steps shows in which refusal wins.
func TestOrderOfRefusals(t *testing.T) {
	f := start(t)
	tests := []struct {
		name, method, target, body string
		code                       string
	}{
		{"an unknown path before the signature", "GET", "/nothing", "", "UnknownOperationException"},
		{"a wrong method before the signature", "PUT", "/pluginTypeMetadata", "", "UnknownOperationException"},
		{"the size before the signature", "POST", "/applications", strings.Repeat(" ", defaultLimit+1), "RequestEntityTooLargeException"},
		{"the signature before the input", "GET", "/applications/x", "", "MissingAuthenticationToken"},
		{"the signature before what is not built", "GET", "/applications/x/indices", "", "MissingAuthenticationToken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := send(t, http.DefaultClient, f.newRequest(t, tt.method, tt.target, tt.body))
			if got := a.header.Get("x-amzn-ErrorType"); got != tt.code {
				t.Errorf("%d %s; want %s", a.status, got, tt.code)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	f := start(t)
	for _, method := range []string{"HEAD", "OPTIONS", "TRACE", "PURGE"} {
		a := send(t, http.DefaultClient, f.newRequest(t, method, pluginPath, ""))
		if got := a.header.Get("Allow"); a.status != http.StatusMethodNotAllowed || got != "DELETE, GET, PUT" {
			t.Errorf("%s: status %d, Allow %q", method, a.status, got)
		}
		if method == "HEAD" && len(a.body) != 0 {
			t.Errorf("HEAD is answered with a body: %s", a.body)
		}
	}
}
