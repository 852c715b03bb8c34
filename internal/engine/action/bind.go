package action

import (
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Bind makes the request of a with args, completed as Complete does. server
// replaces the servers of the document when it is not empty. The same arguments
// always give the same bytes. It returns an *ArgumentError when args are wrong;
// any other error is about the server or the document.
func Bind(d *openapi.Document, a *openapi.Action, server string, args Args) (*Request, error) {
	c := prepare(a, args)
	if len(c.problems) > 0 {
		return nil, &ArgumentError{c.problems}
	}
	base, err := baseOf(d, a, server)
	if err != nil {
		return nil, err
	}
	if c.unfilled != "" {
		return nil, fmt.Errorf("the path variable {%s} is not described", short(c.unfilled))
	}
	r := &Request{Method: a.Method, URL: base + c.target, Header: c.header()}
	if c.body.mediaType != "" {
		r.Header["Content-Type"] = []string{c.body.mediaType}
		r.Body = c.body.content
	}
	return r, nil
}

// baseOf is the server's URL without a slash at its end: the one given, or else
// the action's own, or else the document's.
func baseOf(d *openapi.Document, a *openapi.Action, given string) (string, error) {
	server := given
	if server == "" {
		server = a.Server
	}
	if server == "" {
		server = d.Server
	}
	u, err := url.Parse(strings.TrimSpace(server))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("the server's URL is not an absolute http or https URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("the server's URL has a user, a query or a fragment, which belong elsewhere")
	}
	return u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/"), nil
}

var templateVariable = regexp.MustCompile(`\{([^{}/]+)\}`)

// aim fills in the path and query. A query in the document's own path comes
// before the parameters, a fragment in it is left out.
func (c *call) aim() {
	template := c.action.Path
	if !strings.HasPrefix(template, "/") {
		template = "/" + template
	}
	template, fixed := cutTemplate(template)
	segments := strings.Split(template, "/")
	for i, s := range segments {
		segments[i] = c.fill(s, literal, true)
	}
	queries := []string{c.fill(fixed, queryLiteral, false)}
	for _, o := range c.outside {
		if o.in == "query" {
			queries = append(queries, o.text)
		}
	}
	queries = slices.DeleteFunc(queries, func(s string) bool { return s == "" })
	c.target = strings.Join(segments, "/")
	if len(queries) > 0 {
		c.target += "?" + strings.Join(queries, "&")
	}
}

// cutTemplate parts a path from its query, and drops its fragment. Inside of
// braces neither mark counts.
func cutTemplate(template string) (path, query string) {
	masked := templateVariable.ReplaceAllStringFunc(template, func(s string) string { return strings.Repeat("x", len(s)) })
	if i := strings.IndexByte(masked, '#'); i >= 0 {
		template, masked = template[:i], masked[:i]
	}
	if i := strings.IndexByte(masked, '?'); i >= 0 {
		return template[:i], template[i+1:]
	}
	return template, ""
}

// fill is a piece of the path's template, a segment or its query, with the
// variables filled in. No value may change the structure of the path: slashes
// are encoded, and a value that makes a dot segment is refused, encoded or not,
// because servers and proxies decode %2E and %2F before they resolve those
// (WHATWG URL, double-dot segments).
func (c *call) fill(template string, keep *charset, segment bool) string {
	var encoded, decoded strings.Builder
	end, last := 0, ""
	for _, at := range templateVariable.FindAllStringSubmatchIndex(template, -1) {
		between, name := template[end:at[0]], template[at[2]:at[3]]
		i := slices.IndexFunc(c.outside, func(o outside) bool { return o.in == "path" && o.name == name })
		if i < 0 {
			c.unfilled = name
			return ""
		}
		encoded.WriteString(escapeTriplets(between, keep) + c.outside[i].text)
		decoded.WriteString(between + c.outside[i].raw)
		end, last = at[1], name
	}
	encoded.WriteString(escapeTriplets(template[end:], keep))
	decoded.WriteString(template[end:])
	if segment && last != "" && dotted(decoded.String()) {
		c.blame(c.keyOf(last), nil, "leave out . and .. as parts of the path")
	}
	return encoded.String()
}

// dotted says whether s has a dot segment when its slashes count.
func dotted(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(parts, ".") || slices.Contains(parts, "..")
}

// keyOf is the key of a path parameter.
func (c *call) keyOf(name string) string {
	for i := range c.slots {
		if s := &c.slots[i]; s.parameter != nil && s.parameter.In == "path" && s.parameter.Name == name {
			return s.key
		}
	}
	return name
}

func (c *call) header() textproto.MIMEHeader {
	h := textproto.MIMEHeader{"Accept": {accept(c.action.Accept)}}
	var cookies []string
	for _, o := range c.outside {
		switch o.in {
		case "header":
			h.Set(o.name, o.text)
		case "cookie":
			cookies = append(cookies, o.text)
		}
	}
	if len(cookies) > 0 {
		if own := h.Get("Cookie"); own != "" {
			cookies = append([]string{own}, cookies...)
		}
		h.Set("Cookie", strings.Join(cookies, "; "))
	}
	return h
}

// accept is the Accept header for the media types an action answers with: JSON
// first, the others half as welcome (RFC 9110, section 12.5.1). An action that
// names none may answer with anything, and JSON is asked for.
func accept(types []string) string {
	var first, second []string
	for _, t := range types {
		t = strings.TrimSpace(t)
		switch {
		case t == "" || strings.ContainsFunc(t, isControl) || strings.Contains(t, ",") || !strings.Contains(t, "/"):
		case isJSON(t):
			first = append(first, t)
		default:
			second = append(second, t)
		}
	}
	if len(first)+len(second) == 0 {
		return "application/json, */*;q=0.5"
	}
	if len(first) > 0 {
		for i := range second {
			second[i] += ";q=0.5"
		}
	}
	return strings.Join(append(first, second...), ", ")
}
