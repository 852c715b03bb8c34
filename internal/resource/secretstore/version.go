package secretstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

// find returns the secret that a SecretId names, scheduled for deletion or not,
// or store.ErrNoRows. A SecretId is a name, an ARN, or an ARN without the six
// characters at random at its end. What is another tenant's is as absent as what
// is not there.
func find(tx *store.Tx, tenant, secretID string) (*Secret, error) {
	name := secretID
	if isARN(secretID) {
		resource, ok := local(tenant, secretID)
		if !ok {
			return nil, store.ErrNoRows
		}
		if whole, suffix, ok := cutSuffix(resource); ok && nameForm.MatchString(whole) {
			s, err := get(tx, tenant, whole)
			if err == nil && s.Suffix == suffix || err != nil && !errors.Is(err, store.ErrNoRows) {
				return s, err
			}
		}
		name = resource
	}
	if !nameForm.MatchString(name) {
		return nil, store.ErrNoRows
	}
	return get(tx, tenant, name)
}

// known turns the lack of a secret's row into the answer for it.
func known(err error) error {
	if errors.Is(err, store.ErrNoRows) {
		return notFound()
	}
	return err
}

// versionOf returns a version of a secret and what it holds, sealed. An ID that
// no row can have is as absent as one that no row has.
func versionOf(tx *store.Tx, tenant string, s *Secret, id string) (version, []byte, error) {
	if _, err := tokenOf(&id); err != nil {
		return version{}, nil, noVersion("VersionId", fmt.Sprintf("%q", id))
	}
	v, sealed, err := getVersion(tx, tenant, s, id)
	if errors.Is(err, store.ErrNoRows) {
		return version{}, nil, noVersion("VersionId", id)
	}
	return v, sealed, err
}

// spot binds what a version holds to its row: moved to another it will not open.
func spot(tenant string, s *Secret, id string) string {
	return "secretstore/" + tenant + "/" + s.id() + "/" + id
}

func (s *Service) open(tenant string, secret *Secret, id string, sealed []byte) (held, error) {
	plain, err := s.Keys.Open(sealed, spot(tenant, secret, id))
	if err != nil {
		return nil, undecryptable(fmt.Errorf("version %s of %s: %w", id, *secret.arn(tenant), err))
	}
	return plain, nil
}

// repeats reports whether a version of that ID is there and holds the same. One
// that holds something else is refused: what a version holds never changes.
func (s *Service) repeats(tx *store.Tx, tenant string, secret *Secret, id string, h held) (bool, error) {
	_, sealed, err := getVersion(tx, tenant, secret, id)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	old, err := s.open(tenant, secret, id, sealed)
	if err != nil {
		return false, err
	}
	if !old.equal(h) {
		return false, exists("You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", id, *secret.arn(tenant))
	}
	return true, nil
}

// add makes a version and moves labels to it. One that is there and holds the
// same was made by this very request: nothing changes.
func (s *Service) add(tx *store.Tx, tenant string, secret *Secret, id string, h held, stages []string) error {
	if found, err := s.repeats(tx, tenant, secret, id, h); found || err != nil {
		return err
	}
	if err := prune(tx, tenant, secret); err != nil {
		return err
	}
	sealed, err := s.Keys.Seal(h, spot(tenant, secret, id))
	if err != nil {
		return err
	}
	secret.ChangedAt = tx.Now()
	if err := insertVersion(tx, tenant, secret, version{id, tx.Now()}, sealed); err != nil {
		return err
	}
	return secret.Labels.attach(id, stages)
}

// prune makes room for one version more: of more than keptUnnamed it removes
// those that bear no label and are not young, the oldest first.
func prune(tx *store.Tx, tenant string, s *Secret) error {
	all, err := listVersions(tx, tenant, s)
	if err != nil {
		return err
	}
	left := len(all)
	for i := len(all) - 1; i >= 0 && left >= keptUnnamed; i-- {
		old := all[i].createdAt.Before(tx.Now().Add(-youngest))
		if !old || s.Labels.on(all[i].id) != nil {
			continue
		}
		if err := removeVersion(tx, tenant, s, all[i].id); err != nil {
			return err
		}
		left--
	}
	if left >= maxVersions {
		return overLimit("The secret has %d versions, the most it may have. Versions without a staging label are removed when they are a day old.", left)
	}
	return nil
}

// opened is a version with what it holds.
type opened struct {
	secret  *Secret
	version version
	held    held
	stale   bool // the day of the last reading is not today's
}

// read opens the version of a secret that choose picks, and notes the day.
func (s *Service) read(ctx context.Context, tenant, secretID string, choose func(*Secret) (string, error)) (o opened, err error) {
	var sealed []byte
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		found, err := find(tx, tenant, secretID)
		if err != nil {
			return known(err)
		}
		if found.deleted() {
			return markedForDeletion()
		}
		id, err := choose(found)
		if err != nil {
			return err
		}
		o.secret = found
		o.stale = !found.AccessedOn.Equal(day(tx.Now()))
		o.version, sealed, err = versionOf(tx, tenant, found, id)
		return err
	})
	if err != nil {
		return opened{}, err
	}
	if o.held, err = s.open(tenant, o.secret, o.version.id, sealed); err != nil {
		return opened{}, err
	}
	if o.stale {
		return o, s.note(ctx, tenant, o.secret)
	}
	return o, nil
}

// note writes down that a secret was read today, once a day.
func (s *Service) note(ctx context.Context, tenant string, read *Secret) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := get(tx, tenant, read.Name)
		if errors.Is(err, store.ErrNoRows) || err == nil && found.Suffix != read.Suffix {
			return nil // it was deleted meanwhile
		}
		if err != nil {
			return err
		}
		found.AccessedOn = day(tx.Now())
		return put(tx, tenant, found)
	})
}
