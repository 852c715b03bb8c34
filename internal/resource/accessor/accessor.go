// Package accessor owns data accessors: which company's role may search an
// application's data, how that company's users sign in, and the filter that its
// searches are under.
//
// Each has an application in the account's Identity Center, made and removed in
// the same transactions by resource/identitycenter, which gives the company its
// tokens. That the role may call at all is a statement of the application's
// policy (resource/permission): it is added, and stays when the accessor goes,
// as the API reference has it. A filter's form is resource/attribute's; whoever
// searches applies it, and gets it from Under.
//
// Rows: accessor (one per data accessor).
package accessor

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
)

// typeName is what errors and ARNs call a data accessor.
const typeName = "data-accessor"

// Accessor is a data accessor as it is stored.
type Accessor struct {
	Application string `json:"-"` // in the row's key
	ID          string `json:"-"` // likewise

	Name           string                                `json:"name"`
	Principal      string                                `json:"principal"`               // ARN of the company's role
	Center         string                                `json:"center"`                  // ARN of the application in Identity Center
	Actions        []api.ActionConfiguration             `json:"actions"`                 // one: a search
	Authentication *api.DataAccessorAuthenticationDetail `json:"authentication,omitzero"` // nil: authorization codes, as with that type
	CreatedAt      time.Time                             `json:"createdAt"`
	UpdatedAt      time.Time                             `json:"updatedAt"`
}

// ARN names the accessor, which is one of the caller's account and Region.
func (a *Accessor) ARN(c op.Caller) string {
	return c.ARN("application/%s/%s/%s", a.Application, typeName, a.ID)
}

// issuer is the ARN of the trusted token issuer; empty where users sign in here.
func (a *Accessor) issuer() string {
	if a.Authentication == nil || a.Authentication.AuthenticationConfiguration == nil {
		return ""
	}
	return a.Authentication.AuthenticationConfiguration.IDCTrustedTokenIssuerConfiguration.IDCTrustedTokenIssuerARN
}

// application is what the accessor wants of its application in Identity Center.
func (a *Accessor) application(region string) identitycenter.AccessorApplication {
	wanted := identitycenter.AccessorApplication{
		Name: a.Name, Region: region, Principal: a.Principal,
		Type: identitycenter.AuthorizationCode, TrustedTokenIssuer: a.issuer(),
	}
	if a.Authentication != nil {
		wanted.Type = string(a.Authentication.AuthenticationType)
		wanted.ExternalIDs = a.Authentication.ExternalIDs
	}
	return wanted
}

// update takes over what the request names. The principal stays for life.
func (a *Accessor) update(in *api.UpdateDataAccessorInput) {
	a.Actions = in.ActionConfigurations
	if in.AuthenticationDetail != nil {
		a.Authentication = in.AuthenticationDetail
	}
	if in.DisplayName != nil {
		a.Name = *in.DisplayName
	}
}

// filter is the one that searches are under; nil: none. A search is the one
// action there is (checkActions).
func (a *Accessor) filter() *api.AttributeFilter {
	if c := a.Actions[0].FilterConfiguration; c != nil {
		return &c.DocumentAttributeFilter
	}
	return nil
}

// detail is what GetDataAccessor shows.
func (a *Accessor) detail(c op.Caller) *api.GetDataAccessorOutput {
	return &api.GetDataAccessorOutput{
		ApplicationID:        &a.Application,
		DataAccessorID:       &a.ID,
		DataAccessorARN:      new(a.ARN(c)),
		DisplayName:          &a.Name,
		IDCApplicationARN:    &a.Center,
		Principal:            &a.Principal,
		ActionConfigurations: a.Actions,
		AuthenticationDetail: a.Authentication,
		CreatedAt:            &a.CreatedAt,
		UpdatedAt:            &a.UpdatedAt,
	}
}

// summary is what ListDataAccessors shows.
func (a *Accessor) summary(c op.Caller) api.DataAccessor {
	return api.DataAccessor{
		DataAccessorID:       &a.ID,
		DataAccessorARN:      new(a.ARN(c)),
		DisplayName:          &a.Name,
		IDCApplicationARN:    &a.Center,
		Principal:            &a.Principal,
		AuthenticationDetail: a.Authentication,
		CreatedAt:            &a.CreatedAt,
		UpdatedAt:            &a.UpdatedAt,
	}
}
