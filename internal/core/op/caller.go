package op

import (
	"cmp"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// Caller is who signed the request, and with what. It is an argument of every
// operation, never a context value: a forgotten identity must not compile.
type Caller struct {
	Account   string // 12 digits: of the principal who signed
	Region    string // that the signature names
	Principal string // ARN: of a root, a user, or the session of a role (arn:aws:sts::…:assumed-role/NAME/SESSION)
	Role      string // ARN of the role, where Principal is a session of one
	ID        string // its unique ID, with the session's name: aws:userid
	Root      bool   // signed with the root credential of Account

	// Owner is the account whose resources the request is about, where that is
	// not Account: a resource-based policy there admits the caller. Registry.Call
	// sets it.
	Owner string

	Tags       map[string]string   // of the user or role, and of the session over them: aws:PrincipalTag
	Transitive []string            // keys of Tags that a session begun by this one takes along
	Keys       map[string][]string // condition keys that the session carries beside its tags, such as aws:FederatedProvider
	Limits     []string            // session policies: JSON documents, and ARNs of managed policies
	Person     *Person             // the end user for whom the session speaks, or nil

	AccessKeyID string
	RequestID   string
	Origin      Origin

	Token *Token // the request's idempotency token; set by Registry.Call
	Trail *Trail // for the audit record; nil: there is none
}

// Person is an end user, as whoever signed them in knows them.
type Person struct {
	ID     string   // in the identity store; empty for a person of a federated session
	Name   string   // user name or e-mail address, as it was given
	Email  string   // empty when unknown
	Groups []string // IDs in the identity store
}

// Origin is where a request came from. Its zero value says that nothing is known.
type Origin struct {
	IP     netip.Addr
	Agent  string // User-Agent
	Secure bool   // over TLS
	At     time.Time
}

// Owns is the account whose resources the request is about.
func (c Caller) Owns() string { return cmp.Or(c.Owner, c.Account) }

// Tenant is the account and Region whose resources the request is about: the
// first part of every key in the store.
func (c Caller) Tenant() string { return c.Owns() + ":" + c.Region }

// Partition of every ARN that Parley makes.
const Partition = "aws"

// ARN names a resource of the account and Region that the request is about, for example
// c.ARN("application/%s/plugin/%s", app, id).
func (c Caller) ARN(path string, args ...any) string {
	return prefix("qbusiness", c.Region, c.Owns()) + fmt.Sprintf(path, args...)
}

func prefix(service, region, account string) string {
	return "arn:" + Partition + ":" + service + ":" + region + ":" + account + ":"
}

// Resources are the ARNs that the route's IAM action is asked about, the most
// specific last. A label that may hold an ARN as well as a name, which is the
// whole of a path such as secret:{SecretId}, stands as it is when it does. What
// the input leaves out leaves nothing in the ARN.
func Resources(c Caller, route *smithy.Route, in any) []string {
	arns := make([]string, len(route.Resources))
	for i, path := range route.Resources {
		arns[i] = resource(c, route, path, in)
	}
	return arns
}

// unnamedUser is the resource of an action that is about whoever asks, when the
// request names no user (IAM API reference, "GetUser").
const unnamedUser = "user/{UserName}"

func resource(c Caller, route *smithy.Route, path string, in any) string {
	filled := fill(path, route.Input, in)
	if filled == "user/" && path == unnamedUser {
		return c.Principal
	}
	if path == "*" || strings.HasPrefix(filled, "arn:") {
		return filled
	}
	if kind, _, named := strings.Cut(path, ":{"); named {
		if name := filled[len(kind)+1:]; strings.HasPrefix(name, "arn:") {
			return name
		}
	}
	region := c.Region
	if route.Global {
		region = ""
	}
	return prefix(route.Service, region, c.Owns()) + filled
}

// fill puts the input's labels in the place of {label}s. What a label holds is
// never looked at again: a client may well send one that holds a brace. A label
// that begins with a slash, as the path of a role does, brings that of the text
// before it. A URL stands without its scheme, as in the ARN of an OIDC provider.
func fill(path string, shape *smithy.Shape, in any) string {
	var filled strings.Builder
	for {
		before, rest, ok := strings.Cut(path, "{")
		filled.WriteString(before)
		if !ok {
			return filled.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		value := label(shape, in, name)
		if name == "Url" {
			value = strings.TrimPrefix(value, "https://")
		}
		if strings.HasSuffix(before, "/") {
			value = strings.TrimPrefix(value, "/")
		}
		filled.WriteString(value)
		path = after
	}
}

// label is the text of a member such as RoleName or MemberId.UserId, "" when it
// is absent.
func label(shape *smithy.Shape, in any, name string) string {
	v := reflect.ValueOf(in)
	for more := true; more; {
		var first string
		first, name, more = strings.Cut(name, ".")
		i := slices.IndexFunc(shape.Members, func(m smithy.Member) bool { return m.Name == first })
		if v = pointee(v); i < 0 || !v.IsValid() {
			return ""
		}
		v, shape = v.Field(shape.Members[i].Field), shape.Members[i].Shape
	}
	if v = pointee(v); !v.IsValid() {
		return ""
	}
	return v.String()
}

// pointee is what a pointer leads to: the zero Value when it is nil.
func pointee(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		return v.Elem()
	}
	return v
}
