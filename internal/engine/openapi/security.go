package openapi

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A schemeVerdict says how a declared scheme can be met, or why it cannot.
type schemeVerdict struct {
	node    *node
	scheme  Scheme
	problem string // "" when it can be met
}

// readSchemes looks at every declared security scheme once.
func (rd *reader) readSchemes() map[string]schemeVerdict {
	out := map[string]schemeVerdict{}
	for k := range rd.declaredSchemes() {
		v := schemeVerdict{node: k}
		v.scheme, v.problem = rd.scheme(rd.tree.resolve(k))
		v.scheme.Name = strings.Clone(k.key)
		out[k.key] = v
	}
	return out
}

func (rd *reader) declaredSchemes() iter.Seq[*node] {
	return rd.tree.member(rd.tree.member(rd.tree.root, "components"), "securitySchemes").live()
}

// usableSchemes lists the schemes that can be met, in document order.
func (rd *reader) usableSchemes() []Scheme {
	var out []Scheme
	for k := range rd.declaredSchemes() {
		if v := rd.schemes[k.key]; v.problem == "" {
			out = append(out, v.scheme)
		}
	}
	return out
}

func (rd *reader) scheme(n *node) (Scheme, string) {
	switch kind := rd.tree.text(n, "type"); kind {
	case "oauth2":
		return rd.oauth(rd.tree.member(n, "flows"))
	case "http":
		switch scheme := strings.ToLower(rd.tree.text(n, "scheme")); scheme {
		case "basic", "bearer":
			return Scheme{Kind: scheme}, ""
		default:
			return Scheme{}, fmt.Sprintf("HTTP authentication %.40q cannot be answered", scheme)
		}
	case "apiKey":
		s := Scheme{Kind: kind, In: rd.tree.text(n, "in"), Parameter: rd.tree.text(n, "name")}
		if s.Parameter == "" || !slices.Contains([]string{"query", "header", "cookie"}, s.In) {
			return Scheme{}, "an apiKey scheme needs a name, and in: query, header or cookie"
		}
		return s, ""
	case "openIdConnect": // the plugin's configuration names the endpoints
		return Scheme{Kind: "authorizationCode"}, ""
	case "":
		return Scheme{}, "the scheme has no type"
	default:
		return Scheme{}, fmt.Sprintf("schemes of type %.40q cannot be met", kind)
	}
}

// oauth picks the flow: the authorization code of a person, or else client
// credentials. The URLs may be missing; the plugin's own configuration can give
// them. So a scheme that has only flows from before the authorization code was
// for everyone (implicit, password) is met with the authorization code too, and
// keeps the URLs it has.
func (rd *reader) oauth(flows *node) (Scheme, string) {
	s := Scheme{Kind: "authorizationCode"}
	for _, kind := range []string{"authorizationCode", "clientCredentials", "implicit", "password"} {
		flow := rd.tree.member(flows, kind)
		if flow == nil {
			continue
		}
		first(&s.AuthorizationURL, rd.tree.text(flow, "authorizationUrl"))
		first(&s.TokenURL, rd.tree.text(flow, "tokenUrl"))
		if s.Scopes == nil {
			for scope := range rd.tree.member(flow, "scopes").live() {
				s.Scopes = append(s.Scopes, scope.key)
			}
		}
		if kind == "authorizationCode" || kind == "clientCredentials" {
			s.Kind = kind
			return s, ""
		}
	}
	return s, ""
}

// security reads the alternatives of one operation: its own, or the document's.
// One that can be met is enough.
func (rd *reader) security(op *operation) {
	list := rd.tree.member(op.node, "security")
	if list == nil {
		list = rd.tree.member(rd.tree.root, "security")
	}
	var met []Requirement
	var problem note
	var at *node
	for alternative := range list.live() {
		if !rd.spend(1) {
			break
		}
		r, why := rd.requirement(op, alternative)
		if why.rule == "" {
			met = append(met, r)
		} else if at == nil {
			problem, at = why, alternative
		}
	}
	if len(met) == 0 && at != nil {
		rd.blame(op, at, problem)
	}
	op.action.Security = met
}

func (rd *reader) requirement(op *operation, alternative *node) (Requirement, note) {
	var r Requirement
	for k := range alternative.live() {
		if !rd.spend(1 + k.size()) {
			break
		}
		v, ok := rd.schemes[k.key]
		if !ok && len(rd.schemes) == 0 {
			rd.blame(op, alternative, advise("security-undeclared", fmt.Sprintf("the security scheme %.100q is not declared; the plugin's authConfiguration decides", k.key),
				"declare it under components.securitySchemes"))
			v.scheme.Name = k.key
		} else if !ok {
			return r, refuse("security-undeclared", fmt.Sprintf("the security scheme %.100q is not declared", k.key),
				"declare it under components.securitySchemes, or correct the name")
		}
		if v.problem != "" {
			return r, refuse("security-unsupported", fmt.Sprintf("the security scheme %.100q cannot be met: %s", k.key, v.problem),
				"use OAuth 2.0 with the authorizationCode flow, or apiKey, basic or bearer")
		}
		if v.node != nil {
			rd.schemeAdvice(op, v)
		}
		use := Use{Scheme: v.scheme.Name}
		for s := range k.live() {
			use.Scopes = append(use.Scopes, s.str())
		}
		r.Schemes = append(r.Schemes, use)
	}
	return r, note{}
}

func (rd *reader) schemeAdvice(op *operation, v schemeVerdict) {
	switch {
	case v.scheme.Kind != "authorizationCode":
		rd.blame(op, v.node, advise("security-beyond", "Amazon Q Business takes only OAuth 2.0 with the authorizationCode flow",
			"keep it if Parley is all you need"))
	case v.scheme.AuthorizationURL == "":
		rd.blame(op, v.node, advise("security-url", "the scheme has no authorizationUrl",
			"add it, or give authorizationUrl in the plugin's authConfiguration"))
	case v.scheme.TokenURL == "":
		rd.blame(op, v.node, advise("security-url", "the scheme has no tokenUrl; users sign in with an authorization code, which needs one",
			"add the authorizationCode flow, or give tokenUrl in the plugin's authConfiguration"))
	}
}
