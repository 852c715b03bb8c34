package policy

import (
	"errors"
	"strings"
)

// Parse reads a document that is to be attached as a kind, within the kind's
// Quota. Every error is a *SyntaxError.
func Parse(document []byte, kind Kind) (*Policy, error) {
	return ParseWithin(document, kind, kind.Quota())
}

// ParseWithin is Parse with another bound for the characters of the document.
func ParseWithin(document []byte, kind Kind, quota int) (*Policy, error) {
	p := parser{reader: reader{document: document}, kind: kind}
	if err := p.measure(kind, quota); err != nil {
		return nil, err
	}
	root, err := p.read()
	if err != nil {
		return nil, err
	}
	if err := p.policy(root); err != nil {
		return nil, err
	}
	p.result.gather()
	return p.result.remember(), nil
}

// A parser makes a policy of nodes.
type parser struct {
	reader
	kind   Kind
	result Policy
	sids   map[string]bool // of the statements before
}

// elements gives each member of an object to the function of its name. What has
// no function is no element.
func (p *parser) elements(n *node, what string, read map[string]func(*node) error) error {
	if n.kind != '{' {
		return p.refuse(n, "%s has to be a JSON object", what)
	}
	for _, m := range n.members {
		element, ok := read[m.name]
		if !ok {
			return p.refuse(m.value, "%s has no element %q here; remove it (names are case-sensitive)", what, m.name)
		}
		if err := element(m.value); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) policy(n *node) error {
	rules := &kinds[p.kind]
	p.result, p.sids = Policy{Kind: p.kind, Version: Version2008}, map[string]bool{}
	var statements *node
	read := map[string]func(*node) error{
		"Version":   p.version,
		"Statement": func(n *node) error { statements = n; return nil },
	}
	if rules.id {
		read["Id"] = func(n *node) (err error) { p.result.ID, err = p.text(n); return err }
	}
	if err := p.elements(n, p.kind.String(), read); err != nil {
		return err
	}
	switch {
	case rules.latest && p.result.Version != Version2012:
		return p.refuse(n, "%s has to have \"Version\": %q", p.kind, Version2012)
	case statements == nil:
		return p.refuse(n, "there is no Statement; add one")
	}
	list, err := p.list(statements)
	if err != nil {
		return err
	}
	for _, item := range list {
		if err := p.statement(item); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) version(n *node) error {
	s, err := p.text(n)
	if err == nil && s != Version2008 && s != Version2012 {
		err = p.refuse(n, "the versions of the policy language are %s and %s", Version2012, Version2008)
	}
	p.result.Version = s
	return err
}

func (p *parser) statement(n *node) error {
	rules := &kinds[p.kind]
	s := Statement{Start: p.place(n.at), End: p.place(n.end)}
	had := map[string]bool{}
	mark := func(name string, read func(*node) error) func(*node) error {
		return func(n *node) error { had[name] = true; return read(n) }
	}
	read := map[string]func(*node) error{
		"Sid":       func(n *node) error { return p.sid(n, &s) },
		"Effect":    mark("Effect", func(n *node) error { return p.effect(n, &s) }),
		"Action":    mark("Action", func(n *node) error { return p.actions(n, &s) }),
		"Condition": mark("Condition", func(n *node) error { return p.conditions(n, &s) }),
	}
	if rules.notAction {
		read["NotAction"] = mark("NotAction", func(n *node) error { s.notAction = true; return p.actions(n, &s) })
	}
	if rules.resource {
		read["Resource"] = mark("Resource", func(n *node) error { return p.resources(n, &s) })
		read["NotResource"] = mark("NotResource", func(n *node) error { s.notResource = true; return p.resources(n, &s) })
	}
	if rules.principal {
		read["Principal"] = mark("Principal", func(n *node) error { return p.principals(n, &s) })
	}
	if rules.not {
		read["NotPrincipal"] = mark("NotPrincipal", func(n *node) error { s.notPrincipal = true; return p.principals(n, &s) })
	}
	if err := p.elements(n, "a statement of "+p.kind.String(), read); err != nil {
		return err
	}
	if err := p.complete(n, &s, had); err != nil {
		return err
	}
	p.result.Statements = append(p.result.Statements, s)
	return nil
}

// complete refuses a statement in which something is missing, or twice.
func (p *parser) complete(n *node, s *Statement, had map[string]bool) error {
	rules := &kinds[p.kind]
	if !had["Effect"] {
		return p.refuse(n, `there is no Effect; add "Effect": "Allow" or "Deny"`)
	}
	for _, e := range []struct {
		name   string
		needed bool
	}{{"Action", true}, {"Resource", rules.resource}, {"Principal", rules.principal}} {
		switch either := "Not" + e.name; {
		case had[e.name] && had[either]:
			return p.refuse(n, "%s and %s cannot stand in one statement; remove one", e.name, either)
		case e.needed && !had[e.name] && !had[either]:
			return p.refuse(n, "there is no %s; add one", e.name)
		}
	}
	if p.kind == ResourceControl {
		return p.resourceControl(n, s, had["Condition"])
	}
	return nil
}

// resourceControl holds what the Organizations user guide ("RCP syntax") says
// of its statements: they deny, and are about everyone. Only the one of
// RCPFullAWSAccess, which AWS attaches itself, allows.
func (p *parser) resourceControl(n *node, s *Statement, conditional bool) error {
	full := len(s.actions) == 1 && s.actions[0].text == string([]byte{anyRun}) && !conditional &&
		len(s.resources) == 1 && s.resources[0].text == string([]byte{anyRun}) && !s.notResource
	if s.Effect == Allow && !full {
		return p.refuse(n, `a resource control policy only denies; the one statement that may allow is that of RCPFullAWSAccess: everyone, every action, every resource`)
	}
	if len(s.principals) != 1 || s.principals[0].kind != everyone {
		return p.refuse(n, `the Principal of a resource control policy has to be "*"; use conditions to narrow it`)
	}
	return nil
}

func (p *parser) sid(n *node, s *Statement) (err error) {
	if s.Sid, err = p.text(n); err != nil {
		return err
	}
	if kinds[p.kind].plainSids && strings.IndexFunc(s.Sid, notPlain) >= 0 {
		return p.refuse(n, "the Sid of %s has only letters and digits", p.kind)
	}
	if s.Sid != "" && p.sids[s.Sid] {
		return p.refuse(n, "another statement has the Sid %q; give each its own", s.Sid)
	}
	p.sids[s.Sid] = true
	return nil
}

func notPlain(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func (p *parser) effect(n *node, s *Statement) error {
	switch n.scalar {
	case "Allow":
		s.Effect = Allow
	case "Deny":
	default:
		return p.refuse(n, `Effect is "Allow" or "Deny"; case matters`)
	}
	return nil
}

func (p *parser) actions(n *node, s *Statement) error {
	return p.each(n, func(n *node, text string) error {
		service, name, ok := strings.Cut(text, ":")
		switch {
		case text == "*":
		case !ok || service == "" || name == "":
			return p.refuse(n, `an action is service:Name, such as s3:GetObject, or "*"`)
		case service != "*" && strings.ContainsFunc(service, func(r rune) bool { return notPlain(r) && r != '-' }):
			return p.refuse(n, "the service of an action has only letters, digits and hyphens, and no wildcards")
		case strings.ContainsFunc(name, func(r rune) bool { return notPlain(r) && !strings.ContainsRune("*?-_.", r) }):
			return p.refuse(n, "the name of an action has only letters, digits and the wildcards * and ?")
		}
		s.actions = append(s.actions, fixed(like.compile(lower(text), 0, true)))
		return nil
	})
}

// each gives every value of a node, which has to be a string, to a function.
func (p *parser) each(n *node, read func(n *node, text string) error) error {
	list, err := p.list(n)
	if err != nil {
		return err
	}
	for _, item := range list {
		text, err := p.text(item)
		if err != nil {
			return err
		}
		if err := read(item, text); err != nil {
			return err
		}
	}
	return nil
}

// variables says whether the document may have policy variables.
func (p *parser) variables() bool { return p.result.Version == Version2012 }

func (p *parser) resources(n *node, s *Statement) error {
	return p.each(n, func(n *node, text string) error {
		if err := p.resource(text); err != nil {
			return p.refuse(n, "%s", err)
		}
		read, err := newPattern(text, resource, p.variables())
		if err != nil {
			return p.refuse(n, "%s", err)
		}
		s.resources = append(s.resources, read)
		return nil
	})
}

// resource refuses what is no ARN. An ARN may end with an asterisk before its
// sixth part.
func (p *parser) resource(text string) error {
	if text == "*" {
		return nil
	}
	parts := strings.SplitN(text, ":", 6)
	switch {
	case parts[0] != "arn" || len(parts) < 4 || len(parts) < 6 && !strings.HasSuffix(text, "*"):
		return errors.New(`a resource is an ARN of six parts, arn:partition:service:region:account:resource, or "*"`)
	case parts[1] == "" || parts[2] == "" || strings.ContainsAny(parts[2], "*?"):
		return errors.New("the ARN of a resource has to name partition and service; the service has no wildcards")
	case p.variables() && strings.Contains(strings.Join(parts[:min(5, len(parts))], ":"), "${"):
		return errors.New("policy variables can stand only behind the fifth colon of an ARN")
	}
	return nil
}

func (p *parser) principals(n *node, s *Statement) error {
	if n.scalar == "*" {
		s.principals = []principal{{kind: everyone}}
		return nil
	}
	if n.kind != '{' || len(n.members) == 0 {
		return p.refuse(n, `a principal is "*" or an object such as {"AWS": "111122223333"}`)
	}
	for _, m := range n.members {
		err := p.each(m.value, func(n *node, text string) error {
			read, err := newPrincipal(m.name, text)
			if err != nil {
				return p.refuse(n, "%s", err)
			}
			s.principals = append(s.principals, read)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// conditions reads Condition. An empty one is none: the console writes it into
// trust policies.
func (p *parser) conditions(n *node, s *Statement) error {
	if n.kind != '{' {
		return p.refuse(n, `Condition is an object such as {"StringEquals": {"aws:username": "ann"}}`)
	}
	asked := map[string]bool{} // keys in lower case, behind their operators
	for _, m := range n.members {
		c, err := newCondition(m.name)
		switch {
		case err != nil:
			return p.refuse(m.value, "%s", err)
		case m.value.kind != '{' || len(m.value.members) == 0:
			return p.refuse(m.value, "a condition operator holds an object with condition keys and their values")
		}
		for _, key := range m.value.members {
			at := c.name + " " + strings.ToLower(key.name)
			if asked[at] {
				return p.refuse(key.value, "the key occurs twice under %s; the case of keys means nothing", c.name)
			}
			asked[at] = true
			if err := p.condition(c, key, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// condition reads a key of an operator.
func (p *parser) condition(c condition, key member, s *Statement) error {
	prefix, name, _ := strings.Cut(key.name, ":")
	if prefix == "" || name == "" || strings.ContainsAny(key.name, "*?$") {
		return p.refuse(key.value, "%q is no condition key; keys are service:name, such as aws:SourceIp", key.name)
	}
	c.key, c.written = strings.ToLower(key.name), key.name
	list, err := p.list(key.value)
	if err != nil {
		return err
	}
	for _, item := range list {
		text, ok := scalar(item.scalar)
		if !ok {
			return p.refuse(item, "the value of a condition is a string, a number, true or false")
		}
		o, err := c.operand(text, p.variables())
		if err != nil {
			return p.refuse(item, "%s", err)
		}
		c.operands = append(c.operands, o)
	}
	s.conditions = append(s.conditions, c)
	return nil
}
