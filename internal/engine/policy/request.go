package policy

import (
	"slices"
	"strings"
)

// A PrincipalType says what kind of principal asks.
type PrincipalType uint8

// The types there are. The zero value may do only what everyone may.
const (
	Anonymous     PrincipalType = iota // nobody signed
	Root                               // the root user of Account
	User                               // an IAM user
	RoleSession                        // whoever assumed a role
	FederatedUser                      // a session of GetFederationToken
	Service                            // a service of the cloud
	Federated                          // whoever an identity provider vouches for, who asks for a session
)

// A Principal is who asks.
type Principal struct {
	Type        PrincipalType
	Account     string            // twelve digits; "" for services, federated and anonymous callers
	ARN         string            // of the user, of the role of a session, of the user who federated, or of the root user
	SessionARN  string            // of a session: arn:aws:sts::111122223333:assumed-role/reader/ann
	ID          string            // aws:userid, such as AIDA… or AROA…:ann
	Service     string            // the name of a service, such as lambda.amazonaws.com
	Provider    string            // the identity provider, as Principal's Federated has it; also of a session that began with one
	CanonicalID string            // the canonical user id of the account, where there is one
	Tags        map[string]string // of the user or role, and of the session
}

// Name is how messages name a principal.
func (who *Principal) Name() string {
	for _, name := range []string{who.SessionARN, who.ARN, who.Service, who.Provider} {
		if name != "" {
			return name
		}
	}
	return "anonymous"
}

// principalTypes are the values of aws:PrincipalType
// (reference_policies_variables, "Principal key values").
var principalTypes = [...]string{
	Anonymous: "Anonymous", Root: "Account", User: "User", RoleSession: "AssumedRole", FederatedUser: "FederatedUser",
	Service: "Service", Federated: "FederatedUser",
}

// Keys sets the global condition keys that follow from who asks
// (reference_policies_condition-keys, "Properties of the principal"). Keys that
// have no value for the principal stay absent. They are in lower case already, as
// Context has them: a request sets them all.
func (who *Principal) Keys(c *Context) {
	set := func(key, value string) {
		if value != "" {
			c.Set(key, value)
		}
	}
	arn := who.ARN
	if who.Type == FederatedUser {
		arn = who.SessionARN
	}
	set("aws:principalarn", arn)
	set("aws:principalaccount", who.Account)
	set("aws:principaltype", principalTypes[who.Type])
	set("aws:userid", who.ID)
	if who.Type == User {
		set("aws:username", arn[strings.LastIndexByte(arn, '/')+1:])
	}
	c.Set("aws:principalisawsservice", map[bool]string{true: "true", false: "false"}[who.Type == Service])
	set("aws:principalservicename", who.Service)
	set("aws:federatedprovider", who.Provider)
	for key, value := range who.Tags {
		c.Set("aws:principaltag/"+key, value)
	}
}

// A Context holds the values of condition keys. The case of a key means
// nothing. The value of a binary key is its bytes. The zero value is ready; a
// copy of one that has keys shares them.
type Context struct{ held *keys }

// keys are few: looking through them is faster than hashing.
type keys struct {
	all  []keyValues
	fill func(*Context) // sets them, and has not been asked to
}

// usualKeys is about how many keys a request has.
const usualKeys = 16

// keyValues are the values of a key: one, which most keys have, or many.
type keyValues struct {
	key  string // in lower case
	one  [1]string
	many []string
	set  bool // one counts
}

func (v *keyValues) list() []string {
	if v.set {
		return v.one[:]
	}
	return v.many
}

// NewContext is a context with the given keys. The values of keys that differ
// in case alone are put together.
func NewContext(values map[string][]string) Context {
	var c Context
	for key, list := range values {
		c.Set(key, append(slices.Clip(c.Get(key)), list...)...)
	}
	return c
}

// Lazy is a context whose keys are set by fill when the first of them is asked
// for: most decisions ask for none. One goroutine may use it.
func Lazy(fill func(*Context)) Context { return Context{&keys{fill: fill}} }

// all are the keys that are set.
func (c *Context) all() []keyValues {
	if c.held == nil {
		return nil
	}
	if fill := c.held.fill; fill != nil {
		c.held.fill = nil
		fill(c)
	}
	return c.held.all
}

// Set gives a key its values, in the place of those it had.
func (c *Context) Set(key string, values ...string) {
	key = strings.ToLower(key)
	v := c.find(key)
	if v == nil {
		v = c.add(key)
	}
	if v.set = len(values) == 1; v.set {
		v.one[0], v.many = values[0], nil
		return
	}
	v.many = slices.Clone(values)
}

// Clone is a context with the same keys, and none of them shared.
func (c *Context) Clone() Context {
	if all := c.all(); all != nil {
		return Context{&keys{all: slices.Clone(all)}}
	}
	return Context{}
}

func (c *Context) add(key string) *keyValues {
	if c.held == nil {
		c.held = new(keys)
	}
	if c.held.all == nil {
		c.held.all = make([]keyValues, 0, usualKeys)
	}
	c.held.all = append(c.held.all, keyValues{key: key})
	return &c.held.all[len(c.held.all)-1]
}

// find is a key that is in lower case; nil when it is absent.
func (c *Context) find(key string) *keyValues {
	all := c.all()
	for i := range all {
		if v := &all[i]; v.key == key {
			return v
		}
	}
	return nil
}

// Get is the values of a key; nil when it is absent.
func (c *Context) Get(key string) []string {
	if v := c.find(strings.ToLower(key)); v != nil {
		return v.list()
	}
	return nil
}

// A Target is a resource that is asked for.
type Target struct {
	ARN     string  // "*" or "" for an action without a resource
	Account string  // that owns it, which is aws:ResourceAccount; "" for the principal's own
	Context Context // keys that are the resource's, such as aws:ResourceTag/team; they go before the request's
}

// A Request is who asks to do what with which resources.
type Request struct {
	Principal Principal
	Action    string   // service:Name; its case means nothing
	Targets   []Target // all have to be allowed; none is one without ARN
	Context   Context
}
