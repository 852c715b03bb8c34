package wire

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
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
		Message: "applicationId: The text must have exactly 36 characters; it has 5.\n" +
			`applicationId: The text must match the pattern [a-zA-Z0-9][a-zA-Z0-9-]{35} as a whole; "short" was found.` + "\n" +
			"displayName: A string was expected here, and a number was found.\n" +
			`authConfiguration.basicAuthConfiguration.roleArn: The text must match the pattern arn:[a-z0-9-\.]{1,63}:[a-z0-9-\.]{0,63}:[a-z0-9-\.]{0,63}:[a-z0-9-\.]{0,63}:[^/].{0,1023} as a whole; "nope" was found.` + "\n" +
			"authConfiguration.basicAuthConfiguration.secretArn: This member is required. (and 4 more)",
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

func TestBindLabels(t *testing.T) {
	const arn = "arn:aws:qbusiness:us-east-1:123456789012:application/" + appID
	for _, test := range []struct {
		label string
		want  string
		field string // what is said of resourceARN, if it is refused
	}{
		{"arn%3Aaws%3Aqbusiness%3Aus-east-1%3A123456789012%3Aapplication%2F" + appID, arn, ""},
		{"a+b", "a+b", ""}, // a plus is a plus in a path
		{"a%252Fb", "a%2Fb", ""},
		{"%F0%9F%98%B9", "😹", ""},
		{"", "", "This member is required."},
		{"%ff", "", "The text is not percent-encoded UTF-8."},
		{"%zz", "", "The text is not percent-encoded UTF-8."},
	} {
		var in api.ListTagsForResourceInput
		refused := bindRequest(api.ListTagsForResource.Route, request{Labels: map[string]string{"resourceARN": test.label}}, &in)
		if test.field == "" {
			if refused != nil || in.ResourceARN != test.want {
				t.Errorf("%q: %q, %v", test.label, in.ResourceARN, refused)
			}
			continue
		}
		if refused == nil || len(refused.Fields) != 1 || refused.Fields[0] != (fault.Field{Name: "resourceARN", Message: test.field}) {
			t.Errorf("%q: %+v, want %s", test.label, refused, test.field)
		}
	}
}

func TestBindQuery(t *testing.T) {
	seven := int32(7)
	token := func(s string) *string { return &s }
	type field = fault.Field
	for _, test := range []struct {
		query  string
		want   api.ListDocumentsInput
		reason string
		fields []field
	}{
		{"", api.ListDocumentsInput{}, "", nil},
		{"maxResults=7&nextToken=a%2Bb+c", api.ListDocumentsInput{MaxResults: &seven, NextToken: token("a+b c")}, "", nil},
		{"unknown=1&unknown=%zz&%zz=1&=x&&sync", api.ListDocumentsInput{}, "", nil},
		{"dataSourceIds=" + appID + "&maxResults=7", api.ListDocumentsInput{MaxResults: &seven, DataSourceIDs: []string{appID}}, "", nil},
		{"MaxResults=0", api.ListDocumentsInput{}, "", nil}, // names are case-sensitive
		{"maxResults=101", api.ListDocumentsInput{}, fault.FieldValidationFailed, []field{{Name: "maxResults", Message: "The number must be at least 1 and at most 100; 101 was found."}}},
		{"maxResults=", api.ListDocumentsInput{}, fault.CannotParse, []field{{Name: "maxResults", Message: `A whole number was expected here; "" was found.`}}},
		{"maxResults", api.ListDocumentsInput{}, fault.CannotParse, []field{{Name: "maxResults", Message: `A whole number was expected here; "" was found.`}}},
		{"maxResults=7&maxResults=7", api.ListDocumentsInput{}, fault.CannotParse, []field{{Name: "maxResults", Message: "This query parameter is given 2 times; it takes one value."}}},
		{"nextToken=%ff", api.ListDocumentsInput{}, fault.CannotParse, []field{{Name: "nextToken", Message: "The text is not percent-encoded UTF-8."}}},
		{"nextToken=%zz", api.ListDocumentsInput{}, fault.CannotParse, []field{{Name: "nextToken", Message: "The text is not percent-encoded UTF-8."}}},
		{"dataSourceIds=x&dataSourceIds=y", api.ListDocumentsInput{}, fault.FieldValidationFailed, []field{
			{Name: "dataSourceIds[0]", Message: "The text must have exactly 36 characters; it has 1."},
			{Name: "dataSourceIds[0]", Message: `The text must match the pattern [a-zA-Z0-9][a-zA-Z0-9-]{35} as a whole; "x" was found.`},
			{Name: "dataSourceIds", Message: "The list must have exactly 1 entry; it has 2."},
		}},
	} {
		var in api.ListDocumentsInput
		test.want.ApplicationID, test.want.IndexID = appID, appID
		refused := bindRequest(api.ListDocuments.Route, request{Labels: map[string]string{"applicationId": appID, "indexId": appID}, Query: test.query}, &in)
		if test.reason == "" {
			if diff := cmp.Diff(test.want, in); refused != nil || diff != "" {
				t.Errorf("%s: %v %s", test.query, refused, diff)
			}
			continue
		}
		if refused == nil || refused.Code != fault.Validation || refused.Reason != test.reason {
			t.Errorf("%s: %+v, want %s", test.query, refused, test.reason)
			continue
		}
		if diff := cmp.Diff(test.fields, refused.Fields); diff != "" {
			t.Errorf("%s: %s", test.query, diff)
		}
	}
}

func TestBindRepeatedQuery(t *testing.T) {
	var in api.UntagResourceInput
	refused := bindRequest(api.UntagResource.Route, request{Labels: map[string]string{"resourceARN": "x"}, Query: "tagKeys=b&x=1&tagKeys=a"}, &in)
	if refused != nil || !cmp.Equal([]string{"b", "a"}, in.TagKeys) {
		t.Errorf("%v, %v", in.TagKeys, refused)
	}
}

func TestBindRequiredQuery(t *testing.T) {
	var in api.UntagResourceInput
	refused := bindRequest(api.UntagResource.Route, request{Labels: map[string]string{"resourceARN": "x"}}, &in)
	want := []fault.Field{{Name: "tagKeys", Message: "This member is required."}}
	if refused == nil || refused.Reason != fault.FieldValidationFailed || !cmp.Equal(want, refused.Fields) {
		t.Errorf("%+v", refused)
	}
}

// TestBindEmptyBody: a client may leave out a body that says nothing.
func TestBindEmptyBody(t *testing.T) {
	labels := map[string]string{"applicationId": appID}
	if refused := bindRequest(api.UpdateApplication.Route, request{Labels: labels}, new(api.UpdateApplicationInput)); refused != nil {
		t.Errorf("only optional members: %v", refused)
	}
	refused := bindRequest(api.CreateIndex.Route, request{Labels: labels}, new(api.CreateIndexInput))
	if refused == nil || refused.Reason != fault.FieldValidationFailed || !cmp.Equal([]fault.Field{{Name: "displayName", Message: "This member is required."}}, refused.Fields) {
		t.Errorf("a required member: %+v", refused)
	}
}

func TestBindMalformedBody(t *testing.T) {
	refused := bindRequest(api.UpdateApplication.Route, request{
		Labels: map[string]string{"applicationId": "short"}, Header: jsonHeader(), Body: []byte("{\n \"displayName\": 'x'}"),
	}, new(api.UpdateApplicationInput))
	if refused == nil || refused.Reason != fault.CannotParse || len(refused.Fields) != 2 {
		t.Fatalf("%+v, want the label's two fields and the body's problem", refused)
	}
	refused = bindRequest(api.UpdateApplication.Route, request{
		Labels: map[string]string{"applicationId": appID}, Header: jsonHeader(), Body: []byte("{\n \"displayName\": 'x'}"),
	}, new(api.UpdateApplicationInput))
	want := &fault.Error{Code: fault.Validation, Reason: fault.CannotParse,
		Message: "The body is not valid JSON: at line 2, column 17, a value was expected here."}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Error(diff)
	}
}

func TestBindKeepsThePayloadToItself(t *testing.T) {
	r := pluginRequest(100)
	r.Body = []byte(strings.Replace(string(r.Body), `{"payload":"`, `{"payload":["hunter2"],"x":"`, 1))
	refused := bindRequest(api.CreatePlugin.Route, r, new(api.CreatePluginInput))
	if refused == nil || strings.Contains(fmt.Sprintf("%+v", refused), "hunter2") {
		t.Errorf("%+v", refused)
	}
}

func TestMedia(t *testing.T) {
	update, get := api.UpdateApplication.Route, api.GetApplication.Route
	for _, test := range []struct {
		route       *smithy.Route
		body        string
		contentType string
		accept      []string
		want        fault.Code
	}{
		{update, "{}", "application/json", nil, ""},
		{update, "{}", "APPLICATION/JSON ; charset=utf-8", nil, ""},
		{update, "{}", "", nil, unsupportedMediaType},
		{update, "{}", "text/plain", nil, unsupportedMediaType},
		{update, "{}", "application/json; charset", nil, unsupportedMediaType},
		{update, "{}", "application/x-amz-json-1.1", nil, unsupportedMediaType},
		{update, "", "text/plain", nil, ""}, // of nothing it does not matter what it is
		{get, "", "application/json", nil, ""},
		{get, "", "", []string{"application/json"}, ""},
		{get, "{}", "application/json", nil, unsupportedMediaType},
		{get, "anything", "", nil, ""},
		{get, "", "", []string{"*/*"}, ""},
		{get, "", "", []string{"text/html, application/*;q=0.8"}, ""},
		{get, "", "", []string{"text/html", "application/json"}, ""},
		{get, "", "", []string{" "}, ""},
		{get, "", "", []string{"text/html"}, notAcceptable},
		{get, "", "", []string{"application/json;q=0"}, notAcceptable},
		{get, "", "", []string{"application/json;q=0.000"}, notAcceptable},
		{get, "", "", []string{"application/vnd.amazon.eventstream"}, notAcceptable},
		{api.Chat.Route, "frames", "application/vnd.amazon.eventstream", []string{"application/vnd.amazon.eventstream"}, ""},
		{api.Chat.Route, "", "", []string{"application/json"}, notAcceptable},
	} {
		h := http.Header{"Accept": test.accept}
		if test.contentType != "" {
			h.Set("Content-Type", test.contentType)
		}
		got := fault.Code("")
		if refused := checkMedia(test.route, request{Header: h, Body: []byte(test.body)}); refused != nil {
			got = refused.Code
		}
		if got != test.want {
			t.Errorf("%s %q of %q, accept %q: %q, want %q", test.route.Name, test.body, test.contentType, test.accept, got, test.want)
		}
	}
}
