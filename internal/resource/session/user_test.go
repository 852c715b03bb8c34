package session

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// token is a session of a user, and who signs with it.
func (w *world) token(c op.Caller, seconds *int32) (op.Caller, *sts.Credentials) {
	w.t.Helper()
	k := optest.Must(w.t, w.calls, c, sts.GetSessionToken, &sts.GetSessionTokenInput{DurationSeconds: seconds}).Credentials
	return w.signer(k), k
}

func TestGetSessionToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.user(own, "ann", allow("qbusiness:Get*"))
		c, k := w.token(ann, nil)
		if life := k.Expiration.Sub(w.Now()); life != 12*time.Hour {
			t.Errorf("it lasts %s", life)
		}
		if _, short := w.token(ann, new(int32(900))); short.Expiration != w.Now().Add(15*time.Minute) {
			t.Errorf("of 900 seconds: until %s", short.Expiration)
		}
		want := op.Caller{
			Account: own, Region: "us-east-1", Principal: ann.Principal, ID: ann.ID, Tags: ann.Tags, AccessKeyID: k.AccessKeyID,
			Keys:   map[string][]string{"aws:TokenIssueTime": {w.Now().Format(time.RFC3339)}, "aws:MultiFactorAuthPresent": {"false"}},
			Limits: []string{userLimit},
		}
		if diff := cmp.Diff(want, c, plain); diff != "" {
			t.Error(diff)
		}
		who := optest.Must(t, w.calls, c, sts.GetCallerIdentity, &sts.GetCallerIdentityInput{})
		if *who.ARN != ann.Principal || *who.UserID != ann.ID {
			t.Errorf("it is %s, %s", *who.ARN, *who.UserID)
		}
		w.Advance(12 * time.Hour)
		if _, _, err := w.Find(t.Context(), k.AccessKeyID, k.SessionToken); !errors.Is(err, ErrExpired) {
			t.Errorf("after 12 hours: %v", err)
		}
	})
}

// TestWhatASessionOfAUserMay is what the user may now, but for IAM and most of STS.
func TestWhatASessionOfAUserMay(t *testing.T) {
	w := alone(t)
	c, _ := w.token(w.user(own, "ann", allow("*")), nil)
	for action, want := range map[string]policy.Decision{
		"qbusiness:GetPlugin":   {Allowed: true, Layer: policy.IdentityBasedPolicy},
		"sts:AssumeRole":        {Allowed: true, Layer: policy.IdentityBasedPolicy},
		"iam:ListUsers":         {Explicit: true, Layer: policy.SessionPolicy, Statement: 1, Sid: "SessionToken"},
		"sts:GetAccessKeyInfo":  {Explicit: true, Layer: policy.SessionPolicy, Statement: 1, Sid: "SessionToken"},
		"sts:GetServiceOfToday": {Explicit: true, Layer: policy.SessionPolicy, Statement: 1, Sid: "SessionToken"},
	} {
		got, err := w.Principals.May(t.Context(), c, principal.Ask{Action: action}, nil)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", action, err, diff)
		}
	}
	optest.Must(t, w.calls, optest.Root(own), iam.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: "ann", PolicyName: "own"})
	if got, err := w.Principals.May(t.Context(), c, principal.Ask{Action: "qbusiness:GetPlugin"}, nil); err != nil || got.Allowed {
		t.Errorf("once the user may not: %+v, %v", got, err)
	}
}

// TestASessionOfAUserAssumesRoles without chaining them: it is the user who does.
func TestASessionOfAUserAssumesRoles(t *testing.T) {
	w := alone(t)
	role := w.role(own, "target", trust(own, "sts:AssumeRole"))
	c, _ := w.token(w.user(own, "ann", allow("sts:AssumeRole")), nil)
	in := into(role.ARN())
	in.DurationSeconds = new(int32(7200))
	if _, out := w.assume(c, in); out.Credentials.Expiration != w.Now().Add(2*time.Hour) {
		t.Errorf("until %s", out.Credentials.Expiration)
	}
}

func TestGetSessionTokenRefuses(t *testing.T) {
	w := alone(t)
	ann := w.user(own, "ann", allow("sts:*"))
	role := w.role(own, "target", trust(own, "sts:*"))
	session, _ := w.assume(ann, into(role.ARN()))
	token, _ := w.token(ann, nil)
	long := role.Session("AKIAEXAMPLE")
	long.AccessKeyID = "AKIAEXAMPLE"
	const chained = "Cannot call GetSessionToken with session credentials"
	for name, tt := range map[string]struct {
		c       op.Caller
		in      sts.GetSessionTokenInput
		code    fault.Code
		message string
	}{
		"the root":           {c: optest.Root(own), code: fault.AccessDenied, message: "The root's credential makes no session tokens here: ask with the key of a user, or assume a role."},
		"a session":          {c: session, code: fault.AccessDenied, message: chained},
		"the key of a role":  {c: long, code: fault.AccessDenied, message: chained},
		"a session of hers":  {c: token, code: fault.AccessDenied, message: chained},
		"with an MFA device": {ann, sts.GetSessionTokenInput{SerialNumber: new("GAHT12345678"), TokenCode: new("123456")}, fault.Validation, "SerialNumber: there are no MFA devices here; leave SerialNumber and TokenCode out"},
	} {
		_, err := optest.Call(t, w.calls, tt.c, sts.GetSessionToken, &tt.in)
		if f := fault.As(err); f == nil || f.Code != tt.code || f.Message != tt.message {
			t.Errorf("%s: %v\nwant %s: %s", name, err, tt.code, tt.message)
		}
	}
}

// TestASessionEndsWithItsUser: with a user who is made again too, and when it is
// revoked.
func TestASessionEndsWithItsUser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.user(own, "ann")
		_, k := w.token(ann, nil)
		_, revoked := w.token(ann, nil)
		if err := w.RevokeKey(t.Context(), revoked.AccessKeyID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Find(t.Context(), revoked.AccessKeyID, revoked.SessionToken); !errors.Is(err, ErrUnknown) {
			t.Errorf("revoked: %v", err)
		}
		if c, _, err := w.Find(t.Context(), k.AccessKeyID, k.SessionToken); err != nil || c.Principal != ann.Principal {
			t.Errorf("the other one: %s, %v", c.Principal, err)
		}
		optest.Must(t, w.calls, optest.Root(own), iam.DeleteUser, &iam.DeleteUserInput{UserName: "ann"})
		for _, when := range []string{"deleted", "made again"} {
			if _, _, err := w.Find(t.Context(), k.AccessKeyID, k.SessionToken); !errors.Is(err, ErrUnknown) {
				t.Errorf("%s: %v", when, err)
			}
			if when == "deleted" {
				w.user(own, "ann")
			}
		}
	})
}
