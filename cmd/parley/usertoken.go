package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/session"
)

type userTokenCmd struct {
	state
	ownAccount
	User        string        `required:"" placeholder:"ADDRESS" help:"For whom: an e-mail address, or the name of a user of the identity store."`
	Role        string        `placeholder:"NAME" help:"The role that the session is of (parley-user, which is made if there is none)."`
	Application string        `placeholder:"ID" help:"Let the session use this application alone."`
	For         time.Duration `default:"1h" placeholder:"TIME" help:"How long it lasts, up to 12h (${default})."`
	Region      string        `default:"us-east-1" env:"PARLEY_REGION" placeholder:"REGION" help:"The Region to put into the printed profile (${default})."`
	JSON        bool          `name:"json" help:"Print JSON, as \"aws sts assume-role\" does; a credential_process can print it."`
}

// userRole is the role of sessions that name no other.
const userRole = "parley-user"

// Help says what the one-line help cannot.
func (userTokenCmd) Help() string {
	return `For tests and small installations, where nobody signs in anywhere. The session speaks for the user as one of sts:AssumeRoleWithWebIdentity does, whose provider sent the address: in applications of identity type AWS_IAM_IDP_OIDC and AWS_IAM_IDP_SAML that is enough. Those of AWS_IAM_IDC know the users of the account's identity store alone: "parley user add" makes one.

Without --role it is a session of ` + userRole + `, which nobody can assume otherwise, and which may do what users do in every application of the account. Change its policies with "aws iam" as you like: once it is there it is left alone. "parley session revoke" ends sessions.`
}

// Run mints a session and prints it as a profile for ~/.aws/credentials.
func (c userTokenCmd) Run(p *process) error {
	if c.For < time.Second || c.For > 12*time.Hour {
		return misuse("--for takes a time of 1s to 12h; got %s", c.For)
	}
	if strings.ContainsAny(c.Application, "*?$:/") {
		return misuse("--application takes the ID of an application; got %q", c.Application)
	}
	rooms, err := c.rooms(p, c.state)
	if err != nil {
		return err
	}
	defer rooms.Close()
	person, err := c.person(p, rooms)
	if err != nil {
		return err
	}
	role, err := c.role(p, rooms)
	if err != nil {
		return err
	}
	held, err := rooms.Sessions.Mint(c.grant(role, person))
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.out, map[string]any{
			"Version": 1, "AccessKeyId": held.AccessKeyID, "SecretAccessKey": held.Secret, "SessionToken": held.Token,
			"Expiration": held.Expires.Format(time.RFC3339),
		})
	}
	_, err = fmt.Fprintf(p.out, "# %s, until %s\n[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\nregion = %s\n",
		role.Session(sessionName(person)).Principal, held.Expires.Format(time.RFC3339), cmp.Or(person.Email, person.Name), held.AccessKeyID, held.Secret, held.Token, firstOf(c.Region))
	if err == nil && person.ID == "" {
		_, err = fmt.Fprintf(p.err, "The identity store of the account %s has nobody with the address %s: applications of identity type AWS_IAM_IDC will refuse the session.\n", c.Account, person.Email)
	}
	return err
}

// person is the user as the identity store has them, or else an address alone.
func (c userTokenCmd) person(p *process, rooms *assembly.Rooms) (op.Person, error) {
	find := rooms.Center.People.UserByName
	if strings.Contains(c.User, "@") {
		find = rooms.Center.UserByEmail
	}
	who, found, err := find(p.ctx, c.Account, c.User)
	switch {
	case err != nil || found:
		return who, err
	case !strings.Contains(c.User, "@"):
		return who, fmt.Errorf("the identity store of the account %s has no user %s: name an e-mail address, or add the user with \"parley user add\"", c.Account, c.User)
	}
	return op.Person{Name: c.User, Email: c.User}, nil
}

func (c userTokenCmd) grant(role principal.Role, who op.Person) session.Grant {
	g := session.Grant{Role: role, Name: sessionName(who), Person: &who, Life: c.For, Tags: map[string]string{}}
	if who.Email != "" {
		g.Tags["Email"] = who.Email
	}
	if who.ID != "" {
		g.Keys = map[string][]string{"identitystore:UserId": {who.ID}}
	}
	if c.Application != "" {
		application := "arn:aws:qbusiness:*:" + c.Account + ":application/" + c.Application
		g.Limits = []string{allow("qbusiness:*", application, application+"/*")}
	}
	return g
}

// sessionName makes a name of letters that the names of sessions have.
func sessionName(who op.Person) string {
	name := strings.Map(func(r rune) rune {
		if r < 128 && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("_+=,.@-", r)) {
			return r
		}
		return '-'
	}, cmp.Or(who.Email, who.Name))
	return name[:min(len(name), 64)]
}

// role finds the role, and makes the usual one.
func (c userTokenCmd) role(p *process, rooms *assembly.Rooms) (r principal.Role, err error) {
	operator := op.Caller{Account: c.Account, Principal: access.Root{Account: c.Account}.ARN(), Root: true}
	name := cmp.Or(c.Role, userRole)
	out, err := rooms.Principals.GetRole(p.ctx, operator, &iam.GetRoleInput{RoleName: name})
	if c.Role == "" && fault.Is(err, "NoSuchEntityException") {
		if err = makeUserRole(p, rooms, operator); err == nil {
			out, err = rooms.Principals.GetRole(p.ctx, operator, &iam.GetRoleInput{RoleName: name})
		}
	}
	if err != nil {
		return r, err
	}
	r, found, err := rooms.Principals.Role(p.ctx, out.Role.ARN)
	if err == nil && !found {
		err = errors.New("the role was removed meanwhile: try again")
	}
	return r, err
}

// makeUserRole makes a role that may do what is done in a user's name (user guide,
// "Making authenticated Amazon Q Business API calls using IAM Identity Center").
// Another "parley user token" may be making it at the same time.
func makeUserRole(p *process, rooms *assembly.Rooms, operator op.Caller) error {
	_, err := rooms.Principals.CreateRole(p.ctx, operator, &iam.CreateRoleInput{
		RoleName: userRole, Description: new("Sessions of parley user token"), MaxSessionDuration: new(int32(43200)),
		AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`,
	})
	if err != nil && !fault.Is(err, "EntityAlreadyExistsException") {
		return err
	}
	users := []string{
		"Chat", "ChatSync", "DeleteAttachment", "DeleteConversation", "GetDocumentContent", "GetMedia", "ListAttachments",
		"ListConversations", "ListMessages", "PutFeedback", "SearchRelevantContent",
	}
	_, err = rooms.Principals.PutRolePolicy(p.ctx, operator, &iam.PutRolePolicyInput{
		RoleName: userRole, PolicyName: "users", PolicyDocument: allow("qbusiness:"+strings.Join(users, ",qbusiness:"), "*"),
	})
	return err
}

// allow is a policy that allows actions, with commas between, on resources.
func allow(actions string, resources ...string) string {
	type statement struct {
		Effect   string   `json:"Effect"`
		Action   []string `json:"Action"`
		Resource []string `json:"Resource"`
	}
	b, _ := json.Marshal(struct { //nolint:errchkjson // strings in lists
		Version   string      `json:"Version"`
		Statement []statement `json:"Statement"`
	}{"2012-10-17", []statement{{"Allow", strings.Split(actions, ","), resources}}})
	return string(b)
}
