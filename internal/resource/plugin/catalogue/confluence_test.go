package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestConfluence(t *testing.T) {
	v := meet(t, "ATLASSIAN_CONFLUENCE", credential, vendortest.Confluence(t, credential))
	for _, c := range []struct {
		arguments map[string]any
		want      []any
	}{
		{map[string]any{}, []any{"Release plan", "Web shop plan", "Printers"}}, // pages only, changed last first
		{map[string]any{"text": "release"}, []any{"Release plan", "Printers"}},
		{map[string]any{"title": "plan", "space": "OPS"}, []any{"Release plan"}},
		{map[string]any{"title": "plan", "space": "web shop"}, []any{"Web shop plan"}},
		{map[string]any{"label": "release", "author": "john"}, []any{"Web shop plan"}},
		{map[string]any{"mine": true}, []any{"Release plan"}},
		{map[string]any{"mine": false, "changed_since": "2026-01-01", "changed_until": "2026-01-31"}, []any{"Web shop plan"}},
		{map[string]any{"text": `"signs"`}, []any{"Release plan"}}, // quotes are the user's: a phrase
		{map[string]any{"text": `x" OR type = "page`}, []any{}},
		{map[string]any{"text": "release", "limit": 1}, []any{"Release plan"}},
		{map[string]any{"title": "plan", "includeArchivedSpaces": true}, []any{"Release plan", "Web shop plan"}},
	} {
		v.same(c.want, each(at(v.wants(200, "searchPages", c.arguments), "results"), "title"))
	}
	v.fails("searchPages", map[string]any{"changed_since": "last week"}, "changed_since")
	v.fails("searchPages", map[string]any{"excerpt": "all"}, "excerpt")
	v.authorization = "Bearer expired"
	v.wants(401, "searchPages", map[string]any{"text": "x"})
}
