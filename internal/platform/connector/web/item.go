package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/connector"
)

// found takes in what a URL answered with: a page, or a file.
func (c *crawl) found(ctx context.Context, t target, u *url.URL, res *http.Response) error {
	contentType := res.Header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		mediaType = ""
	}
	var noIndex, noFollow bool
	if c.robots {
		noIndex, noFollow = tagged(res.Header.Values("X-Robots-Tag"))
	}
	f := formatOf(mediaType, path.Ext(u.Path))
	switch {
	case f.contentType == "":
		return nil
	case f.contentType != "HTML":
		if noIndex || !c.attachments || !c.files.passes(u.String()) {
			return nil
		}
		return c.file(ctx, u, f, res)
	}
	body, mark := decoded(res.Body, contentType)
	text := &content{body: body, most: c.maxSize, mark: mark}
	data, err := text.read()
	if err != nil {
		return c.unread(ctx, t, u, err)
	}
	p := scan(data, u)
	if c.robots {
		p.noIndex, p.noFollow = p.noIndex || noIndex, p.noFollow || noFollow
	} else {
		p.noIndex, p.noFollow = false, false
	}
	return c.page(ctx, u, p, text, res)
}

// unread decides what a body means that could not be read to its end.
func (c *crawl) unread(ctx context.Context, t target, u *url.URL, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if large, ok := errors.AsType[*tooLargeError](err); ok {
		return c.visit(ctx, connector.Item{ID: t.URL, URI: t.URL, Name: nameOf(u, format{"HTML", ".html"}), Size: -1, Err: large})
	}
	return c.missed(ctx, t, u, err)
}

// page visits a page, and adds what it links to.
func (c *crawl) page(ctx context.Context, u *url.URL, p *page, text *content, res *http.Response) error {
	is := c.identity(u, p)
	if !p.noIndex && is != nil && c.index.passes(is.String()) {
		it := connector.Item{
			ID: is.String(), URI: is.String(), Name: nameOf(is, format{"HTML", ".html"}), ContentType: "HTML",
			Size: int64(len(text.data)), Open: text.open, ModifiedAt: modified(res),
		}
		it.Attributes = attributesOf(c.ofPage, it, map[string]any{"title": p.title})
		it.Version = version(res, text.data, c.ofPage)
		if err := c.visit(ctx, it); err != nil {
			return err
		}
		if is != u {
			c.at.meet(is.String())
		}
	}
	if c.at.depth < c.depth && !p.noFollow {
		c.extend(p)
	}
	return nil
}

// identity is the URL that a page is kept under: its own, or the one that it
// names as canonical, on the same host. It is nil when that one was met, and has
// its own turn.
func (c *crawl) identity(u *url.URL, p *page) *url.URL {
	if p.canonical == "" {
		return u
	}
	to, err := p.base.Parse(p.canonical)
	if err == nil {
		to, err = canonical(to)
	}
	switch {
	case err != nil, to.Host != u.Host, to.String() == u.String(), !c.follows(to):
		return u
	case c.at.met(to.String()):
		return nil
	}
	return to
}

// extend adds the links of a page, as many as are followed.
func (c *crawl) extend(p *page) {
	met := map[string]bool{}
	for _, reference := range p.links {
		to, err := p.base.Parse(reference)
		if err != nil {
			continue
		}
		if to, err = canonical(to); err != nil || !c.scope.holds(to) || !c.follows(to) || met[to.String()] {
			continue
		}
		if len(met) == c.links {
			return
		}
		met[to.String()] = true
		c.at.add(target{URL: to.String()}, true)
	}
}

// file visits a file. Where the server says what version it is, its content is
// read only when somebody opens it.
func (c *crawl) file(ctx context.Context, u *url.URL, f format, res *http.Response) error {
	body := &content{body: res.Body, most: c.maxSize}
	it := connector.Item{
		ID: u.String(), URI: u.String(), Name: nameOf(u, f), ContentType: f.contentType,
		Size: res.ContentLength, Open: body.open, ModifiedAt: modified(res),
	}
	var data []byte
	if !versioned(res) && it.Size <= c.maxSize {
		var err error
		if data, err = body.read(); err != nil {
			return c.unread(ctx, target{URL: it.ID}, u, err)
		}
		it.Size = int64(len(data))
	}
	if it.Size > c.maxSize {
		it.Open, it.Err = nil, tooLarge(c.maxSize)
	}
	it.Attributes = attributesOf(c.ofFile, it, map[string]any{"fileType": f.contentType})
	it.Version = version(res, data, c.ofFile)
	return c.visit(ctx, it)
}

// attributesOf maps the fields that pages and files have.
func attributesOf(mappings []connector.Mapping, it connector.Item, fields map[string]any) facet.Values {
	fields["sourceUrl"], fields["fileName"] = it.URI, it.Name
	if it.Size >= 0 {
		fields["fileSize"] = it.Size
	}
	v := connector.Map(mappings, fields)
	if _, mapped := v[connector.SourceURI]; !mapped {
		v[connector.SourceURI] = facet.OfString(it.URI)
	}
	return v
}

// versioned reports whether an answer says which version it is.
func versioned(res *http.Response) bool {
	return res.Header.Get("ETag") != "" || res.Header.Get("Last-Modified") != ""
}

// version is that of the server, or else of the content; and of how fields are
// mapped.
func version(res *http.Response, data []byte, mappings []connector.Mapping) string {
	switch tag, at := res.Header.Get("ETag"), res.Header.Get("Last-Modified"); {
	case tag != "":
		return connector.Version(mappings, "tag", tag)
	case at != "":
		return connector.Version(mappings, "at", at, strconv.FormatInt(res.ContentLength, 10))
	}
	sum := sha256.Sum256(data)
	return connector.Version(mappings, "content", hex.EncodeToString(sum[:]))
}
