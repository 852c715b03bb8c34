package application

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// pageOf asks for one page and returns the IDs on it.
func pageOf(t *testing.T, r *rig, size int32, token *string) (ids []string, next *string) {
	t.Helper()
	out := must(t, r, us(), api.ListApplications, &api.ListApplicationsInput{MaxResults: &size, NextToken: token})
	for _, a := range out.Applications {
		ids = append(ids, *a.ApplicationID)
	}
	return ids, out.NextToken
}

func TestTheListSummarizes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, us(), api.CreateApplication, complete(api.IdentityTypeAwsQuicksightIDP))
		r.clock.Advance(time.Second)
		create(t, r, "second")
		r.clock.Advance(time.Second)
		must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: id(2)})
		start := *get(t, r, id(1)).CreatedAt
		want := &api.ListApplicationsOutput{Applications: []api.Application{
			{
				DisplayName: new("second"), ApplicationID: new(id(2)), Status: new(api.ApplicationStatusDeleting),
				IdentityType: new(api.IdentityTypeAnonymous),
				CreatedAt:    new(start.Add(time.Second)), UpdatedAt: new(start.Add(2 * time.Second)),
			},
			{
				DisplayName: new("app"), ApplicationID: new(id(1)), Status: new(api.ApplicationStatusActive),
				IdentityType: new(api.IdentityTypeAwsQuicksightIDP), QuickSightConfiguration: &api.QuickSightConfiguration{ClientNamespace: "default"},
				CreatedAt: &start, UpdatedAt: &start,
			},
		}}
		if diff := cmp.Diff(want, must(t, r, us(), api.ListApplications, &api.ListApplicationsInput{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPagesHoldWhileTheListChanges walks the list, some entries of one moment,
// while applications come and go.
func TestPagesHoldWhileTheListChanges(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var want []string
		for i := range 10 {
			want = append(want, create(t, r, fmt.Sprintf("app-%d", i)))
			if i%3 == 0 {
				r.clock.Advance(time.Second)
			}
		}
		slices.Reverse(want)
		var got []string
		for token, n := (*string)(nil), 0; n == 0 || token != nil; n++ {
			var ids []string
			ids, token = pageOf(t, r, 3, token)
			got = append(got, ids...)
			r.clock.Advance(time.Second)
			create(t, r, fmt.Sprintf("newer-%d", n))
			if n%2 == 0 { // the row that the token names is gone
				must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: ids[len(ids)-1]})
				work(t, r)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAFullLastPageHasNoToken(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		create(t, r, "one")
		create(t, r, "two")
		if ids, next := pageOf(t, r, 2, nil); len(ids) != 2 || next != nil {
			t.Errorf("%d entries, token %v", len(ids), next)
		}
		if ids, next := pageOf(t, r, 1, nil); len(ids) != 1 || next == nil {
			t.Errorf("%d entries, no token", len(ids))
		}
	})
}

func TestAPageHasAHundredUnlessAsked(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Quotas.Applications = 101
		for i := range 101 {
			create(t, r, fmt.Sprintf("app-%d", i))
		}
		out := must(t, r, us(), api.ListApplications, &api.ListApplicationsInput{})
		if len(out.Applications) != 100 || out.NextToken == nil {
			t.Errorf("%d entries, token %t", len(out.Applications), out.NextToken != nil)
		}
	})
}

func TestForeignPageTokensAreRefused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		create(t, r, "one")
		create(t, r, "two")
		_, token := pageOf(t, r, 1, nil)
		role, elsewhere := us(), us()
		role.Principal = "arn:aws:iam::111122223333:role/other"
		elsewhere.Region = "eu-west-1"
		for name, tt := range map[string]struct {
			c     op.Caller
			token string
		}{
			"made up":           {us(), "AAAA"},
			"changed":           {us(), *token + "A"},
			"another principal": {role, *token},
			"another Region":    {elsewhere, *token},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := call(t, r, tt.c, api.ListApplications, &api.ListApplicationsInput{NextToken: &tt.token})
				optest.Refused(t, err, optest.Invalid("nextToken"))
			})
		}
	})
}
