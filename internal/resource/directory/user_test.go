package directory

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// TestUserIsFoundHoweverTheAddressIsWritten, and aliases are shown as given.
func TestUserIsFoundHoweverTheAddressIsWritten(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		given := []api.UserAlias{of(wiki, "annie"), everywhere("Ann.Smith+work@Example.com"), at(r.index, "ann-s"), {IndexID: &r.index, DataSourceID: new(crm), UserID: "A17"}}
		r.user(t, "Ann@Example.com", given...)
		want := []api.UserAlias{given[1], given[0], given[2], given[3]} // by index, data source and name
		for _, name := range []string{"Ann@Example.com", "ann@example.com", "ANN+news@EXAMPLE.COM"} {
			if diff := cmp.Diff(want, r.aliases(t, name)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		refused(t, r, api.CreateUser, &api.CreateUserInput{ApplicationID: r.app, UserID: "ann+2@example.com"}, conflict("user", "ann+2@example.com"))
		refused(t, r, api.GetUser, &api.GetUserInput{ApplicationID: r.app, UserID: "bob@example.com"}, absent("user", "bob@example.com"))
		nowhere := uuid.NewString()
		refused(t, r, api.GetUser, &api.GetUserInput{ApplicationID: nowhere, UserID: "ann@example.com"}, absent("application", nowhere))
		if got := r.aliases(t, "ann@example.com"); len(got) != 4 {
			t.Errorf("%d aliases", len(got))
		}
	})
}

// TestWhatAUserMayNotBe: each rule, and what is said.
func TestWhatAUserMayNotBe(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.user(t, "bob@example.com", everywhere("robert@example.com"), of(wiki, "bobby"), at(r.index, "b-1"))
		nowhere := uuid.NewString()
		for name, test := range map[string]struct {
			user    string
			aliases []api.UserAlias
			want    fault.Error
		}{
			"an alias twice":                        {"ann@example.com", []api.UserAlias{of(wiki, "a"), of(wiki, "a")}, optest.Invalid("userAliases[1]")},
			"an address twice, in another form":     {"ann@example.com", []api.UserAlias{everywhere("x@a.b"), of(wiki, "x@a.b"), everywhere("X+y@A.b")}, optest.Invalid("userAliases[2]")},
			"an alias that is not printed":          {"ann@example.com", []api.UserAlias{everywhere("a\x00b")}, optest.Invalid("userAliases[0].userId")},
			"a name that is not printed":            {"ann\n@example.com", nil, optest.Invalid("userId")},
			"an index that is not there":            {"ann@example.com", []api.UserAlias{at(nowhere, "a")}, absent("index", nowhere)},
			"a data source of another index":        {"ann@example.com", []api.UserAlias{{IndexID: &r.other, DataSourceID: new(wiki), UserID: "a"}}, absent("data-source", wiki)},
			"another user's own address":            {"ann@example.com", []api.UserAlias{everywhere("Bob+x@Example.com")}, conflict("user", "Bob+x@Example.com")},
			"another user's own address, somewhere": {"ann@example.com", []api.UserAlias{at(r.index, "bob@example.com")}, conflict("user", "bob@example.com")},
			"another user's alias":                  {"ann@example.com", []api.UserAlias{of(wiki, "bobby")}, conflict("user", "bobby")},
			"another user's alias of everywhere":    {"ann@example.com", []api.UserAlias{at(r.other, "robert@example.com")}, conflict("user", "robert@example.com")},
			"another user's alias of somewhere":     {"ann@example.com", []api.UserAlias{everywhere("b-1")}, conflict("user", "b-1")},
			"an address that is somebody's alias":   {"Robert@example.com", nil, conflict("user", "Robert@example.com")},
		} {
			t.Run(name, func(t *testing.T) {
				refused(t, r, api.CreateUser, &api.CreateUserInput{ApplicationID: r.app, UserID: test.user, UserAliases: test.aliases}, test.want)
				refused(t, r, api.GetUser, &api.GetUserInput{ApplicationID: r.app, UserID: "ann@example.com"}, absent("user", "ann@example.com"))
			})
		}
		// What is not the same: another data source, another index, letters of a name that is no address.
		r.user(t, "ann@example.com", of(crm, "bobby"), of(wiki, "Bobby"), at(r.other, "b-1"), everywhere("ANN@example.com"), of(wiki, "bob@example.com"))
	})
}

// TestCreateUserOnce: one token makes one user.
func TestCreateUserOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := &api.CreateUserInput{ApplicationID: r.app, UserID: "ann@example.com", ClientToken: new("once")}
		must(t, r, api.CreateUser, in)
		must(t, r, api.CreateUser, in)
		if n := r.count(t, "directory_user"); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

// TestUpdateUser: what is added, renewed, deleted and passed over.
func TestUpdateUser(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.user(t, "ann@example.com", of(wiki, "annie"), everywhere("a.smith@example.com"))
		r.user(t, "bob@example.com", of(crm, "bob"))
		update := func(in api.UpdateUserInput) *api.UpdateUserInput {
			in.ApplicationID, in.UserID = r.app, "Ann@example.com"
			return &in
		}
		out := must(t, r, api.UpdateUser, update(api.UpdateUserInput{
			UserAliasesToUpdate: []api.UserAlias{of(crm, "A17"), everywhere("A.Smith@Example.com")},
			UserAliasesToDelete: []api.UserAlias{of(wiki, "annie"), of(wiki, "nobody")},
		}))
		want := &api.UpdateUserOutput{
			UserAliasesAdded:   []api.UserAlias{of(crm, "A17")},
			UserAliasesUpdated: []api.UserAlias{everywhere("A.Smith@Example.com")},
			UserAliasesDeleted: []api.UserAlias{of(wiki, "annie")},
		}
		if diff := cmp.Diff(want, out); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
		if diff := cmp.Diff([]api.UserAlias{everywhere("A.Smith@Example.com"), of(crm, "A17")}, r.aliases(t, "ann@example.com")); diff != "" {
			t.Error("(-want +got):\n", diff)
		}
		must(t, r, api.UpdateUser, update(api.UpdateUserInput{})) // nothing to do is no error

		refused(t, r, api.UpdateUser, update(api.UpdateUserInput{
			UserAliasesToUpdate: []api.UserAlias{everywhere("x@a.b")}, UserAliasesToDelete: []api.UserAlias{of(crm, "A17"), everywhere("X@a.b")},
		}), optest.Invalid("userAliasesToDelete[1]"))
		refused(t, r, api.UpdateUser, update(api.UpdateUserInput{
			UserAliasesToUpdate: []api.UserAlias{everywhere("x"), everywhere("x")}, UserAliasesToDelete: []api.UserAlias{everywhere("y"), everywhere("y")},
		}), optest.Invalid("userAliasesToUpdate[1]", "userAliasesToDelete[1]"))
		refused(t, r, api.UpdateUser, update(api.UpdateUserInput{UserAliasesToUpdate: []api.UserAlias{of(crm, "bob")}}), conflict("user", "bob"))
		refused(t, r, api.UpdateUser, &api.UpdateUserInput{ApplicationID: r.app, UserID: "carl@example.com"}, absent("user", "carl@example.com"))
		if got := r.aliases(t, "ann@example.com"); len(got) != 2 {
			t.Errorf("after refusals there are %d aliases", len(got))
		}
	})
}

// TestAliasesAreBounded: at 100 for a user (of one request, the model says so); whoever has that many may still change
// them.
func TestAliasesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var all []api.UserAlias
		for i := range MaxAliases {
			all = append(all, of(wiki, fmt.Sprint("a-", i)))
		}
		r.user(t, "ann@example.com", all...)
		more := &api.UpdateUserInput{ApplicationID: r.app, UserID: "ann@example.com", UserAliasesToUpdate: []api.UserAlias{of(wiki, "one more")}}
		said := refused(t, r, api.UpdateUser, more, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "user", ResourceID: "ann@example.com"})
		if !strings.Contains(said, "101 aliases; the most is 100") {
			t.Error(said)
		}
		more.UserAliasesToDelete = all[7:8]
		must(t, r, api.UpdateUser, more)
		if got := r.aliases(t, "ann@example.com"); len(got) != MaxAliases {
			t.Errorf("%d aliases", len(got))
		}
	})
}

// TestDeleteUser takes the aliases along and leaves what groups say.
func TestDeleteUser(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.user(t, "ann@example.com", of(wiki, "annie"))
		r.group(t, "staff", "ann@example.com")
		must(t, r, api.PutGroup, r.putOf(wiki, "editors", api.GroupMembers{MemberUsers: []api.MemberUser{{UserID: "annie"}}}))
		if got := r.groupsOf(t, "ann@example.com"); got != "staff wiki/editors" {
			t.Errorf("groups before: %s", got)
		}
		gone := &api.DeleteUserInput{ApplicationID: r.app, UserID: "ANN@example.com"}
		must(t, r, api.DeleteUser, gone)
		refused(t, r, api.DeleteUser, gone, absent("user", "ANN@example.com"))
		if got := r.groupsOf(t, "ann@example.com"); got != "staff" {
			t.Errorf("groups after: %s", got)
		}
		if n := r.count(t, "directory_alias"); n != 0 {
			t.Errorf("%d aliases are left", n)
		}
		r.user(t, "bob@example.com", of(wiki, "annie")) // the alias is free
	})
}

// TestReusedAddress: of the users of an identity store, one who got the address of
// another is refused until that one's user is deleted.
func TestReusedAddress(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.app = r.application(t, &api.CreateApplicationInput{IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-0123456789abcdef")})
		r.index = r.makeIndex(t, r.app)
		owner := map[string]string{"ann@example.com": "person-1"}
		r.Person = func(_ context.Context, account, address string) (op.Person, bool, error) {
			id, ok := owner[address]
			return op.Person{ID: id}, ok && account == "111122223333", nil
		}
		ask := func(id, email string) (m Member, err error) {
			err = r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				m, err = r.OfUser(tx, us().Tenant(), r.app, r.index, application.EndUser{Person: op.Person{ID: id, Name: "name", Email: email, Groups: []string{"store-group"}}})
				return err
			})
			return m, err
		}
		r.user(t, "Ann@example.com", at(r.index, "annie"))
		if m, err := ask("person-1", "ann@example.com"); err != nil || len(m.Aliases) != 2 || len(m.Groups) != 0 {
			t.Fatalf("the user of the address: %v, %v", m, err)
		}
		owner["ann@example.com"] = "person-2"
		must(t, r, api.UpdateUser, &api.UpdateUserInput{ApplicationID: r.app, UserID: "ann@example.com"}) // does not hand over
		_, err := ask("person-2", "ANN@example.com")
		if said := optest.Refused(t, err, fault.Error{Code: fault.AccessDenied}); !strings.Contains(said, "DeleteUser") {
			t.Error(said)
		}
		must(t, r, api.DeleteUser, &api.DeleteUserInput{ApplicationID: r.app, UserID: "ann@example.com"})
		if m, err := ask("person-2", "ann@example.com"); err != nil || len(m.Aliases) != 1 {
			t.Errorf("after DeleteUser: %v, %v", m, err)
		}
		r.user(t, "bob@example.com") // before the identity store has him
		if _, err := ask("person-3", "bob@example.com"); err != nil {
			t.Error("a user whom nobody was bound to:", err)
		}
		owner["bob@example.com"] = "person-3"
		must(t, r, api.UpdateUser, &api.UpdateUserInput{ApplicationID: r.app, UserID: "bob@example.com"}) // binds
		_, err = ask("person-4", "bob@example.com")
		optest.Refused(t, err, fault.Error{Code: fault.AccessDenied})
	})
}

// TestOfUser: by which name the person of a request is known, and which groups
// count.
func TestOfUser(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.group(t, "staff", "ann@example.com")
		r.group(t, "all", "named")
		for name, test := range map[string]struct {
			user application.EndUser
			want Member
		}{
			"nobody":       {application.EndUser{Anonymous: true}, Member{}},
			"an address":   {application.EndUser{Person: op.Person{Name: "x", Email: "Ann+1@example.com"}}, Member{Aliases: []acl.Principal{userIn("", "ann@example.com")}, Groups: []acl.Principal{groupIn("", "staff")}}},
			"a name":       {application.EndUser{Person: op.Person{Name: "arn:aws:iam::111122223333:user/bot"}}, Member{Aliases: []acl.Principal{{Name: "arn:aws:iam::111122223333:user/bot"}}}},
			"an ID":        {application.EndUser{Person: op.Person{ID: "id-1", Name: "ann"}}, Member{Aliases: []acl.Principal{{Name: "id-1"}}}},
			"its groups":   {application.EndUser{Person: op.Person{ID: "id-1", Groups: []string{"named"}}}, Member{Aliases: []acl.Principal{{Name: "id-1"}}}},
			"named groups": {application.EndUser{Person: op.Person{Name: "bot", Groups: []string{"named"}}}, Member{Aliases: []acl.Principal{{Name: "bot"}}, Groups: []acl.Principal{groupIn("", "all"), groupIn("", "named")}}},
		} {
			var got Member
			err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				got, err = r.OfUser(tx, us().Tenant(), r.app, r.index, test.user)
				return err
			})
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
	})
}
