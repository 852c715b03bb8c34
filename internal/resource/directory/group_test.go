package directory

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/store"
)

// TestPutGroupIsInForceAtOnce, replaces what was there, and leaves nothing behind.
func TestPutGroupIsInForceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.group(t, "staff", "ann@example.com", "Bob+1@Example.com", "ann@example.com")
		if a, b := r.groupsOf(t, "ANN@example.com"), r.groupsOf(t, "bob@example.com"); a != "staff" || b != "staff" {
			t.Errorf("put: ann is in %q, bob in %q", a, b)
		}
		r.clock.Advance(time.Minute)
		r.group(t, "staff", "bob@example.com", "carl@example.com")
		if a, b, c := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "bob@example.com"), r.groupsOf(t, "carl@example.com"); a != "" || b != "staff" || c != "staff" {
			t.Errorf("put anew: ann is in %q, bob in %q, carl in %q", a, b, c)
		}
		r.work(t)
		if n := r.count(t, "directory_member"); n != 2 {
			t.Errorf("%d rows of members are left", n)
		}
		g := r.get(t, "staff")
		want := []api.GroupStatus{api.GroupStatusProcessing, api.GroupStatusSucceeded, api.GroupStatusProcessing, api.GroupStatusSucceeded}
		if diff := cmp.Diff(want, statuses(g)); diff != "" || *g.Status.Status != api.GroupStatusSucceeded || !g.Status.LastUpdatedAt.Equal(r.moment()) {
			t.Errorf("status %v at %v, history (-want +got):\n%s", *g.Status.Status, g.Status.LastUpdatedAt, diff)
		}
		r.group(t, "staff") // nobody
		if c := r.groupsOf(t, "carl@example.com"); c != "" {
			t.Errorf("emptied: carl is in %q", c)
		}
	})
}

// TestNestedGroups: five deep and more, by several ways, with cycles, before they
// exist, and after they are gone.
func TestNestedGroups(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.group(t, "g5", "g4") // g4 is not there yet
		r.group(t, "g4", "g3")
		r.group(t, "g3", "g2", "other")
		r.group(t, "g2", "g1", "g5") // a cycle
		if got := r.groupsOf(t, "ann@example.com"); got != "" {
			t.Errorf("before she is in one: %q", got)
		}
		r.group(t, "g1", "ann@example.com", "g1") // and one of itself
		if got := r.groupsOf(t, "ann@example.com"); got != "g1 g2 g3 g4 g5" {
			t.Errorf("five deep: %q", got)
		}
		r.group(t, "other", "ann@example.com", "bob@example.com")
		if got := r.groupsOf(t, "bob@example.com"); got != "g2 g3 g4 g5 other" {
			t.Errorf("around the cycle: %q", got)
		}
		r.erase(t, "g3")
		if a, b := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "bob@example.com"); a != "g1 g2 other" || b != "other" {
			t.Errorf("without g3: ann is in %q, bob in %q", a, b)
		}
		r.work(t)
		r.group(t, "g3", "bob@example.com")
		if a, b := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "bob@example.com"); a != "g1 g2 other" || b != "g2 g3 g4 g5 other" {
			t.Errorf("with another g3: ann is in %q, bob in %q", a, b)
		}
	})
}

// TestGroupsOfDataSources: names are of a data source or of the index, members are
// of the group's own unless their type says otherwise, and aliases lead there.
func TestGroupsOfDataSources(t *testing.T) {
	index, source := api.MembershipTypeIndex, api.MembershipTypeDatasource
	each(t, func(t *testing.T, r *rig) {
		r.user(t, "ann@example.com", of(wiki, "annie"), at(r.index, "ann-local"), at(r.other, "ann-other"))
		must(t, r, api.PutGroup, r.putOf(wiki, "editors", api.GroupMembers{MemberUsers: []api.MemberUser{{UserID: "annie"}, {UserID: "bobby", Type: &source}}}))
		must(t, r, api.PutGroup, r.putOf(crm, "editors", api.GroupMembers{MemberUsers: []api.MemberUser{{UserID: "annie"}}}))
		must(t, r, api.PutGroup, r.putOf(wiki, "authors", api.GroupMembers{
			MemberUsers: []api.MemberUser{{UserID: "Carl@example.com", Type: &index}}, MemberGroups: []api.MemberGroup{{GroupName: "editors"}, {GroupName: "staff", Type: &index}},
		}))
		r.group(t, "staff", "dora@example.com", "editors") // the index's editors, who are not there
		r.group(t, "locals", "ann-local@", "ann@x")
		must(t, r, api.PutGroup, r.put("by-alias", api.GroupMembers{MemberUsers: []api.MemberUser{{UserID: "ann-local"}}}))
		must(t, r, api.PutGroup, r.put("elsewhere", api.GroupMembers{MemberUsers: []api.MemberUser{{UserID: "ann-other"}}}))
		for user, want := range map[string]string{
			"ann@example.com":  "by-alias wiki/authors wiki/editors",
			"carl@example.com": "wiki/authors",
			"dora@example.com": "staff wiki/authors",
			"annie":            "", // only a local name
			"bobby":            "",
		} {
			if got := r.groupsOf(t, user); got != want {
				t.Errorf("%s is in %q, want %q", user, got, want)
			}
		}
		want := []acl.Principal{userIn("", "ann@example.com"), {Name: "ann-local"}, {Name: "annie", Source: wiki}}
		if diff := cmp.Diff(want, r.who(t, "ann@example.com").Aliases); diff != "" {
			t.Error("aliases (-want +got):\n", diff)
		}
		want = []acl.Principal{userIn("", "ann@example.com"), {Name: "ann-other"}, {Name: "annie", Source: wiki}}
		other := r.whoIn(t, r.other, "ann@example.com")
		if diff := cmp.Diff(want, other.Aliases); diff != "" || len(other.Groups) != 0 {
			t.Error("in the other index (-want +got):\n", diff, other.Groups)
		}
		if set := other.Set(); len(set) != 3 || !set.Has(acl.Principal{Name: "annie", Source: wiki}) {
			t.Error("as a set:", set)
		}
	})
}

// TestWhatAGroupMayNotBe: each rule, with its field.
func TestWhatAGroupMayNotBe(t *testing.T) {
	source := api.MembershipTypeDatasource
	each(t, func(t *testing.T, r *rig) {
		many := make([]string, MaxInline+1)
		for i := range many {
			many[i] = fmt.Sprintf("user-%d@example.com", i)
		}
		must(t, r, api.PutGroup, r.put("full", members(many[1:]...)))
		nowhere := uuid.NewString()
		for name, test := range map[string]struct {
			change func(in *api.PutGroupInput)
			want   fault.Error
		}{
			"too many members": {func(in *api.PutGroupInput) { in.GroupMembers = members(many...) }, optest.Invalid("groupMembers")},
			"members and an object": {func(in *api.PutGroupInput) {
				*in = *r.putFrom("g", "k")
				in.GroupMembers.MemberUsers = members("a@b").MemberUsers
			}, optest.Invalid("groupMembers")},
			"an object without a role":       {func(in *api.PutGroupInput) { *in = *r.putFrom("g", "k"); in.RoleARN = nil }, optest.Invalid("roleArn")},
			"a data source's without one":    {func(in *api.PutGroupInput) { in.Type = source }, optest.Invalid("dataSourceId")},
			"the index's with a data source": {func(in *api.PutGroupInput) { in.DataSourceID = new(wiki) }, optest.Invalid("type")},
			"a data source's member of the index's": {func(in *api.PutGroupInput) {
				in.GroupMembers.MemberUsers = []api.MemberUser{{UserID: "a@b"}, {UserID: "c", Type: &source}}
			}, optest.Invalid("groupMembers.memberUsers[1].type")},
			"a data source's group of the index's": {func(in *api.PutGroupInput) {
				in.GroupMembers.MemberGroups = []api.MemberGroup{{GroupName: "c", Type: &source}}
			}, optest.Invalid("groupMembers.memberGroups[0].type")},
			"of a data source of another index":   {func(in *api.PutGroupInput) { *in = *r.putOf(wiki, "g", members()); in.IndexID = r.other }, absent("data-source", wiki)},
			"of an index that is not there":       {func(in *api.PutGroupInput) { in.IndexID = nowhere }, absent("index", nowhere)},
			"of an application that is not there": {func(in *api.PutGroupInput) { in.ApplicationID = nowhere }, absent("application", nowhere)},
		} {
			t.Run(name, func(t *testing.T) {
				in := r.put("g", members("ann@example.com"))
				test.change(in)
				refused(t, r, api.PutGroup, in, test.want)
				refused(t, r, api.GetGroup, &api.GetGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "g"}, absent("group", "g"))
			})
		}
		r.Service.Objects = blob.None{}
		said := refused(t, r, api.PutGroup, r.putFrom("g", "k"), optest.Invalid("groupMembers.s3PathForGroupMembers"))
		if !strings.Contains(said, "--buckets") {
			t.Error(said)
		}
	})
}

// TestGroupNames: long ones, of every script, are told apart by each letter; those
// of a data source are found there alone.
func TestGroupNames(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		long := strings.Repeat("ば", 1023)
		for _, name := range []string{long + "a", long + "A", "Staff", "staff", "a/b c%2F?#"} {
			r.group(t, name, "ann@example.com")
			if got := r.get(t, name); *got.Status.Status != api.GroupStatusSucceeded {
				t.Errorf("%.9s…: %s", name, *got.Status.Status)
			}
		}
		if n := len(r.who(t, "ann@example.com").Groups); n != 5 {
			t.Errorf("she is in %d groups", n)
		}
		must(t, r, api.PutGroup, r.putOf(wiki, "wikians", members()))
		said := refused(t, r, api.GetGroup, &api.GetGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "wikians"}, absent("group", "wikians"))
		if !strings.Contains(said, "dataSourceId") {
			t.Error(said)
		}
		refused(t, r, api.DeleteGroup, &api.DeleteGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "wikians", DataSourceID: new(crm)}, absent("group", "wikians"))
		must(t, r, api.GetGroup, &api.GetGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "wikians", DataSourceID: new(wiki)})
	})
}

// TestDeleteGroup: nobody is in it at once, the job removes it, and one that is put
// meanwhile stays.
func TestDeleteGroup(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.group(t, "staff", "ann@example.com")
		r.erase(t, "staff")
		if got := r.groupsOf(t, "ann@example.com"); got != "" {
			t.Errorf("she is still in %q", got)
		}
		g := r.get(t, "staff")
		if *g.Status.Status != api.GroupStatusDeleting {
			t.Errorf("status %s", *g.Status.Status)
		}
		r.erase(t, "staff") // again
		r.work(t)
		refused(t, r, api.GetGroup, &api.GetGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "staff"}, absent("group", "staff"))
		refused(t, r, api.DeleteGroup, &api.DeleteGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "staff"}, absent("group", "staff"))
		if n := r.count(t, "directory_member"); n != 0 {
			t.Errorf("%d members are left", n)
		}
		r.group(t, "staff", "ann@example.com")
		r.erase(t, "staff")
		r.group(t, "staff", "bob@example.com")
		r.work(t)
		if a, b := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "bob@example.com"); a != "" || b != "staff" {
			t.Errorf("put while it was deleted: ann is in %q, bob in %q", a, b)
		}
		if n := r.count(t, "directory_member"); n != 1 {
			t.Errorf("%d members are left", n)
		}
	})
}

// TestAGroupThatGoesUnseen: who looks before a group is deleted, and only after its
// rows are gone, finds nobody in it, nor in the groups that it was in.
func TestAGroupThatGoesUnseen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.group(t, "staff", "ann@example.com")
		r.group(t, "all", "team")
		r.group(t, "team", "staff")
		must(t, r, api.PutGroup, r.putOf(wiki, "wikians", api.GroupMembers{MemberGroups: []api.MemberGroup{{GroupName: "staff", Type: new(api.MembershipTypeIndex)}}}))
		if got := r.groupsOf(t, "ann@example.com"); got != "all staff team wiki/wikians" {
			t.Fatalf("before: %q", got)
		}
		r.erase(t, "team")
		r.work(t)
		if got := r.groupsOf(t, "ann@example.com"); got != "staff wiki/wikians" {
			t.Errorf("without team: %q", got)
		}
		r.purgeAll(t, func(tx *store.Tx) (bool, error) { return PurgeSource(tx, us().Tenant(), r.app, r.index, wiki, 10) })
		if got := r.groupsOf(t, "ann@example.com"); got != "staff" {
			t.Errorf("without the data source: %q", got)
		}
	})
}

// TestListGroups: by age, of the index or of a data source, page by page.
func TestListGroups(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var want []string
		for i := range 23 {
			r.clock.Advance(time.Second)
			name := fmt.Sprintf("group-%02d", i)
			r.group(t, name)
			want = append([]string{name}, want...)
		}
		must(t, r, api.PutGroup, r.putOf(wiki, "wikians", members()))
		list := func(in api.ListGroupsInput) (names []string, pages int) {
			in.ApplicationID, in.IndexID = r.app, r.index
			for {
				out := must(t, r, api.ListGroups, &in)
				pages++
				for _, g := range out.Items {
					names = append(names, *g.GroupName)
				}
				if in.NextToken = out.NextToken; in.NextToken == nil {
					return names, pages
				}
			}
		}
		later := r.moment().Add(time.Second)
		if got, pages := list(api.ListGroupsInput{UpdatedEarlierThan: later}); pages != 3 || cmp.Diff(want, got) != "" {
			t.Errorf("%d pages: %v", pages, got)
		}
		if got, pages := list(api.ListGroupsInput{UpdatedEarlierThan: later, MaxResults: new(int32(7))}); pages != 4 || cmp.Diff(want, got) != "" {
			t.Errorf("%d pages of 7: %v", pages, got)
		}
		if got, _ := list(api.ListGroupsInput{UpdatedEarlierThan: r.moment()}); cmp.Diff(want[1:], got) != "" {
			t.Errorf("before the last: %v", got)
		}
		if got, _ := list(api.ListGroupsInput{UpdatedEarlierThan: later, DataSourceID: new(wiki)}); cmp.Diff([]string{"wikians"}, got) != "" {
			t.Errorf("of the data source: %v", got)
		}
		r.clock.Advance(time.Minute)
		r.group(t, "group-00")
		r.erase(t, "group-01")
		if got, _ := list(api.ListGroupsInput{UpdatedEarlierThan: later}); len(got) != 21 {
			t.Errorf("two were updated since: %v", got)
		}
		token := must(t, r, api.ListGroups, &api.ListGroupsInput{ApplicationID: r.app, IndexID: r.index, UpdatedEarlierThan: later}).NextToken
		refused(t, r, api.ListGroups, &api.ListGroupsInput{ApplicationID: r.app, IndexID: r.index, UpdatedEarlierThan: later, DataSourceID: new(wiki), NextToken: token}, optest.Invalid("nextToken"))
		refused(t, r, api.ListGroups, &api.ListGroupsInput{ApplicationID: r.app, IndexID: r.other, UpdatedEarlierThan: later, NextToken: token}, optest.Invalid("nextToken"))
		const elsewhere = "00000000-0000-4000-8000-000000000000"
		refused(t, r, api.ListGroups, &api.ListGroupsInput{ApplicationID: r.app, IndexID: r.index, UpdatedEarlierThan: later, DataSourceID: new(elsewhere)}, absent("data-source", elsewhere))
	})
}

// TestGroupsOfAUserAreBounded: who is in more than 1,000 groups is refused, because
// no group that denies may be left out.
func TestGroupsOfAUserAreBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
			for i := range MaxGroups - 1 { // by hand, because it is quicker
				p := place{us().Tenant(), r.app, r.index, "", fmt.Sprint("group-", i+1)}
				g := &Group{place: p, Live: 1, Version: 1, Change: 1, Nested: []string{key(groupIn("", "group-0"))}, Statuses: []status{{Status: api.GroupStatusSucceeded}}}
				if err := saveGroup(tx, g); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r.group(t, "group-0", "ann@example.com")
		if m := r.who(t, "ann@example.com"); len(m.Groups) != MaxGroups || len(m.Set()) != MaxGroups+1 {
			t.Errorf("she is in %d groups", len(m.Groups))
		}
		r.group(t, "one more", "group-7")
		err = r.DB.View(t.Context(), func(tx *store.Tx) error {
			_, err := r.Of(tx, us().Tenant(), r.app, r.index, "ann@example.com")
			return err
		})
		if said := optest.Refused(t, err, fault.Error{Code: fault.AccessDenied}); !strings.Contains(said, "more than 1000 groups") {
			t.Error(said)
		}
	})
}

// TestMembersFromABucket: the job reads them, the old ones are in force until then,
// and a job that comes too late changes nothing.
func TestMembersFromABucket(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.objects.content["people/staff"] = `{"userId": "ann@example.com"}` + "\n" + `{"groupName": "board"}`
		r.group(t, "board", "bob@example.com")
		r.group(t, "staff", "carl@example.com")
		must(t, r, api.PutGroup, r.putFrom("staff", "staff"))
		if g := r.get(t, "staff"); *g.Status.Status != api.GroupStatusProcessing {
			t.Errorf("status %s", *g.Status.Status)
		}
		if a, c := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "carl@example.com"); a != "" || c != "staff" {
			t.Errorf("meanwhile ann is in %q, carl in %q", a, c)
		}
		r.work(t)
		for user, want := range map[string]string{"ann@example.com": "staff", "bob@example.com": "board staff", "carl@example.com": ""} {
			if got := r.groupsOf(t, user); got != want {
				t.Errorf("then %s is in %q, want %q", user, got, want)
			}
		}
		if g := r.get(t, "staff"); *g.Status.Status != api.GroupStatusSucceeded {
			t.Errorf("status %s", *g.Status.Status)
		}
		if n := r.count(t, "directory_member"); n != 2 {
			t.Errorf("%d rows of members", n)
		}
		must(t, r, api.PutGroup, r.putFrom("staff", "staff"))
		r.group(t, "staff", "dora@example.com") // before the job
		must(t, r, api.PutGroup, r.putFrom("gone", "staff"))
		r.erase(t, "gone")
		r.work(t)
		if a, d := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "dora@example.com"); a != "" || d != "staff" {
			t.Errorf("overtaken: ann is in %q, dora in %q", a, d)
		}
		refused(t, r, api.GetGroup, &api.GetGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "gone"}, absent("group", "gone"))
	})
}

// TestMembersThatCannotBeRead: what is wrong is told, the old members stay, and
// another PutGroup mends it.
func TestMembersThatCannotBeRead(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		failure error
		code    api.ErrorCode
		says    string
	}{
		"no such object":    {"", nil, api.ErrorCodeResourceNotFound, "s3://people/staff"},
		"no such bucket":    {"", blob.ErrNoBucket, api.ErrorCodeResourceNotFound, "No such bucket"},
		"not allowed there": {"", blob.ErrDenied, api.ErrorCodeInvalidRequest, "Access to the object is denied"},
		"no list":           {"ann@example.com", nil, api.ErrorCodeInvalidRequest, "The object is not a list of members"},
		"does not answer":   {"", errors.New("secret of the network"), api.ErrorCodeInternalError, "The members could not be read. Put the group again."},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				if test.content != "" {
					r.objects.content["people/staff"] = test.content
				}
				r.objects.failures["people/staff"] = test.failure
				r.group(t, "staff", "carl@example.com")
				must(t, r, api.PutGroup, r.putFrom("staff", "staff"))
				for range 10 { // attempts
					r.work(t)
					r.clock.Advance(10 * time.Minute)
				}
				g := r.get(t, "staff")
				if *g.Status.Status != api.GroupStatusFailed || *g.Status.ErrorDetail.ErrorCode != test.code || !strings.Contains(*g.Status.ErrorDetail.ErrorMessage, test.says) {
					t.Fatalf("%s: %+v", *g.Status.Status, g.Status.ErrorDetail)
				}
				if got := r.groupsOf(t, "carl@example.com"); got != "staff" {
					t.Errorf("carl is in %q", got)
				}
				r.objects.content["people/staff"], r.objects.failures["people/staff"] = `[{"userId": "ann@example.com"}]`, nil
				must(t, r, api.PutGroup, r.putFrom("staff", "staff"))
				r.work(t)
				if a, c := r.groupsOf(t, "ann@example.com"), r.groupsOf(t, "carl@example.com"); a != "staff" || c != "" {
					t.Errorf("mended: ann is in %q, carl in %q", a, c)
				}
				if n := r.count(t, "directory_member"); n != 1 {
					t.Errorf("%d rows of members", n)
				}
			})
		})
	}
}

// TestTheRoleMayReadTheMembers: when it is handed over, and when it is used.
func TestTheRoleMayReadTheMembers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Roles.TrustUnknown = false
		r.objects.content["people/staff"] = `{"userId": "ann@example.com"}`
		said := refused(t, r, api.PutGroup, r.putFrom("staff", "staff"), optest.Invalid("roleArn"))
		if !strings.Contains(said, "there is no role "+role) {
			t.Error(said)
		}
		const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}}`
		if _, err := r.Roles.Principals.CreateRole(t.Context(), us(), &iam.CreateRoleInput{RoleName: "members", AssumeRolePolicyDocument: trust}); err != nil {
			t.Fatal(err)
		}
		may := func(resource string) {
			t.Helper()
			document := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"` + resource + `"}}`
			if _, err := r.Roles.Principals.PutRolePolicy(t.Context(), us(), &iam.PutRolePolicyInput{RoleName: "members", PolicyName: "reads", PolicyDocument: document}); err != nil {
				t.Fatal(err)
			}
		}
		may("arn:aws:s3:::people/other")
		said = refused(t, r, api.PutGroup, r.putFrom("staff", "staff"), optest.Invalid("roleArn"))
		if !strings.Contains(said, "s3:GetObject on arn:aws:s3:::people/staff") {
			t.Error(said)
		}
		may("arn:aws:s3:::people/*")
		must(t, r, api.PutGroup, r.putFrom("staff", "staff"))
		may("arn:aws:s3:::other/*") // before the job
		r.work(t)
		g := r.get(t, "staff")
		if *g.Status.Status != api.GroupStatusFailed || *g.Status.ErrorDetail.ErrorCode != api.ErrorCodeInvalidRequest || !strings.Contains(*g.Status.ErrorDetail.ErrorMessage, "is not allowed to do s3:GetObject") {
			t.Errorf("%s: %+v", *g.Status.Status, g.Status.ErrorDetail)
		}
	})
}

// TestAHistoryIsBounded, and keeps the latest.
func TestAHistoryIsBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range maxHistory {
			r.group(t, "staff")
		}
		if g := r.get(t, "staff"); len(g.StatusHistory) != maxHistory || *g.Status.Status != api.GroupStatusSucceeded {
			t.Errorf("%d statuses, the last %s", len(g.StatusHistory), *g.Status.Status)
		}
	})
}
