// Package application owns applications: who may be their users (identity
// type), their settings, their life from ACTIVE to DELETING, and the removal of
// everything below one.
//
// It does not know what lies below: each family removes its own rows, through
// the functions in Service.Below. Users and sessions belong to edge/access, the
// statements of an application's policy to resource/permission, its tags to
// resource/tag.
//
// Rows: application (one per application), landlord (one per account that ever
// kept applications).
package application

import (
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// Application is an application as it is stored.
type Application struct {
	ID          string                `json:"id"`
	DisplayName string                `json:"displayName"`
	Description *string               `json:"description,omitzero"`
	Role        *string               `json:"role,omitzero"` // ARN; absent: the service-linked role
	Status      api.ApplicationStatus `json:"status"`
	Error       *api.ErrorDetail      `json:"error,omitzero"` // of a FAILED one
	CreatedAt   time.Time             `json:"createdAt"`
	UpdatedAt   time.Time             `json:"updatedAt"`

	Identity         Identity                           `json:"identity"`
	Encryption       *api.EncryptionConfiguration       `json:"encryption,omitzero"`
	Attachments      api.AttachmentsControlMode         `json:"attachments"`
	QApps            api.QAppsControlMode               `json:"qApps"`
	Personalization  api.PersonalizationControlMode     `json:"personalization"`
	AutoSubscription *api.AutoSubscriptionConfiguration `json:"autoSubscription,omitzero"` // federated identity only
}

// ARN names the application, which is one of the caller's account and Region.
func (a Application) ARN(c op.Caller) string { return arn(c, a.ID) }

func arn(c op.Caller, id string) string { return c.ARN("application/%s", id) }

// role is the application's role: where none was given, the one that the
// service links to the account by itself.
func (a Application) role(c op.Caller) string {
	if a.Role != nil {
		return *a.Role
	}
	return fmt.Sprintf("arn:%s:iam::%s:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness", op.Partition, c.Owns())
}

// newApplication is the application that a valid CreateApplication asks for. It
// is ACTIVE at once: there is nothing to wait for.
func newApplication(id string, in *api.CreateApplicationInput) Application {
	a := Application{
		ID:              id,
		DisplayName:     in.DisplayName,
		Description:     in.Description,
		Role:            in.RoleARN,
		Status:          api.ApplicationStatusActive,
		Identity:        identityOf(in),
		Encryption:      in.EncryptionConfiguration,
		Attachments:     api.AttachmentsControlModeEnabled,
		QApps:           api.QAppsControlModeDisabled,
		Personalization: api.PersonalizationControlModeDisabled,
	}
	if a.Identity.Type == api.IdentityTypeAwsIAMIDC {
		a.Personalization = api.PersonalizationControlModeEnabled // the guide: on by default, fed by Identity Center
	}
	if a.Identity.federated() {
		a.AutoSubscription = &api.AutoSubscriptionConfiguration{AutoSubscribe: api.AutoSubscriptionStatusDisabled}
	}
	a.configure(in.AttachmentsConfiguration, in.QAppsConfiguration, in.PersonalizationConfiguration)
	return a
}

// update changes what a valid UpdateApplication names, and leaves the rest.
func (a *Application) update(in *api.UpdateApplicationInput) {
	if in.DisplayName != nil {
		a.DisplayName = *in.DisplayName
	}
	if in.Description != nil {
		a.Description = in.Description
	}
	if in.RoleARN != nil {
		a.Role = in.RoleARN
	}
	if in.IdentityCenterInstanceARN != nil {
		a.Identity.Instance = *in.IdentityCenterInstanceARN
	}
	if in.AutoSubscriptionConfiguration != nil {
		a.AutoSubscription = in.AutoSubscriptionConfiguration
	}
	a.configure(in.AttachmentsConfiguration, in.QAppsConfiguration, in.PersonalizationConfiguration)
}

// configure sets the switches that a request may name.
func (a *Application) configure(files *api.AttachmentsConfiguration, apps *api.QAppsConfiguration, personal *api.PersonalizationConfiguration) {
	if files != nil {
		a.Attachments = files.AttachmentsControlMode
	}
	if apps != nil {
		a.QApps = apps.QAppsControlMode
	}
	if personal != nil {
		a.Personalization = personal.PersonalizationControlMode
	}
}

// detail is what GetApplication shows of the application.
func (a Application) detail(c op.Caller) *api.GetApplicationOutput {
	out := &api.GetApplicationOutput{
		DisplayName:                   &a.DisplayName,
		ApplicationID:                 &a.ID,
		ApplicationARN:                new(a.ARN(c)),
		RoleARN:                       new(a.role(c)),
		Status:                        &a.Status,
		Description:                   a.Description,
		EncryptionConfiguration:       a.Encryption,
		CreatedAt:                     &a.CreatedAt,
		UpdatedAt:                     &a.UpdatedAt,
		AttachmentsConfiguration:      &api.AppliedAttachmentsConfiguration{AttachmentsControlMode: &a.Attachments},
		QAppsConfiguration:            &api.QAppsConfiguration{QAppsControlMode: a.QApps},
		PersonalizationConfiguration:  &api.PersonalizationConfiguration{PersonalizationControlMode: a.Personalization},
		AutoSubscriptionConfiguration: a.AutoSubscription,
		Error:                         a.Error,
	}
	a.Identity.show(c, a.ID, out)
	return out
}

// summary is what ListApplications shows of it.
func (a Application) summary() api.Application {
	return api.Application{
		DisplayName:             &a.DisplayName,
		ApplicationID:           &a.ID,
		CreatedAt:               &a.CreatedAt,
		UpdatedAt:               &a.UpdatedAt,
		Status:                  &a.Status,
		IdentityType:            &a.Identity.Type,
		QuickSightConfiguration: a.Identity.QuickSight,
	}
}
