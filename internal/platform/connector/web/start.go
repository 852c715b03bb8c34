package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/blob"
)

// maxList bounds a list of seeds in a bucket, in bytes.
const maxList = 1 << 20

// listed returns the seeds of a list in a bucket, a URL a line.
func (c *crawl) listed(ctx context.Context, list object) ([]string, error) {
	if list.bucket == "" {
		return nil, nil
	}
	data, err := blob.ReadAll(ctx, c.env.Objects, list.bucket, list.key, maxList)
	if err != nil {
		return nil, fmt.Errorf("the list of seeds cannot be read: %w", err)
	}
	seeds := strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' || r == '\r' })
	if len(seeds) > maxSeeds {
		return nil, fmt.Errorf("the list of seeds has %d lines, at most %d are taken", len(seeds), maxSeeds)
	}
	return seeds, nil
}

// readSiteMaps lets the pages wait that sitemaps name. A sitemap that cannot be
// read, whole, is noted, unless there is nothing else to begin with.
func (c *crawl) readSiteMaps(ctx context.Context) error {
	var failure error
	note := func(err error) {
		failure = errors.Join(failure, err)
		c.at.partial = true
		c.env.Log.WarnContext(ctx, "a sitemap of a data source cannot be read", "error", err)
	}
	if c.mapList.bucket != "" {
		data, err := blob.ReadAll(ctx, c.env.Objects, c.mapList.bucket, c.mapList.key, maxSiteMap)
		if err != nil {
			note(err)
		}
		for _, nested := range c.siteMap(bytes.NewReader(data), nil, note) {
			c.readSiteMap(ctx, nested, false, note)
		}
	}
	for _, at := range c.siteMaps {
		u, err := url.Parse(at)
		if err != nil {
			return err
		}
		c.readSiteMap(ctx, u, true, note)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failure != nil && len(c.at.now) == 0 {
		return fmt.Errorf("no sitemap can be read: %w", failure)
	}
	return nil
}

// readSiteMap reads a sitemap, and those that it names if it is an index.
func (c *crawl) readSiteMap(ctx context.Context, u *url.URL, index bool, note func(error)) {
	res, err := c.get(ctx, u, true)
	if err != nil {
		note(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		note(fmt.Errorf("the server answered with status %d for the sitemap %s", res.StatusCode, u))
		return
	}
	for _, nested := range c.siteMap(res.Body, u, note) {
		if !index {
			note(fmt.Errorf("the sitemap %s is an index within an index", u))
			return
		}
		c.readSiteMap(ctx, nested, false, note)
	}
}

// siteMap lets the pages of a sitemap wait and returns the sitemaps it names,
// both as far as they are part of the site. It was found at u, nil for a bucket,
// where every host that it names is.
func (c *crawl) siteMap(body io.Reader, u *url.URL, note func(error)) (maps []*url.URL) {
	m, err := parseSiteMap(body, maxSiteMap)
	if err != nil {
		note(fmt.Errorf("a sitemap %w", err))
	}
	take := func(raw string) (*url.URL, bool) {
		named, err := parse(raw)
		if err != nil {
			return nil, false
		}
		if u == nil {
			c.at.hosts[named.Host] = true
		}
		return named, c.scope.holds(named)
	}
	for _, raw := range m.pages {
		if page, ok := take(raw); ok {
			c.at.add(target{URL: page.String()}, false)
		}
	}
	for _, raw := range m.maps {
		nested, ok := take(raw)
		if !ok || len(maps) == maxNested {
			c.at.partial = true
			continue
		}
		maps = append(maps, nested)
	}
	return maps
}

// modified is when an answer's content was changed, as the server says.
func modified(res *http.Response) time.Time {
	at, err := http.ParseTime(res.Header.Get("Last-Modified"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
