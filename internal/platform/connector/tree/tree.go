// Package tree crawls files that have keys, as the objects of a bucket and the
// files of a folder do.
//
// It owns what those kinds have in common: which files are documents (patterns
// and prefixes), sidecars with a document's attributes, the file that says who
// may see what, and the crawl itself. Where files come from (Files), what a
// document's ID is, and the rest of a configuration is for the kinds: bucket and
// folder.
package tree

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
)

// Files are files by their keys.
type Files interface {
	// List is that of blob.Store.
	List(ctx context.Context, prefix, after string, limit int) ([]blob.Entry, error)
	// Open is that of blob.Store.
	Open(ctx context.Context, key string) (blob.Object, error)
}

// Source is a connector.Source of files.
type Source struct {
	Files   Files
	Options Options
	Base    string // begins every ID, and every keyPrefix of the ACL file that is whole: s3://bucket/
	Hidden  bool   // whether files whose names begin with a dot are documents
	Log     *slog.Logger
}

// Options are what a configuration says about files.
type Options struct {
	Include, Exclude                 []Glob   // of keys
	IncludePrefixes, ExcludePrefixes []string // of keys
	Sidecars                         string   // prefix of the keys of sidecars; "" where they are beside their documents
	Access                           string   // key of the ACL file, "" for none
	MaxSize                          int64    // bytes of a document
	Mappings                         []connector.Mapping
	ACL                              bool // whether access control is read
}

// The size of a document that is read: the default and the most that a
// configuration may have, in megabytes (user guide: S3 configuration
// properties).
const (
	defaultMegabytes = 50
	maxMegabytes     = 10240
)

// maxPatterns bounds each list of patterns and prefixes.
const maxPatterns = 250

// Read reads the options of a configuration, and says what is wrong with them.
func Read(config json.RawMessage) (Options, []connector.Problem) {
	var c struct {
		Repository struct {
			Document struct {
				Mappings []connector.Mapping `json:"fieldMappings"`
			} `json:"document"`
		} `json:"repositoryConfigurations"`
		Additional struct {
			Include         []string        `json:"inclusionPatterns"`
			Exclude         []string        `json:"exclusionPatterns"`
			IncludePrefixes []string        `json:"inclusionPrefixes"`
			ExcludePrefixes []string        `json:"exclusionPrefixes"`
			Access          string          `json:"aclConfigurationFilePath"`
			Sidecars        string          `json:"metadataFilesPrefix"`
			Megabytes       connector.Count `json:"maxFileSizeInMegaBytes"`
		} `json:"additionalProperties"`
	}
	settings, problems := connector.SettingsOf(config)
	if settings.Mode == connector.ChangeLog {
		problems = append(problems, connector.Problem{Field: "syncMode", Message: "must be FULL_CRAWL or FORCED_FULL_CRAWL; files have no log of changes"})
	}
	if wrong := connector.Decode(config, &c); wrong != nil {
		return Options{}, append(problems, wrong...)
	}
	a := c.Additional
	o := Options{Mappings: c.Repository.Document.Mappings, ACL: settings.ACL, Access: rooted(a.Access), Sidecars: rooted(a.Sidecars)}
	report := func(found []connector.Problem) { problems = append(problems, found...) }
	o.Include = parseGlobs("additionalProperties.inclusionPatterns", a.Include, report)
	o.Exclude = parseGlobs("additionalProperties.exclusionPatterns", a.Exclude, report)
	o.IncludePrefixes = prefixes("additionalProperties.inclusionPrefixes", a.IncludePrefixes, report)
	o.ExcludePrefixes = prefixes("additionalProperties.exclusionPrefixes", a.ExcludePrefixes, report)
	report(connector.CheckMappings("repositoryConfigurations.document.fieldMappings", o.Mappings))
	megabytes := cmp.Or(a.Megabytes.Or(defaultMegabytes), defaultMegabytes)
	if megabytes < 0 || megabytes > maxMegabytes {
		report([]connector.Problem{{Field: "additionalProperties.maxFileSizeInMegaBytes", Message: fmt.Sprintf("must be from 1 to %d", maxMegabytes)}})
	}
	o.MaxSize = int64(megabytes) << 20
	return o, problems
}

// rooted takes the slash away that the guide's examples write before a key.
func rooted(key string) string { return strings.TrimPrefix(key, "/") }

func prefixes(path string, given []string, report func([]connector.Problem)) []string {
	if len(given) > maxPatterns {
		report([]connector.Problem{{Field: path, Message: fmt.Sprintf("has %d entries, at most %d are taken", len(given), maxPatterns)}})
		return nil
	}
	out := make([]string, 0, len(given))
	for _, p := range given {
		out = append(out, rooted(p))
	}
	return out
}

// document reports whether a key is that of a document.
func (s *Source) document(key string) bool {
	o := &s.Options
	switch {
	case key == "" || strings.HasSuffix(key, "/"), key == o.Access, s.isSidecar(key):
		return false
	case !s.Hidden && hidden(key):
		return false
	case hasPrefix(key, o.ExcludePrefixes), matches(key, o.Exclude):
		return false
	}
	return (len(o.IncludePrefixes) == 0 || hasPrefix(key, o.IncludePrefixes)) && (len(o.Include) == 0 || matches(key, o.Include))
}

func hidden(key string) bool { return strings.HasPrefix(key, ".") || strings.Contains(key, "/.") }

func hasPrefix(key string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

func matches(key string, globs []Glob) bool {
	for _, g := range globs {
		if g.Match(key) {
			return true
		}
	}
	return false
}
