package wire

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// TestErrorsOfNeighbours: each API has members of its own in an error.
func TestErrorsOfNeighbours(t *testing.T) {
	var answered error
	f := start(t, func(c *Config) {
		c.Services = append(c.Services, ssooidc.Service, ssoadmin.Service, identitystore.Service)
		c.Auth = authenticator("sso-oauth", "sso", "identitystore")
		op.Handle(c.Calls, ssooidc.CreateTokenWithIAM, func(context.Context, op.Caller, *ssooidc.CreateTokenWithIAMInput) (*ssooidc.CreateTokenWithIAMOutput, error) {
			return &ssooidc.CreateTokenWithIAMOutput{TokenType: new("Bearer")}, answered
		})
		op.Handle(c.Calls, ssoadmin.DescribeApplication, func(context.Context, op.Caller, *ssoadmin.DescribeApplicationInput) (*ssoadmin.DescribeApplicationOutput, error) {
			return nil, answered
		})
		op.Handle(c.Calls, identitystore.DescribeUser, func(context.Context, op.Caller, *identitystore.DescribeUserInput) (*identitystore.DescribeUserOutput, error) {
			return nil, answered
		})
	})
	const (
		token       = `{"clientId":"arn:aws:sso::000000000000:application/ssoins-1111111111111111/apl-1111111111111111","grantType":"authorization_code"}`
		application = `{"ApplicationArn":"arn:aws:sso::000000000000:application/ssoins-1111111111111111/apl-1111111111111111"}`
		user        = `{"IdentityStoreId":"d-1234567890","UserId":"11111111-1111-1111-1111-111111111111"}`
	)
	for name, tt := range map[string]struct {
		service, target, body string
		err                   error
		status                int
		kind                  string // as the header has it
		want                  map[string]any
	}{
		"a token":          {"sso-oauth", "", token, nil, 200, "", map[string]any{"tokenType": "Bearer"}},
		"no grant":         {"sso-oauth", "", token, &fault.Error{Code: "InvalidGrantException", Message: "It has been used."}, 400, "InvalidGrantException", map[string]any{"error": "invalid_grant", "error_description": "It has been used."}},
		"no client":        {"sso-oauth", "", token, &fault.Error{Code: "InvalidClientException", Message: "Who?"}, 401, "InvalidClientException", map[string]any{"error": "invalid_client", "error_description": "Who?"}},
		"no access":        {"sso-oauth", "", token, fault.Denied("No."), 400, "AccessDeniedException", map[string]any{"error": "access_denied", "error_description": "No."}},
		"a hidden one":     {"sso-oauth", "", token, fault.NotFound("x", "y", "It does not declare this."), 500, "InternalServerException", map[string]any{"error": "server_error", "error_description": hiddenText}},
		"a missing member": {"sso-oauth", "", `{"clientId":"x"}`, nil, 400, "InvalidRequestException", map[string]any{"error": "invalid_request", "error_description": "grantType: This member is required."}},
		"no application":   {"sso", "SWBExternalService.DescribeApplication", application, &fault.Error{Code: fault.ResourceNotFound, Message: "None."}, 400, "", map[string]any{"__type": "ResourceNotFoundException", "Message": "None."}},
		"no ARN":           {"sso", "SWBExternalService.DescribeApplication", `{}`, nil, 400, "", map[string]any{"__type": "ValidationException", "Message": "ApplicationArn: This member is required."}},
		"no user": {"identitystore", "AWSIdentityStore.DescribeUser", user, fault.NotFound("USER", "1111", "None."), 400, "",
			map[string]any{"__type": "ResourceNotFoundException", "Message": "None.", "ResourceId": "1111", "ResourceType": "USER", "RequestId": "ID"}},
	} {
		t.Run(name, func(t *testing.T) {
			answered = tt.err
			var a answer
			if tt.target == "" {
				r := f.newRequest(t, http.MethodPost, "/token?aws_iam=t", tt.body)
				a = send(t, http.DefaultClient, signFor(t, r, tt.body, tt.service, root))
			} else {
				a = sendJSON(t, signFor(t, f.post(t, tt.target, tt.body), tt.body, tt.service, root))
			}
			if a.members["RequestId"] == a.id() {
				a.members["RequestId"] = "ID"
			}
			if diff := cmp.Diff(tt.want, a.members); diff != "" || a.status != tt.status || a.header.Get("x-amzn-ErrorType") != tt.kind {
				t.Errorf("%d %s: %s", a.status, a.header.Get("x-amzn-ErrorType"), diff)
			}
		})
	}
	r := f.newRequest(t, http.MethodPost, "/token", token)
	if a := send(t, http.DefaultClient, signFor(t, r, token, "sso-oauth", root)); a.status != 404 {
		t.Errorf("CreateToken is not ours: %d %s", a.status, a.body)
	}
}
