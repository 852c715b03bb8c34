package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
	"github.com/parleyhq/parley/internal/resource/principal"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a user to the identity store of an account."`
	Password userPasswordCmd `cmd:"" help:"Give a user a password, in the place of the one before."`
	List     userListCmd     `cmd:"" help:"List the users of an identity store."`
	Remove   userRemoveCmd   `cmd:"" help:"Remove a user: whatever was signed in as that user ends."`
	Token    userTokenCmd    `cmd:"" help:"Mint a session that speaks for a user, without a sign-in."`
}

// ownAccount says whose identity store is meant.
type ownAccount struct {
	Account string `default:"000000000000" env:"PARLEY_ACCOUNT_ID" placeholder:"ID" help:"The account that has the identity store, 12 digits (${default})."`
}

// rooms opens the state for a tool that works on the account's users.
func (a ownAccount) rooms(p *process, s state) (*assembly.Rooms, error) {
	if !principal.IsAccount(a.Account) {
		return nil, misuse("--account takes 12 digits, such as 111122223333; got %q", a.Account)
	}
	return s.open(p)
}

// id finds a user by name.
func (a ownAccount) id(p *process, rooms *assembly.Rooms, name string) (string, error) {
	who, found, err := rooms.Center.People.UserByName(p.ctx, a.Account, name)
	if err == nil && !found {
		err = fmt.Errorf("the identity store of the account %s has no user %s", a.Account, name)
	}
	return who.ID, err
}

type userAddCmd struct {
	state
	ownAccount
	UserName      string `name:"user-name" required:"" placeholder:"NAME" help:"The name to sign in with."`
	Email         string `placeholder:"ADDRESS" help:"The e-mail address."`
	DisplayName   string `name:"display-name" placeholder:"TEXT" help:"The name to show (the user name)."`
	PasswordStdin bool   `name:"password-stdin" help:"Read a password from standard input; without one the user cannot sign in on this server's page."`
}

// Help says what the one-line help cannot.
func (userAddCmd) Help() string {
	return `The user is the same as one made by "aws identitystore create-user". The ID is printed.`
}

// Run adds a user.
func (c userAddCmd) Run(p *process) error {
	n := people.NewUser{UserName: c.UserName, Email: c.Email, DisplayName: c.DisplayName}
	if c.PasswordStdin {
		var err error
		if n.Password, err = password(p.in); err != nil {
			return err
		}
	}
	rooms, err := c.rooms(p, c.state)
	if err != nil {
		return err
	}
	defer rooms.Close()
	id, err := rooms.Center.People.Add(p.ctx, c.Account, n)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.out, id)
	return err
}

// password reads one: everything up to the end, but for the last line's end.
func password(in io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(in, 4096))
	if err != nil {
		return "", fmt.Errorf("the password cannot be read: %w", err)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if secret == "" {
		return "", misuse("--password-stdin wants a password on standard input")
	}
	return secret, nil
}

type userPasswordCmd struct {
	state
	ownAccount
	UserName      string `name:"user-name" required:"" placeholder:"NAME" help:"Whose password it is."`
	PasswordStdin bool   `name:"password-stdin" required:"" help:"Read it from standard input: arguments are there for everybody to see."`
}

// Run sets a password.
func (c userPasswordCmd) Run(p *process) error {
	secret, err := password(p.in)
	if err != nil {
		return err
	}
	rooms, err := c.rooms(p, c.state)
	if err != nil {
		return err
	}
	defer rooms.Close()
	id, err := c.id(p, rooms, c.UserName)
	if err != nil {
		return err
	}
	return rooms.Center.People.SetPassword(p.ctx, c.Account, id, secret)
}

type userListCmd struct {
	state
	ownAccount
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists users, never passwords.
func (c userListCmd) Run(p *process) error {
	rooms, err := c.rooms(p, c.state)
	if err != nil {
		return err
	}
	defer rooms.Close()
	all, err := rooms.Center.People.List(p.ctx, c.Account)
	if err != nil {
		return err
	}
	if c.JSON {
		list := []map[string]any{}
		for _, u := range all {
			list = append(list, map[string]any{
				"UserId": u.ID, "UserName": u.UserName, "DisplayName": u.DisplayName, "Email": u.Email,
				"Password": u.Password, "CreateDate": u.CreatedAt.Format(time.RFC3339),
			})
		}
		return printJSON(p.out, map[string]any{"Users": list})
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "USER NAME\tE-MAIL\tID\tCREATED\tPASSWORD")
	for _, u := range all {
		can := "no"
		if u.Password {
			can = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.UserName, u.Email, u.ID, u.CreatedAt.Format(time.RFC3339), can)
	}
	return w.Flush()
}

type userRemoveCmd struct {
	state
	ownAccount
	UserName string `name:"user-name" required:"" placeholder:"NAME" help:"Who goes."`
}

// Run removes a user.
func (c userRemoveCmd) Run(p *process) error {
	rooms, err := c.rooms(p, c.state)
	if err != nil {
		return err
	}
	defer rooms.Close()
	id, err := c.id(p, rooms, c.UserName)
	if err != nil {
		return err
	}
	return rooms.Center.People.RemoveUser(p.ctx, c.Account, id)
}
