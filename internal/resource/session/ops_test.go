package session

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

func TestAssumeRoleAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		role := w.role(own, "target", trust(own, "sts:*"), allow("qbusiness:*"))
		in := into(role.ARN())
		in.Tags = []sts.Tag{{Key: "tenant", Value: "acme"}}
		in.TransitiveTagKeys = []string{"TENANT"}
		in.SourceIdentity = new("ann")
		in.Policy = new(" {\"Version\": \"2012-10-17\",\n \"Statement\": " + allow("*") + "} ")
		in.ProvidedContexts = []sts.ProvidedContext{{ProviderARN: new(contextProvider), ContextAssertion: new("assertion")}}
		c, out := w.assume(w.user(own, "ann", allow("sts:*")), in)
		if out.Credentials.Expiration != w.Now().Add(time.Hour) || *out.SourceIdentity != "ann" || *out.PackedPolicySize != 5 {
			t.Errorf("until %s, source identity %s, packed %d%%", out.Credentials.Expiration, *out.SourceIdentity, *out.PackedPolicySize)
		}
		want := op.Caller{
			Account: own, Region: "us-east-1", Principal: "arn:aws:sts::111122223333:assumed-role/target/ann", Role: target1,
			ID: role.ID + ":ann", Tags: map[string]string{"team": "search", "Kind": "robot", "tenant": "acme"}, Transitive: []string{"tenant"},
			Keys: map[string][]string{
				"aws:SourceIdentity": {"ann"}, "aws:TokenIssueTime": {w.Now().Format(time.RFC3339)}, "aws:MultiFactorAuthPresent": {"false"},
				"identitystore:UserId": {"u-1"}, "identitycenter:ApplicationArn": {"arn:aws:sso::111122223333:application/ssoins-1/apl-1"},
			},
			Limits: []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":["*"]}}`},
			Person: &op.Person{ID: "u-1", Name: "ann", Email: "ann@example.com"}, AccessKeyID: out.Credentials.AccessKeyID,
		}
		if diff := cmp.Diff(want, c, plain); diff != "" {
			t.Error(diff)
		}
		bare := optest.Must(t, w.calls, optest.Root(own), sts.AssumeRole, into(role.ARN()))
		if bare.SourceIdentity != nil || bare.PackedPolicySize != nil {
			t.Errorf("of a session without any: source identity %v, packed %v", bare.SourceIdentity, bare.PackedPolicySize)
		}
	})
}

func TestAssumeRoleRefuses(t *testing.T) {
	w := alone(t)
	role := w.role(own, "target", trust(own, "sts:*"))
	long := document(strings.Repeat(allow("sts:*")+",", 80) + allow("sts:*"))
	for name, tt := range map[string]struct {
		change  func(in *sts.AssumeRoleInput)
		code    fault.Code
		message string
	}{
		"MFA":      {func(in *sts.AssumeRoleInput) { in.SerialNumber = new("GAHT12345678") }, fault.Validation, "SerialNumber: there are no MFA devices here; leave SerialNumber and TokenCode out"},
		"MFA code": {func(in *sts.AssumeRoleInput) { in.TokenCode = new("123456") }, fault.Validation, "SerialNumber: there are no MFA devices here; leave SerialNumber and TokenCode out"},
		"tag twice, by Unicode": {func(in *sts.AssumeRoleInput) {
			in.Tags = []sts.Tag{{Key: "qbusiness-dataaccessor:ExternalId"}, {Key: "qbusİness-dataaccessor:ExternalId"}}
		}, fault.Validation, `Tags: duplicate tag keys found; tag keys are case insensitive: "qbusİness-dataaccessor:ExternalId"`},
		"tag twice":            {func(in *sts.AssumeRoleInput) { in.Tags = []sts.Tag{{Key: "a"}, {Key: "A"}} }, fault.Validation, `Tags: duplicate tag keys found; tag keys are case insensitive: "A"`},
		"reserved tag":         {func(in *sts.AssumeRoleInput) { in.Tags = []sts.Tag{{Key: "Aws:x"}} }, fault.Validation, `Tags: tag keys that begin with aws: are reserved; got "Aws:x"`},
		"transitive, no tag":   {func(in *sts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"a"} }, fault.Validation, `TransitiveTagKeys: the specified transitive tag key must be included in the requested tags: "a"`},
		"policy is no JSON":    {func(in *sts.AssumeRoleInput) { in.Policy = new("{") }, malformedPolicy, "line 1, column 2: the JSON ends too early; close what is open"},
		"policy has Principal": {func(in *sts.AssumeRoleInput) { in.Policy = new(document(trust(own, "sts:*"))) }, malformedPolicy, `Statement[0].Principal (line 1, column 68): a statement of a session policy has no element "Principal" here; remove it (names are case-sensitive)`},
		"policy too long":      {func(in *sts.AssumeRoleInput) { in.Policy = &long }, malformedPolicy, "line 1, column 1: the document has 4331 characters; a session policy has at most 4096"},
		"too many policies": {func(in *sts.AssumeRoleInput) {
			in.PolicyARNs = make([]sts.PolicyDescriptorType, 11)
		}, fault.Validation, "PolicyArns: takes 10 ARNs at most; got 11"},
		"policy without ARN": {func(in *sts.AssumeRoleInput) {
			in.PolicyARNs = make([]sts.PolicyDescriptorType, 1)
		}, fault.Validation, "PolicyArns: every member has an arn"},
		"no such policy": {func(in *sts.AssumeRoleInput) {
			in.PolicyARNs = []sts.PolicyDescriptorType{{ARN: new("arn:aws:iam::111122223333:policy/none")}}
		}, fault.Validation, `PolicyArns: there is no policy "arn:aws:iam::111122223333:policy/none"`},
		"policy of another account": {func(in *sts.AssumeRoleInput) {
			in.PolicyARNs = []sts.PolicyDescriptorType{{ARN: new("arn:aws:iam::444455556666:policy/none")}}
		}, fault.Validation, `PolicyArns: takes managed policies of the role's account, and of AWS; got "arn:aws:iam::444455556666:policy/none"`},
		"longer than the role's": {func(in *sts.AssumeRoleInput) { in.DurationSeconds = new(int32(7201)) }, fault.Validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		"two contexts":           {func(in *sts.AssumeRoleInput) { in.ProvidedContexts = make([]sts.ProvidedContext, 2) }, fault.Validation, "ProvidedContexts: has 2 members; there is one context provider, " + contextProvider},
		"another provider": {func(in *sts.AssumeRoleInput) {
			in.ProvidedContexts = []sts.ProvidedContext{{ProviderARN: new("arn:aws:iam::aws:contextProvider/Other"), ContextAssertion: new("assertion")}}
		}, fault.Validation, "ProvidedContexts: takes a ProviderArn of " + contextProvider + " with a ContextAssertion"},
		"another assertion": {func(in *sts.AssumeRoleInput) {
			in.ProvidedContexts = []sts.ProvidedContext{{ProviderARN: new(contextProvider), ContextAssertion: new("forged")}}
		}, fault.Validation, "ProvidedContexts: the ContextAssertion is not valid: it has expired, or is no sts:identity_context of this server"},
		"tags too large": {func(in *sts.AssumeRoleInput) {
			for i := range 40 {
				in.Tags = append(in.Tags, sts.Tag{Key: fmt.Sprint("key", i), Value: strings.Repeat("v", 100)})
			}
		}, packedPolicyTooLarge, "Packed size of session policy and tags consumes 109% of allotted space. Pass fewer or shorter ones."},
	} {
		in := into(role.ARN())
		tt.change(in)
		out, err := optest.Call(t, w.calls, optest.Root(own), sts.AssumeRole, in)
		f := fault.As(err)
		if f == nil || f.Code != tt.code || f.Message != tt.message || out != nil {
			t.Errorf("%s: %v\nwant %s: %s", name, err, tt.code, tt.message)
		}
	}
}

func TestDurations(t *testing.T) {
	w := alone(t)
	role := w.role(own, "target", trust(own, "sts:*"), allow("sts:*"))
	session, _ := w.assume(optest.Root(own), into(role.ARN()))
	for _, tt := range []struct {
		c       op.Caller
		seconds *int32
		want    time.Duration // 0: refused
	}{
		{optest.Root(own), nil, time.Hour},
		{optest.Root(own), new(int32(900)), 15 * time.Minute},
		{optest.Root(own), new(int32(899)), 0},
		{optest.Root(own), new(int32(7200)), 2 * time.Hour},
		{optest.Root(own), new(int32(7201)), 0},
		{session, nil, time.Hour},
		{session, new(int32(3600)), time.Hour},
		{session, new(int32(3601)), 0}, // role chaining
	} {
		in := into(role.ARN())
		in.DurationSeconds = tt.seconds
		out, err := optest.Call(t, w.calls, tt.c, sts.AssumeRole, in)
		switch {
		case tt.want == 0 && !fault.Is(err, fault.Validation):
			t.Errorf("%s for %d seconds: %v, want a refusal", tt.c.Principal, *tt.seconds, err)
		case tt.want != 0 && err != nil:
			t.Errorf("%s: %v", tt.c.Principal, err)
		case tt.want != 0 && out.Credentials.Expiration != w.Now().Add(tt.want):
			t.Errorf("%s until %s, want %s more", tt.c.Principal, out.Credentials.Expiration, tt.want)
		}
	}
}

// TestTagsThatAreHandedOn follows "Chaining roles with session tags"
// (id_session-tags).
func TestTagsThatAreHandedOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.role(own, "first", trust(own, "sts:*"), allow("sts:*"))
		second := w.role(own, "second", trust(own, "sts:*"), allow("sts:*"))
		third := w.role(own, "third", trust(own, "sts:*", when("StringEquals", "aws:RequestTag/Star", "1")))
		in := into(first.ARN())
		in.Tags, in.TransitiveTagKeys = []sts.Tag{{Key: "Star", Value: "1"}, {Key: "Heart", Value: "1"}}, []string{"Star"}
		c1, _ := w.assume(optest.Root(own), in)

		in = into(second.ARN())
		in.Tags, in.TransitiveTagKeys = []sts.Tag{{Key: "Sun", Value: "2"}}, []string{"Sun"}
		c2, _ := w.assume(c1, in)
		if diff := cmp.Diff(map[string]string{"Star": "1", "Sun": "2", "team": "search", "Kind": "robot"}, c2.Tags); diff != "" {
			t.Errorf("the second session's tags: %s", diff)
		}
		c3, _ := w.assume(c2, into(third.ARN()))
		if diff := cmp.Diff(map[string]string{"Star": "1", "Sun": "2", "team": "search", "Kind": "robot"}, c3.Tags); diff != "" {
			t.Errorf("the third session's tags: %s", diff)
		}

		in.Tags, in.TransitiveTagKeys = []sts.Tag{{Key: "star", Value: "3"}}, nil
		_, err := optest.Call(t, w.calls, c1, sts.AssumeRole, in)
		refuses(t, err, fault.Validation, `Tags: one of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session: "Star"`)

		// What is handed on has to be let in as well.
		w.trusts(third, trust(own, "sts:AssumeRole"))
		_, err = optest.Call(t, w.calls, c2, sts.AssumeRole, into(third.ARN()))
		refuses(t, err, fault.AccessDenied, "User: "+c2.Principal+" is not authorized to perform: sts:TagSession on resource: "+third.ARN())
	})
}

func TestASourceIdentityStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.role(own, "first", trust(own, "sts:*"), allow("sts:*"))
		second := w.role(own, "second", trust(own, "sts:*"))
		in := into(first.ARN())
		in.SourceIdentity = new("ann")
		c1, _ := w.assume(optest.Root(own), in)

		c2, out := w.assume(c1, into(second.ARN()))
		if diff := cmp.Diff([]string{"ann"}, c2.Keys["aws:SourceIdentity"]); diff != "" || *out.SourceIdentity != "ann" {
			t.Errorf("the second session has the source identity %v", c2.Keys["aws:SourceIdentity"])
		}
		in = into(second.ARN())
		in.SourceIdentity = new("bob")
		_, err := optest.Call(t, w.calls, c1, sts.AssumeRole, in)
		refuses(t, err, fault.Validation, `SourceIdentity: the calling session has the source identity "ann", which cannot be changed; leave SourceIdentity out`)
		w.trusts(second, trust(own, "sts:AssumeRole"))
		_, err = optest.Call(t, w.calls, c1, sts.AssumeRole, into(second.ARN()))
		refuses(t, err, fault.AccessDenied, "User: "+c1.Principal+" is not authorized to perform: sts:SetSourceIdentity on resource: "+second.ARN())
	})
}

// TestWhatASessionDoesNotHandOn: the person, the policies, and other tags.
func TestWhatASessionDoesNotHandOn(t *testing.T) {
	w := alone(t)
	role := w.role(own, "target", trust(own, "sts:*"), allow("sts:*"))
	in := into(role.ARN())
	in.Policy = new(document(allow("sts:*")))
	in.Tags = []sts.Tag{{Key: "tenant", Value: "acme"}}
	in.ProvidedContexts = []sts.ProvidedContext{{ProviderARN: new(contextProvider), ContextAssertion: new("assertion")}}
	c1, _ := w.assume(optest.Root(own), in)
	c2, _ := w.assume(c1, into(role.ARN()))
	if c2.Person != nil || c2.Limits != nil || c2.Tags["tenant"] != "" || c2.Keys["identitystore:UserId"] != nil {
		t.Errorf("the second session is %+v", c2)
	}
}

// TestManagedSessionPolicies are read when they are asked, and one that is gone
// leaves the session with nothing.
func TestManagedSessionPolicies(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		role := w.role(own, "target", trust(own, "sts:*"), allow("sts:*"))
		root := optest.Root(own)
		p := optest.Must(t, w.calls, root, iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: "few", PolicyDocument: document(allow("sts:GetAccessKeyInfo"))})
		in := into(role.ARN())
		in.PolicyARNs = []sts.PolicyDescriptorType{{ARN: p.Policy.ARN}}
		c, _ := w.assume(root, in)
		if diff := cmp.Diff([]string{"arn:aws:iam::111122223333:policy/few"}, c.Limits); diff != "" {
			t.Error(diff)
		}
		ask := func() error {
			_, err := optest.Call(t, w.calls, c, sts.GetAccessKeyInfo, &sts.GetAccessKeyInfoInput{AccessKeyID: c.AccessKeyID})
			return err
		}
		if err := ask(); err != nil {
			t.Errorf("the policy allows it: %v", err)
		}
		optest.Must(t, w.calls, root, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: *p.Policy.ARN})
		refuses(t, ask(), fault.AccessDenied, "User: "+c.Principal+" is not authorized to perform: sts:GetAccessKeyInfo on resource: * because no session policy allows the sts:GetAccessKeyInfo action")
	})
}

// TestPoliciesOfAWSLimit a session as well.
func TestPoliciesOfAWSLimit(t *testing.T) {
	w := alone(t)
	role := w.role(own, "target", trust(own, "sts:*"), allow("sts:*"))
	for name, lets := range map[string]bool{"AdministratorAccess": true, "ReadOnlyOfNothing": false} {
		in := into(role.ARN())
		in.PolicyARNs = []sts.PolicyDescriptorType{{ARN: new("arn:aws:iam::aws:policy/" + name)}}
		out, err := optest.Call(t, w.calls, optest.Root(own), sts.AssumeRole, in)
		if !lets {
			refuses(t, err, fault.Validation, `PolicyArns: there is no policy "arn:aws:iam::aws:policy/ReadOnlyOfNothing"`)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		optest.Must(t, w.calls, w.signer(out.Credentials), sts.GetAccessKeyInfo, &sts.GetAccessKeyInfoInput{AccessKeyID: out.Credentials.AccessKeyID})
	}
}

// TestWhatIsHandedOnStays whatever is asked for: it keeps its value, and is handed
// on again.
func TestWhatIsHandedOnStays(t *testing.T) {
	key := rapid.StringMatching(`[a-cA-C]{1,2}`)
	rapid.Check(t, func(t *rapid.T) {
		held := rapid.MapOfN(key, rapid.StringMatching(`[0-9]`), 0, 3).Filter(distinct).Draw(t, "held")
		c := op.Caller{Tags: held, Transitive: slices.Sorted(maps.Keys(held))}
		asked := rapid.MapOfN(key, rapid.StringMatching(`[0-9]`), 0, 3).Filter(distinct).Draw(t, "asked")
		tags := maps.Clone(asked)
		transitive, err := handedOn(c, tags, slices.Sorted(maps.Keys(asked)))
		clash := slices.ContainsFunc(c.Transitive, func(k string) bool { return hasFold(asked, k) })
		if clash != (err != nil) {
			t.Fatalf("%v over %v: %v", asked, held, err)
		}
		if err != nil {
			return
		}
		for k, v := range held {
			if tags[k] != v || !slices.Contains(transitive, k) {
				t.Fatalf("%q is %q, handed on %v", k, tags[k], transitive)
			}
		}
		if len(tags) != len(held)+len(asked) || len(transitive) != len(tags) {
			t.Fatalf("tags %v, handed on %v", tags, transitive)
		}
	})
}

// distinct reports whether keys differ by more than case.
func distinct(tags map[string]string) bool {
	folded := map[string]bool{}
	for k := range tags {
		folded[strings.ToLower(k)] = true
	}
	return len(folded) == len(tags)
}

func TestGetCallerIdentity(t *testing.T) {
	w := alone(t)
	role := w.role(other, "target", trust(other, "sts:*"), strings.Replace(allow("*"), "Allow", "Deny", 1))
	session, _ := w.assume(optest.Root(other), into(role.ARN()))
	user := w.user(own, "ann")
	root := optest.Root(own)
	root.ID = own
	for _, tt := range []struct {
		c    op.Caller
		want string
	}{
		{root, `{"UserId":"111122223333","Account":"111122223333","Arn":"arn:aws:iam::111122223333:root"}`},
		{user, `{"UserId":"` + user.ID + `","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/ann"}`},
		{session, `{"UserId":"` + role.ID + `:ann","Account":"444455556666","Arn":"arn:aws:sts::444455556666:assumed-role/target/ann"}`},
	} {
		got, err := json.Marshal(optest.Must(t, w.calls, tt.c, sts.GetCallerIdentity, &sts.GetCallerIdentityInput{}))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s, %v; want %s", got, err, tt.want)
		}
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	w := alone(t)
	k := w.mint(full(w))
	ask := func(c op.Caller, id string) (string, error) {
		out, err := optest.Call(t, w.calls, c, sts.GetAccessKeyInfo, &sts.GetAccessKeyInfoInput{AccessKeyID: id})
		if err != nil {
			return "", err
		}
		return *out.Account, nil
	}
	for _, id := range []string{k.AccessKeyID, "AKIA" + k.AccessKeyID[4:]} {
		if account, err := ask(optest.Root(other), id); account != own || err != nil {
			t.Errorf("%s is of %s, %v", id, account, err)
		}
	}
	_, err := ask(optest.Root(own), "AKIAIOSFODNN7EXAMPLE0")
	refuses(t, err, fault.Validation, `AccessKeyId: "AKIAIOSFODNN7EXAMPLE0" is no access key ID of this server`)
	_, err = ask(w.user(own, "ann"), k.AccessKeyID)
	refuses(t, err, fault.AccessDenied, "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sts:GetAccessKeyInfo on resource: * because no identity-based policy allows the sts:GetAccessKeyInfo action")
}
