package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/temoto/robotstxt"
)

// host is what the crawl knows of one host.
type host struct {
	rules *robotstxt.Group // nil until they are read
	why   error            // why they cannot be read, and nothing of the host may be
	delay time.Duration    // between requests
	next  time.Time        // when the next may be sent
}

const (
	maxHosts  = 1000             // that are remembered at a time
	maxRobots = 500 << 10        // bytes of robots.txt that are read (RFC 9309, section 2.5)
	maxDelay  = 30 * time.Second // that a site may ask for between requests
)

// originOf is the scheme and host of a canonical URL.
func originOf(url string) string {
	slashes := strings.Index(url, "://") + len("://")
	if end := strings.IndexByte(url[slashes:], '/'); end >= 0 {
		return url[:slashes+end]
	}
	return url
}

// host returns what is known of the host of an origin.
func (c *crawl) host(origin string) *host {
	h := c.hosts[origin]
	if h == nil {
		if len(c.hosts) >= maxHosts {
			clear(c.hosts)
		}
		h = &host{delay: c.pace}
		c.hosts[origin] = h
	}
	return h
}

// allowed reports whether robots.txt lets the crawl fetch u, and reads that file
// first if need be. The error is that it cannot be read.
func (c *crawl) allowed(ctx context.Context, u *url.URL) (bool, error) {
	if !c.robots {
		return true, nil
	}
	h := c.host(originOf(u.String()))
	if h.rules == nil && h.why == nil {
		if err := c.readRobots(ctx, u, h); err != nil {
			return false, err
		}
	}
	if h.why != nil {
		return false, h.why
	}
	return h.rules.Test(u.RequestURI()), nil
}

// readRobots reads a host's robots.txt. One that is not there allows all; one
// that cannot be had, because the server fails, forbids all (RFC 9309, section
// 2.3.1). The error is that of ctx.
func (c *crawl) readRobots(ctx context.Context, u *url.URL, h *host) error {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	res, err := c.get(ctx, at, true)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		h.why = fmt.Errorf("the site's robots.txt cannot be read: %w", err)
		return nil
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusInternalServerError || res.StatusCode == http.StatusTooManyRequests {
		h.why = fmt.Errorf("the site's robots.txt cannot be read: the server answered with status %d", res.StatusCode)
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxRobots))
	if err != nil {
		h.why = fmt.Errorf("the site's robots.txt cannot be read: %w", err)
		return ctx.Err()
	}
	if res.StatusCode != http.StatusOK {
		data = nil
	}
	h.rules = parseRobots(data)
	h.delay = max(h.delay, min(h.rules.CrawlDelay, maxDelay))
	return nil
}

// parseRobots reads rules. Lines that are none are left out, as RFC 9309,
// section 2.2, has it, rather than all of the file with them.
func parseRobots(data []byte) *robotstxt.Group {
	var kept bytes.Buffer
	agents := false
	for line := range bytes.Lines(data) {
		text, _, _ := strings.Cut(strings.ToValidUTF8(string(line), ""), "#")
		name, value, ok := strings.Cut(text, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if ok && (agents || name == "user-agent") && isRule(name, value) {
			agents = true
			fmt.Fprintf(&kept, "%s: %s\n", name, value)
		}
	}
	rules, err := robotstxt.FromBytes(kept.Bytes())
	if err != nil {
		rules, _ = robotstxt.FromBytes(nil)
	}
	return rules.FindGroup(robotName)
}

func isRule(name, value string) bool {
	switch name {
	case "user-agent", "allow":
		return value != ""
	case "disallow":
		return true
	case "crawl-delay":
		seconds, err := strconv.ParseFloat(value, 64)
		return err == nil && seconds >= 0 && seconds < 1<<20
	}
	return false
}
