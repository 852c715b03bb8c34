package e2e

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// built are the families whose operations do the work, and single operations of
// others; the rest answer 501.
var built = map[string]bool{
	"application": true, "plugin": true, "permission": true, "tag": true, "accessor": true, "subscription": true,
	"index": true, "document": true, "directory": true, "retriever": true, "datasource": true, "experience": true,
	"chat": true, "chatcontrol": true,
}

// TestEveryOperation sends each of the 83 operations the smallest request that
// its model allows, signed.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if len(api.Routes) != 83 {
		t.Errorf("the API has %d operations, want 83", len(api.Routes))
	}
	for _, route := range api.Routes {
		t.Run(route.Name, func(t *testing.T) {
			a := s.send(t, hashed(route), route.Method, uri(t, route), contentType(route), smallestBody(t, route))
			if built[route.Family] || built[route.Name] {
				answersAsBuilt(t, route, a)
			} else {
				answersNotImplemented(t, route, a)
			}
		})
	}
}

// TestEveryBodyIsChecked sends each operation that needs a member in its body a
// request without one: that is refused whether the operation is built or not.
func TestEveryBodyIsChecked(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	checked := 0
	for _, route := range api.Routes {
		required := requiredInBody(route)
		if len(required) == 0 {
			continue
		}
		checked++
		t.Run(route.Name, func(t *testing.T) {
			a := s.send(t, hashed(route), route.Method, uri(t, route), contentType(route), []byte("{}"))
			if a.status != http.StatusBadRequest || a.errorType() != "ValidationException" {
				t.Fatalf("answer %d %s %s, want 400 ValidationException", a.status, a.errorType(), a.text)
			}
			if a.body["reason"] != "FIELD_VALIDATION_FAILED" {
				t.Errorf("reason = %v", a.body["reason"])
			}
			namesAll(t, a, required)
		})
	}
	t.Logf("%d operations need a member in their body", checked)
	if checked < 18 {
		t.Errorf("only %d operations need a member in their body: the tables have lost their requirements", checked)
	}
}

func answersNotImplemented(t *testing.T, route *smithy.Route, a answer) {
	t.Helper()
	if a.status != http.StatusNotImplemented || a.errorType() != "NotImplemented" {
		t.Errorf("answer %d %s %s, want 501 NotImplemented", a.status, a.errorType(), a.text)
	}
	if text, _ := a.body["message"].(string); text == "" {
		t.Errorf("the answer has no message: %s", a.text)
	}
}

// answersAsBuilt: there is nothing to find yet, so an operation lists nothing,
// creates something, or names what it did not find, with an error it declares.
func answersAsBuilt(t *testing.T, route *smithy.Route, a answer) {
	t.Helper()
	if a.status == http.StatusOK {
		return
	}
	if a.status >= 500 {
		t.Fatalf("answer %d %s", a.status, a.text)
	}
	if !route.Declares(a.errorType()) {
		t.Errorf("answer %d %s, which the model does not declare", a.status, a.errorType())
	}
	if a.errorType() == "ResourceNotFoundException" && (a.body["resourceId"] == nil || a.body["resourceType"] == nil) {
		t.Errorf("a required member is missing in %s", a.text)
	}
}

func requiredInBody(route *smithy.Route) []string {
	var names []string
	for _, m := range route.Input.Members {
		if m.Required && m.In == smithy.Body && m.Field != smithy.Streamed {
			names = append(names, m.Name)
		}
	}
	return names
}

// namesAll demands one entry of fields for every missing member: one violation
// never hides another.
func namesAll(t *testing.T, a answer, names []string) {
	t.Helper()
	var body struct {
		Fields []struct{ Name, Message string }
	}
	if err := json.Unmarshal([]byte(a.text), &body); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, f := range body.Fields {
		named[f.Name] = f.Message != ""
	}
	for _, name := range names {
		if !named[name] {
			t.Errorf("%s is missing and not named with a message in %s", name, a.text)
		}
	}
}
