package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// crawl is one crawl under way.
type crawl struct {
	*source
	visit    connector.Visit
	progress func(string) error

	at      *frontier
	scope   scope
	origins map[string]bool // scheme and host of seeds and sitemaps: who may be given the credentials
	hosts   map[string]*host
	since   int // pages fetched since progress was told
}

// Crawl visits pages breadth first.
func (s *source) Crawl(ctx context.Context, after string, visit connector.Visit, progress func(cursor string) error) error {
	c := &crawl{source: s, visit: visit, progress: progress, at: newFrontier(), origins: map[string]bool{}, hosts: map[string]*host{}}
	if after != "" {
		at, err := parseFrontier(after)
		if err != nil {
			return err
		}
		c.at = at
	}
	c.scope = scope{c.at.hosts, s.subdomains, s.anyDomain}
	if err := c.begin(ctx, after == ""); err != nil {
		return err
	}
	if err := c.run(ctx); err != nil {
		return err
	}
	if err := c.tell(); err != nil {
		return err
	}
	if c.at.partial {
		return connector.ErrPartial
	}
	return nil
}

// run fetches what waits, level by level.
func (c *crawl) run(ctx context.Context) error {
	for len(c.at.now) > 0 || c.at.descend() {
		i := c.pick()
		t := c.at.now[i]
		u, err := url.Parse(t.URL)
		if err == nil {
			err = c.process(ctx, t, u)
		}
		if err != nil {
			cursor, broken := c.at.cursor()
			if broken != nil {
				return broken
			}
			return connector.End(err, c.progress, cursor)
		}
		c.at.remove(i)
		if c.since++; c.since < stride(len(c.at.seen)) {
			continue
		}
		if err := c.tell(); err != nil {
			return err
		}
	}
	return nil
}

// stride is how many pages lie between two cursors: a cursor grows with what
// was met, and writing cursors is to cost no more than crawling.
func stride(seen int) int { return 10 + seen/100 }

func (c *crawl) tell() error {
	c.since = 0
	cursor, err := c.at.cursor()
	if err != nil {
		return err
	}
	return c.progress(cursor)
}

// pick chooses the first URL of this depth whose host may be asked now, or the
// one that has to wait least.
func (c *crawl) pick() int {
	const most = 256 // that are looked at
	best, least := 0, time.Duration(1<<62)
	now := c.env.Now()
	for i, t := range c.at.now[:min(len(c.at.now), most)] {
		wait := c.host(originOf(t.URL)).next.Sub(now)
		if wait <= 0 {
			return i
		}
		if wait < least {
			best, least = i, wait
		}
	}
	return best
}

// process fetches a URL, visits what is there, and adds what it leads to. It
// fails with what visit returns, or the error of ctx.
func (c *crawl) process(ctx context.Context, t target, u *url.URL) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ok, err := c.allowed(ctx, u)
	switch {
	case err == nil && !ok && t.Seed:
		err = errors.New("the crawl begins here, and the site's robots.txt does not allow it")
	case err == nil && !ok:
		return nil
	}
	if err == nil {
		var res *http.Response
		if res, err = c.fetch(ctx, u); err == nil {
			defer func() { _ = res.Body.Close() }()
			return c.answer(ctx, t, u, res)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return c.missed(ctx, t, u, err)
}

// answer decides what a response means.
func (c *crawl) answer(ctx context.Context, t target, u *url.URL, res *http.Response) error {
	switch status := res.StatusCode; {
	case status == http.StatusOK:
		return c.found(ctx, t, u, res)
	case status >= 300 && status < 400:
		c.redirected(t, u, res.Header.Get("Location"))
		return nil
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return c.missed(ctx, t, u, fmt.Errorf("the server answered with status %d", status))
	case t.Seed:
		return c.missed(ctx, t, u, fmt.Errorf("the crawl begins here, and the server answered with status %d", status))
	}
	return nil // it is not there, or not for us
}

// missed visits what may be there and cannot be had. What lies behind it may be
// there, too, so the crawl has not seen all; but that another site is down does
// not matter to it.
func (c *crawl) missed(ctx context.Context, t target, u *url.URL, why error) error {
	if _, refused := errors.AsType[*outbound.RefusedError](why); refused && !t.Seed {
		return nil // this server goes there as little tomorrow
	}
	ours := scope{hosts: c.at.hosts, subdomains: true}
	if t.Seed || ours.holds(u) {
		c.at.partial = true
	}
	return c.visit(ctx, connector.Item{ID: t.URL, URI: t.URL, Name: nameOf(u, format{"HTML", ".html"}), Size: -1, Err: why})
}

const maxHops = 5

// redirected adds where a page has gone. Where seeds have gone is part of the
// site.
func (c *crawl) redirected(t target, u *url.URL, location string) {
	to, err := u.Parse(location)
	if err != nil || location == "" || t.Hops >= maxHops {
		c.at.partial = c.at.partial || t.Seed
		return
	}
	if to, err = canonical(to); err != nil {
		return
	}
	if t.Seed {
		c.at.hosts[to.Host] = true
	}
	if c.scope.holds(to) && (t.Seed || c.follows(to)) {
		c.at.add(target{URL: to.String(), Hops: t.Hops + 1, Seed: t.Seed}, false)
	}
}

// follows reports whether a URL within the scope is to be fetched.
func (c *crawl) follows(u *url.URL) bool {
	return c.options.crawl.passes(u.String()) && !worthless(u, c.attachments)
}

// begin sets the scope, and at the beginning of a crawl lets seeds and the pages
// of sitemaps wait.
func (c *crawl) begin(ctx context.Context, fresh bool) error {
	seeds, err := c.listed(ctx, c.seedList)
	if err != nil {
		return err
	}
	for _, raw := range append(seeds, c.seeds...) {
		u, err := parse(raw)
		if err != nil {
			return fmt.Errorf("the list of seeds: %w", err)
		}
		c.home(u)
		if fresh {
			c.at.add(target{URL: u.String(), Seed: true}, false)
		}
	}
	for _, raw := range c.siteMaps {
		if u, err := parse(raw); err == nil {
			c.home(u)
		}
	}
	if !fresh {
		return nil
	}
	if err := c.readSiteMaps(ctx); err != nil {
		return err
	}
	return c.tell()
}

// home makes a URL's host part of the site.
func (c *crawl) home(u *url.URL) {
	c.at.hosts[u.Host] = true
	c.origins[originOf(u.String())] = true
}
