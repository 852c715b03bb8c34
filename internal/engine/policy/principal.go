package policy

import (
	"errors"
	"strings"
)

// A principal is an entry of Principal or NotPrincipal
// (reference_policies_elements_principal).
type principal struct {
	kind  principalKind
	value string
}

type principalKind uint8

const (
	everyone  principalKind = iota // "*"
	account                        // value is the id
	identity                       // a user or role; value is the ARN
	session                        // an assumed-role session or a federated user; value is the ARN
	service                        // value is the name
	federated                      // an identity provider; value is its name or ARN
	canonical                      // an account; value is its canonical user id
)

var (
	errWildcard  = errors.New(`a principal has no wildcards: name one, or write "*" for everyone`)
	errGroup     = errors.New("a group is no principal: name its users or a role")
	errPrincipal = errors.New("this is no principal: write an account of 12 digits, or the ARN of an account's root, a user, a role, an assumed-role session or a federated user")
	errService   = errors.New("this is no service principal: write its name, such as lambda.amazonaws.com")
	errProvider  = errors.New("this is no identity provider: write its ARN (saml-provider or oidc-provider) or its domain, such as accounts.google.com")
	errCanonical = errors.New("this is no canonical user id: it has 64 hexadecimal digits")
	errKey       = errors.New("the keys of a principal are AWS, Service, Federated and CanonicalUser")
)

// newPrincipal reads a value that stands under a key of Principal.
func newPrincipal(key, value string) (principal, error) {
	switch {
	case key == "AWS" && value == "*":
		return principal{kind: everyone}, nil
	case key != "AWS" && key != "Service" && key != "Federated" && key != "CanonicalUser":
		return principal{}, errKey
	case strings.ContainsAny(value, "*?"):
		return principal{}, errWildcard
	case key == "Service":
		return principal{service, value}, check(isDomain(value), errService)
	case key == "Federated":
		return principal{federated, value}, check(isProvider(value), errProvider)
	case key == "CanonicalUser":
		return principal{canonical, value}, check(len(value) == 64 && strings.Trim(value, "0123456789abcdef") == "", errCanonical)
	}
	return awsPrincipal(value)
}

func check(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

func awsPrincipal(value string) (principal, error) {
	if isAccount(value) {
		return principal{account, value}, nil
	}
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[3] != "" || !isAccount(parts[4]) {
		return principal{}, errPrincipal
	}
	kind, name, _ := strings.Cut(parts[5], "/")
	switch {
	case parts[2] == "iam" && parts[5] == "root":
		return principal{account, parts[4]}, nil
	case parts[2] == "iam" && kind == "group":
		return principal{}, errGroup
	case name == "" || strings.HasSuffix(name, "/"):
		return principal{}, errPrincipal
	case parts[2] == "iam" && (kind == "user" || kind == "role"):
		return principal{identity, value}, nil
	case parts[2] == "sts" && kind == "assumed-role" && strings.Count(name, "/") == 1,
		parts[2] == "sts" && kind == "federated-user":
		return principal{session, value}, nil
	}
	return principal{}, errPrincipal
}

func isAccount(s string) bool { return len(s) == 12 && digits(s) }

// isDomain says whether a text can be the name of a host that has a domain.
func isDomain(s string) bool {
	return strings.Contains(s, ".") && !strings.Contains(s, "..") &&
		strings.Trim(s, ".-") == s && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

func isProvider(s string) bool {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return isDomain(s)
	}
	kind, name, _ := strings.Cut(parts[5], "/")
	return parts[2] == "iam" && isAccount(parts[4]) && name != "" && (kind == "saml-provider" || kind == "oidc-provider")
}

// A grant is how much a resource-based policy gives a principal by naming it.
type grant uint8

const (
	noGrant   grant = iota
	delegated       // to the account: whom it lets, identity-based policies say
	limited         // to the role of a session, or the user who federated: boundary and session policies limit it
	direct          // to the caller itself: nothing limits it but a Deny
)

// names says what an entry gives a principal when it names it
// (reference_policies_evaluation-logic_policy-eval-denyallow, "Resource-based
// policies").
func (p *principal) names(who *Principal) grant {
	switch p.kind {
	case everyone:
		return direct
	case account:
		return given(who.Account == p.value, delegated)
	case canonical:
		return given(who.CanonicalID == p.value, delegated)
	case identity:
		return given(who.ARN == p.value, who.own())
	case session:
		return given(who.SessionARN == p.value, direct)
	case service:
		return given(who.Service == p.value, direct)
	}
	return given(who.Provider == p.value, direct)
}

func given(is bool, g grant) grant {
	if is {
		return g
	}
	return noGrant
}

// own is what naming a principal's user or role gives it.
func (who *Principal) own() grant {
	if who.Type == RoleSession || who.Type == FederatedUser {
		return limited
	}
	return direct
}

// grants says whether a statement is about a principal, and what naming it so
// gives. Without Principal it is about whoever the policy is attached to.
//
// A Deny with NotPrincipal is about every principal that has a permissions
// boundary, whomever it lists (reference_policies_elements_notprincipal).
func (s *Statement) grants(e *evaluation) grant {
	who := &e.request.Principal
	if s.notPrincipal {
		return given(s.Effect == Deny && e.bounded || s.excepts(who), direct)
	}
	if s.principals == nil {
		return direct
	}
	best := noGrant
	for i := range s.principals {
		best = max(best, s.principals[i].names(who))
	}
	return best
}

// excepts says whether NotPrincipal leaves a principal to the statement. A
// principal has layers: the account, the user or role, the session. To be spared
// by a Deny, each has to be listed; to miss an Allow, one is enough
// (reference_policies_elements_notprincipal). So doubt denies.
func (s *Statement) excepts(who *Principal) bool {
	listed, layers := 0, who.layers()
	for _, layer := range layers {
		if layer != noLayer && s.lists(who, layer) {
			listed++
		}
	}
	switch {
	case s.lists(who, noLayer):
		return false
	case s.Effect == Allow:
		return listed == 0
	}
	return listed < layers.count() || layers.count() == 0
}

// A layer is a part of a principal that NotPrincipal can list.
type layer uint8

const (
	noLayer layer = iota
	accountLayer
	identityLayer
	sessionLayer
	serviceLayer
)

type layers [3]layer

func (l layers) count() (n int) {
	for _, layer := range l {
		if layer != noLayer {
			n++
		}
	}
	return n
}

func (who *Principal) layers() layers {
	switch who.Type {
	case Root:
		return layers{accountLayer}
	case User:
		return layers{accountLayer, identityLayer}
	case RoleSession, FederatedUser:
		return layers{accountLayer, identityLayer, sessionLayer}
	case Service:
		return layers{serviceLayer}
	case Federated:
		return layers{sessionLayer}
	}
	return layers{}
}

// lists says whether an entry of NotPrincipal is a layer of a principal;
// everyone is all of them, and the only one that is noLayer.
func (s *Statement) lists(who *Principal, l layer) bool {
	for i := range s.principals {
		p := &s.principals[i]
		if p.kind == everyone || p.layer() == l && p.names(who) != noGrant {
			return true
		}
	}
	return false
}

// layer is what an entry that is not everyone lists.
func (p *principal) layer() layer {
	switch p.kind {
	case account, canonical:
		return accountLayer
	case identity:
		return identityLayer
	case service:
		return serviceLayer
	}
	return sessionLayer
}
