package tree

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/blob/blobtest"
	"github.com/parleyhq/parley/internal/platform/connector"
)

// bucket is Files of a store in memory.
type bucket struct {
	*blobtest.Memory
	closed string // the folder that cannot be listed
	lists  int
}

func (b *bucket) List(ctx context.Context, prefix, after string, limit int) ([]blob.Entry, error) {
	b.lists++
	entries, err := b.Memory.List(ctx, "docs", prefix, after, limit)
	for i, e := range entries {
		if b.closed != "" && strings.HasPrefix(e.Key, b.closed) {
			entries[i] = blob.Entry{Key: b.closed, Err: blob.ErrDenied}
		}
	}
	return entries, err
}

func (b *bucket) Open(ctx context.Context, key string) (blob.Object, error) {
	return b.Memory.Open(ctx, "docs", key)
}

func filesOf(objects map[string]string) *bucket {
	return &bucket{Memory: blobtest.New(blobtest.Buckets{"docs": objects})}
}

// open makes a source of a configuration's additionalProperties.
func open(t *testing.T, files Files, additional string) *Source {
	t.Helper()
	options, problems := Read(json.RawMessage(`{"additionalProperties":` + additional + `}`))
	if problems != nil {
		t.Fatalf("%s: %+v", additional, problems)
	}
	return &Source{Files: files, Options: options, Base: "s3://docs/", Log: slog.New(slog.DiscardHandler)}
}

// crawlAll returns the items by their keys.
func crawlAll(t *testing.T, s *Source) (map[string]connector.Item, error) {
	t.Helper()
	items := map[string]connector.Item{}
	err := s.Crawl(t.Context(), "", func(_ context.Context, it connector.Item) error {
		items[strings.TrimPrefix(it.ID, s.Base)] = it
		return nil
	}, func(string) error { return nil })
	return items, err
}

func keys(items map[string]connector.Item) []string {
	all := make([]string, 0, len(items))
	for key := range items {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

func TestWhichFiles(t *testing.T) {
	files := filesOf(map[string]string{
		"a.pdf": "", "b.txt": "", "reports/2025/c.pdf": "", "reports/d.pdf": "", "reports/tmp/e.pdf": "", "reports/": "",
		".hidden.pdf": "", "x/.git/f.pdf": "", "acl.json": "[]", "a.pdf.metadata.json": "{}", "meta/b.txt.metadata.json": "{}", "meta/other.txt": "",
	})
	for additional, want := range map[string][]string{
		`{}`: {"a.pdf", "acl.json", "b.txt", "meta/other.txt", "reports/2025/c.pdf", "reports/d.pdf", "reports/tmp/e.pdf"},
		`{"aclConfigurationFilePath":"/acl.json","metadataFilesPrefix":"/meta/"}`:    {"a.pdf", "b.txt", "reports/2025/c.pdf", "reports/d.pdf", "reports/tmp/e.pdf"},
		`{"inclusionPatterns":["*.pdf"]}`:                                            {"a.pdf", "reports/2025/c.pdf", "reports/d.pdf", "reports/tmp/e.pdf"},
		`{"inclusionPatterns":["/*.pdf"]}`:                                           {"a.pdf"},
		`{"inclusionPatterns":["*.pdf"],"exclusionPatterns":["**/tmp/**","[ab].*"]}`: {"reports/2025/c.pdf", "reports/d.pdf"},
		`{"inclusionPrefixes":["/reports/","reports/tmp/","b"]}`:                     {"b.txt", "reports/2025/c.pdf", "reports/d.pdf", "reports/tmp/e.pdf"},
		`{"inclusionPrefixes":["reports/"],"exclusionPrefixes":["reports/2"]}`:       {"reports/d.pdf", "reports/tmp/e.pdf"},
		`{"inclusionPrefixes":["reports/"],"inclusionPatterns":["d.*","b.txt"]}`:     {"reports/d.pdf"},
		`{"inclusionPatterns":[],"exclusionPatterns":null,"inclusionPrefixes":[]}`:   {"a.pdf", "acl.json", "b.txt", "meta/other.txt", "reports/2025/c.pdf", "reports/d.pdf", "reports/tmp/e.pdf"},
	} {
		items, err := crawlAll(t, open(t, files, additional))
		if diff := cmp.Diff(want, keys(items)); diff != "" || err != nil {
			t.Errorf("%s: %s %v", additional, diff, err)
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		pattern    string
		fits, does []string // and does not
	}{
		{"*.pdf", []string{"a.pdf", "x/y/a.pdf", ".pdf"}, []string{"a.pdf.txt", "a.PDF", "x.pdf/a"}},
		{"report?.*", []string{"report1.txt", "x/reportü.txt"}, []string{"report.txt", "report12.txt"}},
		{"reports/*.pdf", []string{"reports/a.pdf"}, []string{"reports/x/a.pdf", "x/reports/a.pdf"}},
		{"reports/**", []string{"reports/a", "reports/x/a"}, []string{"reports", "reportsx/a"}},
		{"reports/", []string{"reports/a", "reports/x/a"}, []string{"reports"}},
		{"**/*.png", []string{"a.png", "x/y/a.png"}, []string{"a.jpg"}},
		{"a/**/b", []string{"a/b", "a/x/b", "a/x/y/b"}, []string{"ab", "a/xb"}},
		{"*.{pdf,do[ct]?}", []string{"a.pdf", "a.docx", "a.dotm"}, []string{"a.doxx", "a.{pdf"}},
		{"{a,{b,c}}/x", []string{"a/x", "c/x"}, []string{"d/x"}},
		{"[!a-c]x", []string{"dx"}, []string{"bx", "x"}},
		{`[\w^]x`, []string{`\x`, "wx", "^x"}, []string{"ax"}},
		{`\*\{.txt`, []string{"*{.txt"}, []string{"a{.txt"}},
		{"a,b}.txt", []string{"a,b}.txt"}, []string{"a.txt"}},
		{"(a|b)+.txt$", []string{"(a|b)+.txt$"}, []string{"a.txt"}},
		{"*internal*", []string{"x/very internal notes.txt"}, []string{"internal/notes.txt"}},
		{"new*line", []string{"new\nline"}, nil},
	} {
		g, err := ParseGlob(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		for _, key := range tt.fits {
			if !g.Match(key) {
				t.Errorf("%s does not fit %q", tt.pattern, key)
			}
		}
		for _, key := range tt.does {
			if g.Match(key) {
				t.Errorf("%s fits %q", tt.pattern, key)
			}
		}
	}
	for pattern, want := range map[string]string{
		"": "is empty", strings.Repeat("x", 1025): "longer than 1024", "\xff": "not valid UTF-8", "[a": "without its ]", "{a,b": "without its }", "[z-a]": "set of characters",
	} {
		if _, err := ParseGlob(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", pattern, err)
		}
	}
}

func TestOptionsProblems(t *testing.T) {
	for _, tt := range []struct{ config, field, message string }{
		{`{"additionalProperties":{"inclusionPatterns":["*.pdf","[x"]}}`, "additionalProperties.inclusionPatterns.1", "without its ]"},
		{`{"additionalProperties":{"exclusionPatterns":"*.pdf"}}`, "additionalProperties.exclusionPatterns", "has to be a list; here is a JSON string"},
		{`{"additionalProperties":{"exclusionPatterns":[` + strings.Repeat(`"a",`, 250) + `"a"]}}`, "additionalProperties.exclusionPatterns", "has 251 patterns, at most 250"},
		{`{"additionalProperties":{"inclusionPrefixes":[` + strings.Repeat(`"a",`, 250) + `"a"]}}`, "additionalProperties.inclusionPrefixes", "has 251 entries, at most 250"},
		{`{"additionalProperties":{"maxFileSizeInMegaBytes":"10241"}}`, "additionalProperties.maxFileSizeInMegaBytes", "from 1 to 10240"},
		{`{"additionalProperties":{"maxFileSizeInMegaBytes":"-1"}}`, "additionalProperties.maxFileSizeInMegaBytes", "from 1 to 10240"},
		{`{"syncMode":"CHANGE_LOG"}`, "syncMode", "files have no log of changes"},
		{`{"repositoryConfigurations":{"document":{"fieldMappings":[{"indexFieldName":"x","indexFieldType":"STRING"}]}}}`, "repositoryConfigurations.document.fieldMappings.0.dataSourceFieldName", "is missing"},
	} {
		_, problems := Read(json.RawMessage(tt.config))
		if len(problems) != 1 || problems[0].Field != tt.field || !strings.Contains(problems[0].Message, tt.message) {
			t.Errorf("%.80s: %+v", tt.config, problems)
		}
	}
}

func TestSidecars(t *testing.T) {
	files := filesOf(map[string]string{
		"a.pdf": "a", "b.pdf": "b", "c.pdf": "c", "d.pdf": "d",
		"a.pdf.metadata.json": `{"DocumentId":"doc-a","Title":"The title","ContentType":"PDF","Attributes":{
			"_source_uri":"https://a.test/a","_created_at":"2025-01-02T03:04:05+01:00","_authors":"Ann","team":"x","pages":12,"tags":["p","q"],"nested":{},"renamed":"y"},
			"AccessControlList":[{"Name":"ann@a.test","Type":"USER","Access":"ALLOW"},{"Name":"g","Type":"GROUP","Access":"DENY"}]}`,
		"b.pdf.metadata.json": `{"ContentType":"WORD"}`,
		"c.pdf.metadata.json": `{"AccessControlList":[{"Name":"g","Type":"ROLE","Access":"ALLOW"}]}`,
	})
	options, problems := Read(json.RawMessage(`{"repositoryConfigurations":{"document":{"fieldMappings":[
		{"indexFieldName":"new","indexFieldType":"STRING","dataSourceFieldName":"renamed"},{"indexFieldName":"key","indexFieldType":"STRING","dataSourceFieldName":"s3_document_id"}]}}}`))
	if problems != nil {
		t.Fatal(problems)
	}
	s := &Source{Files: files, Options: options, Base: "s3://docs/", Log: slog.New(slog.DiscardHandler)}
	items, err := crawlAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	then := time.Date(2025, 1, 2, 2, 4, 5, 0, time.UTC)
	want := connector.Item{
		ID: "doc-a", Title: "The title", URI: "https://a.test/a", Name: "a.pdf", ContentType: "PDF", CreatedAt: then, Size: 1,
		Attributes: facet.Values{
			"_source_uri": facet.OfString("https://a.test/a"), "_created_at": facet.OfDate(then), "_authors": facet.OfList("Ann"),
			"team": facet.OfString("x"), "pages": facet.OfNumber(12), "tags": facet.OfList("p", "q"), "new": facet.OfString("y"), "key": facet.OfString("a.pdf"),
		},
		ACL: &acl.List{Controls: []acl.Control{{Entries: []acl.Entry{
			{Principal: acl.Principal{Name: "ann@a.test"}}, {Principal: acl.Principal{Group: true, Name: "g"}, Deny: true},
		}}}},
	}
	if diff := cmp.Diff(want, items["doc-a"], cmpopts.IgnoreFields(connector.Item{}, "Version", "ModifiedAt", "Open")); diff != "" {
		t.Error(diff)
	}
	for key, why := range map[string]string{"b.pdf": `its metadata file "b.pdf.metadata.json" has the ContentType "WORD"`, "c.pdf": `the Type "ROLE", which is neither`} {
		if err := items[key].Err; err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if it := items["d.pdf"]; it.Err != nil || it.ACL != nil || len(it.Attributes) != 1 {
		t.Errorf("d.pdf: %+v", it)
	}
	s.Options.ACL = false
	if items, err = crawlAll(t, s); err != nil || items["doc-a"].ACL != nil {
		t.Errorf("with isCrawlAcl false: %+v, %v", items["doc-a"].ACL, err)
	}
}

// Sidecars are found wherever their keys lie among those of documents: here
// "a.metadata.json" comes after thousands of "a!..." that have none.
func TestSidecarsFarOut(t *testing.T) {
	objects := map[string]string{"a": "x", "a.metadata.json": `{"Title":"found"}`, "zz": "x", "zz.metadata.json": `{"Title":"found, too"}`}
	for i := range 6000 {
		objects[fmt.Sprintf("a!%05d", i)] = "x"
	}
	files := filesOf(objects)
	items, err := crawlAll(t, open(t, files, `{}`))
	if err != nil || len(items) != 6002 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	if items["a"].Title != "found" || items["zz"].Title != "found, too" {
		t.Errorf("titles %q, %q", items["a"].Title, items["zz"].Title)
	}
	if files.lists > 1100 {
		t.Errorf("%d lists", files.lists)
	}
}

func TestVersionCoversAll(t *testing.T) {
	files := filesOf(map[string]string{"a": "x", "acl.json": `[]`})
	s := open(t, files, `{"aclConfigurationFilePath":"acl.json"}`)
	seen := map[string]string{}
	step := func(what, key, text string) {
		t.Helper()
		if key != "" {
			if err := files.Put(t.Context(), "docs", key, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		items, err := crawlAll(t, s)
		if err != nil {
			t.Fatal(err)
		}
		version := items["a"].Version
		if before, ok := seen[version]; ok {
			t.Errorf("%s: the version is that of %s", what, before)
		}
		seen[version] = what
	}
	step("at first", "", "")
	step("content", "a", "y")
	step("a sidecar", "a.metadata.json", `{"Title":"t"}`)
	step("another sidecar", "a.metadata.json", `{"Title":"u"}`)
	step("an ACL entry", "acl.json", `[{"keyPrefix":"s3://docs/","aclEntries":[{"Name":"g","Type":"GROUP","Access":"ALLOW"}]}]`)
	step("another ACL entry", "acl.json", `[{"keyPrefix":"s3://docs/","aclEntries":[{"Name":"g","Type":"GROUP","Access":"DENY"}]}]`)
	s.Options.Mappings = []connector.Mapping{{Index: "x", Type: "STRING", Source: "y"}}
	step("another mapping", "", "")
}

func TestAccess(t *testing.T) {
	file := `[
		{"keyPrefix":"s3://docs/","aclEntries":[{"Name":"staff","Type":"GROUP","Access":"ALLOW"},{"Name":"mallory","Type":"USER","Access":"DENY"}]},
		{"keyPrefix":"s3://docs/hr/","aclEntries":[{"Name":"hr","Type":"GROUP","Access":"ALLOW"}]},
		{"keyPrefix":"hr/board/","aclEntries":[{"Name":"guest","Type":"USER","Access":"DENY"}]},
		{"keyPrefix":"/hr/cv.pdf","aclEntries":[{"Name":"ann","Type":"USER","Access":"ALLOW"}]},
		{"keyPrefix":"hr/cv.pdf","aclEntries":[{"Name":"bob","Type":"USER","Access":"ALLOW"}]}
	]`
	a, err := parseAccess([]byte(file), "s3://docs/")
	if err != nil {
		t.Fatal(err)
	}
	user := func(name string) acl.Principal { return acl.Principal{Name: name} }
	group := func(name string) acl.Principal { return acl.Principal{Group: true, Name: name} }
	for _, tt := range []struct {
		key  string
		own  []acl.Entry
		who  []acl.Principal
		want bool
	}{
		{"x.pdf", nil, []acl.Principal{group("staff")}, true},
		{"x.pdf", nil, []acl.Principal{group("hr")}, false},
		{"x.pdf", nil, []acl.Principal{group("staff"), user("mallory")}, false},
		{"hr/x.pdf", nil, []acl.Principal{group("staff")}, false},
		{"hr/x.pdf", nil, []acl.Principal{group("hr")}, true},
		{"hr/x.pdf", nil, []acl.Principal{group("hr"), user("mallory")}, false}, // who is denied above is denied below
		{"hr/board/x.pdf", nil, []acl.Principal{group("hr")}, true},             // a prefix that only denies allows nobody new
		{"hr/board/x.pdf", nil, []acl.Principal{group("staff")}, false},
		{"hr/board/x.pdf", nil, []acl.Principal{group("hr"), user("guest")}, false},
		{"hr/cv.pdf", nil, []acl.Principal{user("bob")}, true}, // a prefix may be there twice
		{"hr/cv.pdf", nil, []acl.Principal{user("ann")}, true},
		{"hr/cv.pdf", nil, []acl.Principal{group("hr")}, false},
		{"hr/x.pdf", []acl.Entry{{Principal: user("eve")}}, []acl.Principal{user("eve")}, true},
		{"hr/x.pdf", []acl.Entry{{Principal: user("eve")}}, []acl.Principal{group("hr")}, false},
		{"hr/x.pdf", []acl.Entry{{Principal: user("mallory")}}, []acl.Principal{user("mallory")}, false},
		{"hr/x.pdf", []acl.Entry{{Principal: user("eve"), Deny: true}}, []acl.Principal{group("hr")}, true},
	} {
		if got := a.list(tt.key, tt.own).Allows(acl.SetOf(tt.who...)); got != tt.want {
			t.Errorf("%s with %v: %v for %v", tt.key, tt.own, got, tt.who)
		}
	}
	if l := (&access{}).list("x", nil); l != nil {
		t.Errorf("without an ACL file: %+v", l)
	}
	other, err := parseAccess([]byte(`[{"keyPrefix":"s3://docs/a/","aclEntries":[]}]`), "s3://docs/")
	if err != nil || other.list("b/x", nil) != nil {
		t.Errorf("a prefix that is not listed: %v", err)
	}
}

func TestAccessThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                  "is not a JSON list",
		`[`:                   "is not a JSON list",
		`[{"aclEntries":[]}]`: `the keyPrefix "", which does not begin with s3://docs/`,
		`[{"keyPrefix":"s3://other/a/","aclEntries":[]}]`:                                 `the keyPrefix "s3://other/a/", which does not begin with s3://docs/`,
		`[{"keyPrefix":"a/"}]`:                                                            `has no aclEntries for the keyPrefix "a/"`,
		`[{"keyPrefix":"a/","aclEntries":[{"Type":"USER","Access":"ALLOW"}]}]`:            "entry 1 has no Name",
		`[{"keyPrefix":"a/","aclEntries":[{"Name":"x","Type":"user","Access":"ALLOW"}]}]`: `the Type "user", which is neither USER nor GROUP`,
		`[{"keyPrefix":"a/","aclEntries":[{"Name":"x","Type":"USER","Access":"Deny"}]}]`:  `the Access "Deny", which is neither ALLOW nor DENY`,
	} {
		items, err := crawlAll(t, open(t, filesOf(map[string]string{"acl.json": text, "a/x": "x"}), `{"aclConfigurationFilePath":"acl.json"}`))
		if err == nil || len(items) != 0 || !strings.Contains(err.Error(), "the ACL file") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d items, %v", text, len(items), err)
		}
	}
	_, err := crawlAll(t, open(t, filesOf(nil), `{"aclConfigurationFilePath":"acl.json"}`))
	if !errors.Is(err, blob.ErrNoKey) {
		t.Errorf("without the file: %v", err)
	}
	if _, err := crawlAll(t, open(t, filesOf(nil), `{"aclConfigurationFilePath":"acl.json","isCrawlAcl":"false"}`)); err != nil {
		t.Errorf("with isCrawlAcl false: %v", err)
	}
}

func TestFolderThatCannotBeListed(t *testing.T) {
	files := filesOf(map[string]string{"a": "x", "closed/": "", "z": "x"})
	files.closed = "closed/"
	var cursors []string
	s := open(t, files, `{}`)
	visits := 0
	err := s.Crawl(t.Context(), "", func(context.Context, connector.Item) error { visits++; return nil }, func(c string) error { cursors = append(cursors, c); return nil })
	if !errors.Is(err, connector.ErrPartial) || visits != 2 {
		t.Errorf("%d visits, %v", visits, err)
	}
	err = s.Crawl(t.Context(), cursors[len(cursors)-1], nil, func(string) error { return nil })
	if !errors.Is(err, connector.ErrPartial) {
		t.Errorf("taken up at the end: %v", err)
	}
}

func TestGrownFile(t *testing.T) {
	files := filesOf(map[string]string{"a": "x"})
	s := open(t, files, `{"maxFileSizeInMegaBytes":1}`)
	err := s.Crawl(t.Context(), "", func(ctx context.Context, it connector.Item) error {
		if err := files.Put(ctx, "docs", "a", make([]byte, 1<<20+1)); err != nil {
			return err
		}
		body, err := it.Open(ctx)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(body)
		if err == nil || !strings.Contains(err.Error(), "more than the 1048576 bytes") || len(data) > 1<<20 {
			t.Errorf("%d bytes, %v", len(data), err)
		}
		return nil
	}, func(string) error { return nil })
	if err != nil {
		t.Error(err)
	}
}
