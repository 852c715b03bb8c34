package principal

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// may says whether a caller may do something, by its policies alone.
func (w *world) may(t *testing.T, c op.Caller, action string) policy.Decision {
	t.Helper()
	d, err := w.May(t.Context(), c, Ask{Action: action, Targets: []policy.Target{{ARN: "arn:aws:sns:us-east-1:111122223333:topic"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// explained compares a decision with the words that explain it.
func (w *world) explained(t *testing.T, c op.Caller, action, want string) {
	t.Helper()
	if got := w.may(t, c, action).Explain(); got != want {
		t.Errorf("%s: %s, want %s", action, got, want)
	}
}

func TestGrantsOfAUser(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ann := w.user(t, "ann")
		w.explained(t, ann, "sns:GetTopic", "denied: no identity-based policy allows it")
		must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "own", PolicyDocument: readTopics})
		w.explained(t, ann, "sns:GetTopic", "allowed by identity-based policy 0, statement 0")
		w.explained(t, ann, "sns:Publish", "denied: no identity-based policy allows it")
		arn := w.policy(t, "write", writeTopics)
		must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		w.explained(t, ann, "sns:Publish", "allowed by identity-based policy 1, statement 0 (Write)")
		must(t, w, iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: arn})
		w.explained(t, ann, "sns:GetTopic", "denied: no permissions boundary allows it")
		w.explained(t, ann, "sns:Publish", "allowed by identity-based policy 1, statement 0 (Write)")
		must(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: readTopics})
		w.explained(t, ann, "sns:Publish", "allowed by identity-based policy 1, statement 0 (Write)") // not in force yet
		must(t, w, iam.SetDefaultPolicyVersion, &iam.SetDefaultPolicyVersionInput{PolicyARN: arn, VersionID: "v2"})
		w.explained(t, ann, "sns:Publish", "denied: no identity-based policy allows it")
		must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: AdministratorAccess})
		must(t, w, iam.DeleteUserPermissionsBoundary, &iam.DeleteUserPermissionsBoundaryInput{UserName: "ann"})
		if d := w.may(t, ann, "sqs:SendMessage"); !d.Allowed {
			t.Error(d.Explain())
		}
	})
}

func TestGrantsOfASession(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, r, _, err := w.Add(t.Context(), us, "partners/isv", map[string]string{"team": "red"}, Granted{Document: readTopics, Managed: AdministratorAccess})
		if err != nil {
			t.Fatal(err)
		}
		session := r.Session("search")
		w.explained(t, session, "sqs:SendMessage", "allowed by identity-based policy 1, statement 0")
		session.Limits = []string{readTopics}
		w.explained(t, session, "sqs:SendMessage", "denied: no session policy allows it")
		w.explained(t, session, "sns:GetTopic", "allowed by identity-based policy 0, statement 0")
		arn := w.policy(t, "write", writeTopics)
		session.Limits = []string{readTopics, arn, awsPrefix + "/IAMReadOnlyAccess"}
		for action, allowed := range map[string]bool{"sns:Publish": true, "sns:GetTopic": true, "iam:GetRole": true, "iam:CreateRole": false} {
			if d := w.may(t, session, action); d.Allowed != allowed {
				t.Errorf("%s: %s", action, d.Explain())
			}
		}
		for _, gone := range []string{ownPrefix + "/none", awsPrefix + "/NoSuchAccess", "arn:aws:iam::000000000007:policy/write"} {
			session.Limits = []string{gone}
			w.explained(t, session, "sns:GetTopic", "denied: no session policy allows it")
		}
		session.Limits = []string{"no policy"}
		if _, err := w.Grants(t.Context(), session); err == nil || !strings.Contains(err.Error(), "the session policies of "+session.Principal) {
			t.Errorf("a limit that is no policy: %v", err)
		}
	})
}

// TestGrantsOfOthers: who is not here, is not the one that was, or is nobody, has
// nothing; nor has the root, who needs nothing.
func TestGrantsOfOthers(t *testing.T) {
	w := oneWorld(t)
	ann := w.user(t, "ann")
	must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: AdministratorAccess})
	_, r, _, err := w.Add(t.Context(), us, "x/r", nil, Granted{Managed: AdministratorAccess})
	if err != nil {
		t.Fatal(err)
	}
	change := func(c op.Caller, fn func(*op.Caller)) op.Caller { fn(&c); return c }
	session := r.Session("s")
	for name, c := range map[string]op.Caller{
		"root":                   optest.Root(us),
		"anonymous":              {},
		"another user":           change(ann, func(c *op.Caller) { c.Principal = "arn:aws:iam::111122223333:user/bob" }),
		"case":                   change(ann, func(c *op.Caller) { c.Principal = "arn:aws:iam::111122223333:user/Ann" }),
		"path":                   change(ann, func(c *op.Caller) { c.Principal = "arn:aws:iam::111122223333:user/x/ann" }),
		"user made again":        change(ann, func(c *op.Caller) { c.ID = "AIDAOTHER" }),
		"no ID":                  change(ann, func(c *op.Caller) { c.ID = "" }),
		"another account":        change(ann, func(c *op.Caller) { c.Principal = "arn:aws:iam::000000000007:user/ann" }),
		"no ARN":                 change(ann, func(c *op.Caller) { c.Principal = "ann" }),
		"role made again":        change(session, func(c *op.Caller) { c.ID = "AROAOTHER:s" }),
		"role of another path":   change(session, func(c *op.Caller) { c.Role = "arn:aws:iam::111122223333:role/r" }),
		"role that is not there": change(session, func(c *op.Caller) { c.Role = "arn:aws:iam::111122223333:role/none" }),
		"a policy":               change(ann, func(c *op.Caller) { c.Principal = AdministratorAccess }),
	} {
		set, err := w.Grants(t.Context(), c)
		if err != nil || set.Identity != nil || set.Boundary != nil || set.Session != nil {
			t.Errorf("%s: %+v, %v", name, set, err)
		}
	}
	for name, c := range map[string]op.Caller{"ann": ann, "session": session} {
		if set, err := w.Grants(t.Context(), c); err != nil || len(set.Identity) != 1 {
			t.Errorf("%s: %+v, %v", name, set, err)
		}
	}
}

// TestARevokedPolicyIsGoneAtOnce, whoever revoked it.
func TestARevokedPolicyIsGoneAtOnce(t *testing.T) {
	w := oneWorld(t)
	there := service(w.DB, w.Keys)
	ann := w.user(t, "ann")
	must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "own", PolicyDocument: readTopics})
	if d := w.may(t, ann, "sns:GetTopic"); !d.Allowed {
		t.Fatal(d.Explain())
	}
	if _, err := there.DeleteUserPolicy(t.Context(), w.root, &iam.DeleteUserPolicyInput{UserName: "ann", PolicyName: "own"}); err != nil {
		t.Fatal(err)
	}
	if d := w.may(t, ann, "sns:GetTopic"); d.Allowed {
		t.Error(d.Explain())
	}
}

// TestTwins: two roles of an earlier version that differ by case alone keep their
// own policies.
func TestTwins(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
			for _, name := range []string{"isv", "Isv"} {
				if _, err := tx.Exec(`INSERT INTO iam_entity (tenant, kind, name, doc, created_at) VALUES ($1, 'role', $2, $3, 1)`, us, name, `{"name":"`+name+`","path":"/"}`); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		must(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "isv", PolicyName: "a", PolicyDocument: readTopics})
		must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "Isv", PolicyARN: AdministratorAccess})
		small, large := roleNamed(t, w.Service, us, "isv"), roleNamed(t, w.Service, us, "Isv")
		if small.Name != "isv" || large.Name != "Isv" || small.ID == large.ID {
			t.Errorf("%+v, %+v", small, large)
		}
		if d := w.may(t, small.Session("s"), "sqs:SendMessage"); d.Allowed {
			t.Error(d.Explain())
		}
		if d := w.may(t, large.Session("s"), "sqs:SendMessage"); !d.Allowed {
			t.Error(d.Explain())
		}
	})
}

func TestMayAsksTheResourceToo(t *testing.T) {
	w := oneWorld(t)
	ann := w.user(t, "ann")
	shared, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"sns:Protocol":"email"}}}}`), policy.Resource)
	if err != nil {
		t.Fatal(err)
	}
	for protocol, want := range map[string]string{"email": "allowed by resource-based policy 0, statement 0", "sms": "denied: no identity-based policy allows it"} {
		d, err := w.May(t.Context(), ann, Ask{Action: "sns:Publish", Keys: map[string][]string{"sns:Protocol": {protocol}}}, []*policy.Policy{shared})
		if err != nil || d.Explain() != want {
			t.Errorf("%s: %s, %v", protocol, d.Explain(), err)
		}
	}
}

func TestReadingsAreBounded(t *testing.T) {
	var r readings
	document := sized(6000, 0)
	for i := range 2 * maxRead / len(document) {
		text := strings.Replace(document, "ss", strings.Repeat("t", i%2+1)+"S", 1+i%2) + strings.Repeat(" ", i)
		if _, err := r.policy(text, policy.Identity); err != nil {
			t.Fatal(err)
		}
		if r.size > maxRead {
			t.Fatalf("%d bytes are held, at most %d may", r.size, maxRead)
		}
	}
	if _, err := r.policy("no", policy.Identity); err == nil {
		t.Error("what is no policy is read")
	}
	size := 0
	for key := range r.held {
		size += len(key.text)
	}
	if size != r.size {
		t.Errorf("%d bytes are held, %d are counted", size, r.size)
	}
}

func TestWho(t *testing.T) {
	r := Role{}
	r.Entity = Entity{Account: us, Path: "/x/", Name: "r", ID: "AROA1", Tags: map[string]string{"a": "b"}}
	federated := r.Session("s")
	federated.Keys = map[string][]string{"aws:FederatedProvider": {idpARN}}
	for name, tt := range map[string]struct {
		c    op.Caller
		want policy.Principal
	}{
		"nobody": {op.Caller{}, policy.Principal{}},
		"root":   {optest.Root(us), policy.Principal{Type: policy.Root, Account: us, ARN: "arn:aws:iam::111122223333:root"}},
		"user": {
			op.Caller{Account: us, Principal: "arn:aws:iam::111122223333:user/ann", ID: "AIDA1", Tags: map[string]string{"k": "v"}},
			policy.Principal{Type: policy.User, Account: us, ARN: "arn:aws:iam::111122223333:user/ann", ID: "AIDA1", Tags: map[string]string{"k": "v"}},
		},
		"session": {
			r.Session("s"),
			policy.Principal{Type: policy.RoleSession, Account: us, ARN: "arn:aws:iam::111122223333:role/x/r", SessionARN: "arn:aws:sts::111122223333:assumed-role/r/s", ID: "AROA1:s", Tags: map[string]string{"a": "b"}},
		},
		"federated": {
			federated,
			policy.Principal{Type: policy.RoleSession, Account: us, ARN: "arn:aws:iam::111122223333:role/x/r", SessionARN: "arn:aws:sts::111122223333:assumed-role/r/s", ID: "AROA1:s", Tags: map[string]string{"a": "b"}, Provider: idpARN},
		},
	} {
		if diff := cmp.Diff(tt.want, Who(tt.c)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestKeys(t *testing.T) {
	r := Role{}
	r.Entity = Entity{Account: us, Path: "/", Name: "r", ID: "AROA1", Tags: map[string]string{"Team": "red"}}
	c := r.Session("s")
	c.Region = "eu-west-1"
	c.Keys = map[string][]string{"aws:TokenIssueTime": {"2026-01-01T00:00:00Z"}, "aws:FederatedProvider": {idpARN}}
	c.Origin = op.Origin{IP: netip.MustParseAddr("::ffff:192.0.2.7"), Agent: "tests", Secure: true, At: time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))}
	user := op.Caller{Account: us, Principal: "arn:aws:iam::111122223333:user/x/ann", ID: "AIDA1", Origin: op.Origin{IP: netip.MustParseAddr("fe80::1%eth0")}}
	session := map[string]string{
		"aws:PrincipalArn": "arn:aws:iam::111122223333:role/r", "aws:PrincipalAccount": us, "aws:PrincipalType": "AssumedRole", "aws:userid": "AROA1:s",
		"aws:PrincipalTag/team": "red", "aws:TokenIssueTime": "2026-01-01T00:00:00Z", "aws:FederatedProvider": idpARN, "aws:RequestedRegion": "eu-west-1",
		"aws:SourceIp": "192.0.2.7", "aws:UserAgent": "tests", "aws:SecureTransport": "true", "aws:CurrentTime": "2026-01-02T02:04:05Z", "aws:EpochTime": "1767319445",
		"aws:username": "", "aws:PrincipalServiceName": "", "aws:ViaAWSService": "false",
	}
	for name, tt := range map[string]struct {
		c    op.Caller
		want map[string]string // "" for a key that is absent
	}{
		"session": {c, session},
		"user": {user, map[string]string{
			"aws:username": "ann", "aws:PrincipalType": "User", "aws:SourceIp": "fe80::1", "aws:SecureTransport": "false",
			"aws:CurrentTime": "", "aws:EpochTime": "", "aws:UserAgent": "", "aws:RequestedRegion": "",
		}},
		"nobody": {op.Caller{}, map[string]string{"aws:PrincipalType": "Anonymous", "aws:SourceIp": "", "aws:SecureTransport": "", "aws:PrincipalAccount": ""}},
	} {
		keys := Keys(tt.c)
		for key, want := range tt.want {
			var list []string
			if want != "" {
				list = []string{want}
			}
			if diff := cmp.Diff(list, keys.Get(key), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s: %s", name, key, diff)
			}
		}
	}
}

// TestOutOfTheOffice is the user guide's policy that denies everything to who comes
// from elsewhere ("AWS: Denies access to AWS based on the source IP").
func TestOutOfTheOffice(t *testing.T) {
	w := oneWorld(t)
	ann := w.user(t, "ann")
	must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "office", PolicyDocument: `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}]}`})
	for from, want := range map[string]bool{"192.0.2.7": true, "203.0.113.9": false} {
		ann.Origin = op.Origin{IP: netip.MustParseAddr(from)}
		if d, err := w.May(t.Context(), ann, Ask{Action: "sns:Publish"}, nil); err != nil || d.Allowed != want {
			t.Errorf("from %s: %+v, %v", from, d, err)
		}
	}
}

func TestTagsAndFullARNs(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		tags := []iam.Tag{{Key: "k", Value: "v"}}
		must(t, w, iam.CreateUser, &iam.CreateUserInput{UserName: "Ann", Path: new("/x/"), Tags: tags})
		must(t, w, iam.CreateRole, &iam.CreateRoleInput{RoleName: "r", Path: new("/y/"), AssumeRolePolicyDocument: trustRoot, Tags: tags})
		must(t, w, iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: "p", PolicyDocument: readTopics, Tags: tags})
		must(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://idp.example.com/tenants/a", Tags: tags})
		const at = "arn:aws:iam::111122223333:"
		for arn, tagged := range map[string]bool{
			at + "user/x/Ann": true, at + "role/y/r": true, at + "policy/p": true, idpARN: true,
			at + "user/Ann": false, at + "user/x/ann": false, at + "role/r": false, at + "policy/q": false, at + "group/g": false,
			"arn:aws:iam::000000000007:policy/p": false, "arn:aws:s3:::p": false, "p": false, "": false,
		} {
			got, err := w.Tags(t.Context(), arn)
			if err != nil || (len(got) == 1) != tagged {
				t.Errorf("%s: %v, %v", arn, got, err)
			}
		}
		for arn, want := range map[string]string{
			at + "user/ann": at + "user/x/Ann", at + "role/R": at + "role/y/r", at + "policy/p": at + "policy/p",
			at + "user/": at + "user/", at + "user/bob": at + "user/bob", at + "role/z/r": at + "role/z/r", idpARN: idpARN, "*": "*",
		} {
			if got, err := w.FullARN(t.Context(), arn); err != nil || got != want {
				t.Errorf("%s: %s, %v", arn, got, err)
			}
		}
	})
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"", idpARN, AdministratorAccess, "arn:aws:iam::111122223333:role/a/b/c", "arn:aws:iam::1:user", "arn:aws:iam:::/", "arn:aws:iam::x:y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arn string) {
		at, ok := split(arn)
		if !ok {
			return
		}
		e := Entity{Account: at.account, Path: at.path, Name: at.name}
		if got := e.arn(kind(at.kind)); got != arn {
			t.Errorf("%q is put together as %q", arn, got)
		}
	})
}
