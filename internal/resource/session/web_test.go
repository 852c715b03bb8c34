package session

import (
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

// nobody is who calls an operation without a signature.
func (w *world) nobody() op.Caller {
	return op.Caller{Region: "us-east-1", Origin: op.Origin{IP: netip.MustParseAddr("192.0.2.1"), Secure: true, At: w.Now()}}
}

// web is a world with an issuer of tokens, which the account own knows.
type web struct {
	*world
	*oidctest.Issuer
	host     string // the issuer without its scheme
	provider string // ARN
}

func newWeb(t testing.TB, w *world) *web {
	i := oidctest.New(t)
	i.Now = w.Clock.Now
	w.OIDC = &oidc.Verifier{Out: i.Out(t), Now: w.Clock.Now}
	p := optest.Must(t, w.calls, optest.Root(own), iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{
		URL: i.URL, ClientIDList: []string{"client", "other-client"},
	})
	return &web{w, i, strings.TrimPrefix(i.URL, "http://"), *p.OpenIDConnectProviderARN}
}

// trusts is a statement that lets the provider's users in.
func (w *web) letsIn(actions string, more ...string) string {
	return strings.Replace(trust("x", actions, more...), `{"AWS":"x"}`, `{"Federated":"`+w.provider+`"}`, 1)
}

func (w *web) in(claims oidc.Claims) *sts.AssumeRoleWithWebIdentityInput {
	return &sts.AssumeRoleWithWebIdentityInput{RoleARN: target1, RoleSessionName: "ann", WebIdentityToken: w.Sign(claims)}
}

func (w *web) Now() time.Time { return w.Clock.Now() }

const everything = "sts:AssumeRoleWithWebIdentity sts:TagSession sts:SetSourceIdentity"

func TestAssumeRoleWithWebIdentityAnswers(t *testing.T) {
	each(t, func(t *testing.T, bare *world) {
		w := newWeb(t, bare)
		role := w.role(own, "target", w.letsIn(everything))
		in := w.in(oidc.Claims{
			"sub": "subject-1", "aud": "client", "email": "wrong@example.com", "email_verified": true, "amr": []string{"pwd", "otp"},
			tagsClaim: map[string]any{
				"principal_tags":      map[string]any{"Email": []string{"Ann@example.com"}, "tenant": "acme"},
				"transitive_tag_keys": []string{"tenant"},
			},
			sourceClaim: "ann-1",
		})
		in.DurationSeconds = new(int32(900))
		out := optest.Must(t, w.calls, w.nobody(), sts.AssumeRoleWithWebIdentity, in)
		want := &sts.AssumeRoleWithWebIdentityOutput{
			Credentials:                 out.Credentials,
			AssumedRoleUser:             &sts.AssumedRoleUser{ARN: "arn:aws:sts::111122223333:assumed-role/target/ann", AssumedRoleID: role.ID + ":ann"},
			SubjectFromWebIdentityToken: new("subject-1"), Provider: new(w.URL), Audience: new("client"),
			SourceIdentity: new("ann-1"), PackedPolicySize: new(int32(2)),
		}
		if diff := cmp.Diff(want, out); diff != "" || out.Credentials.Expiration != w.Now().Add(15*time.Minute) {
			t.Errorf("until %s: %s", out.Credentials.Expiration, diff)
		}
		c := w.signer(out.Credentials)
		wantCaller := op.Caller{
			Account: own, Region: "us-east-1", Principal: out.AssumedRoleUser.ARN, Role: target1, ID: out.AssumedRoleUser.AssumedRoleID,
			Tags:       map[string]string{"team": "search", "Kind": "robot", "Email": "Ann@example.com", "tenant": "acme"},
			Transitive: []string{"tenant"},
			Keys: map[string][]string{
				"aws:FederatedProvider": {w.provider}, "aws:SourceIdentity": {"ann-1"},
				"aws:TokenIssueTime": {w.Now().Format(time.RFC3339)}, "aws:MultiFactorAuthPresent": {"false"},
				w.host + ":sub": {"subject-1"}, w.host + ":aud": {"client"}, w.host + ":email": {"wrong@example.com"}, w.host + ":amr": {"pwd", "otp"},
			},
			Person: &op.Person{Name: "subject-1", Email: "Ann@example.com"}, AccessKeyID: out.Credentials.AccessKeyID,
		}
		if diff := cmp.Diff(wantCaller, c, plain); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWebIdentityTrust(t *testing.T) {
	each(t, func(t *testing.T, bare *world) {
		w := newWeb(t, bare)
		role := w.role(own, "target", w.letsIn(everything))
		claims := func(more oidc.Claims) oidc.Claims {
			all := oidc.Claims{"sub": "subject-1", "aud": "client", "email": "ann@example.com", "groups": []string{"g1", "g2"}, "level": 3, "staff": true}
			maps.Copy(all, more)
			return all
		}
		tags := oidc.Claims{tagsClaim: map[string]any{"principal_tags": map[string]any{"Email": []string{"ann@example.com"}}}}
		for _, tt := range []struct {
			name   string
			trust  string
			claims oidc.Claims
			refuse string // the action that is not allowed; empty: none
		}{
			{"the provider", w.letsIn("sts:AssumeRoleWithWebIdentity"), nil, ""},
			{"another provider", strings.ReplaceAll(w.letsIn("sts:AssumeRoleWithWebIdentity"), w.host, "idp.example.com"), nil, "sts:AssumeRoleWithWebIdentity"},
			{"the account", trust(own, everything), nil, "sts:AssumeRoleWithWebIdentity"},
			{"another action", w.letsIn("sts:AssumeRole"), nil, "sts:AssumeRoleWithWebIdentity"},
			{"the audience", w.letsIn(everything, when("StringEquals", w.host+":aud", "client")), nil, ""},
			{"another audience of the provider", w.letsIn(everything, when("StringEquals", w.host+":aud", "client")), oidc.Claims{"aud": "other-client"}, "sts:AssumeRoleWithWebIdentity"},
			{"the party is the audience", w.letsIn(everything, when("StringEquals", w.host+":aud", "client")), oidc.Claims{"aud": []string{"other-client", "api"}, "azp": "client"}, ""},
			{"and the audience the other", w.letsIn(everything, when("StringEquals", w.host+":oaud", "other-client")), oidc.Claims{"aud": []string{"other-client"}, "azp": "client"}, ""},
			{"the subject", w.letsIn(everything, when("StringLike", w.host+":sub", "subject-*")), nil, ""},
			{"another subject", w.letsIn(everything, when("StringEquals", w.host+":sub", "subject-2")), nil, "sts:AssumeRoleWithWebIdentity"},
			{"the address", w.letsIn(everything, when("StringEquals", w.host+":email", "ann@example.com")), nil, ""},
			{"the key of another issuer", w.letsIn(everything, when("StringEquals", "idp.example.com:sub", "subject-1")), nil, "sts:AssumeRoleWithWebIdentity"},
			{"a group", w.letsIn(everything, when("ForAnyValue:StringEquals", w.host+":groups", "g2")), nil, ""},
			{"no such group", w.letsIn(everything, when("ForAnyValue:StringEquals", w.host+":groups", "g3")), nil, "sts:AssumeRoleWithWebIdentity"},
			{"a number", w.letsIn(everything, when("NumericGreaterThan", w.host+":level", "2")), nil, ""},
			{"a truth", w.letsIn(everything, when("Bool", w.host+":staff", "true")), nil, ""},
			{"from here", w.letsIn(everything, when("IpAddress", "aws:SourceIp", "192.0.2.0/24")), nil, ""},
			{"from elsewhere", w.letsIn(everything, when("IpAddress", "aws:SourceIp", "198.51.100.0/24")), nil, "sts:AssumeRoleWithWebIdentity"},
			{"the provider as a key", w.letsIn(everything, when("StringEquals", "aws:FederatedProvider", w.provider)), nil, ""},
			{"the session's name", w.letsIn(everything, when("StringEquals", "sts:RoleSessionName", "ann")), nil, ""},
			{"tags", w.letsIn(everything), tags, ""},
			{"tags, not let in", w.letsIn("sts:AssumeRoleWithWebIdentity"), tags, "sts:TagSession"},
			{"a tag", w.letsIn(everything, when("StringLike", "aws:RequestTag/Email", "*@example.com")), tags, ""},
			{"a tag, missing", w.letsIn(everything, when("StringLike", "aws:RequestTag/Email", "*@example.com")), nil, "sts:AssumeRoleWithWebIdentity"},
			{"source identity, not let in", w.letsIn("sts:AssumeRoleWithWebIdentity"), oidc.Claims{sourceClaim: "ann"}, "sts:SetSourceIdentity"},
		} {
			w.trusts(role, tt.trust)
			out, err := optest.Call(t, w.calls, w.nobody(), sts.AssumeRoleWithWebIdentity, w.in(claims(tt.claims)))
			f := fault.As(err)
			switch {
			case tt.refuse != "" && (f == nil || f.Code != fault.AccessDenied || f.Message != "Not authorized to perform "+tt.refuse || out != nil):
				t.Errorf("%s: %v\nwant AccessDenied for %s", tt.name, err, tt.refuse)
			case tt.refuse == "" && err != nil:
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	})
}

func TestWebIdentityRefuses(t *testing.T) {
	w := newWeb(t, alone(t))
	w.role(own, "target", w.letsIn(everything))
	stranger := oidctest.New(t)
	stranger.Now = w.Clock.Now
	right := oidc.Claims{"sub": "subject-1", "aud": "client"}
	with := func(more oidc.Claims) *sts.AssumeRoleWithWebIdentityInput {
		claims := oidc.Claims{"sub": "subject-1", "aud": "client"}
		maps.Copy(claims, more)
		return w.in(claims)
	}
	tagged := func(tags any) *sts.AssumeRoleWithWebIdentityInput { return with(oidc.Claims{tagsClaim: tags}) }
	changed := func(change func(in *sts.AssumeRoleWithWebIdentityInput)) *sts.AssumeRoleWithWebIdentityInput {
		in := w.in(right)
		change(in)
		return in
	}
	reject := "The identity provider's claim cannot be used: "
	for name, tt := range map[string]struct {
		in      *sts.AssumeRoleWithWebIdentityInput
		code    fault.Code
		message string
	}{
		"no role's ARN":         {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleARN = ownRoot }), fault.Validation, `RoleArn: "arn:aws:iam::111122223333:root" is no ARN of a role`},
		"OAuth 2.0":             {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.ProviderID = new("www.amazon.com") }), fault.Validation, "ProviderId: is for OAuth 2.0 access tokens, which are not taken here; leave it out and pass an OpenID Connect ID token"},
		"no token":              {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.WebIdentityToken = "none" }), invalidIdentityToken, "the token is not valid: it is not three parts with dots between"},
		"another issuer":        {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.WebIdentityToken = stranger.Sign(right) }), invalidIdentityToken, "No OpenIDConnect provider found in your account for " + stranger.URL},
		"another account":       {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleARN = "arn:aws:iam::444455556666:role/target" }), invalidIdentityToken, "No OpenIDConnect provider found in your account for " + w.URL},
		"no such role":          {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleARN += "-not" }), fault.AccessDenied, "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		"another audience":      {with(oidc.Claims{"aud": "elsewhere"}), invalidIdentityToken, "the token is not valid: it is for another audience (aud)"},
		"expired":               {with(oidc.Claims{"exp": w.Now().Add(-time.Hour).Unix()}), expiredToken, "the token has expired"},
		"a source of two words": {with(oidc.Claims{sourceClaim: "ann b"}), rejectedClaim, reject + sourceClaim + " takes 2 to 64 letters, digits and _+=,.@-."},
		"tags are no object":    {tagged("x"), rejectedClaim, reject + "https://aws.amazon.com/tags is no JSON object."},
		"tags are a list":       {tagged(map[string]any{"principal_tags": []string{"x"}}), rejectedClaim, reject + "principal_tags is no JSON object."},
		"a tag has two":         {tagged(map[string]any{"principal_tags": map[string]any{"a": []string{"1", "2"}}}), rejectedClaim, reject + `the principal tag "a" takes one string; got 2.`},
		"a tag is reserved":     {tagged(map[string]any{"principal_tags": map[string]any{"aws:a": "1"}}), rejectedClaim, reject + `Tags: tag keys that begin with aws: are reserved; got "aws:a".`},
		"a tag is too long":     {tagged(map[string]any{"principal_tags": map[string]any{"a": strings.Repeat("x", 257)}}), rejectedClaim, reject + `Tags: a tag value has at most 256 characters; that of "a" has more.`},
		"a tag twice":           {tagged(map[string]any{"principal_tags": map[string]any{"a": "1", "A": "1"}}), rejectedClaim, reject + `it has the tag "a" twice; the case of a key means nothing.`},
		"transitive, no tag":    {tagged(map[string]any{"transitive_tag_keys": []string{"a"}}), rejectedClaim, reject + `TransitiveTagKeys: the specified transitive tag key must be included in the requested tags: "a".`},
		"longer than allowed":   {changed(func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = new(int32(7201)) }), fault.Validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
	} {
		out, err := optest.Call(t, w.calls, w.nobody(), sts.AssumeRoleWithWebIdentity, tt.in)
		f := fault.As(err)
		if f == nil || f.Code != tt.code || f.Message != tt.message || out != nil {
			t.Errorf("%s: %v\nwant %s: %s", name, err, tt.code, tt.message)
		}
	}
}

func TestAnIssuerThatIsAway(t *testing.T) {
	w := newWeb(t, alone(t))
	w.role(own, "target", w.letsIn(everything))
	w.Break(oidctest.Broken{Discovery: func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) }})
	_, err := optest.Call(t, w.calls, w.nobody(), sts.AssumeRoleWithWebIdentity, w.in(oidc.Claims{"sub": "subject-1", "aud": "client"}))
	if f := fault.As(err); f == nil || f.Code != providerUnreachable || !strings.HasPrefix(f.Message, "Couldn't retrieve verification key from your identity provider") {
		t.Errorf("%v, want %s", err, providerUnreachable)
	}
}

// TestWhoATokenIsAbout: the tag, or an address that the issuer has verified.
func TestWhoATokenIsAbout(t *testing.T) {
	for _, tt := range []struct {
		claims oidc.Claims
		tags   map[string]string
		want   op.Person
	}{
		{oidc.Claims{"sub": "1", "email": "a@example.com", "email_verified": true}, nil, op.Person{Name: "1", Email: "a@example.com"}},
		{oidc.Claims{"sub": "1", "email": "a@example.com", "email_verified": "true"}, nil, op.Person{Name: "1", Email: "a@example.com"}},
		{oidc.Claims{"sub": "1", "email": "a@example.com", "email_verified": false}, nil, op.Person{Name: "1"}},
		{oidc.Claims{"sub": "1", "email": "a@example.com"}, nil, op.Person{Name: "1"}},
		{oidc.Claims{"sub": "1", "email": "a@example.com", "email_verified": true}, map[string]string{"Email": "b@example.com"}, op.Person{Name: "1", Email: "b@example.com"}},
	} {
		token := webToken{claims: tt.claims}
		if diff := cmp.Diff(&tt.want, token.person(tt.tags)); diff != "" {
			t.Errorf("%v: %s", tt.claims, diff)
		}
	}
}
