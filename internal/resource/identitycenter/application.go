package identitycenter

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Application providers: what a customer may make, and what a data accessor's
// application is of.
const (
	providerCustom   = "arn:aws:sso::aws:applicationProvider/custom"
	providerAccessor = "arn:aws:sso::aws:applicationProvider/qbusiness"
)

// Quotas of IAM Identity Center (user guide, "IAM Identity Center quotas"; that of
// tags is the API reference's).
const (
	maxApplications = 500 // in an instance
	maxTags         = 50  // on a resource
	maxScopes       = 10  // of an application (model: ListApplicationAccessScopes)
)

// application is what may ask for tokens on behalf of users. Its row has it as JSON.
type application struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Region  string `json:"region"` // in which it was made

	Name          string                     `json:"name"`
	Description   *string                    `json:"description,omitzero"`
	Provider      string                     `json:"provider"`
	Status        ssoadmin.ApplicationStatus `json:"status"`
	PortalOptions *ssoadmin.PortalOptions    `json:"portalOptions,omitzero"`
	Tags          map[string]string          `json:"tags,omitzero"`
	CreatedAt     time.Time                  `json:"createdAt"`

	Open        bool                                  `json:"open,omitzero"` // to every user; otherwise to those assigned
	ActorPolicy json.RawMessage                       `json:"actorPolicy,omitzero"`
	Grants      map[ssoadmin.GrantType]ssoadmin.Grant `json:"grants,omitzero"`
	Scopes      map[string][]string                   `json:"scopes,omitzero"` // and the targets each is for

	Accessor bool `json:"accessor,omitzero"` // it belongs to a data accessor, and goes with it
}

// newID makes the ID of an application: apl- and 16 letters and digits (model).
func newID() string {
	var random [8]byte
	rand.Read(random[:])
	return "apl-" + hex.EncodeToString(random[:])
}

// newApplication makes an application of a request. The account, the time and the ID
// are its row's.
func newApplication(in *ssoadmin.CreateApplicationInput) (*application, error) {
	if in.ApplicationProviderARN != providerCustom {
		return nil, fault.InvalidField("ApplicationProviderArn", "applications of %s can be made here, and no others", providerCustom)
	}
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	a := &application{
		ID: newID(), Name: in.Name, Description: in.Description, Provider: in.ApplicationProviderARN,
		Status: ssoadmin.ApplicationStatusEnabled, PortalOptions: in.PortalOptions, Tags: tags,
	}
	if in.Status != nil {
		a.Status = *in.Status
	}
	return a, checkPortal(in.PortalOptions)
}

// checkPortal holds portal options to what the API reference says of SignInOptions.
func checkPortal(o *ssoadmin.PortalOptions) error {
	if o == nil || o.SignInOptions == nil {
		return nil
	}
	if at := o.SignInOptions; (at.Origin == ssoadmin.SignInOriginApplication) != (at.ApplicationURL != nil) {
		return fault.InvalidField("PortalOptions.SignInOptions.ApplicationUrl", "goes with the origin APPLICATION, and with no other")
	}
	return nil
}

// tagsOf holds tags to the rules that the model does not state.
func tagsOf(list []ssoadmin.Tag) (map[string]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	tags := map[string]string{}
	for _, t := range list {
		if _, twice := tags[t.Key]; twice {
			return nil, fault.InvalidField("Tags", "the key %q is given twice", t.Key)
		}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, fault.InvalidField("Tags", "keys that begin with aws: are reserved; got %q", t.Key)
		}
		tags[t.Key] = t.Value
	}
	if len(tags) > maxTags {
		return nil, fault.InvalidField("Tags", "a resource has at most %d tags; here are %d", maxTags, len(tags))
	}
	return tags, nil
}

// update changes what a request names.
func (a *application) update(in *ssoadmin.UpdateApplicationInput) error {
	a.Name = *cmp.Or(in.Name, &a.Name)
	a.Description = cmp.Or(in.Description, a.Description)
	if in.Status != nil {
		a.Status = *in.Status
	}
	if in.PortalOptions == nil {
		return nil
	}
	options := ssoadmin.PortalOptions{}
	if a.PortalOptions != nil {
		options = *a.PortalOptions
	}
	options.SignInOptions = in.PortalOptions.SignInOptions
	a.PortalOptions = &options
	return checkPortal(a.PortalOptions)
}

func (a *application) arn() string { return applicationARN(a.Account, a.ID) }

func (a *application) disabled() bool { return a.Status == ssoadmin.ApplicationStatusDisabled }

// actors are the statements that say who may ask for tokens; none without an
// authentication method.
func (a *application) actors() ([]*policy.Policy, error) {
	if a.ActorPolicy == nil {
		return nil, nil
	}
	p, err := policy.Parse(a.ActorPolicy, policy.Resource)
	if err != nil {
		return nil, err
	}
	return []*policy.Policy{p}, nil
}

// entry is what lists tell of an application.
func (a *application) entry() ssoadmin.Application {
	return ssoadmin.Application{
		ApplicationARN: new(a.arn()), ApplicationProviderARN: &a.Provider, Name: &a.Name, ApplicationAccount: &a.Account,
		InstanceARN: new(InstanceARN(a.Account)), IdentityStoreARN: storeARN(a.Account), Status: &a.Status,
		PortalOptions: a.PortalOptions, Description: a.Description, CreatedDate: &a.CreatedAt, CreatedFrom: &a.Region,
	}
}

// TagsOf are the tags of the application or trusted token issuer that has an ARN;
// none when there is no such thing.
func (s *Service) TagsOf(ctx context.Context, arn string) (tags map[string]string, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		if account, id, ok := parseApplication(arn); ok {
			a, err := getApplication(tx, account, id)
			if err == nil {
				tags = a.Tags
			}
			return err
		}
		account, id, ok := parseIssuer(arn)
		if !ok {
			return nil
		}
		i, err := getIssuer(tx, account, id)
		if err == nil {
			tags = i.Tags
		}
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return tags, err
}
