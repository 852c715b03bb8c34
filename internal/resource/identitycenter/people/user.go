package people

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// maxPage is how many entries a page has unless fewer are asked for (model).
const maxPage = 100

// reserved are user names that nobody may have (API reference, CreateUser).
var reserved = []string{"administrator", "awsadministrators"}

// newUser makes a user of a request, as it is to be kept.
func newUser(in *identitystore.CreateUserInput) (identitystore.User, error) {
	u := identitystore.User{
		IdentityStoreID: in.IdentityStoreID, UserName: in.UserName, Name: in.Name, DisplayName: in.DisplayName,
		NickName: in.NickName, ProfileURL: in.ProfileURL, Emails: in.Emails, Addresses: in.Addresses,
		PhoneNumbers: in.PhoneNumbers, UserType: in.UserType, Title: in.Title, PreferredLanguage: in.PreferredLanguage,
		Locale: in.Locale, Timezone: in.Timezone, Photos: in.Photos, Website: in.Website, Birthdate: in.Birthdate,
		Roles: in.Roles, Extensions: in.Extensions, UserStatus: new(identitystore.UserStatusEnabled),
	}
	return u, checkUser(u)
}

// checkUser holds a user to the rules that the model does not state (API
// reference, CreateUser; the values themselves are not repeated: they are people's).
func checkUser(u identitystore.User) error {
	for _, required := range []struct {
		name string
		held bool
	}{
		{"userName", u.UserName != nil},
		{"displayName", u.DisplayName != nil},
		{"name.familyName", u.Name != nil && u.Name.FamilyName != nil},
		{"name.givenName", u.Name != nil && u.Name.GivenName != nil},
	} {
		if !required.held {
			return fault.InvalidField(required.name, "is a required attribute of a user")
		}
	}
	switch {
	case slices.Contains(reserved, fold(*u.UserName)):
		return fault.InvalidField("userName", "is reserved")
	case len(u.Emails) > 0 && !address(u.Emails[0].Value):
		return fault.InvalidField("emails.value", "an e-mail address has a name, an @ and a domain")
	}
	return nil
}

// address reports whether a value may be an e-mail address. Whether mail arrives
// there is not asked.
func address(value *string) bool {
	if value == nil {
		return false
	}
	local, domain, ok := strings.Cut(*value, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(*value, " \t\r\n,;<>") && !strings.Contains(domain, "@")
}

// CreateUser adds a user. Names and addresses are unique, whatever their case.
func (s *Service) CreateUser(ctx context.Context, c op.Caller, in *identitystore.CreateUserInput) (*identitystore.CreateUserOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	u, err := newUser(in)
	if err != nil {
		return nil, err
	}
	u.UserID, u.CreatedBy, u.UpdatedBy = s.NewID(), &c.Principal, &c.Principal
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := unique(tx, account, u); err != nil {
			return err
		}
		u.CreatedAt, u.UpdatedAt = new(tx.Now()), new(tx.Now())
		return putUser(tx, account, u)
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.CreateUserOutput{IdentityStoreID: u.IdentityStoreID, UserID: u.UserID}, nil
}

// unique refuses what another user has.
func unique(tx *store.Tx, account string, u identitystore.User) error {
	for _, key := range []struct{ column, value, message string }{
		{byName, *u.UserName, "Duplicate UserName"},
		{byEmail, emailOf(u), "Duplicate Email"},
	} {
		if key.value == "" {
			continue
		}
		other, err := getUserBy(tx, account, key.column, fold(key.value))
		if err == nil && other.UserID != u.UserID {
			return duplicate("%s", key.message)
		}
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
	}
	return nil
}

// DescribeUser tells everything of a user.
func (s *Service) DescribeUser(ctx context.Context, c op.Caller, in *identitystore.DescribeUserInput) (*identitystore.DescribeUserOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	var u identitystore.User
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		u, err = getUser(tx, account, in.UserID)
		return known(err, kindUser, in.UserID)
	})
	if err != nil {
		return nil, err
	}
	out := identitystore.DescribeUserOutput(shown(u, in.Extensions))
	return &out, nil
}

// known names what is not there.
func known(err error, kind, id string) error {
	if errors.Is(err, store.ErrNoRows) {
		return notFound(kind, id)
	}
	return err
}

// shown is a user with those extensions alone that were asked for.
func shown(u identitystore.User, extensions []string) identitystore.User {
	held := u.Extensions
	u.Extensions = nil
	for _, name := range extensions {
		if value, ok := held[name]; ok {
			if u.Extensions == nil {
				u.Extensions = map[string]json.RawMessage{}
			}
			u.Extensions[name] = value
		}
	}
	return u
}

// ListUsers tells of all users, the newest first, or of the one who has a user name.
func (s *Service) ListUsers(ctx context.Context, c op.Caller, in *identitystore.ListUsersInput) (*identitystore.ListUsersOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	name, err := filterOf(in.Filters, "UserName")
	if err != nil {
		return nil, err
	}
	scope := page.ScopeOf(identitystore.ListUsers.Route, c, in.IdentityStoreID, name)
	from, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := page.Size(in.MaxResults, maxPage)
	var found []identitystore.User
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		found, err = listUsers(tx, account, fold(name), from, size+1) // one more tells whether there is a next page
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &identitystore.ListUsersOutput{Users: []identitystore.User{}}
	for _, u := range found[:min(size, len(found))] {
		out.Users = append(out.Users, shown(u, in.Extensions))
	}
	if len(found) > size {
		last := found[size-1]
		out.NextToken, err = s.Pages.After(scope, *last.CreatedAt, last.UserID)
	}
	return out, err
}

// filterOf is the value that the one attribute which can be filtered by has to
// have; empty without a filter.
func filterOf(filters []identitystore.Filter, attribute string) (string, error) {
	if len(filters) == 0 {
		return "", nil
	}
	if f := filters[0]; strings.EqualFold(f.AttributePath, attribute) {
		return f.AttributeValue, nil
	}
	return "", fault.InvalidField("Filters", "the only attribute to filter by is %s", attribute)
}

// UpdateUser sets attributes of a user one after the other, and keeps all or none
// of it.
func (s *Service) UpdateUser(ctx context.Context, c op.Caller, in *identitystore.UpdateUserInput) (*identitystore.UpdateUserOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		u, err := getUser(tx, account, in.UserID)
		if err != nil {
			return known(err, kindUser, in.UserID)
		}
		if u, err = apply(u, in.Operations); err != nil {
			return err
		}
		if err := checkUser(u); err != nil {
			return err
		}
		if err := unique(tx, account, u); err != nil {
			return err
		}
		u.UpdatedAt, u.UpdatedBy = new(tx.Now()), &c.Principal
		return putUser(tx, account, u)
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.UpdateUserOutput{}, nil
}

// DeleteUser removes a user with memberships and password.
func (s *Service) DeleteUser(ctx context.Context, c op.Caller, in *identitystore.DeleteUserInput) (*identitystore.DeleteUserOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	if err := s.RemoveUser(ctx, account, in.UserID); err != nil {
		return nil, err
	}
	return &identitystore.DeleteUserOutput{}, nil
}

// RemoveUser is DeleteUser for the operator. ResourceNotFound when there is no such
// user.
func (s *Service) RemoveUser(ctx context.Context, account, id string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		n, err := removeUser(tx, account, id)
		if err == nil && n == 0 {
			return notFound(kindUser, id)
		}
		if err != nil || s.Removed == nil {
			return err
		}
		return s.Removed(tx, account, id)
	})
}

// GetUserID finds a user by user name or e-mail address.
func (s *Service) GetUserID(ctx context.Context, c op.Caller, in *identitystore.GetUserIDInput) (*identitystore.GetUserIDOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	path, value, err := alternative(in.AlternateIdentifier)
	if err != nil {
		return nil, err
	}
	column, ok := map[string]string{"username": byName, "emails.value": byEmail}[fold(path)]
	switch {
	case path == "":
		return nil, notFound(kindUser, "")
	case !ok:
		return nil, fault.InvalidField("AlternateIdentifier.UniqueAttribute.AttributePath", "users are told apart by userName and emails.value")
	}
	var u identitystore.User
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		u, err = getUserBy(tx, account, column, fold(value))
		return known(err, kindUser, "")
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.GetUserIDOutput{IdentityStoreID: in.IdentityStoreID, UserID: u.UserID}, nil
}

// alternative is the attribute and the value that a request names something by. The
// path is empty for an external ID, which nothing here has.
func alternative(a identitystore.AlternateIdentifier) (path, value string, err error) {
	if a.UniqueAttribute == nil {
		return "", "", nil
	}
	if err := json.Unmarshal(a.UniqueAttribute.AttributeValue, &value); err != nil {
		return "", "", fault.InvalidField("AlternateIdentifier.UniqueAttribute.AttributeValue", "must be a JSON string")
	}
	return a.UniqueAttribute.AttributePath, value, nil
}
