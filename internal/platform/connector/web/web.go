// Package web is the WEBCRAWLERV2 kind of data source: the pages of web sites,
// and the files that they link to.
//
// It owns the crawl: where it begins (seeds, sitemaps), which URLs are one and
// the same (canonical), where it may go (scope, patterns, depth, robots.txt),
// how fast (a pace for each host), and how it is taken up again (cursor). Every
// request goes through the outbound client, which decides what can be reached at
// all. Text, titles and character sets of pages are engine/extract's.
//
// A page is crawled once, breadth first, one request at a time. The cursor holds
// the whole frontier: what waits, and a short hash of every URL that was met.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/connector"
)

// Kind is WEBCRAWLERV2.
type Kind struct{}

// Type is WEBCRAWLERV2.
func (Kind) Type() string { return "WEBCRAWLERV2" }

// Check returns what is wrong with a configuration.
func (k Kind) Check(config json.RawMessage) []connector.Problem {
	_, problems := read(config)
	return problems
}

// Needs are what it takes to read the credentials, and the lists of URLs that
// are kept in buckets.
func (k Kind) Needs(config json.RawMessage) (needs []connector.Need) {
	o, _ := read(config)
	if o.basic {
		needs = append(needs, connector.Need{Action: "secretsmanager:GetSecretValue", Resource: o.secret})
	}
	for _, list := range []object{o.seedList, o.mapList} {
		if list.bucket != "" {
			needs = append(needs, connector.Need{Action: "s3:GetObject", Resource: "arn:aws:s3:::" + list.bucket + "/" + list.key})
		}
	}
	return needs
}

// Open makes a Source of the sites, and fetches the credentials for them.
func (k Kind) Open(ctx context.Context, config json.RawMessage, env connector.Env) (connector.Source, error) {
	o, problems := read(config)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the configuration's %s %s", problems[0].Field, problems[0].Message)
	}
	s := &source{options: o, env: env}
	if !o.basic {
		return s, ctx.Err()
	}
	secret, err := env.Secret(ctx, o.secret)
	if err != nil {
		return nil, fmt.Errorf("the secret with the credentials cannot be read: %w", err)
	}
	s.user, s.password = secret["userName"], secret["password"]
	if s.user == "" || s.password == "" {
		return nil, errors.New("the secret with the credentials does not have both userName and password")
	}
	return s, nil
}

// source is the sites of one configuration.
type source struct {
	options
	env            connector.Env
	user, password string // for the origins of seeds and sitemaps, and no others
}

// How the crawler says who it is: in requests, and in robots.txt.
const (
	userAgent = "Parley/1.0 (+https://github.com/parleyhq/parley)"
	robotName = "Parley"
)
