package identitycenter

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// maxIssuers is how many trusted token issuers an instance may have (user guide,
// "Using applications with a trusted token issuer").
const maxIssuers = 10

// The attributes of a user that a claim may be compared with.
const (
	attributeEmail = "emails.value"
	attributeName  = "userName"
)

// issuer is a trusted token issuer. Its row has it as JSON.
type issuer struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	URL       string            `json:"url"`
	Claim     string            `json:"claim"`     // path of the claim that says who the user is
	Attribute string            `json:"attribute"` // of the user, that it is compared with
	Tags      map[string]string `json:"tags,omitzero"`
	CreatedAt time.Time         `json:"createdAt"`
}

// newIssuer makes an issuer of a request.
func newIssuer(in *ssoadmin.CreateTrustedTokenIssuerInput) (*issuer, error) {
	o := in.TrustedTokenIssuerConfiguration.OIDCJwtConfiguration
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	i := &issuer{Name: in.Name, URL: o.IssuerURL, Claim: o.ClaimAttributePath, Tags: tags}
	i.Attribute, err = attribute(o.IdentityStoreAttributePath)
	return i, err
}

// attribute is the attribute of a user that a path names.
func attribute(path string) (string, error) {
	for _, known := range []string{attributeEmail, attributeName} {
		if strings.EqualFold(path, known) {
			return known, nil
		}
	}
	return "", fault.InvalidField("TrustedTokenIssuerConfiguration.OidcJwtConfiguration.IdentityStoreAttributePath",
		"users are told apart by %s and %s here; got %q", attributeEmail, attributeName, path)
}

func (i *issuer) configuration() *ssoadmin.TrustedTokenIssuerConfiguration {
	return &ssoadmin.TrustedTokenIssuerConfiguration{OIDCJwtConfiguration: &ssoadmin.OIDCJwtConfiguration{
		IssuerURL: i.URL, ClaimAttributePath: i.Claim, IdentityStoreAttributePath: i.Attribute,
		JwksRetrievalOption: ssoadmin.JwksRetrievalOptionOpenIDDiscovery,
	}}
}

// CreateIssuer adds a trusted token issuer. It is not asked whether it is there:
// that shows with the first token.
func (s *Service) CreateIssuer(ctx context.Context, c op.Caller, in *ssoadmin.CreateTrustedTokenIssuerInput) (*ssoadmin.CreateTrustedTokenIssuerOutput, error) {
	if err := checkInstance(c, in.InstanceARN); err != nil {
		return nil, err
	}
	i, err := newIssuer(in)
	if err != nil {
		return nil, err
	}
	i.ID = "tti-" + s.NewID()
	out := &ssoadmin.CreateTrustedTokenIssuerOutput{TrustedTokenIssuerARN: new(issuerARN(c.Owns(), i.ID))}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		others, err := listIssuers(tx, c.Owns())
		if err != nil {
			return err
		}
		if len(others) >= maxIssuers {
			return refuse(fault.ServiceQuotaExceeded, "This instance has %d trusted token issuers already, the most it may have.", len(others))
		}
		if err := i.differs(others); err != nil {
			return err
		}
		i.CreatedAt = tx.Now()
		return putIssuer(tx, c.Owns(), i)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// differs refuses a name or a URL that another issuer has.
func (i *issuer) differs(others []*issuer) error {
	for _, other := range others {
		switch {
		case other.ID == i.ID:
		case other.Name == i.Name:
			return conflict("There is a trusted token issuer of the name %s already.", i.Name)
		case other.URL == i.URL:
			return conflict("The trusted token issuer %s has the issuer URL %s already.", other.Name, i.URL)
		}
	}
	return nil
}

// DescribeIssuer tells of a trusted token issuer.
func (s *Service) DescribeIssuer(ctx context.Context, c op.Caller, in *ssoadmin.DescribeTrustedTokenIssuerInput) (*ssoadmin.DescribeTrustedTokenIssuerOutput, error) {
	var i *issuer
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		i, err = findIssuer(tx, c.Owns(), in.TrustedTokenIssuerARN)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DescribeTrustedTokenIssuerOutput{
		TrustedTokenIssuerARN: &in.TrustedTokenIssuerARN, Name: &i.Name,
		TrustedTokenIssuerType: new(ssoadmin.TrustedTokenIssuerTypeOIDCJwt), TrustedTokenIssuerConfiguration: i.configuration(),
	}, nil
}

// findIssuer reads an issuer of an account by its ARN, or says that there is none.
func findIssuer(tx *store.Tx, account, arn string) (*issuer, error) {
	owner, id, ok := parseIssuer(arn)
	if !ok || owner != account {
		return nil, noIssuer(arn)
	}
	i, err := getIssuer(tx, account, id)
	if errors.Is(err, store.ErrNoRows) {
		return nil, noIssuer(arn)
	}
	return i, err
}

// ListIssuers tells of the trusted token issuers, in the order in which they came.
func (s *Service) ListIssuers(ctx context.Context, c op.Caller, in *ssoadmin.ListTrustedTokenIssuersInput) (*ssoadmin.ListTrustedTokenIssuersOutput, error) {
	if err := checkInstance(c, in.InstanceARN); err != nil {
		return nil, err
	}
	var held []*issuer
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		held, err = listIssuers(tx, c.Owns())
		return err
	})
	if err != nil {
		return nil, err
	}
	all := []ssoadmin.TrustedTokenIssuerMetadata{}
	for _, i := range held {
		all = append(all, ssoadmin.TrustedTokenIssuerMetadata{
			TrustedTokenIssuerARN: new(issuerARN(c.Owns(), i.ID)), Name: &i.Name,
			TrustedTokenIssuerType: new(ssoadmin.TrustedTokenIssuerTypeOIDCJwt),
		})
	}
	scope := page.ScopeOf(ssoadmin.ListTrustedTokenIssuers.Route, c)
	shown, next, err := page.Slice(s.Pages, scope, all, in.NextToken, page.Size(in.MaxResults, maxPage))
	if err != nil {
		return nil, err
	}
	return &ssoadmin.ListTrustedTokenIssuersOutput{TrustedTokenIssuers: shown, NextToken: next}, nil
}

// UpdateIssuer changes a trusted token issuer, but for its URL.
func (s *Service) UpdateIssuer(ctx context.Context, c op.Caller, in *ssoadmin.UpdateTrustedTokenIssuerInput) (*ssoadmin.UpdateTrustedTokenIssuerOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := findIssuer(tx, c.Owns(), in.TrustedTokenIssuerARN)
		if err != nil {
			return err
		}
		if err := i.update(in); err != nil {
			return err
		}
		others, err := listIssuers(tx, c.Owns())
		if err != nil {
			return err
		}
		if err := i.differs(others); err != nil {
			return err
		}
		return putIssuer(tx, c.Owns(), i)
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.UpdateTrustedTokenIssuerOutput{}, nil
}

func (i *issuer) update(in *ssoadmin.UpdateTrustedTokenIssuerInput) (err error) {
	i.Name = *cmp.Or(in.Name, &i.Name)
	if in.TrustedTokenIssuerConfiguration == nil {
		return nil
	}
	o := in.TrustedTokenIssuerConfiguration.OIDCJwtConfiguration
	i.Claim = *cmp.Or(o.ClaimAttributePath, &i.Claim)
	i.Attribute, err = attribute(*cmp.Or(o.IdentityStoreAttributePath, &i.Attribute))
	return err
}

// DeleteIssuer removes a trusted token issuer. Applications that name it take its
// tokens no more.
func (s *Service) DeleteIssuer(ctx context.Context, c op.Caller, in *ssoadmin.DeleteTrustedTokenIssuerInput) (*ssoadmin.DeleteTrustedTokenIssuerOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := findIssuer(tx, c.Owns(), in.TrustedTokenIssuerARN)
		if err != nil {
			return err
		}
		return removeIssuer(tx, c.Owns(), i.ID)
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DeleteTrustedTokenIssuerOutput{}, nil
}
