package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// application creates an application with no users of its own.
func (s *site) application(t *testing.T, name string) string {
	t.Helper()
	out := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{
		DisplayName: &name, IdentityType: types.IdentityTypeAnonymous,
	}))(t)
	return *out.ApplicationId
}

func TestApplicationLife(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		created := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{
			DisplayName:  new("helpdesk"),
			Description:  new("Tickets & more: «ünïcode»"),
			IdentityType: types.IdentityTypeAnonymous,
			Tags:         []types.Tag{{Key: new("team"), Value: new("it")}},
		}))(t)
		id := *created.ApplicationId
		if want := regexp.MustCompile(`^arn:aws:qbusiness:us-east-1:[0-9]{12}:application/` + id + `$`); !want.MatchString(*created.ApplicationArn) {
			t.Errorf("ARN %s, want %s", *created.ApplicationArn, want)
		}
		got := must(s.GetApplication(t.Context(), &qbusiness.GetApplicationInput{ApplicationId: &id}))(t)
		if *got.DisplayName != "helpdesk" || *got.Description != "Tickets & more: «ünïcode»" || got.IdentityType != types.IdentityTypeAnonymous {
			t.Errorf("got %q, %q, %s", *got.DisplayName, *got.Description, got.IdentityType)
		}
		if got.Status != types.ApplicationStatusActive || *got.ApplicationArn != *created.ApplicationArn || got.CreatedAt == nil {
			t.Errorf("status %s, ARN %s, created %v", got.Status, *got.ApplicationArn, got.CreatedAt)
		}
		s.update(t, got)
		s.remove(t, id)
	})
}

func (s *site) update(t *testing.T, before *qbusiness.GetApplicationOutput) {
	t.Helper()
	must(s.UpdateApplication(t.Context(), &qbusiness.UpdateApplicationInput{
		ApplicationId:            before.ApplicationId,
		DisplayName:              new("helpdesk-2"),
		AttachmentsConfiguration: &types.AttachmentsConfiguration{AttachmentsControlMode: types.AttachmentsControlModeDisabled},
	}))(t)
	after := must(s.GetApplication(t.Context(), &qbusiness.GetApplicationInput{ApplicationId: before.ApplicationId}))(t)
	if *after.DisplayName != "helpdesk-2" || after.AttachmentsConfiguration.AttachmentsControlMode != types.AttachmentsControlModeDisabled {
		t.Errorf("after the update: %q, attachments %s", *after.DisplayName, after.AttachmentsConfiguration.AttachmentsControlMode)
	}
	if *after.Description != *before.Description || !after.CreatedAt.Equal(*before.CreatedAt) {
		t.Errorf("the update changed what it did not name: %q, %s", *after.Description, after.CreatedAt)
	}
	if !after.UpdatedAt.After(*before.CreatedAt) {
		t.Errorf("updated at %s, not after %s", after.UpdatedAt, before.CreatedAt)
	}
}

// remove deletes an application and waits, as AWS's own handlers do, until it is
// not found.
func (s *site) remove(t *testing.T, id string) {
	t.Helper()
	must(s.DeleteApplication(t.Context(), &qbusiness.DeleteApplicationInput{ApplicationId: &id}))(t)
	var last error
	eventually(t, "the application vanishes", func() bool {
		got, err := s.GetApplication(t.Context(), &qbusiness.GetApplicationInput{ApplicationId: &id})
		if last = err; err == nil && got.Status != types.ApplicationStatusDeleting {
			t.Fatalf("status %s after the delete", got.Status)
		}
		return err != nil
	})
	e := fails[*types.ResourceNotFoundException](t, last)
	if *e.ResourceId != id || *e.ResourceType != "application" || e.ErrorMessage() == "" {
		t.Errorf("not found: id %q, type %q, message %q", *e.ResourceId, *e.ResourceType, e.ErrorMessage())
	}
	for _, a := range s.applications(t, 100) {
		if *a.ApplicationId == id {
			t.Errorf("the list still has %s, %s", id, a.Status)
		}
	}
}

// applications lists all applications in pages of n.
func (s *site) applications(t *testing.T, n int32) []types.Application {
	t.Helper()
	var all []types.Application
	pages := qbusiness.NewListApplicationsPaginator(s, &qbusiness.ListApplicationsInput{MaxResults: &n})
	for pages.HasMorePages() {
		page := must(pages.NextPage(t.Context()))(t)
		if len(page.Applications) > int(n) {
			t.Errorf("a page of %d, want at most %d", len(page.Applications), n)
		}
		all = append(all, page.Applications...)
	}
	return all
}

func TestApplicationPages(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var want, got []string
		for i := range 7 {
			want = append(want, s.application(t, fmt.Sprintf("app-%d", i)))
		}
		for _, a := range s.applications(t, 3) {
			got = append(got, *a.ApplicationId)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of 3 (-want +got):\n%s", diff)
		}
		_, err := s.ListApplications(t.Context(), &qbusiness.ListApplicationsInput{NextToken: new("not-a-token")})
		refusedMember(t, err, "nextToken")
	})
}

func TestApplicationToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		in := &qbusiness.CreateApplicationInput{
			DisplayName: new("once"), IdentityType: types.IdentityTypeAnonymous, ClientToken: new("token-1"),
		}
		first := must(s.CreateApplication(t.Context(), in))(t)
		again := must(s.CreateApplication(t.Context(), in))(t)
		if *first.ApplicationId != *again.ApplicationId || *first.ApplicationArn != *again.ApplicationArn {
			t.Errorf("the same token made %s and %s", *first.ApplicationId, *again.ApplicationId)
		}
		if n := len(s.applications(t, 100)); n != 1 {
			t.Errorf("%d applications, want 1", n)
		}
		in.Description = new("another")
		_, err := s.CreateApplication(t.Context(), in)
		e := fails[*types.ConflictException](t, err)
		if *e.ResourceType != "clientToken" || *e.ResourceId != "token-1" {
			t.Errorf("conflict: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
	})
}

func TestApplicationRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, err := s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("no spaces"), Description: new(longText(1001))})
		refusedMember(t, err, "displayName", "description")

		_, err = s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("saml"), IdentityType: types.IdentityTypeAwsIamIdpSaml})
		refusedMember(t, err, "iamIdentityProviderArn")

		s.application(t, "taken")
		_, err = s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("taken"), IdentityType: types.IdentityTypeAnonymous})
		if e := fails[*types.ConflictException](t, err); *e.ResourceType != "application" || *e.ResourceId == "" {
			t.Errorf("conflict: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
		for i := range 49 {
			s.application(t, fmt.Sprintf("app-%d", i))
		}
		_, err = s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("one-too-many"), IdentityType: types.IdentityTypeAnonymous})
		if e := fails[*types.ServiceQuotaExceededException](t, err); *e.ResourceType != "application" {
			t.Errorf("quota: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
	})
}

// refusedMember demands a ValidationException with one entry of fields for each
// of the members.
func refusedMember(t *testing.T, err error, members ...string) {
	t.Helper()
	e := fails[*types.ValidationException](t, err)
	if e.Reason != types.ValidationExceptionReasonFieldValidationFailed {
		t.Errorf("reason = %s", e.Reason)
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, *f.Name)
		if *f.Message == "" {
			t.Errorf("%s has no message", *f.Name)
		}
	}
	slices.Sort(got)
	slices.Sort(members)
	if diff := cmp.Diff(members, got); diff != "" {
		t.Errorf("fields of %q (-want +got):\n%s", e.ErrorMessage(), diff)
	}
}

func longText(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}
