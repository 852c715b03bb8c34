package tree

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/blob"
)

// entry is who may or may not see something, as ACL files and sidecars write it
// (user guide: How Amazon Q Business connector crawls Amazon S3 ACLs).
type entry struct {
	Name   string `json:"Name"`
	Type   string `json:"Type"`
	Access string `json:"Access"`
}

// parseEntries turns entries into those of a list. An entry that cannot be read
// is an error: left out, it might make a document public.
func parseEntries(entries []entry) ([]acl.Entry, error) {
	out := make([]acl.Entry, 0, len(entries))
	for i, e := range entries {
		if e.Name == "" {
			return nil, fmt.Errorf("entry %d has no Name", i+1)
		}
		if e.Type != "USER" && e.Type != "GROUP" {
			return nil, fmt.Errorf("entry %d has the Type %q, which is neither USER nor GROUP", i+1, e.Type)
		}
		if e.Access != "ALLOW" && e.Access != "DENY" {
			return nil, fmt.Errorf("entry %d has the Access %q, which is neither ALLOW nor DENY", i+1, e.Access)
		}
		out = append(out, acl.Entry{Principal: acl.Principal{Group: e.Type == "GROUP", Name: e.Name}, Deny: e.Access == "DENY"})
	}
	return out, nil
}

// access is an ACL file: what holds for the keys that begin with a prefix.
type access struct{ entries map[string][]acl.Entry }

// Bounds of an ACL file.
const (
	maxAccessFile    = 16 << 20 // bytes
	maxAccessEntries = 200_000
)

// readAccess reads the ACL file. Without one, everything is for everyone; one
// that cannot be read is an error, and nothing is crawled.
func (s *Source) readAccess(ctx context.Context) (*access, error) {
	if s.Options.Access == "" || !s.Options.ACL {
		return &access{}, nil
	}
	data, err := s.read(ctx, s.Options.Access, maxAccessFile)
	if err != nil {
		return nil, fmt.Errorf("the ACL file cannot be read: %w", err)
	}
	a, err := parseAccess(data, s.Base)
	if err != nil {
		return nil, fmt.Errorf("the ACL file %q %w", s.Options.Access, err)
	}
	return a, nil
}

// parseAccess reads an ACL file. A prefix is whole, beginning with base, or
// without it. One of another bucket is an error: it is a slip that would leave
// open what was to be closed.
func parseAccess(data []byte, base string) (*access, error) {
	var file []struct {
		KeyPrefix string  `json:"keyPrefix"`
		Entries   []entry `json:"aclEntries"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("is not a JSON list of {keyPrefix, aclEntries}: %w", err)
	}
	a, n := &access{entries: map[string][]acl.Entry{}}, 0
	for i, f := range file {
		prefix, whole := strings.CutPrefix(f.KeyPrefix, base)
		if f.KeyPrefix == "" || !whole && strings.Contains(prefix, "://") {
			return nil, fmt.Errorf("has, as number %d, the keyPrefix %q, which does not begin with %s", i+1, f.KeyPrefix, base)
		}
		if f.Entries == nil {
			return nil, fmt.Errorf("has no aclEntries for the keyPrefix %q", f.KeyPrefix)
		}
		entries, err := parseEntries(f.Entries)
		if err != nil {
			return nil, fmt.Errorf("has, for the keyPrefix %q, an error: %w", f.KeyPrefix, err)
		}
		if n += len(entries); n > maxAccessEntries {
			return nil, fmt.Errorf("has more than %d entries", maxAccessEntries)
		}
		prefix = rooted(prefix)
		a.entries[prefix] = append(a.entries[prefix], entries...)
	}
	return a, nil
}

// list is who may see the document at key; own is what its sidecar says. Who is
// allowed, the most specific says that allows anyone: the sidecar, then the
// longest prefix. Who is denied anywhere is denied.
func (a *access) list(key string, own []acl.Entry) *acl.List {
	var all []acl.Entry
	allows := false
	take := func(entries []acl.Entry) {
		settled := allows
		for _, e := range entries {
			if e.Deny || !settled {
				all = append(all, e)
				allows = allows || !e.Deny
			}
		}
	}
	take(own)
	for n := len(key); n >= 0 && len(a.entries) > 0; n-- {
		take(a.entries[key[:n]])
	}
	if len(all) == 0 {
		return nil
	}
	return &acl.List{Controls: []acl.Control{{Entries: all}}}
}

// read returns a whole small file.
func (s *Source) read(ctx context.Context, key string, limit int64) ([]byte, error) {
	o, err := s.Files.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = o.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(o.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: %q has more than the %d bytes that are read", blob.ErrTooLarge, key, limit)
	}
	return data, nil
}
