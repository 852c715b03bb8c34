package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// The rules, as the documentation of AWS says them to a reader, without a line of
// the server's code:
//
//   - In its own account a role may do what its own policies allow, or a
//     statement of the application that names it.
//   - In another account it needs both: its own policies, and a statement that
//     names it.
//   - A statement counts while it is associated, for the actions it lists, and
//     for who bears the tag that its condition asks for.
//   - Who may change an application's policy needs one action more, which no
//     statement gives.
//   - Who searches from another account comes in by a data accessor; the table's
//     application has none.
//   - Who may not learn that an application exists learns nothing.
const (
	tenantTag = "qbusiness-dataaccessor:ExternalId"
	tenant    = "tenant-1"
)

// An actor is who signs.
type actor struct {
	account string
	role    string // its name
	named   bool   // a statement names the role
	able    bool   // its own policies let it do everything with qbusiness
	session bool   // it signs with a session, which brings the tag; otherwise the role has it

	key aws.Credentials
}

func cast() []*actor {
	return []*actor{
		{account: homeAccount, role: "worker", named: true},
		{account: homeAccount, role: "roamer", named: true, session: true},
		{account: homeAccount, role: "other"},
		{account: partnerAccount, role: "worker", named: true, able: true},
		{account: partnerAccount, role: "roamer", named: true, able: true, session: true},
		{account: partnerAccount, role: "other", able: true},
		{account: partnerAccount, role: "mute", named: true},
	}
}

const sessionName = "monday"

func (a *actor) arn() string { return "arn:aws:iam::" + a.account + ":role/" + a.role }

// principal is how messages call it.
func (a *actor) principal() string {
	name := a.key.AccessKeyID
	if a.session {
		name = sessionName
	}
	return "arn:aws:sts::" + a.account + ":assumed-role/" + a.role + "/" + name
}

// A cell is one request of the table.
type cell struct {
	who     *actor
	route   *smithy.Route
	phase   string // before, after, revoked
	tag     string // that who bears; "" for none
	app     string
	arn     string // of the application
	refusal string // the message; "" when it is admitted
}

func (c cell) String() string {
	return fmt.Sprintf("%s by %s/%s with tag %q %s", c.route.Name, c.who.account, c.who.role, c.tag, c.phase)
}

// about is what the URL says the operation is about: an application, an ARN, or
// neither.
func about(route *smithy.Route) string {
	for _, what := range []string{"applicationId", "resourceARN"} {
		if strings.Contains(route.URI, "{"+what+"}") {
			return what
		}
	}
	return ""
}

// changesPolicy says whether an operation needs qbusiness:PutResourcePolicy.
func changesPolicy(route *smithy.Route) bool {
	return route.Name == "AssociatePermission" || route.Name == "DisassociatePermission"
}

// judge says what has to become of the cell.
func (c *cell) judge() {
	const noIdentity, noResource = "identity-based", "resource-based"
	refused := func(action, resource, policy string) {
		c.refusal = fmt.Sprintf("User: %s is not authorized to perform: qbusiness:%s on resource: %s because no %s policy allows the qbusiness:%s action",
			c.who.principal(), action, resource, policy, action)
	}
	granted := c.phase == "after" && c.who.named && c.tag == tenant && about(c.route) != ""
	own := c.who.account == homeAccount
	switch {
	case about(c.route) == "" && c.who.able: // what is in its own account is its own affair
	case about(c.route) == "":
		refused(c.route.Name, "*", noIdentity)
	case own && granted && changesPolicy(c.route):
		refused("PutResourcePolicy", c.arn, noIdentity)
	case own && granted:
	case own:
		refused(c.route.Name, c.arn, noIdentity)
	case granted && c.who.able && c.route.Name == "SearchRelevantContent":
		c.refusal = fmt.Sprintf("The application %s has no data accessor for %s.", c.app, c.who.principal())
	case granted && c.who.able && !changesPolicy(c.route):
	case !c.who.able && about(c.route) == "resourceARN":
		refused(c.route.Name, c.arn, noIdentity)
	case !c.who.able:
		refused(c.route.Name, strings.Replace(c.arn, homeAccount, c.who.account, 1), noIdentity)
	case about(c.route) == "resourceARN":
		refused(c.route.Name, c.arn, noResource)
	default:
		refused(c.route.Name, strings.Replace(c.arn, homeAccount, "*", 1), noResource)
	}
}

// bodies are those of operations whose smallest body hands a role over, which is
// a question of its own.
var bodies = map[string]string{
	"CreatePlugin": `{"displayName":"a","type":"CUSTOM","authConfiguration":{"noAuthConfiguration":{}}}`,
}

// table is a server with all actors, and what the owner is answered.
type table struct {
	*site
	admins map[string]aws.Credentials // by account
	actors []*actor
	app    string
	arn    string

	cells, admitted int
}

func newTable(t *testing.T, s *site) *table {
	const all, anything = `"*"`, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":%s,"Resource":"*"}}`
	x := &table{site: s, admins: map[string]aws.Credentials{}, actors: cast()}
	for _, account := range []string{homeAccount, partnerAccount} {
		x.admins[account] = s.keyOf(t, account, "admin", fmt.Sprintf(anything, all))
	}
	for _, a := range x.actors {
		trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":["sts:AssumeRole","sts:TagSession"]}}`, a.account)
		s.query(t, x.admins[a.account], "iam", "CreateRole", nil, "RoleName", a.role, "AssumeRolePolicyDocument", trust)
		if a.able {
			s.query(t, x.admins[a.account], "iam", "PutRolePolicy", nil, "RoleName", a.role, "PolicyName", "all", "PolicyDocument", fmt.Sprintf(anything, `"qbusiness:*"`))
		}
		if !a.session {
			a.key = s.keyOf(t, a.account, a.role, "")
		}
	}
	made := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("shared"), IdentityType: types.IdentityTypeAnonymous}))(t)
	x.app, x.arn = *made.ApplicationId, *made.ApplicationArn
	return x
}

// wear gives every actor the tag, in the way it bears tags; "" takes it away.
func (x *table) wear(t *testing.T, tag string) {
	t.Helper()
	for _, a := range x.actors {
		admin := x.admins[a.account]
		switch {
		case a.session:
			a.key = x.assume(t, admin, a.arn(), sessionName, tenantTag, tag)
		case tag == "":
			x.query(t, admin, "iam", "UntagRole", nil, "RoleName", a.role, "TagKeys.member.1", tenantTag)
		default:
			x.query(t, admin, "iam", "TagRole", nil, "RoleName", a.role, "Tags.member.1.Key", tenantTag, "Tags.member.1.Value", tag)
		}
	}
}

// grant and revoke are one statement for each role that is named.
func (x *table) grant(t *testing.T, route *smithy.Route) {
	t.Helper()
	for i, a := range x.actors {
		if !a.named {
			continue
		}
		must(x.AssociatePermission(t.Context(), &qbusiness.AssociatePermissionInput{
			ApplicationId: &x.app, StatementId: new(fmt.Sprint("s", i)), Principal: new(a.arn()), Actions: []string{route.Action()},
			Conditions: []types.PermissionCondition{{
				ConditionOperator: types.PermissionConditionOperatorStringEquals,
				ConditionKey:      new("aws:PrincipalTag/" + tenantTag), ConditionValues: []string{tenant},
			}},
		}))(t)
	}
}

func (x *table) revoke(t *testing.T) {
	t.Helper()
	for i, a := range x.actors {
		if a.named {
			must(x.DisassociatePermission(t.Context(), &qbusiness.DisassociatePermissionInput{ApplicationId: &x.app, StatementId: new(fmt.Sprint("s", i))}))(t)
		}
	}
}

// asks sends the smallest request of an operation, about the table's application.
func (x *table) asks(t *testing.T, key aws.Credentials, route *smithy.Route) answer {
	t.Helper()
	return x.asksOf(t, key, route, x.app)
}

func (x *table) asksOf(t *testing.T, key aws.Credentials, route *smithy.Route, app string) answer {
	t.Helper()
	path := uri(t, route)
	for _, m := range route.Input.Members {
		if m.In != smithy.Label {
			continue
		}
		switch sample := "/" + url.PathEscape(text(t, m.Shape)); m.Name {
		case "applicationId":
			path = strings.Replace(path, sample, "/"+app, 1)
		case "resourceARN":
			path = strings.Replace(path, sample, "/"+url.PathEscape(strings.Replace(x.arn, x.app, app, 1)), 1)
		}
	}
	body := smallestBody(t, route)
	if b, ok := bodies[route.Name]; ok {
		body = []byte(b)
	}
	if bytes.Contains(body, []byte("roleArn")) {
		t.Fatalf("%s hands a role over: give it a body here that does not", route.Name)
	}
	how := hashed(route)
	how.key = key
	return x.send(t, how, route.Method, path, contentType(route), body)
}

// holds asks one cell, and compares. Who is admitted is answered as the owner is.
func (x *table) holds(t *testing.T, c cell, owner answer) {
	t.Helper()
	x.cells++
	if c.judge(); c.refusal == "" {
		x.admitted++
	}
	got := x.asks(t, c.who.key, c.route)
	switch {
	case c.refusal != "":
		if got.status != http.StatusForbidden || got.errorType() != "AccessDeniedException" || got.body["message"] != c.refusal {
			t.Errorf("%s: %d %s\n%v\nwant 403 AccessDeniedException\n%s", c, got.status, got.errorType(), got.body["message"], c.refusal)
		}
	case got.status != owner.status || got.errorType() != owner.errorType():
		t.Errorf("%s: %d %s %s\nwant what the owner is answered, %d %s", c, got.status, got.errorType(), got.text, owner.status, owner.errorType())
	}
}

// TestWhoMay is the table: every operation, by a role, a session and another role
// of the owner's account and of a partner's, who bear the tag that the statements
// ask for, another, or none; before the statements are there, while they are, and
// after they are taken back.
func TestWhoMay(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		x := newTable(t, s)
		for _, tag := range []string{tenant, "tenant-2", ""} {
			x.wear(t, tag)
			for _, route := range api.Routes {
				if route.Name == "DeleteApplication" {
					continue // who is admitted would take the table away
				}
				x.operation(t, route, tag)
			}
		}
		if want := 82 * 7 * 3 * 3; x.cells != want {
			t.Errorf("%d cells, want %d", x.cells, want)
		}
		t.Logf("%d cells, of which %d are admitted", x.cells, x.admitted)
	})
}

func (x *table) operation(t *testing.T, route *smithy.Route, tag string) {
	t.Helper()
	x.asks(t, aws.Credentials{}, route) // what can be made once is there from now on
	owner := x.asks(t, aws.Credentials{}, route)
	for _, phase := range []string{"before", "after", "revoked"} {
		if phase == "after" {
			x.grant(t, route)
		}
		for _, a := range x.actors {
			x.holds(t, cell{who: a, route: route, phase: phase, tag: tag, app: x.app, arn: x.arn}, owner)
		}
		if phase == "after" {
			x.revoke(t)
		}
	}
}

// TestWhatIsNotSharedIsNowhere: whatever a partner asks about an application that
// is not shared with it, the answer is, byte for byte, that about one that is
// nowhere; also once the partner keeps applications itself.
func TestWhatIsNotSharedIsNowhere(t *testing.T) {
	const nowhere = "0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e91"
	each(t, func(t *testing.T, s *site) {
		x := newTable(t, s)
		x.wear(t, "tenant-2")
		x.grant(t, api.GetApplication.Route) // under a condition that nobody meets
		compared := 0
		compare := func(when string) {
			for _, route := range api.Routes {
				if about(route) == "" {
					continue
				}
				for _, a := range x.actors {
					if a.account == homeAccount {
						continue
					}
					compared++
					theirs, none := x.asksOf(t, a.key, route, x.app), x.asksOf(t, a.key, route, nowhere)
					if theirs.status != none.status || theirs.errorType() != none.errorType() || strings.ReplaceAll(theirs.text, x.app, nowhere) != none.text {
						t.Errorf("%s, %s by %s: %d %s\nnowhere: %d %s", when, route.Name, a.role, theirs.status, theirs.text, none.status, none.text)
					}
					if strings.Contains(strings.ReplaceAll(theirs.text, x.arn, ""), homeAccount) {
						t.Errorf("%s, %s by %s names the owner: %s", when, route.Name, a.role, theirs.text)
					}
				}
			}
		}
		compare("a guest")
		for _, a := range x.actors {
			if a.account == partnerAccount && a.able {
				must(client(s.server.Endpoint, a.key).CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("their-own"), IdentityType: types.IdentityTypeAnonymous}))(t)
				break
			}
		}
		compare("who keeps applications")
		t.Logf("%d pairs of answers", compared)
	})
}
