package session

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/saml"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
	"github.com/parleyhq/parley/internal/resource/principal"
)

const samlARN = "arn:aws:iam::111122223333:saml-provider/idp"

// newSAML makes a provider that the account own knows.
func newSAML(t testing.TB, w *world) *samltest.Provider {
	p := samltest.New(t)
	p.Now = w.Clock.Now
	p.Rekey(2048)
	optest.Must(t, w.calls, optest.Root(own), iam.CreateSAMLProvider, &iam.CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: string(p.Metadata())})
	return p
}

func letsSAMLIn(actions string, more ...string) string {
	return strings.Replace(trust("x", actions, more...), `{"AWS":"x"}`, `{"Federated":"`+samlARN+`"}`, 1)
}

// attributes are those that a response needs, and more.
func attributes(more map[string][]string) map[string][]string {
	all := map[string][]string{roleAttribute: {"arn:aws:iam::111122223333:role/another," + samlARN, target1 + "," + samlARN}, nameAttribute: {"ann"}}
	maps.Copy(all, more)
	return all
}

func samlIn(response []byte) *sts.AssumeRoleWithSAMLInput {
	return &sts.AssumeRoleWithSAMLInput{RoleARN: target1, PrincipalARN: samlARN, SAMLAssertion: base64.StdEncoding.EncodeToString(response)}
}

func TestAssumeRoleWithSAMLAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := newSAML(t, w)
		role := w.role(own, "target", letsSAMLIn("sts:*"))
		response := p.Response("ann@example.com", attributes(map[string][]string{
			tagAttribute + "Email": {"Ann@example.com"}, tagAttribute + "tenant": {"acme"}, transitiveAttribute: {"tenant"},
			sourceAttribute: {"ann-1"}, durationAttribute: {"1800"},
		}))
		out := optest.Must(t, w.calls, w.nobody(), sts.AssumeRoleWithSAML, samlIn(response))
		a := assertion{&saml.Assertion{Issuer: p.EntityID}, principal.SAMLProvider{Entity: principal.Entity{Account: own, Name: "idp"}}}
		const format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
		want := &sts.AssumeRoleWithSAMLOutput{
			Credentials:     out.Credentials,
			AssumedRoleUser: &sts.AssumedRoleUser{ARN: "arn:aws:sts::111122223333:assumed-role/target/ann", AssumedRoleID: role.ID + ":ann"},
			Subject:         new("ann@example.com"), SubjectType: new(format), Issuer: new("https://idp.example/saml"),
			Audience: new("https://signin.aws.amazon.com/saml"), NameQualifier: new(a.nameQualifier()), SourceIdentity: new("ann-1"), PackedPolicySize: new(int32(2)),
		}
		if diff := cmp.Diff(want, out); diff != "" || out.Credentials.Expiration != w.Now().Add(30*time.Minute) {
			t.Errorf("until %s: %s", out.Credentials.Expiration, diff)
		}
		wantCaller := op.Caller{
			Account: own, Region: "us-east-1", Principal: out.AssumedRoleUser.ARN, Role: target1, ID: out.AssumedRoleUser.AssumedRoleID,
			Tags:       map[string]string{"team": "search", "Kind": "robot", "Email": "Ann@example.com", "tenant": "acme"},
			Transitive: []string{"tenant"},
			Keys: map[string][]string{
				"aws:FederatedProvider": {samlARN}, "aws:SourceIdentity": {"ann-1"},
				"aws:TokenIssueTime": {w.Now().Format(time.RFC3339)}, "aws:MultiFactorAuthPresent": {"false"},
				"saml:aud": {"https://signin.aws.amazon.com/saml"}, "saml:doc": {"111122223333/idp"}, "saml:iss": {"https://idp.example/saml"},
				"saml:namequalifier": {a.nameQualifier()}, "saml:sub": {"ann@example.com"}, "saml:sub_type": {format},
			},
			Person: &op.Person{Name: "ann@example.com", Email: "Ann@example.com"}, AccessKeyID: out.Credentials.AccessKeyID,
		}
		if diff := cmp.Diff(wantCaller, w.signer(out.Credentials), plain); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSAMLTrust(t *testing.T) {
	w := alone(t)
	p := newSAML(t, w)
	role := w.role(own, "target", letsSAMLIn("sts:*"))
	email := map[string][]string{tagAttribute + "Email": {"ann@example.com"}}
	edu := map[string][]string{
		"urn:oid:1.3.6.1.4.1.5923.1.1.1.3": {"ExampleOrg"}, "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": {"staff", "member"}, "urn:oid:2.5.4.4": {"Lee"},
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": {"ann@example.com"}, "urn:oid:0.9.2342.19200300.100.1.3": {"lee@example.com"},
		"department": {"it"}, "saml:sub": {"bob"},
	}
	for _, tt := range []struct {
		name   string
		trust  string
		more   map[string][]string
		refuse string
	}{
		{"the provider", letsSAMLIn("sts:AssumeRoleWithSAML"), nil, ""},
		{"another provider", strings.ReplaceAll(letsSAMLIn("sts:*"), "/idp", "/other"), nil, "sts:AssumeRoleWithSAML"},
		{"the account", trust(own, "sts:*"), nil, "sts:AssumeRoleWithSAML"},
		{"the audience", letsSAMLIn("sts:*", when("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml")), nil, ""},
		{"another audience", letsSAMLIn("sts:*", when("StringEquals", "SAML:aud", "https://example.com/saml")), nil, "sts:AssumeRoleWithSAML"},
		{"the subject", letsSAMLIn("sts:*", when("StringEquals", "saml:sub", "ann@example.com")), nil, ""},
		{"another subject", letsSAMLIn("sts:*", when("StringEquals", "saml:sub", "bob@example.com")), nil, "sts:AssumeRoleWithSAML"},
		{"the issuer", letsSAMLIn("sts:*", when("StringEquals", "saml:iss", "https://idp.example/saml")), nil, ""},
		{"the organization", letsSAMLIn("sts:*", when("StringEquals", "saml:edupersonorgdn", "ExampleOrg")), edu, ""},
		{"another organization", letsSAMLIn("sts:*", when("StringEquals", "saml:edupersonorgdn", "OtherOrg")), edu, "sts:AssumeRoleWithSAML"},
		{"no organization", letsSAMLIn("sts:*", when("StringEquals", "saml:edupersonorgdn", "ExampleOrg")), nil, "sts:AssumeRoleWithSAML"},
		{"one affiliation", letsSAMLIn("sts:*", when("ForAnyValue:StringEquals", "saml:eduPersonAffiliation", "staff")), edu, ""},
		{"every affiliation", letsSAMLIn("sts:*", when("ForAllValues:StringEquals", "saml:eduPersonAffiliation", "staff")), edu, "sts:AssumeRoleWithSAML"},
		{"an attribute of X.500", letsSAMLIn("sts:*", when("StringEquals", "saml:surname", "Lee")), edu, ""},
		{"the first of two for one key", letsSAMLIn("sts:*", when("StringEquals", "saml:mail", "ann@example.com")), edu, ""},
		{"an attribute that is no key", letsSAMLIn("sts:*", when("StringLike", "saml:department", "*")), edu, "sts:AssumeRoleWithSAML"},
		{"an attribute that would be another key", letsSAMLIn("sts:*", when("StringEquals", "saml:sub", "bob")), edu, "sts:AssumeRoleWithSAML"},
		{"a tag", letsSAMLIn("sts:*", when("StringLike", "aws:RequestTag/Email", "*")), email, ""},
		{"no tag", letsSAMLIn("sts:*", when("StringLike", "aws:RequestTag/Email", "*")), nil, "sts:AssumeRoleWithSAML"},
		{"tags, not let in", letsSAMLIn("sts:AssumeRoleWithSAML"), email, "sts:TagSession"},
		{"source identity, not let in", letsSAMLIn("sts:AssumeRoleWithSAML"), map[string][]string{sourceAttribute: {"ann"}}, "sts:SetSourceIdentity"},
	} {
		w.trusts(role, tt.trust)
		out, err := optest.Call(t, w.calls, w.nobody(), sts.AssumeRoleWithSAML, samlIn(p.Response("ann@example.com", attributes(tt.more))))
		f := fault.As(err)
		switch {
		case tt.refuse != "" && (f == nil || f.Code != fault.AccessDenied || f.Message != "Not authorized to perform "+tt.refuse || out != nil):
			t.Errorf("%s: %v\nwant AccessDenied for %s", tt.name, err, tt.refuse)
		case tt.refuse == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSAMLRefuses(t *testing.T) {
	w := alone(t)
	p, stranger := newSAML(t, w), samltest.New(t)
	stranger.Now = w.Clock.Now
	w.role(own, "target", letsSAMLIn("sts:*"))
	right := p.Response("ann@example.com", attributes(nil))
	changed := func(change func(in *sts.AssumeRoleWithSAMLInput)) *sts.AssumeRoleWithSAMLInput {
		in := samlIn(right)
		change(in)
		return in
	}
	with := func(more map[string][]string) *sts.AssumeRoleWithSAMLInput {
		return samlIn(p.Response("ann@example.com", attributes(more)))
	}
	late := samlIn(right)
	reject := "The identity provider's claim cannot be used: "
	missing := "Not authorized to perform sts:AssumeRoleWithSAML"
	for name, tt := range map[string]struct {
		in      *sts.AssumeRoleWithSAMLInput
		code    fault.Code
		message string // how it begins
	}{
		"no role's ARN":             {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.RoleARN = ownRoot }), fault.Validation, `RoleArn: "arn:aws:iam::111122223333:root" is no ARN of a role`},
		"no base64":                 {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.SAMLAssertion = "<xml>" }), invalidIdentityToken, "Invalid base64 SAMLResponse"},
		"no XML":                    {samlIn([]byte("none")), invalidIdentityToken, "the SAML response is not valid: "},
		"no such provider":          {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.PrincipalARN += "-not" }), invalidIdentityToken, "No SAML provider found in the role's account for " + samlARN + "-not"},
		"role of another account":   {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.RoleARN = "arn:aws:iam::444455556666:role/target" }), invalidIdentityToken, "No SAML provider found in the role's account for " + samlARN},
		"signed by another":         {samlIn(stranger.Response("ann@example.com", attributes(nil))), invalidIdentityToken, "the SAML response is not valid: "},
		"a role that is not named":  {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.RoleARN += "-not" }), fault.AccessDenied, missing},
		"no role is named":          {with(map[string][]string{roleAttribute: nil}), fault.AccessDenied, missing},
		"no name":                   {with(map[string][]string{nameAttribute: nil}), invalidIdentityToken, "RoleSessionName is required in AuthnResponse"},
		"two names":                 {with(map[string][]string{nameAttribute: {"ann", "bob"}}), invalidIdentityToken, "RoleSessionName is required in AuthnResponse"},
		"a name with a slash":       {with(map[string][]string{nameAttribute: {"ann/bob"}}), invalidIdentityToken, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"},
		"a source of two words":     {with(map[string][]string{sourceAttribute: {"ann b"}}), invalidIdentityToken, "SourceIdentity in AuthnResponse must match"},
		"a duration of a word":      {with(map[string][]string{durationAttribute: {"long"}}), rejectedClaim, reject + durationAttribute + " takes 900 to 43200 seconds."},
		"a duration too short":      {with(map[string][]string{durationAttribute: {"899"}}), rejectedClaim, reject + durationAttribute + " takes 900 to 43200 seconds."},
		"a tag with two values":     {with(map[string][]string{tagAttribute + "a": {"1", "2"}}), rejectedClaim, reject + "the attribute " + tagAttribute + "a takes one value; got 2."},
		"transitive without a tag":  {with(map[string][]string{transitiveAttribute: {"a"}}), rejectedClaim, reject + "TransitiveTagKeys: the specified"},
		"longer than the role's":    {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.DurationSeconds = new(int32(7201)) }), fault.Validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		"the provider before it":    {with(map[string][]string{roleAttribute: {samlARN + " , " + target1}}), "", ""},
		"a longer wish is shorter":  {changed(func(in *sts.AssumeRoleWithSAMLInput) { in.DurationSeconds = new(int32(900)) }), "", ""},
		"a role with another's ARN": {with(map[string][]string{roleAttribute: {target1 + "," + samlARN + "2"}}), fault.AccessDenied, missing},
	} {
		out, err := optest.Call(t, w.calls, w.nobody(), sts.AssumeRoleWithSAML, tt.in)
		f := fault.As(err)
		switch {
		case tt.code == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.code != "" && (f == nil || f.Code != tt.code || !strings.HasPrefix(f.Message, tt.message) || out != nil):
			t.Errorf("%s: %v\nwant %s: %s", name, err, tt.code, tt.message)
		}
	}
	w.Advance(time.Hour)
	_, err := optest.Call(t, w.calls, w.nobody(), sts.AssumeRoleWithSAML, late)
	refuses(t, err, expiredToken, "the SAML response has expired")
}

func TestSAMLDurations(t *testing.T) {
	w := alone(t)
	for _, tt := range []struct {
		asked    *int32
		said     string
		left     time.Duration // of the session at the provider; 0: not told
		want     *int32
		rejected bool
	}{
		{nil, "", 0, nil, false},
		{new(int32(1800)), "", 0, new(int32(1800)), false},
		{new(int32(1800)), "900", 0, new(int32(900)), false},
		{new(int32(900)), "1800", 0, new(int32(900)), false},
		{nil, "7200", 0, nil, false}, // as long as usual
		{nil, "1800", 0, new(int32(1800)), false},
		{new(int32(7200)), "", time.Hour, new(int32(3600)), false},
		{nil, "", 20 * time.Minute, new(int32(1200)), false},
		{nil, "", time.Minute, new(int32(900)), false},
		{nil, "", 24 * time.Hour, nil, false},
		{nil, "43201", 0, nil, true},
	} {
		a := assertion{Assertion: &saml.Assertion{Attributes: map[string][]string{}}}
		if tt.said != "" {
			a.Attributes[durationAttribute] = []string{tt.said}
		}
		if tt.left != 0 {
			a.SessionEnds = w.Now().Add(tt.left)
		}
		got, err := a.duration(tt.asked, w.Now())
		if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != tt.rejected {
			t.Errorf("%v, %q, %s: %s %v", tt.asked, tt.said, tt.left, diff, err)
		}
	}
}
