package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/platform/connector"
)

func TestCanonicalURL(t *testing.T) {
	for raw, want := range map[string]string{
		"HTTPS://Example.COM":                   "https://example.com/",
		"https://example.com:443/a":             "https://example.com/a",
		"http://example.com:80":                 "http://example.com/",
		"http://example.com:443/":               "http://example.com:443/",
		"https://example.com./a#part":           "https://example.com/a",
		"https://example.com/a/../b/./c/":       "https://example.com/b/c/",
		"https://example.com/../../a/..":        "https://example.com/",
		"https://example.com/a//b":              "https://example.com/a//b",
		"https://example.com/%7euser/%41%2f%c3": "https://example.com/~user/A%2F%C3",
		"https://example.com/%2e%2e/x":          "https://example.com/x",
		"https://example.com/ü b":               "https://example.com/%C3%BC%20b",
		"https://example.com/?":                 "https://example.com/",
		"https://example.com/?q=a+b&x=%zz\"":    "https://example.com/?q=a+b&x=%25zz%22",
		"https://EXÄMPLE.com/":                  "https://xn--exmple-cua.com/",
		"https://my_wiki.corp/":                 "https://my_wiki.corp/",
		"http://[2001:DB8::1]:8080/":            "http://[2001:db8::1]:8080/",
		" https://example.com/a\n":              "https://example.com/a",
	} {
		u, err := parse(raw)
		if err != nil || u.String() != want {
			t.Errorf("%q: %v, %v; want %s", raw, u, err, want)
		}
	}
	for raw, want := range map[string]string{
		"ftp://example.com/": "does not begin with", "example.com": "does not begin with", "mailto:a@b.test": "does not begin with", "http:opaque": "does not begin with",
		"https://ann:canary@example.com/": "has a user name in it", "https:///a": "has no valid host", "https://../": "has no valid host", "https://a..b/": "has no valid host", "https://exa mple.com/": "is not a URL",
		"https://example.com/" + strings.Repeat("x", maxURL): "longer than",
	} {
		if u, err := parse(raw); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%.60q: %v, %v; want %q", raw, u, err, want)
		}
	}
}

func FuzzCanonicalURL(f *testing.F) {
	for _, seed := range []string{"https://example.com/a/../b?q=%41#x", "http://[::1]:80/%2e%2e/", "https://exämple.com/ü%C3?x=%", "HTTP://a.b:080//..//.", "HTTP://.."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parse(raw)
		if err != nil {
			return
		}
		text := u.String()
		again, err := parse(text)
		if err != nil || again.String() != text {
			t.Fatalf("%q is %q, and that is %v, %v", raw, text, again, err)
		}
		if len(text) > maxURL || u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q is %q", raw, text)
		}
		for _, c := range []byte(text) {
			if c <= ' ' || c >= 127 || c == '"' || c == '<' || c == '>' || c == '\\' {
				t.Fatalf("%q is %q", raw, text)
			}
		}
	})
}

func TestSiteMapsThatAreRefused(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write([]byte("<urlset>"))
	for range 3 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for want, body := range map[string]string{
		"more than the 2097152 bytes": bomb.String(),
		"names more than 50000 URLs":  "<urlset>" + strings.Repeat("<url><loc>x</loc></url>", maxSiteMapURLs+1),
		"elements within each other":  strings.Repeat("<a>", 100),
		"is not XML that can be read": `<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>`,
		"is not the gzip":             "\x1f\x8bnot",
		"neither XML nor a list":      strings.Repeat("x", 1<<20),
	} {
		if _, err := parseSiteMap(strings.NewReader(body), 2<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	m, err := parseSiteMap(strings.NewReader("<urlset><url><loc>http://a.test/</loc></url><url><lo"), maxSiteMap)
	if err == nil || len(m.pages) != 1 {
		t.Errorf("what was read before an error: %+v, %v", m, err)
	}
}

func FuzzSiteMap(f *testing.F) {
	for _, seed := range []string{
		"", "https://a.test/\n", "<urlset><url><loc>https://a.test/</loc></url></urlset>", "\ufeff<sitemapindex><sitemap><loc><![CDATA[x]]></loc></sitemap></sitemapindex>",
		"<?xml version='1.0' encoding='utf-16'?><a/>", "\x1f\x8b\x08",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _ := parseSiteMap(bytes.NewReader(data), 1<<20)
		if len(m.pages)+len(m.maps) > maxSiteMapURLs+1 {
			t.Fatalf("%d pages, %d maps", len(m.pages), len(m.maps))
		}
	})
}

func FuzzPage(f *testing.F) {
	for _, seed := range []string{`<a href=x><base href=/y/><link rel="x canonical" href=z><meta name=robots content="a, NONE">`, "<title>a<b>", "<a href='x' href='y'"} {
		f.Add([]byte(seed))
	}
	u, err := parse("https://a.test/dir/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p := scan(data, u); len(p.links) > maxReferences || p.base == nil {
			t.Fatalf("%d links", len(p.links))
		}
		parseRobots(data).Test("/x")
	})
}

func TestFrontier(t *testing.T) {
	f := newFrontier()
	f.hosts["a.test"] = true
	f.add(target{URL: "https://a.test/", Seed: true}, false)
	f.add(target{URL: "https://a.test/", Seed: true}, true)
	f.add(target{URL: "https://a.test/x?a&b<", Hops: 2}, true)
	cursor, err := f.cursor()
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseFrontier(cursor)
	if diff := cmp.Diff(f, got, cmp.AllowUnexported(frontier{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	f.remove(0)
	if !f.descend() || f.depth != 2 || f.now[0].Hops != 2 || f.descend() {
		t.Errorf("%+v", f)
	}
	if f.bytes != len("https://a.test/x?a&b<")+overhead {
		t.Errorf("bytes = %d", f.bytes)
	}
	for _, bad := range []string{"web1:", "web1:!", "web1:AAAA", cursor[:len(cursor)-4], "web2:" + cursor} {
		if _, err := parseFrontier(bad); !errors.Is(err, errCursor) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// A site without end fills the frontier, which stays bounded, as its cursor does.
func TestFrontierIsBounded(t *testing.T) {
	f := newFrontier()
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@"[random.IntN(79)]
		}
		return string(b)
	}
	for range 30_000 {
		f.add(target{URL: "https://a.test/" + text(150)}, true)
	}
	if f.bytes > maxWaiting || !f.partial {
		t.Errorf("%d bytes, partial %v", f.bytes, f.partial)
	}
	for i := range 2 * maxSeen {
		f.meet(fmt.Sprint(i))
	}
	cursor, err := f.cursor()
	if err != nil || len(f.seen) != maxSeen || len(cursor) > connector.MaxCursor {
		t.Errorf("%d seen, %d bytes of cursor, %v", len(f.seen), len(cursor), err)
	}
	t.Logf("%d URLs wait, %d were met: %d bytes of cursor", len(f.next), len(f.seen), len(cursor))
	if got, err := parseFrontier(cursor); err != nil || len(got.seen) != maxSeen || got.bytes != f.bytes {
		t.Errorf("read back: %v", err)
	}
}

func FuzzCursor(f *testing.F) {
	fresh, err := newFrontier().cursor()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(fresh)
	f.Add("web1:AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseFrontier(text)
		if err != nil {
			return
		}
		again, err := at.cursor()
		if err != nil || !utf8.ValidString(again) {
			t.Fatalf("%q: %v", again, err)
		}
	})
}

func TestCheck(t *testing.T) {
	const endpoint = `"connectionConfiguration":{"repositoryEndpointMetadata":{"seedUrlConnections":[{"seedUrl":"https://a.test"}]%s}}`
	many := func(n int, each string) string { return strings.TrimSuffix(strings.Repeat(each+",", n), ",") }
	for _, tt := range []struct {
		config string
		want   []string // "field: part of the message"
	}{
		{`{"type":"WEBCRAWLERV2",` + fmt.Sprintf(endpoint, "") + `}`, nil},
		{`{"type":"WEBCRAWLER","version":"1.0.0","syncMode":"FORCED_FULL_CRAWL",` + fmt.Sprintf(endpoint, `,"authentication":"NoAuthentication","siteMapUrls":null,"s3SeedUrl":null,"s3SiteMapUrl":null`) + `,"additionalProperties":{"rateLimit":"300","maxFileSize":"50","crawlDepth":"10","maxLinksPerUrl":"100","proxy":{},"implicitWaitDuration":null,"inclusionURLCrawlPatterns":[]}}`, nil},
		{`{"type":"WEBCRAWLERV2"}`, []string{"connectionConfiguration.repositoryEndpointMetadata.seedUrlConnections: is missing"}},
		{`{"type":"WEBCRAWLERV2","connectionConfiguration":{"repositoryEndpointMetadata":{"seedUrlConnections":[{"seedUrl":"https://a.test"},{"seedUrl":"a.test"}],"siteMapUrls":["file:///etc/passwd"]}}}`, []string{
			`connectionConfiguration.repositoryEndpointMetadata.seedUrlConnections.1.seedUrl: "a.test" does not begin with`,
			`connectionConfiguration.repositoryEndpointMetadata.siteMapUrls.0: "file:///etc/passwd" does not begin with`,
		}},
		{`{"type":"WEBCRAWLERV2","connectionConfiguration":{"repositoryEndpointMetadata":{"seedUrlConnections":[` + many(101, `{"seedUrl":"https://a.test"}`) + `]}}}`, []string{"connectionConfiguration.repositoryEndpointMetadata.seedUrlConnections: has 101 entries, at most 100"}},
		{`{"type":"WEBCRAWLERV2","connectionConfiguration":{"repositoryEndpointMetadata":{"siteMapUrls":[` + many(4, `"https://a.test"`) + `]}}}`, []string{"connectionConfiguration.repositoryEndpointMetadata.siteMapUrls: has 4 entries, at most 3"}},
		{`{"type":"WEBCRAWLERV2",` + fmt.Sprintf(endpoint, `,"authentication":"BasicAuth"`) + `}`, []string{"secretArn: is missing"}},
		{`{"type":"WEBCRAWLERV2",` + fmt.Sprintf(endpoint, `,"authentication":"SAML"`) + `}`, []string{`connectionConfiguration.repositoryEndpointMetadata.authentication: "SAML" is not offered here`}},
		{`{"type":"WEBCRAWLERV2",` + fmt.Sprintf(endpoint, `,"s3SeedUrl":"https://x","s3SiteMapUrl":"s3://bucket/maps.zip"`) + `}`, []string{
			`connectionConfiguration.repositoryEndpointMetadata.s3SeedUrl: "https://x" is not of the form s3://bucket/key`,
			`connectionConfiguration.repositoryEndpointMetadata.s3SiteMapUrl: "s3://bucket/maps.zip" must be one text or XML file`,
		}},
		{`{"type":"WEBCRAWLERV2",` + fmt.Sprintf(endpoint, "") + `,"additionalProperties":{"crawlDepth":"11","rateLimit":0,"maxLinksPerUrl":"1001","maxFileSize":"51","proxy":{"host":"p"},"inclusionURLCrawlPatterns":["a(?=b)","` + strings.Repeat("x", 1001) + `"],"exclusionFileIndexPatterns":[` + many(101, `"x"`) + `]}}`, []string{
			"additionalProperties.crawlDepth: must be from 0 to 10", "additionalProperties.maxLinksPerUrl: must be from 1 to 1000",
			"additionalProperties.inclusionURLCrawlPatterns.0: is not a regular expression that can be used here: invalid or unsupported Perl syntax",
			"additionalProperties.inclusionURLCrawlPatterns.1: is longer than 1000", "additionalProperties.exclusionFileIndexPatterns: has 101 patterns",
			"additionalProperties.maxFileSize: must be from 1 to 50", "additionalProperties.rateLimit: must be from 1 to 6000", "additionalProperties.proxy: cannot be given",
		}},
		{`{"type":"WEBCRAWLERV2","syncMode":"CHANGE_LOG",` + fmt.Sprintf(endpoint, "") + `,"repositoryConfigurations":{"webPage":{"fieldMappings":[{"indexFieldName":"a","indexFieldType":"X","dataSourceFieldName":"b"}]}}}`, []string{
			"syncMode: must be FULL_CRAWL", `repositoryConfigurations.webPage.fieldMappings.0.indexFieldType: "X" is none of`,
		}},
		{`{"type":"S3",` + fmt.Sprintf(endpoint, "") + `}`, []string{`type: is "S3", not WEBCRAWLERV2`}},
	} {
		problems := Kind{}.Check(json.RawMessage(tt.config))
		if len(problems) != len(tt.want) {
			t.Errorf("%.80s: %+v", tt.config, problems)
			continue
		}
		for i, p := range problems {
			if got := p.Field + ": " + p.Message; !strings.HasPrefix(got, tt.want[i]) {
				t.Errorf("problem %d is %q, want %q", i, got, tt.want[i])
			}
		}
	}
}
