package permission

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
)

const (
	app     = "a1000000-0000-4000-8000-000000000001"
	isv     = "arn:aws:iam::444455556666:role/isv/search"
	search  = "qbusiness:SearchRelevantContent"
	arn     = "arn:aws:qbusiness:us-east-1:111122223333:application/" + app
	tagKey  = "aws:PrincipalTag/qbusiness-dataaccessor:ExternalId"
	nothing = `{"Version":"2012-10-17","Statement":[]}`
)

func us() op.Caller {
	return op.Caller{Account: "111122223333", Region: "us-east-1", Principal: "arn:aws:iam::111122223333:root", Root: true}
}

// rig is a server with one application.
type rig struct {
	*op.Registry
	db          *store.DB
	permissions *Service
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		book := &replay.Book{DB: db}
		apps := &application.Service{
			DB: db, Replays: book, NewID: func() string { return app },
			Jobs: job.New(db, slog.New(slog.DiscardHandler), storetest.Start),
		}
		r := &rig{&op.Registry{Access: optest.Anyone{}, Replays: book}, db, &Service{DB: db, Apps: apps}}
		apps.Mount(r.Registry)
		r.permissions.Mount(r.Registry)
		must(t, r, api.CreateApplication, &api.CreateApplicationInput{DisplayName: "app", IdentityType: new(api.IdentityTypeAnonymous)})
		test(t, r)
	})
}

func call[In, Out any](t *testing.T, r *rig, c op.Caller, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, c, o, in)
}

func must[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	out, err := call(t, r, us(), o, in)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	return out
}

// allow is a grant of actions to the ISV.
func allow(id string, actions ...string) *api.AssociatePermissionInput {
	return &api.AssociatePermissionInput{ApplicationID: app, StatementID: id, Principal: isv, Actions: actions}
}

func when(in *api.AssociatePermissionInput, keysAndValues ...string) *api.AssociatePermissionInput {
	for i := 0; i < len(keysAndValues); i += 2 {
		in.Conditions = append(in.Conditions, api.PermissionCondition{
			ConditionOperator: api.PermissionConditionOperatorStringEquals,
			ConditionKey:      keysAndValues[i],
			ConditionValues:   []string{keysAndValues[i+1]},
		})
	}
	return in
}

func written(t *testing.T, r *rig) string {
	t.Helper()
	return *must(t, r, api.GetPolicy, &api.GetPolicyInput{ApplicationID: app}).Policy
}

func drop(id string) *api.DisassociatePermissionInput {
	return &api.DisassociatePermissionInput{ApplicationID: app, StatementID: id}
}

func TestStatementsAsTheyAreWritten(t *testing.T) {
	const head = `"Effect":"Allow","Principal":{"AWS":"` + isv + `"},"Action":`
	const tail = `,"Resource":["` + arn + `"]`
	cases := []struct {
		name string
		in   *api.AssociatePermissionInput
		want string
	}{
		{"one action", allow("s1", search), `{"Sid":"s1",` + head + `"` + search + `"` + tail + `}`},
		{"several actions", allow("s2", search, "qbusiness:ListIndices"), `{"Sid":"s2",` + head + `["` + search + `","qbusiness:ListIndices"]` + tail + `}`},
		{"an action twice", allow("s3", search, search), `{"Sid":"s3",` + head + `"` + search + `"` + tail + `}`},
		{"a condition", when(allow("s4", search), tagKey, "acme.example.com"), `{"Sid":"s4",` + head + `"` + search + `"` + tail + `,"Condition":{"StringEquals":{"` + tagKey + `":"acme.example.com"}}}`},
		{"several conditions", when(allow("s5", search), tagKey, "acme", "aws:PrincipalOrgID", "o-1"), `{"Sid":"s5",` + head + `"` + search + `"` + tail + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1","` + tagKey + `":"acme"}}}`},
	}
	each(t, func(t *testing.T, r *rig) {
		if got := written(t, r); got != nothing {
			t.Errorf("an application without statements: %s", got)
		}
		var all []string
		for _, tt := range cases {
			out := must(t, r, api.AssociatePermission, tt.in)
			if diff := cmp.Diff(tt.want, *out.Statement); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
			all = append(all, tt.want)
			if diff := cmp.Diff(`{"Version":"2012-10-17","Statement":[`+strings.Join(all, ",")+`]}`, written(t, r)); diff != "" {
				t.Errorf("the policy after %s (-want +got):\n%s", tt.name, diff)
			}
		}
		for _, tt := range cases {
			must(t, r, api.DisassociatePermission, drop(tt.in.StatementID))
			all = all[1:]
			if diff := cmp.Diff(`{"Version":"2012-10-17","Statement":[`+strings.Join(all, ",")+`]}`, written(t, r)); diff != "" {
				t.Errorf("the policy without %s (-want +got):\n%s", tt.name, diff)
			}
		}
	})
}

func TestWhatAssociateRefuses(t *testing.T) {
	cases := map[string]struct {
		in   *api.AssociatePermissionInput
		want fault.Error
		says string
	}{
		"no operation bears it":    {allow("s", search, "qbusiness:Everything"), optest.Invalid("actions[1]"), "permit nothing"},
		"another case":             {allow("s", "qbusiness:searchrelevantcontent"), optest.Invalid("actions[0]"), "did you mean qbusiness:SearchRelevantContent?"},
		"the former name":          {allow("s", "qbusiness:GetRelevantContent"), optest.Invalid("actions[0]"), "grant that"},
		"permission only":          {allow("s", "qbusiness:PutResourcePolicy"), optest.Invalid("actions[0]"), "permit nothing"},
		"a condition key twice":    {when(allow("s", search), tagKey, "a", "aws:X", "b", tagKey, "a"), optest.Invalid("conditions[2].conditionKey"), "in conditions[0]"},
		"in another case":          {when(allow("s", search), tagKey, "a", strings.ToLower(tagKey), "b"), optest.Invalid("conditions[1].conditionKey"), "in conditions[0]"},
		"every fault at once":      {when(allow("s", "qbusiness:A", "qbusiness:B"), tagKey, "a", tagKey, "b"), optest.Invalid("actions[0]", "actions[1]", "conditions[1].conditionKey"), "\nconditions[1].conditionKey: "},
		"a statement of its own":   {when(allow("s", search), tagKey, strings.Repeat("x", MaxPolicy)), fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "policy", ResourceID: app}, "at most 2048"},
		"an application not there": {&api.AssociatePermissionInput{ApplicationID: "b" + app[1:], StatementID: "s", Principal: isv, Actions: []string{search}}, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: "b" + app[1:]}, "There is no application"},
	}
	each(t, func(t *testing.T, r *rig) {
		for name, tt := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := call(t, r, us(), api.AssociatePermission, tt.in)
				optest.Refused(t, err, tt.want)
				if m := fault.As(err).Message; !strings.Contains(m, tt.says) {
					t.Errorf("%q does not say %q", m, tt.says)
				}
			})
		}
		if got := written(t, r); got != nothing {
			t.Errorf("a refused statement was kept: %s", got)
		}
	})
}

func TestAStatementAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := func() *api.AssociatePermissionInput {
			return when(allow("s", search, "qbusiness:ListIndices"), tagKey, "a", "aws:X", "b")
		}
		first := must(t, r, api.AssociatePermission, in())
		before := written(t, r)
		turned := in()
		turned.Conditions[0], turned.Conditions[1] = turned.Conditions[1], turned.Conditions[0]
		for _, same := range []*api.AssociatePermissionInput{in(), turned} {
			if diff := cmp.Diff(first, must(t, r, api.AssociatePermission, same)); diff != "" {
				t.Errorf("the same again (-first +second):\n%s", diff)
			}
		}
		other := in()
		other.Principal = "arn:aws:iam::444455556666:role/other"
		for name, another := range map[string]*api.AssociatePermissionInput{
			"principal":    other,
			"actions":      when(allow("s", search), tagKey, "a", "aws:X", "b"),
			"values":       when(allow("s", search, "qbusiness:ListIndices"), tagKey, "a", "aws:X", "c"),
			"no condition": allow("s", search, "qbusiness:ListIndices"),
		} {
			t.Run(name, func(t *testing.T) {
				_, err := call(t, r, us(), api.AssociatePermission, another)
				optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "permission", ResourceID: "s"})
			})
		}
		if diff := cmp.Diff(before, written(t, r)); diff != "" {
			t.Errorf("the policy changed (-before +after):\n%s", diff)
		}
	})
}

// TestThePolicyIsBounded fills a policy to the last character.
func TestThePolicyIsBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		n := 0
		for ; ; n++ {
			before := written(t, r)
			_, err := call(t, r, us(), api.AssociatePermission, allow(fmt.Sprint("s", n), search))
			if err == nil {
				continue
			}
			optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "policy", ResourceID: app})
			if after := written(t, r); after != before {
				t.Errorf("the refused statement changed the policy: %s", after)
			}
			break
		}
		must(t, r, api.DisassociatePermission, drop("s0"))
		// The ID takes what is left: with one character more it is too much.
		room := MaxPolicy - len(written(t, r))
		bare, err := Statement{Principal: isv, Actions: []string{search}}.render(arn)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.Repeat("x", room-len(bare)-1)
		_, err = call(t, r, us(), api.AssociatePermission, allow(id+"x", search))
		optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "policy", ResourceID: app})
		must(t, r, api.AssociatePermission, allow(id, search))
		if got := len(written(t, r)); got != MaxPolicy {
			t.Errorf("%d characters, want %d", got, MaxPolicy)
		}
	})
}

func TestWhatDisassociateRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, api.AssociatePermission, allow("s", search))
		for _, id := range []string{"S", "other", "s\x00", "\xff"} {
			_, err := call(t, r, us(), api.DisassociatePermission, drop(id))
			optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "permission", ResourceID: id})
		}
		must(t, r, api.DisassociatePermission, drop("s"))
		_, err := call(t, r, us(), api.DisassociatePermission, drop("s"))
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "permission", ResourceID: "s"})
	})
}

func TestStatesOfTheApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, api.AssociatePermission, allow("s", search))
		before := written(t, r)
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: app})
		deleting := fault.Error{Code: fault.Conflict, ResourceType: "application", ResourceID: app}
		_, err := call(t, r, us(), api.AssociatePermission, allow("t", search))
		optest.Refused(t, err, deleting)
		_, err = call(t, r, us(), api.DisassociatePermission, drop("s"))
		optest.Refused(t, err, deleting)
		if got := written(t, r); got != before {
			t.Errorf("while it is being deleted: %s", got)
		}
	})
}

func TestOtherAccountsHaveNoPolicyHere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, api.AssociatePermission, allow("s", search))
		absent := fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: app}
		for _, c := range []op.Caller{{Account: "999999999999", Region: "us-east-1"}, {Account: "111122223333", Region: "eu-west-1"}} {
			_, err := call(t, r, c, api.GetPolicy, &api.GetPolicyInput{ApplicationID: app})
			optest.Refused(t, err, absent)
			_, err = call(t, r, c, api.AssociatePermission, allow("s", search))
			optest.Refused(t, err, absent)
			_, err = call(t, r, c, api.DisassociatePermission, drop("s"))
			optest.Refused(t, err, absent)
		}
	})
}

func TestStatementsAreKeptAsData(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first := when(allow("s1", search, search, "qbusiness:ListIndices"), tagKey, "acme")
		must(t, r, api.AssociatePermission, first)
		must(t, r, api.AssociatePermission, allow("s0", search))
		want := []Statement{
			{ID: "s1", Principal: isv, Actions: []string{search, "qbusiness:ListIndices"}, Conditions: first.Conditions},
			{ID: "s0", Principal: isv, Actions: []string{search}},
		}
		err := r.db.View(t.Context(), func(tx *store.Tx) error {
			got, err := Statements(tx, us().Tenant(), app)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestPurgeTakesOneApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 5 {
			must(t, r, api.AssociatePermission, allow(fmt.Sprint("s", i), search))
		}
		other := "b" + app[1:]
		update := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := r.db.Update(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		update(func(tx *store.Tx) error { return insert(tx, us().Tenant(), other, Statement{ID: "stays"}) })
		for i, want := range []bool{true, true, false} {
			update(func(tx *store.Tx) error {
				more, err := PurgeApplication(tx, us().Tenant(), app, 2)
				if more != want {
					t.Errorf("step %d: more = %t, want %t", i, more, want)
				}
				return err
			})
		}
		if got := written(t, r); got != nothing {
			t.Errorf("left: %s", got)
		}
		update(func(tx *store.Tx) error {
			all, err := Statements(tx, us().Tenant(), other)
			if len(all) != 1 {
				t.Errorf("another application's statements: %v", all)
			}
			return err
		})
	})
}

// TestEveryActionOfAnOperationCanBeGranted, the Chat of today and of later.
func TestEveryActionOfAnOperationCanBeGranted(t *testing.T) {
	for _, route := range api.Routes {
		if bad := checkActions([]string{route.Action()}); len(bad) > 0 {
			t.Errorf("%s: %s", route.Name, bad[0].Message)
		}
	}
}
