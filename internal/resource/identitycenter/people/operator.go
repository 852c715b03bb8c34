package people

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// NewUser is a user as the operator names one. What is empty is made of the rest.
type NewUser struct {
	UserName    string
	Email       string
	DisplayName string // empty: the user name
	GivenName   string // empty: the first word of the display name
	FamilyName  string // empty: the other words of the display name
	Password    string // empty: none, so that the user cannot sign in here
}

// Entry is what the operator sees of a user.
type Entry struct {
	ID, UserName, DisplayName, Email string

	Password  bool // the user can sign in here
	CreatedAt time.Time
}

// Add makes a user, with a password if there is one, and returns the ID. Errors:
// Validation for what may not be, Conflict for a name or an address that is taken.
func (s *Service) Add(ctx context.Context, account string, n NewUser) (id string, err error) {
	if n.Password != "" {
		if err := checkPassword(n.Password); err != nil {
			return "", err
		}
	}
	if n.UserName == "" {
		return "", fault.InvalidField("userName", "is a required attribute of a user")
	}
	display := cmp.Or(n.DisplayName, n.UserName)
	given, family, _ := strings.Cut(display, " ")
	in := &identitystore.CreateUserInput{
		IdentityStoreID: StoreID(account), UserName: &n.UserName, DisplayName: &display,
		Name: &identitystore.Name{GivenName: new(cmp.Or(n.GivenName, given)), FamilyName: new(cmp.Or(n.FamilyName, family, given))},
	}
	if n.Email != "" {
		in.Emails = []identitystore.Email{{Value: &n.Email, Type: new("work"), Primary: new(true)}}
	}
	out, err := s.CreateUser(ctx, operator(account), in)
	if err != nil {
		return "", err
	}
	if n.Password == "" {
		return out.UserID, nil
	}
	return out.UserID, s.SetPassword(ctx, account, out.UserID, n.Password)
}

// operator is who acts at the server's own command line: the account itself.
func operator(account string) op.Caller {
	return op.Caller{Account: account, Principal: "arn:" + op.Partition + ":iam::" + account + ":root", Root: true}
}

// List returns the users of an account, the newest first.
func (s *Service) List(ctx context.Context, account string) (all []Entry, err error) {
	from := page.Place{Created: math.MaxInt64}
	for more := true; more; {
		var found []Entry
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			found, err = entries(tx, account, from)
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if more = len(found) == maxPage; more {
			last := found[maxPage-1]
			from = page.Place{Created: store.Micros(last.CreatedAt), ID: last.ID}
		}
	}
	return all, nil
}

// entries reads a page of users, and who of them has a password.
func entries(tx *store.Tx, account string, from page.Place) (found []Entry, err error) {
	users, err := listUsers(tx, account, "", from, maxPage)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		_, err := getPassword(tx, account, u.UserID)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return nil, err
		}
		found = append(found, Entry{
			ID: u.UserID, UserName: *u.UserName, DisplayName: *u.DisplayName, Email: emailOf(u),
			Password: err == nil, CreatedAt: *u.CreatedAt,
		})
	}
	return found, nil
}
