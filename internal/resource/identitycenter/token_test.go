package identitycenter

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

func payload(t testing.TB, token string) []byte {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func code(c fault.Code) fault.Error { return fault.Error{Code: c} }

// speaks holds a context assertion to the user, the application and the scopes.
func (w *world) speaks(t *testing.T, arn, assertion string) {
	t.Helper()
	p, keys, err := w.Context(t.Context(), assertion)
	if err != nil {
		t.Fatal(err)
	}
	if want := (op.Person{ID: w.ann, Name: "ann", Email: "ann@example.com", Profile: map[string]string{"display name": "ann"}}); !cmp.Equal(want, p) {
		t.Errorf("%s", cmp.Diff(want, p))
	}
	if keys["identitycenter:CredentialId"] == nil {
		t.Error("no credential")
	}
	delete(keys, "identitycenter:CredentialId")
	want := map[string][]string{
		"identitystore:UserId":           {w.ann},
		"identitystore:IdentityStoreArn": {"arn:aws:identitystore::111122223333:identitystore/d-19df6690e5"},
		"identitycenter:ApplicationArn":  {arn},
		"identitycenter:InstanceArn":     {"arn:aws:sso:::instance/ssoins-00000019df6690e5"},
		"identitycenter:Scope":           {"sts:identity_context", "openid", "aws", scopeConversations, scopeContent},
	}
	slices.Sort(keys["identitycenter:Scope"])
	slices.Sort(want["identitycenter:Scope"])
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTokenOfATrustedIssuer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.trusts(t, arn, "email", "emails.value")
		out, err := w.token(t, w.vendor, byAssertion(arn, w.idp.Sign(oidc.Claims{"sub": "u7", "aud": "parley", "email": "Ann@example.com", "email_verified": true})))
		if err != nil {
			t.Fatal(err)
		}
		if *out.TokenType != "Bearer" || *out.ExpiresIn != 3600 || out.RefreshToken != nil || *out.AccessToken == "" ||
			*out.IssuedTokenType != "urn:ietf:params:oauth:token-type:access_token" {
			t.Errorf("%+v", out)
		}
		said := claims(t, *out.IDToken)
		if said.String("iss") != "https://parley.example" || said.String("aud") != arn || said.String("sub") != w.ann ||
			said["exp"] != float64(w.clock.Now().Add(time.Hour).Unix()) || said.String("aws:identity_store_id") != "d-19df6690e5" ||
			said.String("sts:identity_context") != *out.AwsAdditionalDetails.IdentityContext {
			t.Errorf("%v", said)
		}
		if act, _ := said["act"].(map[string]any); act["sub"] != w.vendor.Principal {
			t.Errorf("%v", said["act"])
		}
		w.speaks(t, arn, said.String("sts:identity_context"))
	})
}

func TestClaimIsComparedWithTheUserName(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.trusts(t, arn, "profile.login", "UserName")
		out, err := w.token(t, w.vendor, byAssertion(arn, w.idp.Sign(oidc.Claims{"aud": "tenant-7", "profile": map[string]any{"login": "ANN"}})))
		if err != nil {
			t.Fatal(err)
		}
		if said := claims(t, *out.IDToken); said.String("sub") != w.ann {
			t.Errorf("%v", said)
		}
	})
}

func TestTokenOfACode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		out, err := w.token(t, w.vendor, byCode(arn, w.signedIn(t, arn, "nonce", "n-1")))
		if err != nil {
			t.Fatal(err)
		}
		if said := claims(t, *out.IDToken); said.String("nonce") != "n-1" || said.String("sub") != w.ann {
			t.Errorf("%v", said)
		}
		w.speaks(t, arn, *out.AwsAdditionalDetails.IdentityContext)
		w.clock.Advance(time.Hour)
		again, err := w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken))
		if err != nil {
			t.Fatal(err)
		}
		if *again.RefreshToken == *out.RefreshToken || *again.AccessToken == *out.AccessToken {
			t.Error("a token is given twice")
		}
		said := claims(t, *again.IDToken)
		if said["auth_time"] != float64(w.clock.Now().Add(-time.Hour).Unix()) || said["iat"] != float64(w.clock.Now().Unix()) {
			t.Errorf("%v", said)
		}
		w.speaks(t, arn, *again.AwsAdditionalDetails.IdentityContext)
		if !slices.Equal(again.Scope, out.Scope) {
			t.Errorf("%v, then %v", out.Scope, again.Scope)
		}
	})
}

func TestChallenge(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		verifier := strings.Repeat("v", 43)
		sum := sha256.Sum256([]byte(verifier))
		challenge := base64.RawURLEncoding.EncodeToString(sum[:])
		for _, c := range []struct {
			name               string
			challenge, verifer string
			right              bool
		}{
			{"both", challenge, verifier, true},
			{"neither", "", "", true},
			{"another verifier", challenge, strings.Repeat("w", 43), false},
			{"no verifier", challenge, "", false},
			{"a verifier for nothing", "", verifier, false},
			{"the challenge itself", challenge, challenge, false},
		} {
			method := ""
			if c.challenge != "" {
				method = "S256"
			}
			in := byCode(arn, w.signedIn(t, arn, "code_challenge", c.challenge, "code_challenge_method", method))
			if c.verifer != "" {
				in.CodeVerifier = &c.verifer
			}
			_, err := w.token(t, w.vendor, in)
			if c.right && err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if !c.right {
				optest.Refused(t, err, code(codeInvalidGrant))
			}
		}
	})
}

// TestUsedTwice: a code or a refresh token that comes twice was stolen by one of the
// two. All that was given for the sign-in is revoked.
func TestUsedTwice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		for _, twice := range []string{"code", "refresh token"} {
			text := w.signedIn(t, arn)
			first, err := w.token(t, w.vendor, byCode(arn, text))
			if err != nil {
				t.Fatal(err)
			}
			second, err := w.token(t, w.vendor, byRefresh(arn, *first.RefreshToken))
			if err != nil {
				t.Fatal(err)
			}
			replay := byCode(arn, text)
			if twice == "refresh token" {
				replay = byRefresh(arn, *first.RefreshToken)
			}
			_, err = w.token(t, w.vendor, replay)
			if words := optest.Refused(t, err, code(codeInvalidGrant)); !strings.Contains(words, "used before") {
				t.Errorf("%s: %s", twice, words)
			}
			_, err = w.token(t, w.vendor, byRefresh(arn, *second.RefreshToken))
			optest.Refused(t, err, code(codeInvalidGrant))
			for _, out := range []*ssooidc.CreateTokenWithIAMOutput{first, second} {
				if _, _, err := w.Context(t.Context(), *out.AwsAdditionalDetails.IdentityContext); !errors.Is(err, ErrContext) {
					t.Errorf("%s: a context is of use still: %v", twice, err)
				}
			}
		}
	})
}

func TestTokensEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		text := w.signedIn(t, arn)
		w.clock.Advance(codeLife)
		_, err := w.token(t, w.vendor, byCode(arn, text))
		optest.Refused(t, err, code(codeExpired))

		text = w.signedIn(t, arn)
		w.clock.Advance(codeLife - time.Microsecond)
		out, err := w.token(t, w.vendor, byCode(arn, text))
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(contextLife - time.Microsecond)
		w.speaks(t, arn, *out.AwsAdditionalDetails.IdentityContext)
		w.clock.Advance(time.Microsecond)
		if _, _, err := w.Context(t.Context(), *out.AwsAdditionalDetails.IdentityContext); !errors.Is(err, ErrContext) {
			t.Errorf("%v", err)
		}
		w.clock.Advance(signinLife - codeLife - contextLife)
		_, err = w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken))
		if err != nil {
			t.Fatalf("just before the end of the sign-in: %v", err)
		}
	})
}

func TestRefreshingEndsWithTheSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		out, err := w.token(t, w.vendor, byCode(arn, w.signedIn(t, arn)))
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(signinLife / 2)
		if out, err = w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken)); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(signinLife/2 - time.Minute)
		if out, err = w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken)); err != nil {
			t.Fatal(err)
		}
		w.speaks(t, arn, *out.AwsAdditionalDetails.IdentityContext)
		w.clock.Advance(time.Minute)
		if _, _, err := w.Context(t.Context(), *out.AwsAdditionalDetails.IdentityContext); !errors.Is(err, ErrContext) {
			t.Errorf("a context outlives its sign-in: %v", err)
		}
		_, err = w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken))
		optest.Refused(t, err, code(codeExpired))
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken))
		optest.Refused(t, err, code(codeInvalidGrant))
	})
}

// TestWhoMayAsk is the table of callers and policies.
func TestWhoMayAsk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const may = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sso-oauth:CreateTokenWithIAM","Resource":"*"}]}`
		arn := w.application(t)
		w.trusts(t, arn, "email", "emails.value")
		assertion := w.idp.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"})
		elsewhere := strings.Replace(arn, "/apl-", "/apl-0", 1)[:len(arn)]
		for _, c := range []struct {
			name   string
			caller op.Caller
			client string
			actor  string // principal of the actor policy; "" for none
			want   fault.Code
			says   string
		}{
			{"the vendor's role", w.vendor, arn, w.vendor.Role, "", ""},
			{"its account", w.vendor, arn, "arn:aws:iam::444455556666:root", "", ""},
			{"another of its roles", w.role(t, vendor, "other", may), arn, w.vendor.Role, fault.AccessDenied, "because no resource-based policy allows"},
			{"its role without a policy", w.role(t, vendor, "bare", ""), arn, "arn:aws:iam::444455556666:root", fault.AccessDenied, "because no identity-based policy allows"},
			{"its role with a policy for another application", w.role(t, vendor, "narrow", strings.Replace(may, `"*"`, `"`+elsewhere+`"`, 1)), arn, "arn:aws:iam::444455556666:role/narrow", fault.AccessDenied, "because no identity-based policy allows"},
			{"its role that is denied", w.role(t, vendor, "denied", strings.Replace(may, "Allow", "Deny", 1)), arn, "arn:aws:iam::444455556666:role/denied", fault.AccessDenied, "with an explicit deny in an identity-based policy"},
			{"its root, not admitted", optest.Root(vendor), arn, w.vendor.Role, fault.AccessDenied, "because no resource-based policy allows"},
			{"no authentication method", w.vendor, arn, "", fault.AccessDenied, "because no resource-based policy allows"},
			{"no such application, seen from abroad", w.vendor, elsewhere, w.vendor.Role, fault.AccessDenied, "because no resource-based policy allows"},
			{"no such application, in its own account", w.role(t, customer, "own", may), elsewhere, w.vendor.Role, codeInvalidClient, "There is no application"},
			{"a role of the same account", w.role(t, customer, "clerk", may), arn, "arn:aws:iam::111122223333:role/clerk", "", ""},
			{"a role of the same account, not admitted", w.role(t, customer, "clerk2", may), arn, w.vendor.Role, fault.AccessDenied, "because no resource-based policy allows"},
			{"a role of the same account without a policy", w.role(t, customer, "clerk3", ""), arn, "arn:aws:iam::111122223333:role/clerk3", fault.AccessDenied, "because no identity-based policy allows"},
			{"the root of the same account", w.admin, arn, w.vendor.Role, fault.AccessDenied, "because no resource-based policy allows"},
			{"no ARN", w.vendor, "my-client", w.vendor.Role, codeInvalidClient, "must be the ARN"},
			{"another kind of ARN", w.vendor, issuerARN(customer, "tti-1"), w.vendor.Role, codeInvalidClient, "must be the ARN"},
			{"another instance", w.vendor, strings.Replace(arn, instanceOf(customer), instanceOf(vendor), 1), w.vendor.Role, codeInvalidClient, "must be the ARN"},
		} {
			t.Run(c.name, func(t *testing.T) {
				optest.Must(t, w.calls, w.admin, ssoadmin.DeleteApplicationAuthenticationMethod, &ssoadmin.DeleteApplicationAuthenticationMethodInput{
					ApplicationARN: arn, AuthenticationMethodType: ssoadmin.AuthenticationMethodTypeIAM})
				if c.actor != "" {
					w.admitsRole(t, arn, c.actor)
				}
				c.caller.Trail = &op.Trail{}
				counted := ""
				w.Denied = func(action, layer string) { counted += action + ", " + layer }
				_, err := w.token(t, c.caller, byAssertion(c.client, assertion))
				if c.want == "" {
					if err != nil || !c.caller.Trail.Allowed || counted != "" {
						t.Errorf("%v, %+v", err, c.caller.Trail)
					}
					return
				}
				if words := optest.Refused(t, err, code(c.want)); !strings.Contains(words, c.says) {
					t.Errorf("%s", words)
				}
				if c.want == fault.AccessDenied && (!c.caller.Trail.Decided || c.caller.Trail.Allowed || counted != createToken+", "+c.caller.Trail.Layer) {
					t.Errorf("%+v, counted %q", c.caller.Trail, counted)
				}
			})
		}
	})
}

// TestAbroadNothingShows: to a vendor that is not admitted, an application that is
// there and one that is not are the same.
func TestAbroadNothingShows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.admitsRole(t, arn, "arn:aws:iam::444455556666:role/another")
		elsewhere := arn[:len(arn)-16] + "0000000000000000"
		words := func(client string) string {
			_, err := w.token(t, w.vendor, byAssertion(client, "x"))
			return strings.ReplaceAll(optest.Refused(t, err, code(fault.AccessDenied)), client, "APPLICATION")
		}
		if there, not := words(arn), words(elsewhere); there != not {
			t.Errorf("there: %s\nnot:   %s", there, not)
		}
	})
}

// TestTokenRefusals is every other refusal of CreateTokenWithIAM.
func TestTokenRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn, other := w.application(t), w.application(t)
		w.byCodes(t, arn)
		w.byCodes(t, other)
		w.trusts(t, arn, "email", "emails.value")
		w.user(t, "bob", "bob@example.com")
		stranger := oidctest.New(t)
		stranger.Now = w.clock.Now
		sign := func(change oidc.Claims) string {
			said := oidc.Claims{"aud": "parley", "email": "ann@example.com"}
			maps.Copy(said, change)
			return w.idp.Sign(said)
		}
		with := func(in *ssooidc.CreateTokenWithIAMInput, change func(in *ssooidc.CreateTokenWithIAMInput)) *ssooidc.CreateTokenWithIAMInput {
			change(in)
			return in
		}
		fresh := func() *ssooidc.CreateTokenWithIAMInput { return byCode(arn, w.signedIn(t, arn)) }
		for _, c := range []struct {
			name string
			in   *ssooidc.CreateTokenWithIAMInput
			want fault.Code
		}{
			{"unknown grant", &ssooidc.CreateTokenWithIAMInput{ClientID: arn, GrantType: "password"}, codeUnsupportedGrant},
			{"token exchange", &ssooidc.CreateTokenWithIAMInput{ClientID: arn, GrantType: string(grantExchange)}, codeUnsupportedGrant},
			{"a grant that it has not", byAssertion(other, sign(nil)), codeUnauthorized},
			{"no code", with(fresh(), func(in *ssooidc.CreateTokenWithIAMInput) { in.Code = nil }), codeInvalidRequest},
			{"empty code", with(fresh(), func(in *ssooidc.CreateTokenWithIAMInput) { in.Code = new("") }), codeInvalidRequest},
			{"no redirect URI", with(fresh(), func(in *ssooidc.CreateTokenWithIAMInput) { in.RedirectURI = nil }), codeInvalidRequest},
			{"another redirect URI", with(fresh(), func(in *ssooidc.CreateTokenWithIAMInput) { in.RedirectURI = new(callback + "/") }), codeInvalidGrant},
			{"another application's code", with(fresh(), func(in *ssooidc.CreateTokenWithIAMInput) { in.ClientID = other }), codeInvalidGrant},
			{"a made-up code", byCode(arn, "made-up"), codeInvalidGrant},
			{"no refresh token", with(byRefresh(arn, ""), func(in *ssooidc.CreateTokenWithIAMInput) { in.RefreshToken = nil }), codeInvalidRequest},
			{"a code as a refresh token", byRefresh(arn, w.signedIn(t, arn)), codeInvalidGrant},
			{"no assertion", with(byAssertion(arn, ""), func(in *ssooidc.CreateTokenWithIAMInput) { in.Assertion = nil }), codeInvalidRequest},
			{"no token", byAssertion(arn, "nonsense"), codeInvalidGrant},
			{"another issuer", byAssertion(arn, stranger.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"})), codeInvalidGrant},
			{"forged", byAssertion(arn, stranger.Key().Sign(t, nil, w.idp.Complete(oidc.Claims{"aud": "parley", "email": "ann@example.com"}))), codeInvalidGrant},
			{"another audience", byAssertion(arn, sign(oidc.Claims{"aud": "somebody"})), codeInvalidGrant},
			{"no audience", byAssertion(arn, sign(oidc.Claims{"aud": nil})), codeInvalidGrant},
			{"expired", byAssertion(arn, sign(oidc.Claims{"exp": w.clock.Now().Add(-time.Hour).Unix()})), codeExpired},
			{"no claim", byAssertion(arn, sign(oidc.Claims{"email": nil})), codeInvalidGrant},
			{"a claim that is no text", byAssertion(arn, sign(oidc.Claims{"email": []string{"ann@example.com"}})), codeInvalidGrant},
			{"an address that is not verified", byAssertion(arn, sign(oidc.Claims{"email_verified": false})), codeInvalidGrant},
			{"an address that is not verified, in words", byAssertion(arn, sign(oidc.Claims{"email_verified": "false"})), codeInvalidGrant},
			{"nobody", byAssertion(arn, sign(oidc.Claims{"email": "carl@example.com"})), codeInvalidGrant},
			{"a scope that it has not", with(byAssertion(arn, sign(nil)), func(in *ssooidc.CreateTokenWithIAMInput) { in.Scope = []string{"sso:account:access"} }), codeInvalidScope},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := w.token(t, w.vendor, c.in)
				words := optest.Refused(t, err, code(c.want))
				for _, secret := range []*string{c.in.Code, c.in.RefreshToken, c.in.Assertion} {
					if text := text(secret); len(text) > 10 && strings.Contains(words, text) {
						t.Errorf("it repeats what is secret: %s", words)
					}
				}
			})
		}
	})
}

func TestScopesAreThoseAskedFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.trusts(t, arn, "email", "emails.value")
		in := byAssertion(arn, w.idp.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"}))
		in.Scope = []string{"openid", scopeContent}
		out, err := w.token(t, w.vendor, in)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"sts:identity_context", "openid", "aws", scopeContent}; !slices.Equal(out.Scope, want) {
			t.Errorf("%v, want %v", out.Scope, want)
		}
	})
}

// TestWhatWasGivenEnds: once the user, the assignment, the application or its being
// enabled is gone, a context is of no use, and nothing more is given.
func TestWhatWasGivenEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name  string
			end   func(arn, user string) error
			token fault.Code
		}{
			{"the user goes", func(_, user string) error { return w.People.RemoveUser(t.Context(), customer, user) }, codeInvalidGrant},
			{"assignments are required", func(arn, _ string) error { w.open(t, arn, false); return nil }, fault.AccessDenied},
			{"the application is disabled", func(arn, _ string) error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.UpdateApplication, &ssoadmin.UpdateApplicationInput{
					ApplicationARN: arn, Status: new(ssoadmin.ApplicationStatusDisabled)})
				return err
			}, codeUnauthorized},
			{"the application goes", func(arn, _ string) error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.DeleteApplication, &ssoadmin.DeleteApplicationInput{ApplicationARN: arn})
				return err
			}, fault.AccessDenied},
		} {
			t.Run(c.name, func(t *testing.T) {
				arn := w.application(t)
				w.byCodes(t, arn)
				out, err := w.token(t, w.vendor, byCode(arn, w.signedIn(t, arn)))
				if err != nil {
					t.Fatal(err)
				}
				w.speaks(t, arn, *out.AwsAdditionalDetails.IdentityContext)
				if err := c.end(arn, w.ann); err != nil {
					t.Fatal(err)
				}
				if _, _, err := w.Context(t.Context(), *out.AwsAdditionalDetails.IdentityContext); !errors.Is(err, ErrContext) {
					t.Errorf("%v", err)
				}
				_, err = w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken))
				optest.Refused(t, err, code(c.token))
				if c.name == "the user goes" {
					w.ann = w.user(t, "ann", "ann@example.com")
				}
			})
		}
	})
}

// TestIssuerIsTrustedNoMore: an application that names an issuer which is gone takes
// its tokens no more, nor those of one that cannot be asked for its keys.
func TestIssuerIsTrustedNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		issuer := w.trusts(t, arn, "email", "emails.value")
		assertion := w.idp.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"})
		w.idp.Break(oidctest.Broken{Keys: http.NotFound})
		_, err := w.token(t, w.vendor, byAssertion(arn, assertion))
		optest.Refused(t, err, code(codeInvalidGrant))
		optest.Must(t, w.calls, w.admin, ssoadmin.DeleteTrustedTokenIssuer, &ssoadmin.DeleteTrustedTokenIssuerInput{TrustedTokenIssuerARN: issuer})
		_, err = w.token(t, w.vendor, byAssertion(arn, assertion))
		if words := optest.Refused(t, err, code(codeInvalidGrant)); !strings.Contains(words, "of no issuer") {
			t.Error(words)
		}
	})
}

func TestAssignedAreAdmitted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.trusts(t, arn, "email", "emails.value")
		w.open(t, arn, false)
		ask := func() error {
			_, err := w.token(t, w.vendor, byAssertion(arn, w.idp.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"})))
			return err
		}
		optest.Refused(t, ask(), code(fault.AccessDenied))
		w.assign(t, arn, ssoadmin.PrincipalTypeUser, w.ann)
		if err := ask(); err != nil {
			t.Errorf("assigned: %v", err)
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.DeleteApplicationAssignment, &ssoadmin.DeleteApplicationAssignmentInput{
			ApplicationARN: arn, PrincipalType: ssoadmin.PrincipalTypeUser, PrincipalID: w.ann})
		optest.Refused(t, ask(), code(fault.AccessDenied))
		group := w.groupOf(t, "searchers", w.ann)
		w.assign(t, arn, ssoadmin.PrincipalTypeGroup, group)
		if err := ask(); err != nil {
			t.Errorf("assigned by a group: %v", err)
		}
	})
}

// TestIDTokenIsVerified: whoever reads the server's discovery document can verify
// its ID tokens.
func TestIDTokenIsVerified(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			document, there := w.Discovery()
			text, err := json.Marshal(document)
			if r.URL.Path == KeySetPath {
				text, err = w.KeySet(r.Context())
			}
			if err != nil || !there {
				t.Errorf("%v, %v", there, err)
			}
			rw.Header().Set("Content-Type", "application/json")
			rw.Write(text)
		}))
		defer server.Close()
		w.PublicURL = server.URL
		out, err := w.token(t, w.vendor, byCode(arn, w.signedIn(t, arn)))
		if err != nil {
			t.Fatal(err)
		}
		v := &oidc.Verifier{Out: w.idp.Out(t, &oidctest.Issuer{URL: server.URL}), Now: w.clock.Now}
		said, err := v.Verify(t.Context(), *out.IDToken, server.URL, []string{arn})
		if err != nil || said.String("sub") != w.ann {
			t.Errorf("%v, %v", said, err)
		}
	})
}

func TestWithoutAPublicURL(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.PublicURL = ""
		if document, there := w.Discovery(); there {
			t.Errorf("%v", document)
		}
		if got := w.issuer(customer); got != "https://identitycenter.amazonaws.com/ssoins-00000019df6690e5" {
			t.Error(got)
		}
	})
}

// TestServersShareTheKey: what one server signs, another one publishes the key of.
func TestServersShareTheKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := &Service{DB: w.DB, Keys: w.Keys}
		a, errA := w.signingKey(t.Context())
		b, errB := other.signingKey(t.Context())
		if errA != nil || errB != nil || a.ID != b.ID {
			t.Errorf("%s, %v; %s, %v", a.ID, errA, b.ID, errB)
		}
	})
}

// TestNothingSecretIsKept: a dump has no code, no token and no assertion in clear.
func TestNothingSecretIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		text := w.signedIn(t, arn)
		out, err := w.token(t, w.vendor, byCode(arn, text))
		if err != nil {
			t.Fatal(err)
		}
		var dump bytes.Buffer
		if err := w.DB.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		for name, secret := range map[string]string{
			"code": text, "refresh token": *out.RefreshToken, "access token": *out.AccessToken, "ID token": *out.IDToken,
			"context": *out.AwsAdditionalDetails.IdentityContext, "password": password, "private key": "PRIVATE KEY",
		} {
			if strings.Contains(dump.String(), secret) {
				t.Errorf("the dump has the %s", name)
			}
		}
	})
}
