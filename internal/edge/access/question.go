package access

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// A question is who asks to do what, before it is known with whose resources.
type question struct {
	caller op.Caller
	route  *smithy.Route
	in     any
	layout *layout

	principal policy.Principal
	grants    policy.Set
	keys      policy.Context
	twins     [][]tag  // views of the request's tags, beside the one that keys have
	actions   []string // of the operation, and then those it depends on
	roles     []string // ARNs of the roles that are handed over

	resources   []string // ARNs, as those of the caller's own account
	application string   // ID of the application that it is about, or in which; "" for none
	named       string   // account in which the caller says it is, if it does
	absent      bool     // there is none that the caller may know of
	passing     bool     // the decision may be another at the next moment
}

func (a *Authorizer) question(ctx context.Context, c op.Caller, route *smithy.Route, in any) (*question, error) {
	grants, err := a.Facts.Grants(ctx, c)
	if err != nil {
		return nil, err
	}
	q := &question{
		caller: c, route: route, in: in, layout: a.layouts.of(route),
		principal: a.Facts.Who(c), grants: grants, keys: a.Facts.Keys(c),
	}
	q.twins = twins(q.layout.requestKeys(in, &q.keys))
	q.roles = q.layout.rolesIn(route, in)
	q.actions = q.layout.actionsOf(route, in)
	q.resources = op.Resources(c, route, in)
	q.application, q.named = applicationOf(c, route, q.resources)
	return q, nil
}

// A dependence is an action that an operation needs beside its own, when a
// member of its input has a value. A document's members are named by the path
// within it.
type dependence struct {
	operation, member, within, value string
	action                           string
}

// dependences are those that the model's list of dependent actions cannot say
// (service authorization reference; user guide, "Data source connector concepts").
var dependences = []dependence{
	{"qbusiness:CreateDataAccessor", "authenticationDetail.authenticationType", "", "AWS_IAM_IDC_TTI", "qbusiness:CreateDataAccessorWithTti"},
	{"qbusiness:CreateDataSource", "configuration", "additionalProperties.isCrawlAcl", "false", "qbusiness:DisableAclOnDataSource"},
}

// actionsOf are those that have to be allowed, the operation's own first.
func (l *layout) actionsOf(route *smithy.Route, in any) []string {
	all := l.actions
	for _, d := range dependences {
		if d.operation != all[0] {
			continue
		}
		if fields := find(route.Input, d.member); fields != nil && d.valueOf(in, fields) == d.value {
			all = append(slices.Clip(all), d.action)
		}
	}
	return all
}

// valueOf is the member's value; "" when it is absent.
func (d dependence) valueOf(in any, fields []int) string {
	v := reflect.ValueOf(in).Elem()
	if d.within == "" {
		return at(v, fields)
	}
	document, ok := reflect.TypeAssert[json.RawMessage](v.FieldByIndex(fields))
	if !ok {
		return ""
	}
	for name := range strings.SplitSeq(d.within, ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(document, &members) != nil {
			return ""
		}
		document = members[name]
	}
	return strings.Trim(string(document), `"`)
}

// applicationOf is the ID of the application that the route's resources are, or
// are below. named is the account in which the caller says it is: where the
// input gives an ARN.
func applicationOf(c op.Caller, route *smithy.Route, resources []string) (id, named string) {
	if len(resources) == 0 {
		return "", ""
	}
	a, ok := op.ParseARN(resources[0])
	rest, below := strings.CutPrefix(a.Path, "application/")
	if !ok || !below || a.Partition != op.Partition || a.Service != "qbusiness" || a.Region != c.Region {
		return "", ""
	}
	if strings.HasPrefix(route.Resources[0], "{") {
		named = a.Account
	}
	id, _, _ = strings.Cut(rest, "/")
	return id, named
}

// anonymous is an ARN without the account, for who is not to learn whose the
// resource is.
func anonymous(s string) string {
	a, ok := op.ParseARN(s)
	if !ok {
		return s
	}
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, "*", a.Path}, ":")
}

// apply is what the decision about the resources of an account needs: the
// policies that apply, and the resources with what policies ask of them.
func (a *Authorizer) apply(ctx context.Context, q *question, owner string) (set policy.Set, targets []policy.Target, err error) {
	set = q.grants
	if q.application != "" && !q.absent {
		if set.Resource, err = a.Facts.Statements(ctx, owner, q.caller.Region, q.application); err != nil {
			return set, nil, err
		}
	}
	q.passing = q.passing || passing(&set)
	arns := q.resources
	if owner != q.caller.Account {
		c := q.caller
		c.Owner = owner
		arns = op.Resources(c, q.route, q.in)
	}
	tagged := asksForTags(&set, q.route.Service)
	targets = make([]policy.Target, 0, len(arns))
	for _, arn := range arns {
		t, views, err := a.target(ctx, q, owner, arn, tagged)
		if err != nil {
			return set, nil, err
		}
		if targets = append(targets, t); views != nil {
			more := viewed([]policy.Target{t}, views, resourceTag, q.route.Service+ownTag)
			targets = append(targets, more[1:]...)
		}
	}
	if to := q.moved(targets); to != nil {
		targets = append(targets, *to)
	}
	return set, viewed(targets, q.twins, "aws:RequestTag/"), nil
}

// asksForTags says whether a policy asks for a tag of a resource.
func asksForTags(set *policy.Set, service string) bool {
	return set.Mentions("aws:resourcetag/") || set.Mentions(service+":resourcetag/")
}

// target is a resource as policies see it, and in which views beside it where it has
// twins for tags. Of one in another account than that which is asked about nothing
// is looked up: nobody may learn of it.
func (a *Authorizer) target(ctx context.Context, q *question, owner, resource string, tagged bool) (t policy.Target, views [][]tag, err error) {
	t.ARN = resource
	r, ok := op.ParseARN(resource)
	if !ok {
		return t, nil, nil
	}
	if isAccount(r.Account) {
		t.Account = r.Account
	}
	if q.absent || t.Account != "" && t.Account != owner {
		return t, nil, nil
	}
	if full := a.Facts.Names[r.Service]; full != nil {
		if t.ARN, err = full(ctx, resource); err != nil {
			return t, nil, err
		}
	}
	if r.Service == "iam" {
		if err := a.bounds(ctx, q, &t); err != nil {
			return t, nil, err
		}
	}
	tags := a.Facts.Tags[r.Service]
	if tags == nil || !tagged {
		return t, nil, nil
	}
	held, err := tags(ctx, t.ARN)
	all := sorted(held)
	for _, one := range all {
		t.Context.Set(resourceTag+one.key, one.value)
		t.Context.Set(r.Service+ownTag+one.key, one.value)
	}
	return t, twins(all), err
}

// How condition keys that are a tag of a resource begin: the global ones, and those
// of a service.
const (
	resourceTag = "aws:ResourceTag/"
	ownTag      = ":ResourceTag/"
)

// moved is the user of a request that gives it another name or path, as it is to be:
// who renames has to be allowed to do it there too, or could become whoever a
// policy names (IAM API reference, "UpdateUser"). Nil for any other request.
func (q *question) moved(targets []policy.Target) *policy.Target {
	if q.route.Action() != "iam:UpdateUser" || len(targets) != 1 {
		return nil
	}
	in, to := reflect.ValueOf(q.in).Elem(), targets[0]
	before, user, ok := strings.Cut(to.ARN, ":user/")
	if !ok {
		return nil
	}
	last := strings.LastIndexByte(user, '/')
	path, name := "/"+user[:last+1], user[last+1:]
	path = cmp.Or(at(in, find(q.route.Input, "NewPath")), path)
	name = cmp.Or(at(in, find(q.route.Input, "NewUserName")), name)
	to.ARN = before + ":user" + path + name
	return &to
}

// bounds sets the permissions boundary of the user or role that is asked about,
// for a request that does not give one itself: so that an account can let others
// change only those that are bounded (IAM user guide, access_policies_boundaries).
func (a *Authorizer) bounds(ctx context.Context, q *question, t *policy.Target) error {
	const key = "iam:PermissionsBoundary"
	if a.Facts.Boundary == nil || q.keys.Get(key) != nil || !q.grants.Mentions("iam:permissionsboundary") {
		return nil
	}
	held, err := a.Facts.Boundary(ctx, t.ARN)
	if held != "" {
		t.Context.Set(key, held)
	}
	return err
}

func isAccount(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 12
}

// pass is the request to hand a role over to the service that serves the route
// (IAM user guide, "Grant a user permissions to pass a role to a service").
func (a *Authorizer) pass(q *question, role string, targets []policy.Target) policy.Request {
	keys := a.Facts.Keys(q.caller)
	keys.Set("iam:PassedToService", passedTo[q.route.Service])
	if n := len(targets); n > 0 && targets[n-1].ARN != "*" {
		keys.Set("iam:AssociatedResourceArn", targets[n-1].ARN)
	}
	t := policy.Target{ARN: role}
	if r, ok := op.ParseARN(role); ok && isAccount(r.Account) {
		t.Account = r.Account
	}
	return policy.Request{Principal: q.principal, Action: "iam:PassRole", Targets: []policy.Target{t}, Context: keys}
}
