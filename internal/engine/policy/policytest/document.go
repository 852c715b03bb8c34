package policytest

import (
	"strconv"
	"strings"
)

// A kind is what a document is attached to.
type kind int

const (
	identity kind = iota // boundary and session policies too
	resource
	scp
	rcp
)

func (g *generator) documents(k kind, n int) []string {
	list := make([]string, 0, n)
	for range n {
		list = append(list, g.document(k))
	}
	return list
}

// document writes a policy of one to three statements. A control policy mostly
// begins with a statement that allows everything, as those of AWS do.
func (g *generator) document(k kind) string {
	version := "2012-10-17"
	if (k == identity || k == resource) && g.chance(10) {
		version = "2008-10-17"
	}
	var statements []string
	switch {
	case k == rcp:
		statements = append(statements, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)
	case k == scp && g.chance(70):
		statements = append(statements, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	}
	for range 1 + g.upTo(2) {
		statements = append(statements, g.statement(k, len(statements)))
	}
	list := "[" + strings.Join(statements, ",") + "]"
	if len(statements) == 1 && g.chance(50) {
		list = statements[0]
	}
	var id string
	if k == resource && g.chance(15) {
		id = `"Id":"policy-1",`
	}
	if version == "2008-10-17" && g.chance(30) {
		return `{` + id + `"Statement":` + list + "}"
	}
	return `{"Version":"` + version + `",` + id + `"Statement":` + list + "}"
}

// statement writes the statement at index i.
func (g *generator) statement(k kind, i int) string {
	var b strings.Builder
	b.WriteString("{")
	if g.chance(20) {
		b.WriteString(`"Sid":"Statement` + strconv.Itoa(i) + `",`)
	}
	b.WriteString(`"Effect":"`)
	if k == rcp || g.chance(14) {
		b.WriteString(`Deny"`)
	} else {
		b.WriteString(`Allow"`)
	}
	switch k {
	case resource:
		b.WriteString("," + g.principals())
	case rcp:
		b.WriteString(`,"Principal":"*"`)
	}
	b.WriteString("," + g.element("Action", k != rcp, g.actionPattern))
	b.WriteString("," + g.element("Resource", true, g.resourcePattern))
	if g.chance(45) {
		b.WriteString(`,"Condition":` + g.conditions())
	}
	b.WriteString("}")
	return b.String()
}

// element writes Name or, now and then, NotName, with one value or a list.
func (g *generator) element(name string, not bool, value func() string) string {
	if not && g.chance(15) {
		name = "Not" + name
	}
	if g.chance(60) {
		return `"` + name + `":"` + value() + `"`
	}
	var list []string
	for range 1 + g.upTo(2) {
		list = append(list, `"`+value()+`"`)
	}
	return `"` + name + `":[` + strings.Join(list, ",") + "]"
}

func (g *generator) actionPattern() string {
	service, name, _ := strings.Cut(g.req.Action, ":")
	switch g.IntN(8) {
	case 0:
		return "*"
	case 1:
		return service + ":*"
	case 2:
		return g.req.Action
	case 3:
		return strings.ToUpper(g.req.Action)
	case 4:
		return service + ":" + g.blur(name)
	case 5:
		return strings.ToLower(service) + ":" + name[:1] + "*"
	}
	return pick(g, actions)
}

func (g *generator) resourcePattern() string {
	if g.chance(20) {
		return "*"
	}
	of := g.req.Resource
	if of == "*" || g.chance(30) {
		of = strings.ReplaceAll(pick(g, resources[:len(resources)-1]), "ACCOUNT", pick(g, accounts))
	}
	if strings.HasPrefix(of, "arn:aws:s3:") && g.chance(40) {
		return g.scribbledPattern()
	}
	parts := strings.SplitN(of, ":", 6)
	for _, i := range []int{1, 3, 4} {
		if g.chance(15) {
			parts[i] = g.blur(parts[i])
		}
	}
	switch g.IntN(5) {
	case 0:
		parts[5] = g.blur(parts[5])
	case 1:
		letters := []rune(parts[5])
		parts[5] = string(letters[:g.upTo(len(letters))]) + "*"
	case 2:
		parts[5] = g.variable(parts[5])
	}
	if g.chance(5) {
		return strings.Join(parts[:4], ":") + ":*" // wide: the last segments are one
	}
	return strings.Join(parts, ":")
}

// scribbledPattern is a pattern of six parts, or of fewer that end with an
// asterisk.
func (g *generator) scribbledPattern() string {
	head := "arn:aws:s3:" + g.scribble("ab*?", 2)
	switch g.IntN(10) {
	case 0:
		return head + "*"
	case 1:
		return head + ":" + g.scribble("ab*?", 2) + "*"
	case 2:
		return head + ":" + g.scribble("ab*?", 2) + ":" + g.scribble("ab:*?", 2) + "${aws:username}" + g.scribble("ab:*?", 2)
	}
	return head + ":" + g.scribble("ab*?", 2) + ":" + g.scribble("ab:*?é", 5)
}

// variable puts a policy variable where its value often fits.
func (g *generator) variable(s string) string {
	of := pick(g, []string{"alice", "red", "app-1", "*", "?", "a"})
	with := pick(g, []string{
		"${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'red'}", "${aws:PrincipalTag/team, 'app-1'}",
		"${*}", "${?}", "${$}", "${aws:TagKeys}", "${aws:nothing}", "${AWS:USERNAME}",
	})
	return strings.Replace(s, of, with, 1)
}

// blur puts a wildcard in the place of a part.
func (g *generator) blur(s string) string {
	if s == "" || g.chance(20) {
		return "*"
	}
	letters := []rune(s)
	i := g.IntN(len(letters))
	before, after := string(letters[:i]), letters[i+1:]
	if g.chance(40) {
		return before + "?" + string(after)
	}
	return before + "*" + string(after[g.upTo(len(after)):])
}

// principals writes Principal or NotPrincipal.
func (g *generator) principals() string {
	name := "Principal"
	if g.chance(15) {
		name = "NotPrincipal"
	}
	if g.chance(20) {
		return `"` + name + `":"*"`
	}
	entries := map[string][]string{}
	for range 1 + g.upTo(2) {
		t, v := g.principalEntry()
		entries[t] = append(entries[t], `"`+v+`"`)
	}
	var list []string
	for _, t := range []string{"AWS", "Service", "Federated", "CanonicalUser"} {
		switch values := entries[t]; {
		case len(values) == 1 && g.chance(70):
			list = append(list, `"`+t+`":`+values[0])
		case len(values) > 0:
			list = append(list, `"`+t+`":[`+strings.Join(values, ",")+"]")
		}
	}
	return `"` + name + `":{` + strings.Join(list, ",") + "}"
}

// principalEntry is one value of Principal and its type, mostly one that means
// the caller.
func (g *generator) principalEntry() (t, value string) {
	p := g.req.Principal
	if g.chance(25) {
		p = g.principal()
	}
	var choices [][2]string
	add := func(t, value string) {
		if value != "" {
			choices = append(choices, [2]string{t, value})
		}
	}
	add("AWS", p.Account)
	add("AWS", p.ARN)
	add("AWS", p.SessionARN)
	add("Service", p.Service)
	add("Federated", p.Provider)
	add("CanonicalUser", p.CanonicalID)
	if p.Account != "" {
		add("AWS", "arn:aws:iam::"+p.Account+":root")
	}
	if len(choices) == 0 || g.chance(5) {
		add("AWS", "*")
	}
	c := pick(g, choices)
	return c[0], c[1]
}

// conditions writes a condition block of one to three operators, each with one
// or two keys.
func (g *generator) conditions() string {
	written := map[string]bool{}
	var list []string
	for range 1 + g.upTo(2) {
		f := &families[g.IntN(len(families))]
		op := g.operator(pick(g, f.operators))
		if written[op] {
			continue
		}
		written[op] = true
		list = append(list, `"`+op+`":{`+strings.Join(g.keys(f), ",")+"}")
	}
	return "{" + strings.Join(list, ",") + "}"
}

func (g *generator) operator(op string) string {
	if op == "Null" {
		return op
	}
	if g.chance(25) {
		op += "IfExists"
	}
	switch g.IntN(6) {
	case 0:
		return "ForAllValues:" + op
	case 1:
		return "ForAnyValue:" + op
	}
	return op
}

func (g *generator) keys(f *family) []string {
	first := g.IntN(len(f.keys))
	list := []string{g.key(f, f.keys[first])}
	if len(f.keys) > 1 && g.chance(20) {
		list = append(list, g.key(f, f.keys[(first+1)%len(f.keys)]))
	}
	return list
}

func (g *generator) key(f *family, key string) string {
	n := 1
	if g.chance(40) {
		n = 2
	}
	values := make([]string, n)
	for i := range values {
		values[i] = g.value(f)
	}
	if n == 1 && g.chance(70) {
		return `"` + g.anyCase(key) + `":` + values[0]
	}
	return `"` + g.anyCase(key) + `":[` + strings.Join(values, ",") + "]"
}

// value is a value as it is written in a policy. Without quotes stand only
// numbers and booleans.
func (g *generator) value(f *family) string {
	v := pick(g, f.written)
	if f.operators[0] == "StringEquals" && g.chance(10) {
		v = g.scribble("aab:*?é", 4)
	}
	if f.bare && g.chance(30) {
		return v
	}
	return `"` + v + `"`
}
