package people

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const (
	account = "111122223333"
	storeID = "d-19df6690e5"
	absent  = "00000000-0000-4000-8000-000000000000"
)

// world is an identity store on one database.
type world struct {
	*Service
	clock *storetest.Clock
	calls *op.Registry
	root  op.Caller
	gone  []string // what Removed was told of
}

// each runs a test on every database.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		keys := seal.Random()
		w := &world{
			Service: &Service{DB: db, Keys: keys, Pages: page.New(keys), NewID: uuid.NewString, Rounds: 10},
			clock:   clock,
			calls:   &op.Registry{Access: optest.Anyone{}, Replays: optest.NoTokens{}},
			root:    optest.Root(account),
		}
		w.Removed = func(_ *store.Tx, account, principal string) error {
			w.gone = append(w.gone, account+"/"+principal)
			return nil
		}
		w.Mount(w.calls)
		test(t, w)
	}, storetest.WithClock(clock.Now))
}

// ann is a user with everything that is required, and an address.
func ann() *identitystore.CreateUserInput {
	return &identitystore.CreateUserInput{
		IdentityStoreID: storeID, UserName: new("ann"), DisplayName: new("Ann Example"),
		Name:   &identitystore.Name{GivenName: new("Ann"), FamilyName: new("Example")},
		Emails: []identitystore.Email{{Value: new("Ann@Example.com"), Type: new("work"), Primary: new(true)}},
	}
}

func named(name, email string) *identitystore.CreateUserInput {
	in := ann()
	in.UserName, in.Emails = &name, nil
	if email != "" {
		in.Emails = []identitystore.Email{{Value: &email}}
	}
	return in
}

func (w *world) user(t *testing.T, in *identitystore.CreateUserInput) string {
	t.Helper()
	return optest.Must(t, w.calls, w.root, identitystore.CreateUser, in).UserID
}

func (w *world) group(t *testing.T, name string) string {
	t.Helper()
	return optest.Must(t, w.calls, w.root, identitystore.CreateGroup, &identitystore.CreateGroupInput{IdentityStoreID: storeID, DisplayName: &name}).GroupID
}

func (w *world) member(t *testing.T, group, user string) string {
	t.Helper()
	return optest.Must(t, w.calls, w.root, identitystore.CreateGroupMembership, &identitystore.CreateGroupMembershipInput{
		IdentityStoreID: storeID, GroupID: group, MemberID: identitystore.MemberID{UserID: &user},
	}).MembershipID
}

func TestStoreIDIsThatOfTheModel(t *testing.T) {
	shape := identitystore.Schema.Shape("IdentityStoreId")
	for _, account := range []string{"000000000000", account, "999999999999"} {
		if id := StoreID(account); !shape.Pattern.Matches(id) {
			t.Errorf("%s has the identity store %s", account, id)
		}
	}
	if StoreID(account) != storeID || StoreID("1") == StoreID("2") || StoreID("root") != "" {
		t.Errorf("%s, %q", StoreID(account), StoreID("root"))
	}
	if got := StoreARN(account); got != "arn:aws:identitystore::111122223333:identitystore/"+storeID {
		t.Error(got)
	}
}

func TestUserComesBackAsMade(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := ann()
		in.Extensions = map[string]json.RawMessage{"aws:identitystore:enterprise": json.RawMessage(`{"department":"ops"}`)}
		id := w.user(t, in)
		now := w.clock.Now()
		want := identitystore.DescribeUserOutput{
			IdentityStoreID: storeID, UserID: id, UserName: in.UserName, DisplayName: in.DisplayName, Name: in.Name, Emails: in.Emails,
			UserStatus: new(identitystore.UserStatusEnabled), CreatedAt: &now, UpdatedAt: &now, CreatedBy: &w.root.Principal, UpdatedBy: &w.root.Principal,
		}
		got := optest.Must(t, w.calls, w.root, identitystore.DescribeUser, &identitystore.DescribeUserInput{IdentityStoreID: storeID, UserID: id})
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		want.Extensions = in.Extensions
		got = optest.Must(t, w.calls, w.root, identitystore.DescribeUser, &identitystore.DescribeUserInput{
			IdentityStoreID: storeID, UserID: id, Extensions: []string{"aws:identitystore:enterprise", "aws:identitystore:other"},
		})
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		w.member(t, w.group(t, "ops"), id)
		p, found, err := w.User(t.Context(), account, id)
		if err != nil || !found || p.ID != id || p.Name != "ann" || p.Email != "Ann@Example.com" || len(p.Groups) != 1 {
			t.Errorf("%+v, %v, %v", p, found, err)
		}
	})
}

func TestUsersAreFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.user(t, ann())
		mike := ann()
		mike.UserName, mike.Emails[0].Value = new("mike"), new("mike@example.com")
		w.user(t, mike)
		get := func(path, value string) (string, error) {
			text, _ := json.Marshal(value)
			out, err := optest.Call(t, w.calls, w.root, identitystore.GetUserID, &identitystore.GetUserIDInput{
				IdentityStoreID: storeID, AlternateIdentifier: identitystore.AlternateIdentifier{
					UniqueAttribute: &identitystore.UniqueAttribute{AttributePath: path, AttributeValue: text},
				},
			})
			if err != nil {
				return "", err
			}
			return out.UserID, nil
		}
		for _, c := range []struct{ path, value string }{{"userName", "ann"}, {"UserName", "ANN"}, {"emails.value", "ann@example.com"}} {
			if got, err := get(c.path, c.value); got != id || err != nil {
				t.Errorf("%s %s: %s, %v", c.path, c.value, got, err)
			}
		}
		_, err := get("userName", "bob")
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "USER"})
		for _, find := range []func() (op.Person, bool, error){
			func() (op.Person, bool, error) { return w.UserByEmail(t.Context(), account, "ANN@example.COM") },
			func() (op.Person, bool, error) { return w.UserByName(t.Context(), account, "Ann") },
		} {
			if p, found, err := find(); err != nil || !found || p.ID != id {
				t.Errorf("%+v, %v, %v", p, found, err)
			}
		}
		for _, find := range []func() (op.Person, bool, error){
			func() (op.Person, bool, error) { return w.UserByEmail(t.Context(), "444455556666", "ann@example.com") },
			func() (op.Person, bool, error) { return w.UserByName(t.Context(), account, "bob") },
			func() (op.Person, bool, error) { return w.UserByName(t.Context(), account, "m\u0130ke") },
			func() (op.Person, bool, error) { return w.UserByEmail(t.Context(), account, "mi\u212Ae@example.com") },
			func() (op.Person, bool, error) { return w.User(t.Context(), "444455556666", id) },
		} {
			if p, found, err := find(); err != nil || found {
				t.Errorf("%+v, %v, %v", p, found, err)
			}
		}
	})
}

// TestRefusals is every refusal of users, groups and memberships.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, ops := w.user(t, ann()), w.group(t, "Ops")
		w.user(t, named("bob", ""))
		w.member(t, ops, id)
		invalid := func(field string) fault.Error { return optest.Invalid(field) }
		missing := func(kind, id string) fault.Error {
			return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: id}
		}
		taken := fault.Error{Code: fault.Conflict, Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"}
		create := func(change func(in *identitystore.CreateUserInput)) func() error {
			return func() error {
				in := ann()
				in.UserName, in.Emails = new("carl"), nil
				change(in)
				_, err := optest.Call(t, w.calls, w.root, identitystore.CreateUser, in)
				return err
			}
		}
		update := func(path, value string) func() error {
			return func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.UpdateUser, &identitystore.UpdateUserInput{
					IdentityStoreID: storeID, UserID: id, Operations: []identitystore.AttributeOperation{{AttributePath: path, AttributeValue: json.RawMessage(value)}},
				})
				return err
			}
		}
		join := func(group, user string) func() error {
			return func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.CreateGroupMembership, &identitystore.CreateGroupMembershipInput{
					IdentityStoreID: storeID, GroupID: group, MemberID: identitystore.MemberID{UserID: &user},
				})
				return err
			}
		}
		for _, c := range []struct {
			name string
			call func() error
			want fault.Error
		}{
			{"no user name", create(func(in *identitystore.CreateUserInput) { in.UserName = nil }), invalid("userName")},
			{"no display name", create(func(in *identitystore.CreateUserInput) { in.DisplayName = nil }), invalid("displayName")},
			{"no name", create(func(in *identitystore.CreateUserInput) { in.Name = nil }), invalid("name.familyName")},
			{"no given name", create(func(in *identitystore.CreateUserInput) { in.Name = &identitystore.Name{FamilyName: new("x")} }), invalid("name.givenName")},
			{"reserved", create(func(in *identitystore.CreateUserInput) { in.UserName = new("AWSAdministrators") }), invalid("userName")},
			{"no address", create(func(in *identitystore.CreateUserInput) { in.Emails = []identitystore.Email{{Value: new("carl")}} }), invalid("emails.value")},
			{"two addresses in one", create(func(in *identitystore.CreateUserInput) {
				in.Emails = []identitystore.Email{{Value: new("carl@a.example,b@b.example")}}
			}), invalid("emails.value")},
			{"address without a value", create(func(in *identitystore.CreateUserInput) { in.Emails = []identitystore.Email{{}} }), invalid("emails.value")},
			{"name taken", create(func(in *identitystore.CreateUserInput) { in.UserName = new("Ann") }), taken},
			{"address taken", create(func(in *identitystore.CreateUserInput) {
				in.Emails = []identitystore.Email{{Value: new("ann@EXAMPLE.com")}}
			}), taken},
			{"another store", create(func(in *identitystore.CreateUserInput) { in.IdentityStoreID = StoreID("444455556666") }), missing("IDENTITY_STORE", StoreID("444455556666"))},
			{"rename to a taken name", update("userName", `"BOB"`), taken},
			{"no such attribute", update("shoeSize", `"44"`), invalid("Operations")},
			{"not to be set", update("userId", `"x"`), invalid("Operations")},
			{"not to be set below", update("extensions", `{}`), invalid("Operations")},
			{"part of a list", update("emails.value", `"x@example.com"`), invalid("Operations")},
			{"below a text", update("title.short", `"x"`), invalid("Operations")},
			{"part of an extension", update("aws:identitystore:enterprise.a", `"x"`), invalid("Operations")},
			{"not JSON", update("title", `{`), invalid("Operations")},
			{"of another type", update("title", `{"a":1}`), invalid("Title")},
			{"too long", update("title", `"`+strings.Repeat("x", 1025)+`"`), invalid("Title")},
			{"required", update("displayName", ``), invalid("displayName")},
			{"required, null", update("name.givenName", `null`), invalid("name.givenName")},
			{"no address any more", update("emails", `[{"value":"nobody"}]`), invalid("emails.value")},
			{"two addresses", update("emails", `[{"value":"a@example.com"},{"value":"b@example.com"}]`), invalid("Emails")},
			{"update nobody", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.UpdateUser, &identitystore.UpdateUserInput{
					IdentityStoreID: storeID, UserID: absent, Operations: []identitystore.AttributeOperation{{AttributePath: "title"}},
				})
				return err
			}, missing("USER", absent)},
			{"describe nobody", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.DescribeUser, &identitystore.DescribeUserInput{IdentityStoreID: storeID, UserID: absent})
				return err
			}, missing("USER", absent)},
			{"delete nobody", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.DeleteUser, &identitystore.DeleteUserInput{IdentityStoreID: storeID, UserID: absent})
				return err
			}, missing("USER", absent)},
			{"another filter", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.ListUsers, &identitystore.ListUsersInput{
					IdentityStoreID: storeID, Filters: []identitystore.Filter{{AttributePath: "Title", AttributeValue: "x"}},
				})
				return err
			}, invalid("Filters")},
			{"another list's token", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.ListUsers, &identitystore.ListUsersInput{IdentityStoreID: storeID, NextToken: new("x")})
				return err
			}, invalid("nextToken")},
			{"another attribute", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.GetUserID, &identitystore.GetUserIDInput{IdentityStoreID: storeID,
					AlternateIdentifier: identitystore.AlternateIdentifier{UniqueAttribute: &identitystore.UniqueAttribute{AttributePath: "title", AttributeValue: json.RawMessage(`"x"`)}}})
				return err
			}, invalid("AlternateIdentifier.UniqueAttribute.AttributePath")},
			{"no text", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.GetUserID, &identitystore.GetUserIDInput{IdentityStoreID: storeID,
					AlternateIdentifier: identitystore.AlternateIdentifier{UniqueAttribute: &identitystore.UniqueAttribute{AttributePath: "userName", AttributeValue: json.RawMessage(`7`)}}})
				return err
			}, invalid("AlternateIdentifier.UniqueAttribute.AttributeValue")},
			{"external ID", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.GetUserID, &identitystore.GetUserIDInput{IdentityStoreID: storeID,
					AlternateIdentifier: identitystore.AlternateIdentifier{ExternalID: &identitystore.ExternalID{Issuer: "x", ID: "y"}}})
				return err
			}, missing("USER", "")},
			{"group without a name", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.CreateGroup, &identitystore.CreateGroupInput{IdentityStoreID: storeID})
				return err
			}, invalid("displayName")},
			{"group of a taken name", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.CreateGroup, &identitystore.CreateGroupInput{IdentityStoreID: storeID, DisplayName: new("ops")})
				return err
			}, taken},
			{"describe no group", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.DescribeGroup, &identitystore.DescribeGroupInput{IdentityStoreID: storeID, GroupID: absent})
				return err
			}, missing("GROUP", absent)},
			{"delete no group", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.DeleteGroup, &identitystore.DeleteGroupInput{IdentityStoreID: storeID, GroupID: absent})
				return err
			}, missing("GROUP", absent)},
			{"no group of the name", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.GetGroupID, &identitystore.GetGroupIDInput{IdentityStoreID: storeID,
					AlternateIdentifier: identitystore.AlternateIdentifier{UniqueAttribute: &identitystore.UniqueAttribute{AttributePath: "displayName", AttributeValue: json.RawMessage(`"dev"`)}}})
				return err
			}, missing("GROUP", "")},
			{"group by another attribute", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.GetGroupID, &identitystore.GetGroupIDInput{IdentityStoreID: storeID,
					AlternateIdentifier: identitystore.AlternateIdentifier{UniqueAttribute: &identitystore.UniqueAttribute{AttributePath: "description", AttributeValue: json.RawMessage(`"dev"`)}}})
				return err
			}, invalid("AlternateIdentifier.UniqueAttribute.AttributePath")},
			{"member already", join(ops, id), taken},
			{"member of no group", join(absent, id), missing("GROUP", absent)},
			{"nobody as a member", join(ops, absent), missing("USER", absent)},
			{"delete no membership", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.DeleteGroupMembership, &identitystore.DeleteGroupMembershipInput{IdentityStoreID: storeID, MembershipID: absent})
				return err
			}, missing("GROUP_MEMBERSHIP", absent)},
			{"members of no group", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.ListGroupMemberships, &identitystore.ListGroupMembershipsInput{IdentityStoreID: storeID, GroupID: absent})
				return err
			}, missing("GROUP", absent)},
			{"groups of nobody", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.ListGroupMembershipsForMember, &identitystore.ListGroupMembershipsForMemberInput{
					IdentityStoreID: storeID, MemberID: identitystore.MemberID{UserID: new(absent)}})
				return err
			}, missing("USER", absent)},
			{"nobody in groups", func() error {
				_, err := optest.Call(t, w.calls, w.root, identitystore.IsMemberInGroups, &identitystore.IsMemberInGroupsInput{
					IdentityStoreID: storeID, MemberID: identitystore.MemberID{UserID: new(absent)}, GroupIDs: []string{ops}})
				return err
			}, missing("USER", absent)},
		} {
			t.Run(c.name, func(t *testing.T) { optest.Refused(t, c.call(), c.want) })
		}
	})
}

func TestUpdateSetsAttributes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.user(t, ann())
		w.clock.Advance(time.Hour)
		ops := []identitystore.AttributeOperation{
			{AttributePath: "displayName", AttributeValue: json.RawMessage(`"Ann E."`)},
			{AttributePath: "name.familyName", AttributeValue: json.RawMessage(`"E."`)},
			{AttributePath: "Name.middleName", AttributeValue: json.RawMessage(`"B."`)},
			{AttributePath: "emails", AttributeValue: json.RawMessage(`[{"value":"ann@example.org","primary":true,"unknown":1}]`)},
			{AttributePath: "userName", AttributeValue: json.RawMessage(`"ann.e"`)},
			{AttributePath: "addresses", AttributeValue: json.RawMessage(`[{"postalCode":"1010"}]`)},
			{AttributePath: "title", AttributeValue: json.RawMessage(`"boss"`)},
			{AttributePath: "title"},
			{AttributePath: "aws:identitystore:enterprise", AttributeValue: json.RawMessage(`{"costCenter":"7"}`)},
			{AttributePath: "aws:identitystore:other", AttributeValue: json.RawMessage(`{}`)},
			{AttributePath: "aws:identitystore:other", AttributeValue: json.RawMessage(`null`)},
		}
		w.root.Principal = "arn:aws:iam::111122223333:role/admin"
		optest.Must(t, w.calls, w.root, identitystore.UpdateUser, &identitystore.UpdateUserInput{IdentityStoreID: storeID, UserID: id, Operations: ops})
		got := optest.Must(t, w.calls, w.root, identitystore.DescribeUser, &identitystore.DescribeUserInput{
			IdentityStoreID: storeID, UserID: id, Extensions: []string{"aws:identitystore:enterprise", "aws:identitystore:other"},
		})
		want := &identitystore.DescribeUserOutput{
			IdentityStoreID: storeID, UserID: id, UserName: new("ann.e"), DisplayName: new("Ann E."),
			Name:      &identitystore.Name{GivenName: new("Ann"), FamilyName: new("E."), MiddleName: new("B.")},
			Emails:    []identitystore.Email{{Value: new("ann@example.org"), Primary: new(true)}},
			Addresses: []identitystore.Address{{PostalCode: new("1010")}}, UserStatus: new(identitystore.UserStatusEnabled),
			CreatedAt: new(w.clock.Now().Add(-time.Hour)), UpdatedAt: new(w.clock.Now()),
			CreatedBy: new("arn:aws:iam::111122223333:root"), UpdatedBy: &w.root.Principal,
			Extensions: map[string]json.RawMessage{"aws:identitystore:enterprise": json.RawMessage(`{"costCenter":"7"}`)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if _, found, err := w.UserByEmail(t.Context(), account, "ann@example.com"); found || err != nil {
			t.Errorf("the old address finds somebody: %v", err)
		}
		w.user(t, named("ann", "ann@example.com")) // both are free again
	})
}

func TestUsersWithoutAddressesDoNotCollide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, named("a", ""))
		w.user(t, named("b", ""))
		if _, found, err := w.UserByEmail(t.Context(), account, ""); found || err != nil {
			t.Errorf("the empty address finds somebody: %v", err)
		}
	})
}

func TestListsArePaged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var users, groups []string
		for i := range 5 {
			if i > 2 {
				w.clock.Advance(time.Second) // some are of one moment
			}
			users = append(users, w.user(t, named(fmt.Sprint("u", i), "")))
			groups = append(groups, w.group(t, fmt.Sprint("G", i)))
		}
		for _, g := range groups {
			w.member(t, g, users[0])
		}
		for _, u := range users[1:] {
			w.member(t, groups[0], u)
		}
		size := new(int32(2))
		pages := func(next func(token *string) ([]string, *string)) []string {
			t.Helper()
			var all []string
			var token *string
			for range 10 {
				ids, more := next(token)
				all = append(all, ids...)
				if token = more; token == nil {
					break
				}
				if len(ids) != 2 {
					t.Errorf("a page of %d", len(ids))
				}
			}
			slices.Sort(all)
			return all
		}
		same := func(what string, want, got []string) {
			t.Helper()
			want = slices.Sorted(slices.Values(want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:\n%s", what, diff)
			}
		}
		same("users", users, pages(func(token *string) (ids []string, next *string) {
			out := optest.Must(t, w.calls, w.root, identitystore.ListUsers, &identitystore.ListUsersInput{IdentityStoreID: storeID, MaxResults: size, NextToken: token})
			for _, u := range out.Users {
				ids = append(ids, u.UserID)
			}
			return ids, out.NextToken
		}))
		same("groups", groups, pages(func(token *string) (ids []string, next *string) {
			out := optest.Must(t, w.calls, w.root, identitystore.ListGroups, &identitystore.ListGroupsInput{IdentityStoreID: storeID, MaxResults: size, NextToken: token})
			for _, g := range out.Groups {
				ids = append(ids, g.GroupID)
			}
			return ids, out.NextToken
		}))
		same("members", users, pages(func(token *string) (ids []string, next *string) {
			out := optest.Must(t, w.calls, w.root, identitystore.ListGroupMemberships, &identitystore.ListGroupMembershipsInput{
				IdentityStoreID: storeID, GroupID: groups[0], MaxResults: size, NextToken: token})
			for _, m := range out.GroupMemberships {
				ids = append(ids, *m.MemberID.UserID)
			}
			return ids, out.NextToken
		}))
		same("groups of a user", groups, pages(func(token *string) (ids []string, next *string) {
			out := optest.Must(t, w.calls, w.root, identitystore.ListGroupMembershipsForMember, &identitystore.ListGroupMembershipsForMemberInput{
				IdentityStoreID: storeID, MemberID: identitystore.MemberID{UserID: &users[0]}, MaxResults: size, NextToken: token})
			for _, m := range out.GroupMemberships {
				ids = append(ids, *m.GroupID)
			}
			return ids, out.NextToken
		}))
		one := optest.Must(t, w.calls, w.root, identitystore.ListUsers, &identitystore.ListUsersInput{
			IdentityStoreID: storeID, Filters: []identitystore.Filter{{AttributePath: "UserName", AttributeValue: "U3"}}})
		if len(one.Users) != 1 || one.Users[0].UserID != users[3] {
			t.Errorf("filtered: %+v", one.Users)
		}
		group := optest.Must(t, w.calls, w.root, identitystore.ListGroups, &identitystore.ListGroupsInput{
			IdentityStoreID: storeID, Filters: []identitystore.Filter{{AttributePath: "DisplayName", AttributeValue: "g3"}}})
		if len(group.Groups) != 1 || group.Groups[0].GroupID != groups[3] {
			t.Errorf("filtered: %+v", group.Groups)
		}
	})
}

func TestWhatGoesTakesItsMembershipsAlong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b, ops, dev := w.user(t, named("a", "")), w.user(t, named("b", "")), w.group(t, "ops"), w.group(t, "dev")
		w.member(t, ops, a)
		w.member(t, ops, b)
		w.member(t, dev, a)
		leaving := w.member(t, dev, b)
		in := func(user string) (list []bool) {
			out := optest.Must(t, w.calls, w.root, identitystore.IsMemberInGroups, &identitystore.IsMemberInGroupsInput{
				IdentityStoreID: storeID, MemberID: identitystore.MemberID{UserID: &user}, GroupIDs: []string{ops, dev, absent}})
			for _, r := range out.Results {
				list = append(list, *r.MembershipExists)
			}
			return list
		}
		if got := in(b); !slices.Equal(got, []bool{true, true, false}) {
			t.Errorf("%v", got)
		}
		optest.Must(t, w.calls, w.root, identitystore.DeleteGroupMembership, &identitystore.DeleteGroupMembershipInput{IdentityStoreID: storeID, MembershipID: leaving})
		optest.Must(t, w.calls, w.root, identitystore.DeleteGroup, &identitystore.DeleteGroupInput{IdentityStoreID: storeID, GroupID: ops})
		if got := in(b); !slices.Equal(got, []bool{false, false, false}) {
			t.Errorf("%v", got)
		}
		optest.Must(t, w.calls, w.root, identitystore.DeleteUser, &identitystore.DeleteUserInput{IdentityStoreID: storeID, UserID: a})
		out := optest.Must(t, w.calls, w.root, identitystore.ListGroupMemberships, &identitystore.ListGroupMembershipsInput{IdentityStoreID: storeID, GroupID: dev})
		if len(out.GroupMemberships) != 0 {
			t.Errorf("%+v", out.GroupMemberships)
		}
		if want := []string{account + "/" + ops, account + "/" + a}; !slices.Equal(w.gone, want) {
			t.Errorf("told of %v, want %v", w.gone, want)
		}
		group := optest.Must(t, w.calls, w.root, identitystore.DescribeGroup, &identitystore.DescribeGroupInput{IdentityStoreID: storeID, GroupID: dev})
		if *group.DisplayName != "dev" || group.IdentityStoreID != storeID || !group.CreatedAt.Equal(w.clock.Now()) {
			t.Errorf("%+v", group)
		}
		got := optest.Must(t, w.calls, w.root, identitystore.GetGroupID, &identitystore.GetGroupIDInput{IdentityStoreID: storeID,
			AlternateIdentifier: identitystore.AlternateIdentifier{UniqueAttribute: &identitystore.UniqueAttribute{AttributePath: "displayName", AttributeValue: json.RawMessage(`"DEV"`)}}})
		if got.GroupID != dev {
			t.Errorf("%+v", got)
		}
		if name, found, err := w.Group(t.Context(), account, dev); name != "dev" || !found || err != nil {
			t.Errorf("%s %v %v", name, found, err)
		}
		if _, found, err := w.Group(t.Context(), account, ops); found || err != nil {
			t.Errorf("%v %v", found, err)
		}
	})
}

func TestLargeGroupGoes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ops := w.group(t, "ops")
		for from := 0; from < 2*batch+1; from += batch {
			err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
				for i := from; i < min(from+batch, 2*batch+1); i++ {
					if err := insertMembership(tx, account, membership{fmt.Sprint("m", i), ops, fmt.Sprint("u", i), tx.Now(), ""}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		optest.Must(t, w.calls, w.root, identitystore.DeleteGroup, &identitystore.DeleteGroupInput{IdentityStoreID: storeID, GroupID: ops})
		var left int
		err := w.DB.View(t.Context(), func(tx *store.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM idc_membership WHERE tenant = $1`, account).Scan(&left)
		})
		if err != nil || left != 0 {
			t.Errorf("%d memberships are left: %v", left, err)
		}
	})
}
