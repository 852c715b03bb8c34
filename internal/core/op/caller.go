package op

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"reflect"
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

	// Profile is what the identity store knows of their job and address, by name; nil
	// where a session alone says who they are. It is in no token.
	Profile map[string]string `json:"-"`
}

// Origin is where a request came from. Its zero value says that nothing is known.
type Origin struct {
	IP     netip.Addr
	Agent  string // User-Agent
	Secure bool   // over TLS
	Host   string // that the request named, with the port: where the client reached the server
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
	return string(fmt.Appendf(appendPrefix(nil, "qbusiness", c.Region, c.Owns()), path, args...))
}

func appendPrefix(dst []byte, service, region, account string) []byte {
	dst = append(dst, "arn:"+Partition+":"...)
	for _, part := range [...]string{service, region, account} {
		dst = append(append(dst, part...), ':')
	}
	return dst
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
	if path == "*" {
		return path
	}
	region := c.Region
	if route.Global {
		region = ""
	}
	var room [256]byte
	arn := appendPrefix(room[:0], route.Service, region, c.Owns())
	bare := len(arn)
	arn = fill(arn, path, route.Input, in)
	filled := arn[bare:]
	if path == unnamedUser && len(filled) == len("user/") {
		return c.Principal
	}
	if isARN(filled) {
		return string(filled)
	}
	if kind, _, named := strings.Cut(path, ":{"); named && isARN(filled[len(kind)+1:]) {
		return string(filled[len(kind)+1:])
	}
	return string(arn)
}

func isARN(b []byte) bool { return bytes.HasPrefix(b, []byte("arn:")) }

// fill appends a path with the input's labels in the place of {label}s. What a
// label holds is never looked at again: a client may well send one that holds a
// brace. A label that begins with a slash, as the path of a role does, brings that
// of the text before it. A URL stands without its scheme, as in the ARN of an OIDC
// provider.
func fill(dst []byte, path string, shape *smithy.Shape, in any) []byte {
	for {
		before, rest, ok := strings.Cut(path, "{")
		dst = append(dst, before...)
		if !ok {
			return dst
		}
		name, after, _ := strings.Cut(rest, "}")
		value := label(shape, in, name)
		if name == "Url" {
			value = strings.TrimPrefix(value, "https://")
		}
		if strings.HasSuffix(before, "/") {
			value = strings.TrimPrefix(value, "/")
		}
		dst = append(dst, value...)
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
		m := member(shape, first)
		if v = pointee(v); m == nil || !v.IsValid() {
			return ""
		}
		v, shape = v.Field(m.Field), m.Shape
	}
	if v = pointee(v); !v.IsValid() {
		return ""
	}
	return v.String()
}

func member(shape *smithy.Shape, name string) *smithy.Member {
	for i := range shape.Members {
		if m := &shape.Members[i]; m.Name == name {
			return m
		}
	}
	return nil
}

// pointee is what a pointer leads to: the zero Value when it is nil.
func pointee(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		return v.Elem()
	}
	return v
}
