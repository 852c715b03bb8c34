package wire

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
)

const (
	appID    = "a1b2c3d4-5678-90ab-cdef-111122223333"
	pluginID = "b1b2c3d4-5678-90ab-cdef-111122223333"
)

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

func TestBindFillsLabelsAndBody(t *testing.T) {
	var in api.CreatePluginInput
	refused := bindRequest(api.CreatePlugin.Route, request{
		Labels: map[string]string{"applicationId": appID},
		Header: jsonHeader(),
		Body:   []byte(`{"displayName":"weather","type":"CUSTOM","authConfiguration":{"noAuthConfiguration":{}},"tags":[{"key":"team","value":"a\u00e9\n\ud83d\ude00"}],"later":[1,{"x":null}]}`),
	}, &in)
	if refused != nil {
		t.Fatalf("refused: %+v", refused)
	}
	want := api.CreatePluginInput{
		ApplicationID: appID, DisplayName: "weather", Type: "CUSTOM",
		AuthConfiguration: api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}},
		Tags:              []api.Tag{{Key: "team", Value: "aé\n😀"}},
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
}

func TestBindReportsEveryProblemAtOnce(t *testing.T) {
	var in api.CreatePluginInput
	refused := bindRequest(api.CreatePlugin.Route, request{
		Labels: map[string]string{"applicationId": "short"},
		Header: jsonHeader(),
		Body:   []byte(`{"displayName":7,"authConfiguration":{"basicAuthConfiguration":{"roleArn":"nope"}},"tags":[{"key":"","value":null}],"clientToken":""}`),
	}, &in)
	if refused == nil {
		t.Fatal("not refused")
	}
	want := &fault.Error{
		Code: fault.Validation, Reason: fault.CannotParse,
		Message: `applicationId: The text must have exactly 36 characters; it has 5. (and 8 more)`,
		Fields: []fault.Field{
			{Name: "applicationId", Message: `The text must have exactly 36 characters; it has 5.`},
			{Name: "applicationId", Message: `The text must match the pattern [a-zA-Z0-9][a-zA-Z0-9-]{35} as a whole; "short" was found.`},
			{Name: "displayName", Message: `A string was expected here, and a number was found.`},
			{Name: "authConfiguration.basicAuthConfiguration.roleArn", Message: "The text must match the pattern " + `arn:[a-z0-9-\.]{1,63}:[a-z0-9-\.]{0,63}:[a-z0-9-\.]{0,63}:[a-z0-9-\.]{0,63}:[^/].{0,1023}` + ` as a whole; "nope" was found.`},
			{Name: "authConfiguration.basicAuthConfiguration.secretArn", Message: "This member is required."},
			{Name: "tags[0].key", Message: "The text must have at least 1 and at most 128 characters; it has 0."},
			{Name: "tags[0].value", Message: "This member is required, and was null."},
			{Name: "clientToken", Message: "The text must have at least 1 and at most 100 characters; it has 0."},
			{Name: "type", Message: "This member is required."},
		},
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Error(diff)
	}
}
