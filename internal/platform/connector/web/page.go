package web

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is what the crawl wants to know of an HTML page.
type page struct {
	title     string
	canonical string   // reference of <link rel=canonical>
	noIndex   bool     // of <meta name=robots>
	noFollow  bool     //
	links     []string // references, in the order of their appearance
	base      *url.URL
}

// maxReferences bounds the links that are looked at on a page, followed or not.
const maxReferences = 20_000

// scan reads a page that was found at u.
func scan(data []byte, u *url.URL) *page {
	p := &page{base: u}
	z := html.NewTokenizer(bytes.NewReader(data))
	for inTitle := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return p
		case html.TextToken:
			if inTitle && p.title == "" {
				p.title = strings.Join(strings.Fields(string(z.Text())), " ")
			}
		case html.EndTagToken:
			inTitle = false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, has := z.TagName()
			tag := atom.Lookup(name)
			inTitle = tag == atom.Title
			if has && wanted(tag) {
				p.tag(tag, attributes(z))
			}
		}
	}
}

func wanted(tag atom.Atom) bool {
	switch tag {
	case atom.A, atom.Area, atom.Base, atom.Frame, atom.Iframe, atom.Link, atom.Meta:
		return true
	}
	return false
}

// attributes are those of a tag that matter here, the first of each name.
func attributes(z *html.Tokenizer) map[string]string {
	found := map[string]string{}
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch name := string(key); name {
		case "href", "src", "rel", "name", "content":
			if _, twice := found[name]; !twice {
				found[name] = strings.TrimSpace(string(value))
			}
		}
	}
	return found
}

func (p *page) tag(tag atom.Atom, a map[string]string) {
	switch tag {
	case atom.Base:
		if u, err := p.base.Parse(a["href"]); err == nil && a["href"] != "" {
			p.base = u
		}
	case atom.Meta:
		if name := strings.ToLower(a["name"]); name == "robots" || name == strings.ToLower(robotName) {
			noIndex, noFollow := directives(a["content"])
			p.noIndex, p.noFollow = p.noIndex || noIndex, p.noFollow || noFollow
		}
	case atom.Link:
		if has(a["rel"], "canonical") && p.canonical == "" {
			p.canonical = a["href"]
		}
	case atom.Frame, atom.Iframe:
		p.link(a["src"])
	case atom.A, atom.Area:
		if !has(a["rel"], "nofollow") {
			p.link(a["href"])
		}
	}
}

func (p *page) link(reference string) {
	if reference != "" && !strings.HasPrefix(reference, "#") && len(p.links) < maxReferences {
		p.links = append(p.links, reference)
	}
}

// has reports whether a list of words has one.
func has(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// directives reads the content of <meta name=robots>, or a header X-Robots-Tag
// without the name of another crawler.
func directives(content string) (noIndex, noFollow bool) {
	for d := range strings.SplitSeq(content, ",") {
		switch strings.ToLower(strings.TrimSpace(d)) {
		case "noindex":
			noIndex = true
		case "nofollow":
			noFollow = true
		case "none":
			noIndex, noFollow = true, true
		}
	}
	return noIndex, noFollow
}

// tagged reads headers X-Robots-Tag. One that begins with the name of a crawler
// is for that one alone.
func tagged(headers []string) (noIndex, noFollow bool) {
	for _, h := range headers {
		if name, rest, named := strings.Cut(h, ":"); named && !strings.ContainsAny(name, ", ") {
			if !strings.EqualFold(strings.TrimSpace(name), robotName) {
				continue
			}
			h = rest
		}
		index, follow := directives(h)
		noIndex, noFollow = noIndex || index, noFollow || follow
	}
	return noIndex, noFollow
}
