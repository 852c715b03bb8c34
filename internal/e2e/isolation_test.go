package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// TestRegionsApart: what an account has in one Region is not there in another,
// nor are its names, tokens and pages.
func TestRegionsApart(t *testing.T) {
	t.Parallel()
	server, err := launch.Start(t.Context(), launch.Config{Program: program, Data: t.TempDir(), Args: []string{"--region", "us-east-1,eu-west-1"}})
	if err != nil {
		t.Fatal(err)
	}
	s := adopt(t, server, "")
	ireland := func(o *qbusiness.Options) { o.Region = "eu-west-1" }
	in := &qbusiness.CreateApplicationInput{DisplayName: new("twin"), IdentityType: types.IdentityTypeAnonymous, ClientToken: new("token")}
	here := must(s.CreateApplication(t.Context(), in))(t)
	there := must(s.CreateApplication(t.Context(), in, ireland))(t)
	if *here.ApplicationId == *there.ApplicationId {
		t.Errorf("one token made %s in both Regions", *here.ApplicationId)
	}
	if want := "arn:aws:qbusiness:eu-west-1:000000000000:application/" + *there.ApplicationId; *there.ApplicationArn != want {
		t.Errorf("ARN %s, want %s", *there.ApplicationArn, want)
	}
	_, err = s.GetApplication(t.Context(), &qbusiness.GetApplicationInput{ApplicationId: here.ApplicationId}, ireland)
	fails[*types.ResourceNotFoundException](t, err)
	_, err = s.DeleteApplication(t.Context(), &qbusiness.DeleteApplicationInput{ApplicationId: here.ApplicationId}, ireland)
	fails[*types.ResourceNotFoundException](t, err)
	_, err = s.ListTagsForResource(t.Context(), &qbusiness.ListTagsForResourceInput{ResourceARN: here.ApplicationArn}, ireland)
	fails[*types.ResourceNotFoundException](t, err)

	s.application(t, "second")
	first := must(s.ListApplications(t.Context(), &qbusiness.ListApplicationsInput{MaxResults: new(int32(1))}))(t)
	_, err = s.ListApplications(t.Context(), &qbusiness.ListApplicationsInput{MaxResults: new(int32(1)), NextToken: first.NextToken}, ireland)
	refusedMember(t, err, "nextToken")
}
