package wire

import (
	"net/http"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// acceptable holds, for each operation whose required members are not all
// labels that take any id, a target and a body that the model accepts.
var acceptable = map[string]struct{ target, body string }{
	"AssociatePermission":             {"", `{"statementId":"s","actions":["qbusiness:Chat"],"principal":"arn:aws:iam::111122223333:role/r"}`},
	"BatchDeleteDocument":             {"", `{"documents":[{"documentId":"d"}]}`},
	"BatchPutDocument":                {"", `{"documents":[{"id":"d"}]}`},
	"CreateApplication":               {"", `{"displayName":"a"}`},
	"CreateChatResponseConfiguration": {"", `{"displayName":"c","responseConfigurations":{"ALL":{}}}`},
	"CreateDataAccessor":              {"", `{"principal":"arn:aws:iam::111122223333:role/r","displayName":"d","actionConfigurations":[{"action":"qbusiness:SearchRelevantContent"}]}`},
	"CreateDataSource":                {"", `{"displayName":"d","configuration":{}}`},
	"CreateIndex":                     {"", `{"displayName":"i"}`},
	"CreatePlugin":                    {"", createPlugin},
	"CreateRetriever":                 {"", `{"type":"NATIVE_INDEX","displayName":"r","configuration":{"nativeIndexConfiguration":{"indexId":"` + appID + `"}}}`},
	"CreateSubscription":              {"", `{"principal":{"user":"` + appID + `"},"type":"Q_LITE"}`},
	"CreateUser":                      {"", `{"userId":"u"}`},
	"ListPluginTypeActions":           {"/pluginTypes/JIRA_CLOUD/actions", ""},
	"PutGroup":                        {"", `{"groupName":"g","type":"INDEX","groupMembers":{}}`},
	"SearchRelevantContent":           {"", `{"queryText":"q","contentSource":{"retriever":{"retrieverId":"` + appID + `"}}}`},
	"TagResource":                     {"", `{"tags":[{"key":"k","value":"v"}]}`},
	"UntagResource":                   {"/v1/tags/arn%3Aaws%3Aqbusiness%3Aus-east-1%3A000000000000%3Aapplication%2Fx?tagKeys=k", ""},
	"UpdateChatResponseConfiguration": {"", `{"responseConfigurations":{"ALL":{}}}`},
	"UpdateDataAccessor":              {"", `{"actionConfigurations":[{"action":"qbusiness:SearchRelevantContent"}]}`},
	"UpdateSubscription":              {"", `{"type":"Q_LITE"}`},

	"DeleteGroup": {applicationPath + "/indices/" + appID + "/groups/g", ""},
	"GetGroup":    {applicationPath + "/indices/" + appID + "/groups/g", ""},
	"ListGroups":  {applicationPath + "/indices/" + appID + "/groups?updatedEarlierThan=2026-11-22T12:00:00Z", ""},
}

// wellFormed is a request for an operation that the model accepts.
func wellFormed(r *smithy.Route) (target, body string) {
	sent := acceptable[r.Name]
	if sent.target != "" {
		return sent.target, sent.body
	}
	value := appID
	if r.Family == "tag" {
		value = "arn%3Aaws%3Aqbusiness%3Aus-east-1%3A000000000000%3Aapplication%2F" + appID
	}
	path, query := filled(r, value)
	if query != "" {
		path += "?" + query
	}
	return path, sent.body
}

// Every operation is routed, authenticated and validated; none is built here.
func TestEveryOperation(t *testing.T) {
	f := start(t, func(c *Config) { c.Calls = &op.Registry{Access: nobody()} })
	for _, r := range api.Routes {
		t.Run(r.Name, func(t *testing.T) {
			target, body := wellFormed(r)
			if a := send(t, http.DefaultClient, f.newRequest(t, r.Method, target, body)); a.status != 403 || a.header.Get("x-amzn-ErrorType") != "MissingAuthenticationToken" {
				t.Errorf("not signed: %d %s", a.status, a.body)
			}
			req := f.newRequest(t, r.Method, target, body)
			if r.Name == "Chat" {
				req = signEvents(t, req, root.AccessKeyID, root.Secret)
			} else {
				req = sign(t, req, body)
			}
			a := send(t, http.DefaultClient, req)
			if a.status != http.StatusNotImplemented || a.header.Get("x-amzn-ErrorType") != "NotImplemented" {
				t.Errorf("%s %s: %d %s", r.Method, target, a.status, a.body)
			}
			if message, _ := a.members["message"].(string); !strings.HasPrefix(message, r.Name+" is not built yet") {
				t.Errorf("message %q", message)
			}
			if op := f.event(t, a)["operation"]; op != r.Name {
				t.Errorf("logged as %v", op)
			}
		})
	}
}

// An empty label of any operation is named in the answer.
func TestEveryLabelMayBeMissing(t *testing.T) {
	f := start(t, func(c *Config) { c.Calls = &op.Registry{Access: nobody()} })
	for _, r := range api.Routes {
		path, query := filled(r, "")
		if !strings.Contains(r.URI, "{") || r.Name == "Chat" {
			continue
		}
		_, body := wellFormed(r)
		a := f.call(t, r.Method, path+"?"+query, body)
		if a.status != 400 || a.members["reason"] != "FIELD_VALIDATION_FAILED" {
			t.Errorf("%s: %d %s", r.Name, a.status, a.body)
			continue
		}
		named := strings.Join(fieldNames(a), " ")
		for _, m := range r.Input.Members {
			if m.In == smithy.Label && !strings.Contains(named, m.Name) {
				t.Errorf("%s: fields %s; want %s among them", r.Name, named, m.Name)
			}
		}
	}
}
