package principal

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/saml"
	"github.com/parleyhq/parley/internal/platform/store"
)

// SAMLProvider is a SAML 2.0 identity provider of an account.
type SAMLProvider struct {
	Entity
	Metadata   string    `json:"-"` // XML; has a row of its own
	ValidUntil time.Time `json:"validUntil"`
}

func (*SAMLProvider) kind() kind { return samlKind }

// ARN names the provider.
func (p SAMLProvider) ARN() string { return p.arn(samlKind) }

const (
	// maxMetadata is how long metadata may be, in bytes. The service takes 10
	// million characters; the largest that providers give have some ten thousand.
	maxMetadata = 512 << 10
	// usualValidity is how long a provider is good, in years.
	usualValidity = 100
)

func (s *Service) checkMetadata(document string) error {
	if len(document) > maxMetadata {
		return limitExceeded("The metadata document has %d bytes; at most %d are taken.", len(document), maxMetadata)
	}
	if err := saml.CheckMetadata([]byte(document), s.Now()); err != nil {
		return invalidInput("Could not parse metadata: %s", strings.TrimPrefix(err.Error(), saml.ErrMetadata.Error()+": "))
	}
	return nil
}

// noEncryption refuses what assertions that are encrypted would need.
func noEncryption(mode *iam.AssertionEncryptionModeType, keys ...*string) error {
	if mode != nil && *mode == iam.AssertionEncryptionModeTypeRequired {
		return invalidInput("AssertionEncryptionMode: assertions that are encrypted are not taken here; let the provider sign, and not encrypt.")
	}
	for _, key := range keys {
		if key != nil {
			return invalidInput("Private keys: assertions that are encrypted are not taken here; let the provider sign, and not encrypt.")
		}
	}
	return nil
}

// samlOf finds a provider of the caller's account by its ARN.
func samlOf(c op.Caller, arn string) func(tx *store.Tx) (*SAMLProvider, error) {
	return func(tx *store.Tx) (*SAMLProvider, error) {
		at, ok := split(arn)
		if !ok || kind(at.kind) != samlKind || at.name == "" || at.path != "/" {
			return nil, invalidInput("Invalid ARN: %s", arn)
		}
		told := noSuchEntity("Manifest not found for arn %s", arn)
		if at.account != c.Account {
			return nil, told
		}
		p, err := get[SAMLProvider](tx, c.Account, at.name)
		if err == nil && p.ARN() != arn {
			return nil, told
		}
		return p, missing(err, told)
	}
}

// CreateSAMLProvider registers an identity provider by its metadata.
func (s *Service) CreateSAMLProvider(ctx context.Context, c op.Caller, in *iam.CreateSAMLProviderInput) (*iam.CreateSAMLProviderOutput, error) {
	p := &SAMLProvider{ValidUntil: s.Now().UTC().AddDate(usualValidity, 0, 0).Truncate(time.Second)}
	p.Entity = Entity{Account: c.Account, Path: "/", Name: in.Name, ID: "ASMP" + newID(samlKind) + newID(samlKind)}
	if err := errors.Join(noEncryption(in.AssertionEncryptionMode, in.AddPrivateKey), s.checkMetadata(in.SAMLMetadataDocument), p.tag(in.Tags)); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := create(tx, p, exists("SAML provider with name %s already exists.", in.Name)); err != nil {
			return err
		}
		return putMetadata(tx, p, in.SAMLMetadataDocument)
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateSAMLProviderOutput{SAMLProviderARN: new(p.ARN()), Tags: p.someTags()}, nil
}

// GetSAMLProvider tells of an identity provider, with its metadata.
func (s *Service) GetSAMLProvider(ctx context.Context, c op.Caller, in *iam.GetSAMLProviderInput) (*iam.GetSAMLProviderOutput, error) {
	var p *SAMLProvider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = samlOf(c, in.SAMLProviderARN)(tx); err != nil {
			return err
		}
		p.Metadata, err = metadataOf(tx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetSAMLProviderOutput{
		SAMLProviderUUID: &p.ID, SAMLMetadataDocument: &p.Metadata, CreateDate: &p.CreatedAt, ValidUntil: &p.ValidUntil, Tags: p.someTags(),
	}, nil
}

// ListSAMLProviders tells of every identity provider of the account.
func (s *Service) ListSAMLProviders(ctx context.Context, c op.Caller, _ *iam.ListSAMLProvidersInput) (*iam.ListSAMLProvidersOutput, error) {
	out := &iam.ListSAMLProvidersOutput{SAMLProviderList: []iam.SAMLProviderListEntry{}}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := list[SAMLProvider](tx, c.Account, "", quotas[samlKind].most)
		for _, p := range all {
			out.SAMLProviderList = append(out.SAMLProviderList, iam.SAMLProviderListEntry{ARN: new(p.ARN()), ValidUntil: &p.ValidUntil, CreateDate: &p.CreatedAt})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateSAMLProvider replaces the metadata of an identity provider.
func (s *Service) UpdateSAMLProvider(ctx context.Context, c op.Caller, in *iam.UpdateSAMLProviderInput) (*iam.UpdateSAMLProviderOutput, error) {
	if err := noEncryption(in.AssertionEncryptionMode, in.AddPrivateKey, in.RemovePrivateKey); err != nil {
		return nil, err
	}
	if in.SAMLMetadataDocument != nil {
		if err := s.checkMetadata(*in.SAMLMetadataDocument); err != nil {
			return nil, err
		}
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := samlOf(c, in.SAMLProviderARN)(tx)
		if err != nil || in.SAMLMetadataDocument == nil {
			return err
		}
		return putMetadata(tx, p, *in.SAMLMetadataDocument)
	})
	if err != nil {
		return nil, err
	}
	return &iam.UpdateSAMLProviderOutput{SAMLProviderARN: &in.SAMLProviderARN}, nil
}

// DeleteSAMLProvider forgets an identity provider: its assertions make no session
// any more.
func (s *Service) DeleteSAMLProvider(ctx context.Context, c op.Caller, in *iam.DeleteSAMLProviderInput) (*iam.DeleteSAMLProviderOutput, error) {
	return &iam.DeleteSAMLProviderOutput{}, s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := samlOf(c, in.SAMLProviderARN)(tx)
		if err != nil {
			return err
		}
		if err := removeMetadata(tx, p); err != nil {
			return err
		}
		return remove(tx, p)
	})
}

// SAMLProvider finds a SAML provider by its ARN, with its metadata.
func (s *Service) SAMLProvider(ctx context.Context, arn string) (p SAMLProvider, found bool, err error) {
	held, err := one[SAMLProvider](ctx, s, arn)
	if held == nil || err != nil {
		return SAMLProvider{}, false, err
	}
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		held.Metadata, err = metadataOf(tx, held)
		return missing(err, nil) // deleted just now
	})
	return *held, err == nil && held.Metadata != "", err
}

func putMetadata(tx *store.Tx, p *SAMLProvider, document string) error {
	_, err := tx.Exec(`INSERT INTO iam_metadata (tenant, name, document) VALUES ($1, $2, $3)
		ON CONFLICT (tenant, name) DO UPDATE SET document = excluded.document`, p.Account, p.key, document)
	return err
}

func metadataOf(tx *store.Tx, p *SAMLProvider) (document string, err error) {
	err = tx.Row(`SELECT document FROM iam_metadata WHERE tenant = $1 AND name = $2`, p.Account, p.key).Scan(&document)
	return document, err
}

func removeMetadata(tx *store.Tx, p *SAMLProvider) error {
	_, err := tx.Exec(`DELETE FROM iam_metadata WHERE tenant = $1 AND name = $2`, p.Account, p.key)
	return err
}
