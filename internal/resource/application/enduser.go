package application

import (
	"cmp"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// EndUser is who a user-scoped request to an application is about.
type EndUser struct {
	op.Person

	Anonymous bool // the application has no users: there is nobody, and nobody's history
}

// Key is how rows name the user: the ID in the identity store, or else what
// Address makes of the e-mail address or name. It is empty for nobody.
func (u EndUser) Key() string {
	return cmp.Or(u.ID, Address(cmp.Or(u.Email, u.Name)))
}

// Named are the parameters userId and userGroups of a request.
type Named struct {
	User   *string
	Groups []string
}

// People knows the users of accounts' identity stores (people.Service).
type People interface {
	// UserIn finds a user by ID, with the groups that they are in.
	UserIn(tx *store.Tx, account, id string) (p op.Person, found bool, err error)
}

// EndUser returns who the caller's request is about: the person for whom the
// session speaks, as the application's identity type wants them known. Errors: an
// AccessDenied where the session speaks for nobody, or the parameters name somebody
// whom they may not name; a ResourceNotFound when there is no such application.
func (s *Service) EndUser(tx *store.Tx, c op.Caller, id string, n Named) (EndUser, error) {
	t, err := s.IdentityType(tx, c, id)
	if err != nil {
		return EndUser{}, err
	}
	u, err := endUser(t, c, n)
	if err == nil && t == api.IdentityTypeAwsIAMIDC {
		u.Person, err = s.member(tx, c, u.ID)
	}
	return u, err
}

// member is a user of the identity store that belongs to the application's
// account, as they are now: a session that outlives its user, or speaks for one of
// another store, is of no use.
func (s *Service) member(tx *store.Tx, c op.Caller, id string) (op.Person, error) {
	p, found, err := s.People.UserIn(tx, c.Owns(), id)
	if err == nil && !found {
		err = fault.Denied("The user for whom the credentials speak is not in the identity store of the application's account.")
	}
	return p, err
}

// Known is EndUser for operations on what an application keeps of a user, which
// an ANONYMOUS one does not: there it is an AccessDenied.
func (s *Service) Known(tx *store.Tx, c op.Caller, id string, n Named) (EndUser, error) {
	u, err := s.EndUser(tx, c, id, n)
	if err == nil && u.Anonymous {
		err = fault.Denied("The application %s is of identity type %s: it has no users, and this operation is for a user.", id, api.IdentityTypeAnonymous)
	}
	return u, err
}

func endUser(t api.IdentityType, c op.Caller, n Named) (EndUser, error) {
	switch t {
	case api.IdentityTypeAwsIAMIDC:
		return centerUser(c, n)
	case api.IdentityTypeAnonymous:
		return nobody(n)
	default: // a user signs in at a provider, and is known by an e-mail address
		return addressee(c, n)
	}
}

// centerUser is a user of IAM Identity Center, whom a context in the session
// names, and nothing else (user guide, "Making authenticated Amazon Q Business API
// calls using IAM Identity Center").
func centerUser(c op.Caller, n Named) (EndUser, error) {
	if n.User != nil || len(n.Groups) > 0 {
		return EndUser{}, fault.Denied("userId and userGroups must be null for an application of identity type %s: its user is the one for whom the credentials speak.", api.IdentityTypeAwsIAMIDC)
	}
	if c.Person == nil || c.Person.ID == "" {
		return EndUser{}, fault.Denied("An application of identity type %s needs identity-aware credentials, which say who the user is: those of sts:AssumeRole with ProvidedContexts of IAM Identity Center.", api.IdentityTypeAwsIAMIDC)
	}
	return EndUser{Person: *c.Person}, nil
}

func nobody(n Named) (EndUser, error) {
	if n.User != nil || len(n.Groups) > 0 {
		return EndUser{}, fault.Denied("userId and userGroups must be null for an application of identity type %s: it has no users.", api.IdentityTypeAnonymous)
	}
	return EndUser{Anonymous: true}, nil
}

// addressee is a user who is known by an e-mail address (user guide, "Creating an
// Amazon Q Business application using Identity Federation through IAM"). A session
// of somebody who signed in speaks for that person alone. Any other principal acts
// for the user whom it names, as a bot in a chat room does, or for itself.
func addressee(c op.Caller, n Named) (EndUser, error) {
	signedIn, err := address(c)
	switch {
	case err != nil:
		return EndUser{}, err
	case signedIn == "" && federated(c):
		return EndUser{}, fault.Denied("The session has no e-mail address, by which the application knows its users: let the identity provider send it as the session tag %s.", emailTag)
	case signedIn == "":
		return actsFor(c, n), nil
	case !isAddress(signedIn):
		return EndUser{}, fault.Denied("The session tag %s is no e-mail address, by which the application knows its users.", emailTag)
	case n.User != nil && Address(*n.User) != Address(signedIn):
		return EndUser{}, fault.Denied("userId names somebody else than the user for whom the credentials speak: leave it out.")
	case len(n.Groups) > 0:
		return EndUser{}, fault.Denied("userGroups must be null in a session of a user who signed in: memberships are put with PutGroup.")
	}
	return EndUser{Person: op.Person{Name: signedIn, Email: signedIn}}, nil
}

// actsFor is the user whom a principal acts for.
func actsFor(c op.Caller, n Named) EndUser {
	if n.User == nil {
		return EndUser{Person: op.Person{Name: c.Principal, Groups: n.Groups}}
	}
	p := op.Person{Name: *n.User, Groups: n.Groups}
	if isAddress(p.Name) {
		p.Email = p.Name
	}
	return EndUser{Person: p}
}

// emailTag is the session tag that holds a federated user's e-mail address.
const emailTag = "Email"

// emailKey is the tag as conditions see it, in lower case as engine/policy has it: a
// key that passes for Email in a role's trust policy is one here too.
const emailKey = "email"

// address is the e-mail address for which a session speaks, empty for none.
func address(c op.Caller) (string, error) {
	tagged, known := "", ""
	for key, value := range c.Tags {
		if strings.ToLower(key) == emailKey {
			tagged = value
		}
	}
	if c.Person != nil {
		known = c.Person.Email
	}
	if tagged != "" && known != "" && Address(tagged) != Address(known) {
		return "", fault.Denied("The session speaks for two users: the one who signed in, and the one of the session tag %s.", emailTag)
	}
	return cmp.Or(tagged, known), nil
}

// federated reports a session that began with a sign-in somewhere.
func federated(c op.Caller) bool {
	return c.Person != nil || len(c.Keys["aws:FederatedProvider"]) > 0
}

// Address is an e-mail address in the form in which addresses are compared:
// without regard to the case of letters, and without what follows a plus (user
// guide, "How the User Store works"). Only letters of ASCII have a case here, so
// that no two letters that look alike become one. What is no address, such as an
// ARN, stays as it is.
func Address(s string) string {
	if !isAddress(s) {
		return s
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at:]
	if plus := strings.IndexByte(local, '+'); plus > 0 {
		local = local[:plus]
	}
	return strings.Map(lower, local+domain)
}

// isAddress tells e-mail addresses from the names and ARNs of those who have none:
// who signed in with such a name for an address would be one of them.
func isAddress(s string) bool { return strings.Contains(s, "@") && !strings.HasPrefix(s, "arn:") }

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
