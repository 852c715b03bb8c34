package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestForeignRequests: who is refused, with which of AWS's names, and that each
// answer says what to fix.
func TestForeignRequests(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	good := s.server.Key
	wrong := aws.Credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey + "x"}
	foreign := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	session := aws.Credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey, SessionToken: "nobody-gave-this"}
	for _, tc := range []struct {
		name string
		how  signing
		code string
		says string // part of the message
	}{
		{"unsigned", signing{none: true}, "MissingAuthenticationToken", "sign"},
		{"unknown key", signing{key: foreign}, "InvalidClientTokenId", "key"},
		{"wrong secret", signing{key: wrong}, "SignatureDoesNotMatch", "Secret"},
		{"foreign session token", signing{key: session}, "InvalidClientTokenId", "token"},
		{"another service", signing{service: "execute-api"}, "SignatureDoesNotMatch", "qbusiness"},
		{"another Region", signing{region: "eu-central-1"}, "SignatureDoesNotMatch", "us-east-1"},
		{"signed an hour ago", signing{at: time.Now().Add(-time.Hour)}, "RequestExpired", ""},
		{"signed in the future", signing{at: time.Now().Add(time.Hour)}, "RequestExpired", ""},
		{"unsigned payload", signing{payload: "UNSIGNED-PAYLOAD"}, "IncompleteSignature", "UNSIGNED-PAYLOAD"},
		{"another payload", signing{payload: strings.Repeat("0", 64)}, "SignatureDoesNotMatch", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := s.send(t, tc.how, "GET", "/applications", "", nil)
			if a.status != http.StatusForbidden || a.errorType() != tc.code {
				t.Errorf("answer %d %s %s, want 403 %s", a.status, a.errorType(), a.text, tc.code)
			}
			if text, _ := a.body["message"].(string); text == "" || !strings.Contains(text, tc.says) {
				t.Errorf("the message %q does not speak of %q", text, tc.says)
			}
			if strings.Contains(a.text, good.SecretAccessKey) {
				t.Error("the answer holds the secret")
			}
		})
	}
}

// TestBadBodies: what is no JSON object of the input's form cannot be parsed,
// and says so.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	for name, body := range map[string]string{
		"cut off":        `{"displayName":"a"`,
		"not JSON":       `displayName=a`,
		"a list":         `["a"]`,
		"a number":       `{"displayName":7}`,
		"a list inside":  `{"displayName":["a"]}`,
		"two documents":  `{"displayName":"a"}{}`,
		"deep":           strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"broken unicode": "{\"displayName\":\"\xff\xfe\"}",
	} {
		t.Run(name, func(t *testing.T) {
			a := s.send(t, signing{}, "POST", "/applications", "application/json", []byte(body))
			if a.status != http.StatusBadRequest || a.errorType() != "ValidationException" || a.body["reason"] != "CANNOT_PARSE" {
				t.Errorf("answer %d %s %s, want 400 ValidationException CANNOT_PARSE", a.status, a.errorType(), a.text)
			}
		})
	}
}

// TestBadRequests: what fits no operation.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	for _, tc := range []struct {
		name, method, path string
		body               []byte
		status             int
		code               string
	}{
		{"no such path", "GET", "/nothing/here", nil, http.StatusNotFound, "UnknownOperationException"},
		{"no such method", "PATCH", "/applications", nil, http.StatusMethodNotAllowed, "UnknownOperationException"},
		{"two megabytes", "POST", "/applications", make([]byte, 2<<20), http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException"},
		{"a bad label", "GET", "/applications/not-an-id", nil, http.StatusBadRequest, "ValidationException"},
		{"a bad query", "GET", "/applications?maxResults=many", nil, http.StatusBadRequest, "ValidationException"},
		{"out of range", "GET", "/applications?maxResults=101", nil, http.StatusBadRequest, "ValidationException"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := s.send(t, signing{}, tc.method, tc.path, "application/json", tc.body)
			if a.status != tc.status || a.errorType() != tc.code {
				t.Errorf("answer %d %s %s, want %d %s", a.status, a.errorType(), a.text, tc.status, tc.code)
			}
			if text, _ := a.body["message"].(string); text == "" {
				t.Error("no message")
			}
		})
	}
}
