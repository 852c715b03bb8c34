package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

// A sharedScheme is a way to authorize calls by what everybody shares.
type sharedScheme struct {
	name, scheme, secret string // in YAML; in JSON
	admits               func(r *http.Request) bool
}

const sharedCanary = "canary-5hared"

func headerIs(name, value string) func(r *http.Request) bool {
	return func(r *http.Request) bool { return r.Header.Get(name) == value }
}

func basicHeader() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("desk:"+sharedCanary+"-password"))
}

func sharedSchemes() []sharedScheme {
	return []sharedScheme{
		{"basic", "{type: http, scheme: basic}", `{"username":"desk","password":"` + sharedCanary + `-password"}`, headerIs("Authorization", basicHeader())},
		{"bearer", "{type: http, scheme: bearer}", `{"bearer_token":"` + sharedCanary + `-token"}`, headerIs("Authorization", "Bearer "+sharedCanary+"-token")},
		{"header", "{type: apiKey, in: header, name: X-Api-Key}", `{"api_key":"` + sharedCanary + `-key"}`, headerIs("X-Api-Key", sharedCanary+"-key")},
		{"query", "{type: apiKey, in: query, name: key}", `{"key":"` + sharedCanary + `-key"}`, func(r *http.Request) bool { return r.URL.Query().Get("key") == sharedCanary+"-key" }},
		{"cookie", "{type: apiKey, in: cookie, name: session}", `{"session":"` + sharedCanary + `-key"}`, func(r *http.Request) bool {
			c, err := r.Cookie("session")
			return err == nil && c.Value == sharedCanary+"-key"
		}},
	}
}

func (c sharedScheme) security() string {
	return fmt.Sprintf("\nsecurity: [{shared: []}]\ncomponents: {securitySchemes: {shared: %s}}\n", c.scheme)
}

// TestSharedCredentials: what the secret holds goes into each call, reads and
// writes; what the third party does not honour is said without it.
func TestSharedCredentials(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		d := newDesk(t)
		s := open(t, database, "--outbound-allow", d.URL)
		app := s.people(t)
		for _, c := range sharedSchemes() {
			t.Run(c.name, func(t *testing.T) {
				d.set(func(d *desk) { d.admits = c.admits })
				arn := s.secret(t, "shared/"+c.name, c.secret)
				k := s.talkIn(t, app, c.name, d.document(t, c.security()), s.secretAuth(t, arn))
				answered(t, k.say(t, nil, askOpen))
				before := len(d.made())
				k.chat(t, k.confirm(t, k.form(t, nil), nil))
				if n := len(d.made()) - before; n != 1 {
					t.Errorf("%d tickets", n)
				}
				d.set(func(d *desk) { d.admits = func(*http.Request) bool { return false } })
				_, err := k.ChatSync(t.Context(), k.message(askOpen))
				e := fails[*types.ExternalResourceException](t, err)
				if !strings.Contains(e.ErrorMessage(), arn) || strings.Contains(e.ErrorMessage(), sharedCanary) {
					t.Errorf("%q", e.ErrorMessage())
				}
			})
		}
	})
}

// TestSecretsThatDoNotFit: the sentence names the secret and what it lacks.
func TestSecretsThatDoNotFit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s := open(t, "", "--outbound-allow", d.URL)
	arn := s.secret(t, "shared", `{"user":"`+sharedCanary+`"}`)
	k := s.talkTo(t, "desk", d.document(t, sharedSchemes()[0].security()), s.secretAuth(t, arn))
	for _, tc := range []struct{ value, says string }{
		{`{"user":"` + sharedCanary + `"}`, "has no key password"},
		{sharedCanary, "is not a JSON object"},
		{`{"username":"` + sharedCanary + `","password":"a\nb"}`, "line break"},
	} {
		must(s.vault().PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: &tc.value}))(t)
		lacks(t, k, arn, tc.says)
	}
	must(s.vault().DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: &arn}))(t)
	lacks(t, k, arn, "scheduled for deletion")
	must(s.vault().DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: new(true)}))(t)
	lacks(t, k, arn, "")
	if n := len(d.arrived()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func lacks(t *testing.T, k *talk, arn, says string) {
	t.Helper()
	_, err := k.ChatSync(t.Context(), k.message(askOpen))
	e := fails[*types.ExternalResourceException](t, err)
	if text := e.ErrorMessage(); !strings.Contains(text, arn) || !strings.Contains(text, says) || strings.Contains(text, sharedCanary) {
		t.Errorf("%q does not name the secret and say %q", text, says)
	}
}

// TestLegacyZendesk: a built-in type of the first generation, against what
// Zendesk documents.
func TestLegacyZendesk(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		vendor := vendortest.Zendesk(t, basicHeader())
		s := open(t, database, "--outbound-allow", vendor.URL)
		arn := s.secret(t, "zendesk", sharedSchemes()[0].secret)
		app := s.people(t)
		out := must(s.CreatePlugin(t.Context(), &qbusiness.CreatePluginInput{
			ApplicationId: &app, DisplayName: new("zendesk"), Type: types.PluginTypeZendesk, ServerUrl: &vendor.URL,
			AuthConfiguration: &types.PluginAuthConfigurationMemberBasicAuthConfiguration{Value: types.BasicAuthConfiguration{
				SecretArn: &arn, RoleArn: s.role(t),
			}},
		}))(t)
		k := &talk{site: s, app: app, plugin: *out.PluginId}
		form := k.say(t, nil, `Create a Zendesk ticket with the subject "Printer jams", the description "On floor 3, since Monday" and urgent priority`)
		if form.ActionReview == nil || form.ActionReview.PluginType != types.PluginTypeZendesk {
			t.Fatalf("no form of Zendesk, but %q", *form.SystemMessage)
		}
		k.chat(t, k.confirm(t, form, nil))
		made := vendor.Records("ticket")
		if len(made) != 1 || made[0]["subject"] != "Printer jams" || made[0]["priority"] != "urgent" {
			t.Errorf("tickets %v", made)
		}
	})
}
