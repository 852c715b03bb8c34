package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob/blobtest"
	"github.com/parleyhq/parley/internal/platform/connector"
)

// visited is what a crawl came to: items by the path of their IDs.
type visited map[string]connector.Item

// crawlAll crawls from the beginning to the end; IDs lose the site's URL.
func crawlAll(t *testing.T, env connector.Env, config json.RawMessage, s *site) (visited, error) {
	t.Helper()
	source, err := Kind{}.Open(t.Context(), config, env)
	if err != nil {
		t.Fatal(err)
	}
	items := visited{}
	err = source.Crawl(t.Context(), "", func(_ context.Context, it connector.Item) error {
		items[strings.TrimPrefix(it.ID, s.URL)] = it
		return nil
	}, func(string) error { return nil })
	return items, err
}

// paths are those that were visited, with "!" before one that failed.
func (v visited) paths() []string {
	var all []string
	for id, it := range v {
		if it.Err != nil {
			id = "!" + id
		}
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// expect crawls a site from its root and compares what was visited.
func (s *site) expect(t *testing.T, additional map[string]any, want ...string) visited {
	t.Helper()
	return s.expectFrom(t, seed(s.URL), additional, nil, want...)
}

func (s *site) expectFrom(t *testing.T, endpoint, additional map[string]any, wantErr error, want ...string) visited {
	t.Helper()
	items, err := crawlAll(t, environment(t, s), configuration(t, endpoint, additional), s)
	if !errors.Is(err, wantErr) {
		t.Errorf("Crawl: %v, want %v", err, wantErr)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, items.paths()); diff != "" {
		t.Errorf("visited: %s", diff)
	}
	return items
}

func TestDepthAndLinks(t *testing.T) {
	s := newSite(t)
	s.page("/", "home", "/a", "b#part", "b", "/c", "mailto:x@y.test", "javascript:void(0)", "http://[broken", "ftp://files.test/x")
	s.page("/a", "a", "/deep", "/")
	s.page("/b", "b")
	s.page("/c", "c")
	s.page("/deep", "deep", "/deeper")
	s.page("/deeper", "deeper")
	s.expect(t, map[string]any{"crawlDepth": "1"}, "/")
	s.expect(t, nil, "/", "/a", "/b", "/c")
	s.expect(t, map[string]any{"crawlDepth": "3"}, "/", "/a", "/b", "/c", "/deep")
	s.expect(t, map[string]any{"crawlDepth": 10}, "/", "/a", "/b", "/c", "/deep", "/deeper")
	s.expect(t, map[string]any{"maxLinksPerUrl": "2"}, "/", "/a", "/b")
	s.requests()
	s.expect(t, map[string]any{"crawlDepth": 10}, "/", "/a", "/b", "/c", "/deep", "/deeper")
	want := []string{"GET /robots.txt", "GET /", "GET /a", "GET /b", "GET /c", "GET /deep", "GET /deeper"}
	if diff := cmp.Diff(want, s.requests()); diff != "" {
		t.Errorf("each page once, breadth first: %s", diff)
	}
}

func TestBaseAndFrames(t *testing.T) {
	s := newSite(t)
	s.put("/", answerOf{body: `<base href="/docs/"><a href="one">1</a><area href="two"><iframe src="three"></iframe><script>"<a href='/not'>"</script><!-- <a href="/nor"> -->`})
	for _, path := range []string{"/docs/one", "/docs/two", "/docs/three", "/not", "/nor", "/one"} {
		s.page(path, "x")
	}
	s.expect(t, nil, "/", "/docs/one", "/docs/two", "/docs/three")
}

func TestScope(t *testing.T) {
	s, other := newSite(t), newSite(t)
	s.page("/", "home", "/a", other.URL+"/there")
	s.page("/a", "a")
	other.page("/there", "there")
	other.page("/robots.txt", "")
	for _, anywhere := range []bool{false, true} {
		items, err := crawlAll(t, environment(t, s, other), configuration(t, seed(s.URL), map[string]any{"crawlAllDomain": anywhere}), s)
		if _, there := items[other.URL+"/there"]; err != nil || there != anywhere || len(items) < 2 {
			t.Errorf("crawlAllDomain %v: %q, %v", anywhere, items.paths(), err)
		}
	}
	// That another site is down does not matter to this one.
	other.put("/there", answerOf{status: http.StatusBadGateway})
	items, err := crawlAll(t, environment(t, s, other), configuration(t, seed(s.URL), map[string]any{"crawlAllDomain": true}), s)
	if err != nil || items[other.URL+"/there"].Err == nil {
		t.Errorf("%q, %v", items.paths(), err)
	}
	in := scope{hosts: map[string]bool{"abc.example.com": true, "example.org:8443": true}, subdomains: true}
	for raw, want := range map[string]bool{
		"https://abc.example.com/": true, "https://a.abc.example.com/": true, "https://a.b.abc.example.com/": true, "https://example.com/": false,
		"https://xabc.example.com/": false, "https://abc.example.com.evil.test/": false, "https://a.example.org:8443/": true, "https://a.example.org/": false,
	} {
		u, err := parse(raw)
		if err != nil || in.holds(u) != want {
			t.Errorf("%s: %v, want %v", raw, !want, want)
		}
	}
}

func TestRobots(t *testing.T) {
	s := newSite(t)
	s.put("/robots.txt", answerOf{body: "\xff\xfenonsense\nDisallow: /before\nUser-agent: other\nDisallow: /\n\nUser-agent: parley # us\nDisallow: /closed\nAllow: /closed/but-this\nDisallow: /*.secret$\nCrawl-delay: x\n", header: map[string]string{"Content-Type": "text/plain"}})
	s.page("/", "home", "/closed/a", "/closed/but-this", "/b", "/c.secret", "/before", "/hidden", "/stays", "/header", "/other-header", "/nf")
	s.page("/closed/a", "a")
	s.page("/closed/but-this", "but this")
	s.page("/b", "b")
	s.page("/before", "before")
	s.put("/hidden", answerOf{body: `<meta name="robots" content="NOINDEX"><a href="/below-hidden">x</a>`})
	s.put("/stays", answerOf{body: `<meta name=parley content="nofollow, noarchive"><a href="/not-followed">x</a>`})
	s.put("/header", answerOf{body: "x", header: map[string]string{"X-Robots-Tag": "none"}})
	s.put("/other-header", answerOf{body: "x", header: map[string]string{"X-Robots-Tag": "otherbot: noindex"}})
	s.put("/nf", answerOf{body: `<a rel="external nofollow" href="/not-followed">x</a>`})
	for _, path := range []string{"/below-hidden", "/not-followed"} {
		s.page(path, "x")
	}
	with := map[string]any{"crawlDepth": 3}
	s.expect(t, with, "/", "/closed/but-this", "/b", "/before", "/stays", "/other-header", "/nf", "/below-hidden")
	if asked := s.requests(); slices.Contains(asked, "GET /closed/a") || slices.Contains(asked, "GET /c.secret") {
		t.Errorf("robots.txt is not respected: %q", asked)
	}
	without := map[string]any{"crawlDepth": 3, "honorRobots": false}
	s.expect(t, without, "/", "/closed/a", "/closed/but-this", "/b", "/before", "/stays", "/other-header", "/nf", "/below-hidden", "/hidden", "/header", "/not-followed")
	if asked := s.requests(); slices.Contains(asked, "GET /robots.txt") {
		t.Errorf("robots.txt is asked for: %q", asked)
	}
}

func TestRobotsThatCannotBeRead(t *testing.T) {
	s := newSite(t)
	s.page("/", "home", "/a")
	s.put("/robots.txt", answerOf{status: http.StatusInternalServerError})
	items := s.expectFrom(t, seed(s.URL), nil, connector.ErrPartial, "!/")
	if err := items["/"].Err; !strings.Contains(err.Error(), "robots.txt cannot be read: the server answered with status 500") {
		t.Error(err)
	}
	s.put("/robots.txt", answerOf{body: "User-agent: *\nDisallow: /\n"})
	items = s.expectFrom(t, seed(s.URL), nil, connector.ErrPartial, "!/")
	if err := items["/"].Err; !strings.Contains(err.Error(), "robots.txt does not allow it") {
		t.Error(err)
	}
	if asked := s.requests(); slices.Contains(asked, "GET /") {
		t.Errorf("asked: %q", asked)
	}
}

func TestCanonical(t *testing.T) {
	s := newSite(t)
	s.page("/", "home", "/print?x=1", "/print?x=2", "/real", "/a", "/b", "/foreign", "/disallowed")
	for _, path := range []string{"/print?x=1", "/print?x=2"} {
		s.put(path, answerOf{body: `<link rel=canonical href="/article">text`})
	}
	s.put("/real", answerOf{body: `<link rel="canonical" href="SITE/real#top">`})
	s.put("/a", answerOf{body: `<link rel=canonical href=/b>`})
	s.put("/b", answerOf{body: `<link rel=canonical href=/a><a href="/below-b">`})
	s.put("/foreign", answerOf{body: `<link rel=canonical href="https://bank.test/">`})
	s.put("/disallowed", answerOf{body: `<link rel=canonical href="/x/y">`})
	s.page("/below-b", "x")
	items := s.expect(t, map[string]any{"crawlDepth": 3, "exclusionURLCrawlPatterns": []string{"/x/"}}, "/", "/article", "/real", "/foreign", "/below-b", "/disallowed")
	if uri := items["/article"].URI; uri != s.URL+"/article" {
		t.Errorf("URI = %q", uri)
	}
}

func TestRedirects(t *testing.T) {
	s, other := newSite(t), newSite(t)
	to := func(status int, location string) answerOf {
		return answerOf{status: status, header: map[string]string{"Location": location}}
	}
	s.page("/", "home", "/old", "/loop", "/away", "/chain0", "/nowhere", "/twice")
	s.put("/old", to(301, "/new"))
	s.put("/twice", to(302, "/new"))
	s.put("/loop", to(302, "/loop2"))
	s.put("/loop2", to(302, "/loop"))
	s.put("/away", to(307, other.URL+"/"))
	s.put("/nowhere", to(302, ""))
	for i := range 9 {
		s.put(fmt.Sprintf("/chain%d", i), to(308, fmt.Sprintf("/chain%d", i+1)))
	}
	s.page("/chain9", "the end")
	s.page("/new", "new")
	other.page("/", "other")
	s.expect(t, nil, "/", "/new")
	if asked := other.requests(); asked != nil {
		t.Errorf("another site was asked: %q", asked)
	}
	// Where a seed goes is where the crawl begins.
	s.put("/seed", to(301, other.URL+"/"))
	items, err := crawlAll(t, environment(t, s, other), configuration(t, seed(s.URL+"/seed"), nil), other)
	if diff := cmp.Diff([]string{"/"}, items.paths()); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
}

func TestPatterns(t *testing.T) {
	s := newSite(t)
	s.page("/", "home", "/docs/a", "/docs/draft", "/blog/b", "/docs/list")
	s.page("/docs/list", "list", "/docs/c")
	for _, path := range []string{"/docs/a", "/docs/draft", "/blog/b", "/docs/c"} {
		s.page(path, "x")
	}
	s.expect(t, map[string]any{
		"crawlDepth": 4, "inclusionURLCrawlPatterns": []string{"/docs/"}, "exclusionURLCrawlPatterns": []string{"draft$"},
		"inclusionURLIndexPatterns": []string{"/docs/"}, "exclusionURLIndexPatterns": []string{"/list$"},
	}, "/docs/a", "/docs/c")
	if asked := s.requests(); slices.Contains(asked, "GET /blog/b") || slices.Contains(asked, "GET /docs/draft") {
		t.Errorf("asked: %q", asked)
	}
}

func TestAttachments(t *testing.T) {
	s := newSite(t)
	s.page("/", "home", "/a.pdf", "/sheet", "/pic.png", "/notes.txt", "/data.bin", "/page.html", "/feed", "/odd.pdf")
	file := func(kind, body string) answerOf {
		return answerOf{header: map[string]string{"Content-Type": kind}, body: body}
	}
	s.put("/a.pdf", file("application/pdf", "%PDF"))
	s.put("/sheet", file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"))
	s.put("/pic.png", file("image/png", "png"))
	s.put("/notes.txt", file("text/plain; charset=latin1", "notes"))
	s.put("/data.bin", file("application/octet-stream", "data"))
	s.put("/feed", file("application/rss+xml", "<rss/>"))
	s.put("/odd.pdf", file("application/octet-stream", "%PDF"))
	s.page("/page.html", "page")
	items := s.expect(t, nil, "/", "/a.pdf", "/sheet", "/notes.txt", "/odd.pdf", "/page.html")
	for path, want := range map[string][2]string{
		"/a.pdf": {"PDF", "a.pdf"}, "/sheet": {"MS_EXCEL", "sheet.xlsx"}, "/notes.txt": {"PLAIN_TEXT", "notes.txt"},
		"/odd.pdf": {"PDF", "odd.pdf"}, "/page.html": {"HTML", "page.html"}, "/": {"HTML", "index.html"},
	} {
		if it := items[path]; it.ContentType != want[0] || it.Name != want[1] {
			t.Errorf("%s: %q, %q", path, it.ContentType, it.Name)
		}
	}
	if asked := s.requests(); slices.Contains(asked, "GET /pic.png") {
		t.Error("a picture is fetched")
	}
	s.expect(t, map[string]any{"crawlAttachments": false}, "/", "/page.html")
	if asked := s.requests(); slices.Contains(asked, "GET /a.pdf") {
		t.Error("a file is fetched without attachments")
	}
	s.expect(t, map[string]any{"inclusionFileIndexPatterns": []string{`\.pdf$`}, "exclusionFileIndexPatterns": []string{"odd"}}, "/", "/a.pdf", "/page.html")
}

func TestFieldsAndVersions(t *testing.T) {
	s := newSite(t)
	s.put("/", answerOf{body: `<title> A
	title</title><a href=/f.csv>`, header: map[string]string{"Last-Modified": "Sun, 30 Aug 2015 12:36:00 GMT"}})
	s.put("/f.csv", answerOf{body: "a,b", header: map[string]string{"Content-Type": "text/csv"}})
	var config map[string]any
	if err := json.Unmarshal(configuration(t, seed(s.URL), nil), &config); err != nil {
		t.Fatal(err)
	}
	mapping := func(index, kind, source string) map[string]string {
		return map[string]string{"indexFieldName": index, "indexFieldType": kind, "dataSourceFieldName": source}
	}
	config["repositoryConfigurations"] = map[string]any{
		"webPage":    map[string]any{"fieldMappings": []any{mapping("heading", "STRING", "title"), mapping("_source_uri", "STRING", "sourceUrl")}},
		"attachment": map[string]any{"fieldMappings": []any{mapping("size", "LONG", "fileSize"), mapping("kind", "STRING", "fileType")}},
	}
	mapped, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	items, err := crawlAll(t, environment(t, s), mapped, s)
	if err != nil {
		t.Fatal(err)
	}
	want := facet.Values{"heading": facet.OfString("A title"), "_source_uri": facet.OfString(s.URL + "/")}
	if diff := cmp.Diff(want, items["/"].Attributes); diff != "" {
		t.Error(diff)
	}
	if at := items["/"].ModifiedAt; !at.Equal(time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)) {
		t.Errorf("ModifiedAt = %v", at)
	}
	want = facet.Values{"size": facet.OfNumber(3), "kind": facet.OfString("CSV"), "_source_uri": facet.OfString(s.URL + "/f.csv")}
	if diff := cmp.Diff(want, items["/f.csv"].Attributes); diff != "" {
		t.Error(diff)
	}
	plain, err := crawlAll(t, environment(t, s), configuration(t, seed(s.URL), nil), s)
	if err != nil || plain["/"].Version == items["/"].Version {
		t.Errorf("another mapping is the same version; %v", err)
	}
}

func TestCharset(t *testing.T) {
	s := newSite(t)
	s.put("/", answerOf{body: "<p>\xcf\xf0\xe8\xe2\xe5\xf2", header: map[string]string{"Content-Type": "text/html; charset=windows-1251"}})
	source, err := Kind{}.Open(t.Context(), configuration(t, seed(s.URL), nil), environment(t, s))
	if err != nil {
		t.Fatal(err)
	}
	err = source.Crawl(t.Context(), "", func(ctx context.Context, it connector.Item) error {
		body, err := it.Open(ctx)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(body)
		if string(data) != "\ufeff<p>Привет" {
			t.Errorf("content = %q", data)
		}
		return err
	}, func(string) error { return nil })
	if err != nil {
		t.Error(err)
	}
}

func TestSiteMaps(t *testing.T) {
	s := newSite(t)
	xml := map[string]string{"Content-Type": "application/xml"}
	s.put("/index.xml", answerOf{header: xml, body: `<sitemapindex><sitemap><loc> SITE/one.xml </loc></sitemap><sitemap><loc>SITE/two.xml.gz</loc></sitemap><sitemap><loc>https://other.test/three.xml</loc></sitemap></sitemapindex>`})
	s.put("/one.xml", answerOf{header: xml, body: `<?xml version="1.0" encoding="ISO-8859-1"?><urlset xmlns="x" xmlns:i="y"><url><loc>SITE/a?x=1&amp;y=2</loc><i:image><i:loc>SITE/not</i:loc></i:image></url><url><loc>https://other.test/b</loc></url></urlset>`})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintf(z, "%s/c\n\n%s/d\nnonsense\n", s.URL, s.URL)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s.put("/two.xml.gz", answerOf{header: map[string]string{"Content-Type": "application/gzip"}, body: packed.String()})
	for _, path := range []string{"/a?x=1&y=2", "/c", "/d", "/not"} {
		s.page(path, "x")
	}
	index := map[string]any{"siteMapUrls": []string{s.URL + "/index.xml"}}
	s.expectFrom(t, index, nil, connector.ErrPartial, "/a?x=1&y=2", "/c", "/d") // a sitemap elsewhere is not read
	s.expectFrom(t, map[string]any{"siteMapUrls": []string{s.URL + "/one.xml"}}, nil, nil, "/a?x=1&y=2")

	s.put("/two.xml.gz", answerOf{status: http.StatusBadGateway})
	s.expectFrom(t, index, nil, connector.ErrPartial, "/a?x=1&y=2")
	_, err := crawlAll(t, environment(t, s), configuration(t, map[string]any{"siteMapUrls": []string{s.URL + "/none.xml"}}, nil), s)
	if err == nil || errors.Is(err, connector.ErrPartial) || !strings.Contains(err.Error(), "no sitemap can be read: the server answered with status 404") {
		t.Errorf("err = %v", err)
	}
}

// Seeds and sitemaps may be kept in a bucket.
func TestListsInBuckets(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/a", "/b", "/c", "/d"} {
		s.page(path, "x")
	}
	s.put("/nested.xml", answerOf{body: "<urlset><url><loc>SITE/d</loc></url></urlset>"})
	store := blobtest.New(blobtest.Buckets{"lists": {
		"seeds.txt": s.URL + "/a\r\n\n" + s.URL + "/b\n", "map.xml": "<urlset><url><loc>" + s.URL + "/c</loc></url></urlset>",
		"index.xml": "<sitemapindex><sitemap><loc>" + s.URL + "/nested.xml</loc></sitemap></sitemapindex>", "bad.txt": "not a URL",
		"long.txt": strings.Repeat(s.URL+"/a\n", 101),
	}})
	env := environment(t, s)
	env.Objects = store
	for _, tt := range []struct {
		name, key string
		want      []string
		err       string
	}{
		{"s3SeedUrl", "seeds.txt", []string{"/a", "/b"}, ""},
		{"s3SiteMapUrl", "map.xml", []string{"/c"}, ""},
		{"s3SiteMapUrl", "index.xml", []string{"/d"}, ""},
		{"s3SeedUrl", "none.txt", nil, "the list of seeds cannot be read: no such object"},
		{"s3SeedUrl", "bad.txt", nil, `the list of seeds: "not%20a%20URL" does not begin with`},
		{"s3SeedUrl", "long.txt", nil, "the list of seeds has 101 lines, at most 100"},
		{"s3SiteMapUrl", "none.xml", nil, "no sitemap can be read: no such object"},
	} {
		config := configuration(t, map[string]any{tt.name: "s3://lists/" + tt.key}, nil)
		items, err := crawlAll(t, env, config, s)
		if diff := cmp.Diff(tt.want, items.paths()); diff != "" {
			t.Errorf("%s: %s", tt.key, diff)
		}
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %v", tt.key, err)
		}
		want := []connector.Need{{Action: "s3:GetObject", Resource: "arn:aws:s3:::lists/" + tt.key}}
		if diff := cmp.Diff(want, Kind{}.Needs(config)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := newSite(t)
	s.page("/", "home", "/gone", "/secret", "/login", "/down", "/ok")
	s.page("/ok", "ok")
	s.put("/gone", answerOf{status: http.StatusGone})
	s.put("/secret", answerOf{status: http.StatusForbidden})
	s.put("/login", answerOf{status: http.StatusUnauthorized})
	s.expect(t, nil, "/", "/ok")
	s.put("/down", answerOf{status: http.StatusBadGateway})
	s.expectFrom(t, seed(s.URL), nil, connector.ErrPartial, "/", "/ok", "!/down")
	items := s.expectFrom(t, seed(s.URL+"/missing", s.URL+"/ok"), nil, connector.ErrPartial, "!/missing", "/ok")
	if err := items["/missing"].Err; err == nil || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("a seed that is not there: %v", err)
	}
}

func TestBusyServer(t *testing.T) {
	s := newSite(t)
	s.put("/", answerOf{status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": "7"}})
	s.put("/robots.txt", answerOf{})
	env := environment(t, s)
	var waits []time.Duration
	env.Wait = func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() }
	_, err := crawlAll(t, env, configuration(t, seed(s.URL), map[string]any{"rateLimit": 6000}), s)
	if !errors.Is(err, connector.ErrPartial) || !slices.Contains(waits, 7*time.Second) {
		t.Errorf("waits %v, %v", waits, err)
	}
	if asked := s.requests(); len(asked) != 4 {
		t.Errorf("asked: %q", asked)
	}
	for header, want := range map[string]time.Duration{
		"": 5 * time.Second, "0": time.Second, "-5": time.Second, "99999999": time.Minute, "soon": 5 * time.Second,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second,
	} {
		if got := patience(header, env.Now()); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
}

func TestPace(t *testing.T) {
	s, other := newSite(t), newSite(t)
	for _, each := range []*site{s, other} {
		each.page("/", "home", "/a", "/b")
		each.page("/a", "a")
		each.page("/b", "b")
	}
	s.put("/robots.txt", answerOf{body: "User-agent: *\nCrawl-delay: 4\n"})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	env := environment(t, s, other)
	env.Now = func() time.Time { return now }
	env.Wait = func(ctx context.Context, d time.Duration) error { now = now.Add(d); return ctx.Err() }
	items, err := crawlAll(t, env, configuration(t, seed(s.URL, other.URL), map[string]any{"rateLimit": "60"}), s)
	if err != nil || len(items) != 6 {
		t.Fatalf("%q, %v", items.paths(), err)
	}
	// The slower site decides: robots.txt and a page a second, then two pages at
	// four seconds; the other site's four requests find their place in between.
	if took := now.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); took < 8*time.Second || took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestCredentials(t *testing.T) {
	s, other := newSite(t), newSite(t)
	s.page("/", "home", "/a", other.URL+"/")
	s.page("/a", "a")
	s.put("/robots.txt", answerOf{})
	other.page("/", "other")
	var config map[string]any
	if err := json.Unmarshal(configuration(t, seed(s.URL), map[string]any{"crawlAllDomain": true}), &config); err != nil {
		t.Fatal(err)
	}
	config["secretArn"] = "arn:aws:secretsmanager:us-east-1:111122223333:secret:crawler"
	config["connectionConfiguration"].(map[string]any)["repositoryEndpointMetadata"].(map[string]any)["authentication"] = "BasicAuth"
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	env := environment(t, s, other)
	pairs := map[string]string{"userName": "ann", "password": "canary"}
	env.Secret = func(_ context.Context, arn string) (map[string]string, error) {
		if arn != config["secretArn"] {
			t.Errorf("asked for %q", arn)
		}
		return pairs, nil
	}
	if _, err := crawlAll(t, env, data, s); err != nil {
		t.Fatal(err)
	}
	for path, got := range s.auth {
		if got != "Basic YW5uOmNhbmFyeQ==" {
			t.Errorf("%s: Authorization %q", path, got)
		}
	}
	if len(s.auth) != 3 || len(other.auth) == 0 {
		t.Errorf("asked: %v, %v", s.auth, other.auth)
	}
	for path, got := range other.auth {
		if got != "" {
			t.Errorf("another site's %s was given the credentials", path)
		}
	}
	want := []connector.Need{{Action: "secretsmanager:GetSecretValue", Resource: config["secretArn"].(string)}}
	if diff := cmp.Diff(want, Kind{}.Needs(data)); diff != "" {
		t.Error(diff)
	}
	delete(pairs, "password")
	if _, err := (Kind{}).Open(t.Context(), data, env); err == nil || !strings.Contains(err.Error(), "userName and password") || strings.Contains(err.Error(), "ann") {
		t.Errorf("err = %v", err)
	}
	env.Secret = func(context.Context, string) (map[string]string, error) { return nil, errors.New("denied") }
	if _, err := (Kind{}).Open(t.Context(), data, env); err == nil || !strings.Contains(err.Error(), "cannot be read: denied") {
		t.Errorf("err = %v", err)
	}
}

// Nothing inside is reached, whatever names it: seed, link, redirect, sitemap,
// robots.txt.
func TestPrivateAddresses(t *testing.T) {
	s, inside := newSite(t), newSite(t)
	inside.page("/", "canary")
	inside.page("/sitemap.xml", "")
	s.page("/", "home", inside.URL+"/", "/out", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://2130706433/")
	s.put("/out", answerOf{status: 302, header: map[string]string{"Location": inside.URL + "/"}})
	s.put("/robots.txt", answerOf{status: 302, header: map[string]string{"Location": inside.URL + "/robots.txt"}})
	s.expectFrom(t, seed(s.URL), map[string]any{"crawlAllDomain": true}, connector.ErrPartial, "!/")
	s.put("/robots.txt", answerOf{})
	s.expectFrom(t, seed(s.URL), map[string]any{"crawlAllDomain": true}, nil, "/")
	items := s.expectFrom(t, seed(inside.URL+"/"), nil, connector.ErrPartial, "!"+inside.URL+"/")
	if err := items[inside.URL+"/"].Err; !strings.Contains(err.Error(), "refused") {
		t.Errorf("err = %v", err)
	}
	if _, err := crawlAll(t, environment(t, s), configuration(t, map[string]any{"siteMapUrls": []string{inside.URL + "/sitemap.xml"}}, nil), s); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("err = %v", err)
	}
	if asked := inside.requests(); asked != nil {
		t.Errorf("it was reached: %q", asked)
	}
}
