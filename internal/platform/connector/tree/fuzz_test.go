package tree

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/acl"
)

// What an ACL file denies by name stays denied, however odd the file.
func FuzzAccess(f *testing.F) {
	f.Add([]byte(`[{"keyPrefix":"s3://docs/a/","aclEntries":[{"Name":"x","Type":"USER","Access":"DENY"}]}]`), "a/b")
	f.Add([]byte(`[{"keyPrefix":"a","aclEntries":[{"Name":"x","Type":"GROUP","Access":"ALLOW"}]},{"keyPrefix":"/","aclEntries":[]}]`), "")
	f.Add([]byte(`[null]`), "\xff")
	f.Fuzz(func(t *testing.T, data []byte, key string) {
		a, err := parseAccess(data, "s3://docs/")
		if err != nil {
			return
		}
		l := a.list(key, nil)
		for prefix, entries := range a.entries {
			for _, e := range entries {
				if strings.HasPrefix(key, prefix) && e.Deny && l.Allows(acl.SetOf(e.Principal)) {
					t.Fatalf("%q: %v is denied at %q, and may see it", key, e.Principal, prefix)
				}
				if strings.HasPrefix(key, prefix) && l.Allows(nil) && !e.Deny {
					t.Fatalf("%q is public, and %q allows %v alone", key, prefix, e.Principal)
				}
			}
		}
	})
}

func FuzzSidecar(f *testing.F) {
	f.Add([]byte(`{"DocumentId":"a","Title":"b","ContentType":"PDF","Attributes":{"_created_at":"2025-01-01","n":1e400,"l":[1,[2]]},"AccessControlList":[{"Name":"x","Type":"USER","Access":"ALLOW"}]}`))
	f.Add([]byte(`{"Attributes":null,"AccessControlList":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseSidecar(data)
		if err != nil {
			return
		}
		if c.id != "" && !validID(c.id) {
			t.Fatalf("id %q", c.id)
		}
		for name, v := range c.values(nil, map[string]any{}) {
			if v.Kind == "" {
				t.Fatalf("%q has no kind", name)
			}
		}
	})
}

func FuzzGlob(f *testing.F) {
	for _, seed := range []string{"*.pdf", "a/**/[!b-d]?.{x,y}", `\**`, "{{a,b},c}", "[^]]"} {
		f.Add(seed, "a/x/b.pdf")
	}
	f.Fuzz(func(t *testing.T, pattern, key string) {
		g, err := ParseGlob(pattern)
		if err != nil {
			return
		}
		g.Match(key)
		if plain := strings.Trim(pattern, "abcdefghijklmnopqrstuvwxyz0123456789._ -") == ""; plain && !g.Match(pattern) {
			t.Fatalf("%q does not fit itself", pattern)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(`after:"a"`)
	f.Add(`after-some:"\u00fc\x00"`)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseCursor(text); err == nil && text != "" && c.String() != text {
			t.Fatalf("%q is %q", text, c)
		}
	})
}
