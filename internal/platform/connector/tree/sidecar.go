package tree

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
)

// suffix ends the key of a sidecar; the document's key comes before it, and
// Options.Sidecars before that (user guide: Adding document metadata in Amazon
// S3).
const suffix = ".metadata.json"

func (s *Source) sidecarOf(key string) string { return s.Options.Sidecars + key + suffix }

// isSidecar reports whether a key is one of sidecars: what ends like one, and
// everything in their folder if they have one.
func (s *Source) isSidecar(key string) bool {
	if s.Options.Sidecars != "" && strings.HasPrefix(key, s.Options.Sidecars) {
		return true
	}
	return strings.HasSuffix(key, suffix)
}

// sidecar is what a sidecar says of its document.
type sidecar struct {
	id, title, contentType string
	attributes             map[string]any
	entries                []acl.Entry
}

// Bounds of a sidecar.
const (
	maxSidecar       = 1 << 20 // bytes
	maxSidecarFields = 500
	maxID            = 1825 // API model: DocumentId
)

// parseSidecar reads a sidecar. Its errors are clauses about it.
func parseSidecar(data []byte) (*sidecar, error) {
	var file struct {
		ID          string         `json:"DocumentId"`
		Attributes  map[string]any `json:"Attributes"`
		Entries     []entry        `json:"AccessControlList"`
		Title       string         `json:"Title"`
		ContentType string         `json:"ContentType"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("is not a JSON object with DocumentId, Attributes, AccessControlList, Title and ContentType: %w", err)
	}
	if len(file.Attributes) > maxSidecarFields {
		return nil, fmt.Errorf("has %d attributes, at most %d are read", len(file.Attributes), maxSidecarFields)
	}
	if file.ID != "" && !validID(file.ID) {
		return nil, fmt.Errorf("has the DocumentId %q, which has control characters, or more than %d", file.ID, maxID)
	}
	if file.ContentType != "" && !slices.Contains(contentTypes(), file.ContentType) {
		return nil, fmt.Errorf("has the ContentType %q, which is none of %s", file.ContentType, strings.Join(contentTypes(), ", "))
	}
	entries, err := parseEntries(file.Entries)
	if err != nil {
		return nil, fmt.Errorf("has, in its AccessControlList, an error: %w", err)
	}
	return &sidecar{file.ID, file.Title, file.ContentType, file.Attributes, entries}, nil
}

// contentTypes are the API's (model: ContentType).
func contentTypes() []string {
	return []string{"PDF", "HTML", "MS_WORD", "PLAIN_TEXT", "PPT", "RTF", "XML", "XSLT", "MS_EXCEL", "CSV", "JSON", "MD"}
}

// values makes attributes of the fields of a sidecar, and of those that the
// source itself has. A field that is mapped becomes what it is mapped to; any
// other keeps its name.
func (c *sidecar) values(mappings []connector.Mapping, own map[string]any) facet.Values {
	out := facet.Values{}
	fields := own
	for name, field := range c.attributes {
		fields[name] = field
		mapped := slices.ContainsFunc(mappings, func(m connector.Mapping) bool { return m.Source == name })
		if v, ok := connector.ValueOf(field, connector.ReservedKind(name)); ok && !mapped {
			out[name] = v
		}
	}
	maps.Copy(out, connector.Map(mappings, fields))
	return out
}

// sidecars lists those that the documents of a page have, by their
// keys. The keys of sidecars are not ordered as those of documents are, but
// nearly: so their stretch is listed, and what lies far out is looked up alone.
func (s *Source) sidecars(ctx context.Context, documents []blob.Entry) (map[string]blob.Entry, error) {
	const most = 4 // pages of the stretch
	wanted := make([]string, 0, len(documents))
	for _, d := range documents {
		wanted = append(wanted, s.sidecarOf(d.Key))
	}
	slices.Sort(wanted)
	found := map[string]blob.Entry{}
	if len(wanted) == 0 {
		return found, nil
	}
	reached := strings.TrimSuffix(wanted[0], "n") // just before the first
	last := wanted[len(wanted)-1]
	prefix := common(wanted[0], last)
	for range most {
		page, err := s.Files.List(ctx, prefix, reached, pageSize)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if strings.HasSuffix(e.Key, suffix) && e.Err == nil {
				found[e.Key] = e
			}
		}
		if len(page) < pageSize || page[len(page)-1].Key >= last {
			return found, nil
		}
		reached = page[len(page)-1].Key
	}
	return found, s.lookUp(ctx, wanted, reached, found)
}

// lookUp adds the sidecars after a key one by one.
func (s *Source) lookUp(ctx context.Context, wanted []string, reached string, found map[string]blob.Entry) error {
	for _, key := range wanted {
		if key <= reached {
			continue
		}
		page, err := s.Files.List(ctx, key, "", 1)
		if err != nil {
			return err
		}
		if len(page) == 1 && page[0].Key == key && page[0].Err == nil {
			found[key] = page[0]
		}
	}
	return nil
}

// common is the beginning that two keys share.
func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// readSidecar reads what was listed. One that has gone since says nothing.
func (s *Source) readSidecar(ctx context.Context, key string) (*sidecar, error) {
	data, err := s.read(ctx, key, maxSidecar)
	if err != nil {
		return nil, fmt.Errorf("its metadata file cannot be read: %w", err)
	}
	c, err := parseSidecar(data)
	if err != nil {
		return nil, fmt.Errorf("its metadata file %q %w", key, err)
	}
	return c, nil
}

var errControl = errors.New("its name has a control character, which no ID of a document may have; rename it, or give it a DocumentId in a metadata file")
