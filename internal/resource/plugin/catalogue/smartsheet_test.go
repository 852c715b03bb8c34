package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestSmartsheet(t *testing.T) {
	v := meet(t, "SMARTSHEET", credential, vendortest.Smartsheet(t, credential))
	for _, c := range []struct {
		arguments map[string]any
		want      []any
	}{
		{map[string]any{"query": "cables"}, []any{"Lay the cables", "Test the cables", "Cables 200"}},
		{map[string]any{"query": `"the cables"`, "modifiedSince": "2026-01-01T00:00:00Z"}, []any{"Lay the cables", "Test the cables"}},
		{map[string]any{"query": "plan", "scopes": []string{"sheetNames", "reportNames"}}, []any{"Project plan"}},
		{map[string]any{"query": "tasks & more"}, []any{}},
	} {
		v.same(c.want, each(at(v.wants(200, "searchSheets", c.arguments), "results"), "text"))
	}
	v.fails("searchSheets", map[string]any{"query": "x", "scopes": []string{"everywhere"}}, "scopes")
	v.fails("searchSheets", map[string]any{}, "query")

	for _, sheet := range []string{"project plan", "4583173393803140"} {
		rows := at(v.wants(200, "readSheet", map[string]any{"sheetId": sheet}), "rows")
		v.same([]any{"Lay the cables", "Test the cables"}, each(rows, "cells", 0, "value"))
	}
	v.same([]any{2.0}, each(at(v.wants(200, "readSheet", map[string]any{"sheetId": "Project plan", "rowNumbers": "2,3"}), "rows"), "rowNumber"))
	v.fails("readSheet", map[string]any{"sheetId": "Holidays"}, "there is Project plan, Budget")
	v.same(1006.0, at(v.wants(404, "readSheet", map[string]any{"sheetId": "4583173393803999"}), "errorCode"))

	v.same([]any{"Open tasks"}, each(at(v.wants(200, "listReports", map[string]any{}), "data"), "name"))
	v.same([]any{}, each(at(v.wants(200, "listReports", map[string]any{"modifiedSince": "2026-02-03T00:00:00+01:00"}), "data"), "name"))
	v.same("Open tasks", at(v.wants(200, "getReport", map[string]any{"reportId": "open tasks"}), "name"))
	v.wants(404, "getReport", map[string]any{"reportId": "4583173393803999"})
}
