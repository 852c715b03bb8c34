package application

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// TestAnApplicationsRole has to exist and to trust the service, for this
// application if it says so.
func TestAnApplicationsRole(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Roles.TrustUnknown = false
		const role = "arn:aws:iam::111122223333:role/helpdesk"
		create := &api.CreateApplicationInput{DisplayName: "helpdesk", IdentityType: new(api.IdentityTypeAnonymous), RoleARN: new(role)}
		_, err := call(t, r, us(), api.CreateApplication, create)
		if said := optest.Refused(t, err, optest.Invalid("roleArn")); !strings.Contains(said, "there is no role "+role) {
			t.Error(said)
		}
		trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole",
			"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:qbusiness:us-east-1:111122223333:application/a1000000-0000-4000-8000-000000000002"}}}}`
		if _, err := r.Roles.Principals.CreateRole(t.Context(), us(), &iam.CreateRoleInput{RoleName: "helpdesk", AssumeRolePolicyDocument: trust}); err != nil {
			t.Fatal(err)
		}
		made := must(t, r, us(), api.CreateApplication, create) // the second ID that was given
		other := must(t, r, us(), api.CreateApplication, &api.CreateApplicationInput{DisplayName: "other", IdentityType: new(api.IdentityTypeAnonymous)})
		must(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: *made.ApplicationID, RoleARN: new(role)})
		_, err = call(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: *other.ApplicationID, RoleARN: new(role)})
		if said := optest.Refused(t, err, optest.Invalid("roleArn")); !strings.Contains(said, "does not let qbusiness.amazonaws.com assume it for "+*other.ApplicationARN) {
			t.Error(said)
		}
		linked := "arn:aws:iam::111122223333:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness"
		must(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: *other.ApplicationID, RoleARN: &linked})
	})
}
