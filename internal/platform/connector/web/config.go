package web

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/connector"
)

// options are what a configuration says.
type options struct {
	seeds, siteMaps   []string // canonical URLs
	seedList, mapList object   // more of them, in buckets
	basic             bool     // whether pages want a user and password
	secret            string   // ARN of the secret that has them

	pace           time.Duration // between requests to one host
	maxSize        int64         // bytes of a page or file
	depth          int           // of links; a seed has depth 1
	links          int           // of a page that are followed
	robots         bool          // whether robots.txt and its like are respected
	subdomains     bool
	anyDomain      bool
	attachments    bool   // whether files are crawled
	crawl          filter // of URLs that are fetched
	index, files   filter // of pages and files that are visited
	ofPage, ofFile []connector.Mapping
}

// object is an object of a bucket.
type object struct{ bucket, key string }

// template is the form of a configuration (user guide: Web Crawler
// configuration properties).
type template struct {
	Secret     string `json:"secretArn"`
	Connection struct {
		Metadata struct {
			Seeds []struct {
				URL string `json:"seedUrl"`
			} `json:"seedUrlConnections"`
			SiteMaps       []string `json:"siteMapUrls"`
			SeedList       string   `json:"s3SeedUrl"`
			MapList        string   `json:"s3SiteMapUrl"`
			Authentication string   `json:"authentication"`
		} `json:"repositoryEndpointMetadata"`
	} `json:"connectionConfiguration"`
	Repository struct {
		Page       mapped `json:"webPage"`
		Attachment mapped `json:"attachment"`
	} `json:"repositoryConfigurations"`
	Additional additional `json:"additionalProperties"`
}

type mapped struct {
	Mappings []connector.Mapping `json:"fieldMappings"`
}

type additional struct {
	Rate        connector.Count `json:"rateLimit"`
	Megabytes   connector.Count `json:"maxFileSize"`
	Megabytes2  connector.Count `json:"maxFileSizeInMegaBytes"`
	Depth       connector.Count `json:"crawlDepth"`
	Links       connector.Count `json:"maxLinksPerUrl"`
	Wait        connector.Count `json:"implicitWaitDuration"`
	Robots      *connector.Flag `json:"honorRobots"`
	Subdomains  connector.Flag  `json:"crawlSubDomain"`
	AnyDomain   connector.Flag  `json:"crawlAllDomain"`
	Attachments *connector.Flag `json:"crawlAttachments"`
	IncludeURL  []string        `json:"inclusionURLCrawlPatterns"`
	ExcludeURL  []string        `json:"exclusionURLCrawlPatterns"`
	IncludePage []string        `json:"inclusionURLIndexPatterns"`
	ExcludePage []string        `json:"exclusionURLIndexPatterns"`
	IncludeFile []string        `json:"inclusionFileIndexPatterns"`
	ExcludeFile []string        `json:"exclusionFileIndexPatterns"`
	Proxy       struct {
		Host string `json:"host"`
	} `json:"proxy"`
}

// Where members stand in a configuration.
const (
	inEndpoint   = "connectionConfiguration.repositoryEndpointMetadata."
	inAdditional = "additionalProperties."
)

// Bounds of lists (user guide).
const (
	maxSeeds    = 100
	maxSiteMaps = 3
)

// reader collects what is wrong while a configuration is read.
type reader struct{ problems []connector.Problem }

func (r *reader) report(field, format string, args ...any) {
	r.problems = append(r.problems, connector.Problem{Field: field, Message: fmt.Sprintf(format, args...)})
}

// read reads a configuration, and says what is wrong with it.
func read(config json.RawMessage) (options, []connector.Problem) {
	settings, problems := connector.SettingsOf(config)
	r := &reader{problems}
	switch {
	case settings.Type != (Kind{}).Type() && settings.Type != "WEBCRAWLER" && len(problems) == 0:
		r.report("type", "is %q, not WEBCRAWLERV2", settings.Type)
	case settings.Mode == connector.ChangeLog:
		r.report("syncMode", "must be FULL_CRAWL or FORCED_FULL_CRAWL; web sites have no log of changes")
	}
	var t template
	if wrong := connector.Decode(config, &t); wrong != nil {
		return options{}, append(r.problems, wrong...)
	}
	o := r.reach(&t)
	r.starts(&t, &o)
	r.problems = append(r.problems, connector.CheckMappings("repositoryConfigurations.webPage.fieldMappings", o.ofPage)...)
	r.problems = append(r.problems, connector.CheckMappings("repositoryConfigurations.attachment.fieldMappings", o.ofFile)...)
	return o, r.problems
}

// reach reads how far and how fast the crawl may go.
func (r *reader) reach(t *template) options {
	a := t.Additional
	o := options{
		depth: r.number("crawlDepth", a.Depth, 2, 0, 10), links: r.number("maxLinksPerUrl", a.Links, 100, 1, 1000),
		robots: a.Robots == nil || bool(*a.Robots), attachments: a.Attachments == nil || bool(*a.Attachments),
		subdomains: bool(a.Subdomains), anyDomain: bool(a.AnyDomain),
		crawl:  filter{r.patterns("inclusionURLCrawlPatterns", a.IncludeURL), r.patterns("exclusionURLCrawlPatterns", a.ExcludeURL)},
		index:  filter{r.patterns("inclusionURLIndexPatterns", a.IncludePage), r.patterns("exclusionURLIndexPatterns", a.ExcludePage)},
		files:  filter{r.patterns("inclusionFileIndexPatterns", a.IncludeFile), r.patterns("exclusionFileIndexPatterns", a.ExcludeFile)},
		ofPage: t.Repository.Page.Mappings, ofFile: t.Repository.Attachment.Mappings,
	}
	o.depth = max(o.depth, 1)
	megabytes := r.number("maxFileSize", a.Megabytes, 50, 1, 50)
	if a.Megabytes2.Or(0) != 0 {
		megabytes = r.number("maxFileSizeInMegaBytes", a.Megabytes2, 0, 1, 50)
	}
	o.maxSize = int64(megabytes) << 20
	perMinute := r.number("rateLimit", a.Rate, 300, 1, 6000)
	pause := r.number("implicitWaitDuration", a.Wait, 0, 0, 10)
	o.pace = max(time.Minute/time.Duration(max(perMinute, 1)), time.Duration(pause)*time.Second)
	if a.Proxy.Host != "" {
		r.report(inAdditional+"proxy", "cannot be given: which proxy requests go through, the operator of this server decides")
	}
	return o
}

func (r *reader) number(name string, c connector.Count, otherwise, least, most int) int {
	n := c.Or(otherwise)
	if n < least || n > most {
		r.report(inAdditional+name, "must be from %d to %d", least, most)
	}
	return n
}

// starts reads where the crawl begins, and how it signs in.
func (r *reader) starts(t *template, o *options) {
	m := t.Connection.Metadata
	if len(m.Seeds) > maxSeeds {
		r.report(inEndpoint+"seedUrlConnections", "has %d entries, at most %d are taken", len(m.Seeds), maxSeeds)
		return
	}
	if len(m.SiteMaps) > maxSiteMaps {
		r.report(inEndpoint+"siteMapUrls", "has %d entries, at most %d are taken", len(m.SiteMaps), maxSiteMaps)
		return
	}
	for i, seed := range m.Seeds {
		o.seeds = append(o.seeds, r.url(fmt.Sprintf("%sseedUrlConnections.%d.seedUrl", inEndpoint, i), seed.URL))
	}
	for i, siteMap := range m.SiteMaps {
		o.siteMaps = append(o.siteMaps, r.url(fmt.Sprintf("%ssiteMapUrls.%d", inEndpoint, i), siteMap))
	}
	o.seedList, o.mapList = r.object("s3SeedUrl", m.SeedList), r.object("s3SiteMapUrl", m.MapList)
	if len(m.Seeds)+len(m.SiteMaps) == 0 && m.SeedList == "" && m.MapList == "" {
		r.report(inEndpoint+"seedUrlConnections", "is missing: give seedUrlConnections or siteMapUrls")
	}
	switch m.Authentication {
	case "", "NoAuthentication":
	case "BasicAuth":
		o.basic, o.secret = true, t.Secret
		if t.Secret == "" {
			r.report("secretArn", "is missing: BasicAuth needs a secret with userName and password")
		}
	default:
		r.report(inEndpoint+"authentication", "%q is not offered here; NoAuthentication and BasicAuth are", m.Authentication)
	}
}

func (r *reader) url(field, raw string) string {
	u, err := parse(raw)
	if err != nil {
		r.report(field, "%s", err)
		return ""
	}
	return u.String()
}

func (r *reader) object(name, uri string) object {
	if uri == "" {
		return object{}
	}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	switch {
	case !ok || bucket == "" || key == "" || !strings.HasPrefix(uri, "s3://"):
		r.report(inEndpoint+name, "%q is not of the form s3://bucket/key", uri)
	case strings.HasSuffix(key, ".zip"), strings.HasSuffix(key, "/"):
		r.report(inEndpoint+name, "%q must be one text or XML file", uri)
	}
	return object{bucket, key}
}

// filter is regular expressions over URLs.
type filter struct{ include, exclude []*regexp.Regexp }

// passes reports whether a URL is included, or nothing is, and not excluded.
func (f filter) passes(url string) bool {
	matches := func(patterns []*regexp.Regexp) bool {
		for _, p := range patterns {
			if p.MatchString(url) {
				return true
			}
		}
		return false
	}
	return (len(f.include) == 0 || matches(f.include)) && !matches(f.exclude)
}

// Bounds of regular expressions, which Go runs in time linear in the URL.
const (
	maxPatterns = 100
	maxPattern  = 1000 // bytes
)

func (r *reader) patterns(name string, given []string) (compiled []*regexp.Regexp) {
	if len(given) > maxPatterns {
		r.report(inAdditional+name, "has %d patterns, at most %d are taken", len(given), maxPatterns)
		return nil
	}
	for i, text := range given {
		field := fmt.Sprintf("%s%s.%d", inAdditional, name, i)
		if len(text) > maxPattern {
			r.report(field, "is longer than %d bytes", maxPattern)
			continue
		}
		p, err := regexp.Compile(text)
		if err != nil {
			r.report(field, "is not a regular expression that can be used here: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			continue
		}
		compiled = append(compiled, p)
	}
	return compiled
}
