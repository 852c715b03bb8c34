package secretstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	maxPage = 100 // entries on a page, and as many unless the caller asks for fewer
	stretch = 200 // rows read at once while a filter lets few of them through
)

// order is that of a list of secrets.
type order struct {
	column     string
	descending bool
}

func orderOf(in *secretsmanager.ListSecretsInput) order {
	o := order{column: "created_at", descending: in.SortOrder != nil && *in.SortOrder == secretsmanager.SortOrderTypeDesc}
	if in.SortBy == nil {
		return o
	}
	switch *in.SortBy {
	case secretsmanager.SortByTypeName:
		o.column = "name"
	case secretsmanager.SortByTypeLastChangedDate:
		o.column = "changed_at"
	case secretsmanager.SortByTypeLastAccessedDate:
		o.column = "accessed_at"
	}
	return o
}

// after is the place behind a secret.
func (o order) after(s *Secret) *place {
	p := &place{name: s.Name}
	switch o.column {
	case "name":
		p.value = s.Name
	case "changed_at":
		p.value = store.Micros(s.ChangedAt)
	case "accessed_at":
		p.value = accessed(s)
	default:
		p.value = store.Micros(s.CreatedAt)
	}
	return p
}

// List tells of the secrets that pass the filters, without what they hold.
func (s *Service) List(ctx context.Context, c op.Caller, in *secretsmanager.ListSecretsInput) (*secretsmanager.ListSecretsOutput, error) {
	wanted, err := newSieve(in)
	if err != nil {
		return nil, err
	}
	o := orderOf(in)
	scope := page.ScopeOf(secretsmanager.ListSecrets.Route, c, append(wanted.words(), o.column, strconv.FormatBool(o.descending))...)
	from, err := s.begin(scope, o, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := page.Size(in.MaxResults, maxPage)
	var found []*Secret
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		found, err = sift(tx, c.Tenant(), o, from, wanted, size+1) // one more tells whether there is a next page
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.ListSecretsOutput{SecretList: []secretsmanager.SecretListEntry{}}
	for _, f := range found[:min(size, len(found))] {
		out.SecretList = append(out.SecretList, f.entry(c.Tenant()))
	}
	if len(found) > size {
		out.NextToken, err = s.next(scope, o.after(found[size-1]))
	}
	return out, err
}

// sift reads secrets in order until so many have passed the filters.
func sift(tx *store.Tx, tenant string, o order, from *place, wanted sieve, limit int) (passed []*Secret, err error) {
	for {
		read, err := list(tx, tenant, o, from, stretch)
		if err != nil {
			return nil, err
		}
		for _, s := range read {
			if wanted.passes(s) {
				passed = append(passed, s)
			}
			if len(passed) == limit {
				return passed, nil
			}
		}
		if len(read) < stretch {
			return passed, nil
		}
		from = o.after(read[len(read)-1])
	}
}

// begin is the place where a page begins: nil for the top.
func (s *Service) begin(scope page.Scope, o order, token *string) (*place, error) {
	if token == nil {
		return nil, nil
	}
	key, err := s.Pages.Decode(scope, *token)
	if err != nil || len(key) != 2 {
		return nil, badToken()
	}
	if o.column == "name" {
		return &place{key[1], key[1]}, nil
	}
	n, err := strconv.ParseInt(key[0], 10, 64)
	if err != nil {
		return nil, badToken()
	}
	return &place{n, key[1]}, nil
}

// next is the token of the page after a place.
func (s *Service) next(scope page.Scope, p *place) (*string, error) {
	text := "" // the name is there already
	if n, ok := p.value.(int64); ok {
		text = strconv.FormatInt(n, 10)
	}
	token, err := s.Pages.Encode(scope, []string{text, p.name})
	return &token, err
}

// entry is what lists tell of a secret.
func (s *Secret) entry(tenant string) secretsmanager.SecretListEntry {
	e := secretsmanager.SecretListEntry{
		ARN: s.arn(tenant), Name: &s.Name, Description: s.Description, KMSKeyID: s.KMSKeyID, Tags: s.tags(),
		SecretVersionsToStages: s.Labels.byVersion(), CreatedDate: &s.CreatedAt, LastChangedDate: &s.ChangedAt,
		LastAccessedDate: moment(s.AccessedOn), DeletedDate: moment(s.DeletedAt),
	}
	if len(s.Labels) == 0 {
		e.SecretVersionsToStages = nil
	}
	return e
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ListVersions tells of the versions of a secret, the newest first: those that
// bear a label, or all of them.
func (s *Service) ListVersions(ctx context.Context, c op.Caller, in *secretsmanager.ListSecretVersionIDsInput) (*secretsmanager.ListSecretVersionIDsOutput, error) {
	every := in.IncludeDeprecated != nil && *in.IncludeDeprecated
	scope := page.ScopeOf(secretsmanager.ListSecretVersionIDs.Route, c, in.SecretID, strconv.FormatBool(every))
	from, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, badToken()
	}
	var found *Secret
	var all []version
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if found, err = find(tx, c.Tenant(), in.SecretID); err != nil {
			return known(err)
		}
		all, err = listVersions(tx, c.Tenant(), found)
		return err
	})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v version) bool {
		return !v.follows(from) || !every && found.Labels.on(v.id) == nil
	})
	slices.SortFunc(all, func(a, b version) int { return cmp.Or(b.createdAt.Compare(a.createdAt), cmp.Compare(b.id, a.id)) })
	size := page.Size(in.MaxResults, maxPage)
	out := &secretsmanager.ListSecretVersionIDsOutput{ARN: found.arn(c.Tenant()), Name: &found.Name, Versions: []secretsmanager.SecretVersionsListEntry{}}
	for _, v := range all[:min(size, len(all))] {
		out.Versions = append(out.Versions, secretsmanager.SecretVersionsListEntry{
			VersionID: &v.id, VersionStages: found.Labels.on(v.id), CreatedDate: &v.createdAt,
		})
	}
	if len(all) > size {
		out.NextToken, err = s.Pages.After(scope, all[size-1].createdAt, all[size-1].id)
	}
	return out, err
}

// follows reports whether a version stands behind a place of the list.
func (v version) follows(p page.Place) bool {
	created := store.Micros(v.createdAt)
	return created < p.Created || created == p.Created && v.id < p.ID
}
