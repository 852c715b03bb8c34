package e2e

import (
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
)

// unsigned asks STS for a session as somebody who has no keys yet.
func (s *site) unsigned(t *testing.T, action string, pairs ...string) aws.Credentials {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2011-06-15"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := http.PostForm(s.server.Endpoint+"/", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", action, resp.StatusCode, body)
	}
	var out struct {
		Result struct {
			Credentials struct {
				AccessKeyID     string `xml:"AccessKeyId"`
				SecretAccessKey string
				SessionToken    string
			}
		} `xml:",any"`
	}
	if err := xml.Unmarshal(body, &out); err != nil || out.Result.Credentials.SessionToken == "" {
		t.Fatalf("%v: %s", err, body)
	}
	k := out.Result.Credentials
	return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken}
}

// userPolicy lets people talk, and do nothing else.
const userPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["qbusiness:ChatSync","qbusiness:List*","qbusiness:DeleteConversation"],"Resource":"*"}]}`

// admits makes a role that people of a provider assume, with their address as a
// tag, and returns its ARN.
func (s *site) admits(t *testing.T, role, provider, action, condition string) string {
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},` +
		`"Action":["` + action + `","sts:TagSession"],"Condition":` + condition + `}]}`
	key := s.server.Key
	s.query(t, key, "iam", "CreateRole", nil, "RoleName", role, "AssumeRolePolicyDocument", trust)
	s.query(t, key, "iam", "PutRolePolicy", nil, "RoleName", role, "PolicyName", "talk", "PolicyDocument", userPolicy)
	return "arn:aws:iam::" + homeAccount + ":role/" + role
}

// by is the talk of whoever has the key.
func (k *talk) by(key aws.Credentials) *talk {
	other, home := *k, *k.site
	home.Client = client(k.server.Endpoint, key)
	other.site = &home
	return &other
}

// people are three sessions: ann's, ann's again and bob's.
type people struct{ ann, again, bob *talk }

// areTwo demands that ann is one person however her address is written, and bob
// another, though one role is all that is known of them to IAM.
func (p people) areTwo(t *testing.T) {
	t.Helper()
	first := p.ann.say(t, nil, askOpen)
	p.again.say(t, first, askOpen)
	_, err := p.bob.ChatSync(t.Context(), follow(first, p.bob.message(askOpen)))
	fails[*types.ResourceNotFoundException](t, err)
	for k, want := range map[*talk]int{p.ann: 1, p.again: 1, p.bob: 0} {
		list := must(k.ListConversations(t.Context(), &qbusiness.ListConversationsInput{ApplicationId: &k.app}))(t)
		if n := len(list.Conversations); n != want {
			t.Errorf("%d conversations, want %d", n, want)
		}
	}
	_, err = p.bob.ChatSync(t.Context(), p.bob.as("ann@example.com").message(askOpen))
	if denied := fails[*types.AccessDeniedException](t, err); !strings.Contains(*denied.Message, "userId names somebody else") {
		t.Errorf("bob as ann: %s", *denied.Message)
	}
	_, err = p.bob.DeleteApplication(t.Context(), &qbusiness.DeleteApplicationInput{ApplicationId: &p.bob.app})
	fails[*types.AccessDeniedException](t, err)
}

// TestPeopleOfAnIssuer: people sign in at an OpenID Connect provider, and are the
// users of an application.
func TestPeopleOfAnIssuer(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		d, login := newDesk(t), oidctest.New(t)
		s := open(t, database, "--outbound-allow", d.URL, "--outbound-allow", login.URL)
		host := strings.TrimPrefix(login.URL, "http://")
		provider := "arn:aws:iam::" + homeAccount + ":oidc-provider/" + host
		s.query(t, s.server.Key, "iam", "CreateOpenIDConnectProvider", nil, "Url", login.URL, "ClientIDList.member.1", "parley")
		role := s.admits(t, "people", provider, "sts:AssumeRoleWithWebIdentity", `{"StringEquals":{"`+host+`:aud":"parley"},"StringLike":{"aws:RequestTag/Email":"*@*"}}`)

		k := s.talkTo(t, "desk", d.document(t, ""), noAuth())
		of := func(email string) *talk {
			token := login.Sign(oidc.Claims{"sub": "s-" + email, "aud": "parley", "https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"Email": []string{email}}}})
			return k.by(s.unsigned(t, "AssumeRoleWithWebIdentity", "RoleArn", role, "RoleSessionName", "web", "WebIdentityToken", token))
		}
		ann := of("ann@example.com")
		login.Rotate()
		s.crash(t) // which asks for the keys again
		ann.server = s.server
		people{ann, of("Ann+desk@Example.com"), of("bob@example.com")}.areTwo(t)
	})
}

// TestPeopleOfAnIdentityProvider is the same with SAML.
func TestPeopleOfAnIdentityProvider(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		d, login := newDesk(t), samltest.New(t)
		s := open(t, database, "--outbound-allow", d.URL)
		provider := "arn:aws:iam::" + homeAccount + ":saml-provider/login"
		s.query(t, s.server.Key, "iam", "CreateSAMLProvider", nil, "Name", "login", "SAMLMetadataDocument", string(login.Metadata()))
		role := s.admits(t, "people", provider, "sts:AssumeRoleWithSAML", `{"StringEquals":{"SAML:aud":"`+samltest.Recipient+`"}}`)
		k := s.talkTo(t, "desk", d.document(t, ""), noAuth())
		of := func(email string) *talk {
			const attribute = "https://aws.amazon.com/SAML/Attributes/"
			response := login.Response(email, map[string][]string{
				attribute + "Role": {role + "," + provider}, attribute + "RoleSessionName": {"web"}, attribute + "PrincipalTag:Email": {email},
			})
			return k.by(s.unsigned(t, "AssumeRoleWithSAML", "RoleArn", role, "PrincipalArn", provider, "SAMLAssertion", base64.StdEncoding.EncodeToString(response)))
		}
		people{of("ann@example.com"), of("Ann+desk@Example.com"), of("bob@example.com")}.areTwo(t)
	})
}
