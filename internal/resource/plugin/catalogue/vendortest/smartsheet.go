package vendortest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Smartsheet is the API 2.0 for searching and reading sheets and reports. It is
// written from the API reference (Search, Sheets, Reports) and its page "Error
// Codes".
//
// It has the sheet "Project plan" (id 4583173393803140) with two rows, the sheet
// "Budget", and the report "Open tasks" (id 4583173393803141).
func Smartsheet(t testing.TB, authorization string) *Server {
	t.Helper()
	const base = "/2.0"
	s := start(t, authorization, smartsheetDialect(), map[string]operation{
		"GET " + base + "/search":       search,
		"GET " + base + "/sheets":       func(s *Server, r *request) answer { return s.listing("sheet", r) },
		"GET " + base + "/sheets/{id}":  func(s *Server, r *request) answer { return s.grid("sheet", "sheetId", r) },
		"GET " + base + "/reports":      func(s *Server, r *request) answer { return s.listing("report", r) },
		"GET " + base + "/reports/{id}": func(s *Server, r *request) answer { return s.grid("report", "reportId", r) },
	})
	s.Add("sheet", Record{"id": 4583173393803140, "name": "Project plan", "modifiedAt": "2026-02-01T09:00:00Z", "rows": []string{"Lay the cables", "Test the cables"}})
	s.Add("sheet", Record{"id": 4583173393803142, "name": "Budget", "modifiedAt": "2025-12-01T09:00:00Z", "rows": []string{"Cables 200"}})
	s.Add("report", Record{"id": 4583173393803141, "name": "Open tasks", "modifiedAt": "2026-02-02T09:00:00Z", "rows": []string{"Test the cables"}})
	return s
}

func smartsheetDialect() dialect {
	return dialect{
		unauthorized: smartsheetFailure(http.StatusUnauthorized, 1002, "Your Access Token is invalid."),
		unknown:      smartsheetFailure(http.StatusNotFound, 1006, "Not Found"),
		unreadable:   smartsheetFailure(http.StatusBadRequest, 1008, "Unable to parse request."),
		check: func(r *request) *answer {
			if acceptsJSON(r.Header.Get("Accept")) {
				return nil
			}
			a := smartsheetFailure(http.StatusBadRequest, 1011, "A required header was missing or invalid: Accept")
			return &a
		},
	}
}

func smartsheetFailure(status, code int, message string) answer {
	return answer{status: status, body: map[string]any{"errorCode": code, "message": message, "refId": "1a2b3c"}}
}

func badParameter(name, value string) *answer {
	a := smartsheetFailure(http.StatusBadRequest, 1018, fmt.Sprintf("The value '%s' was not valid for the parameter '%s'.", value, name))
	return &a
}

// smartsheetKinds are the kinds of the parameters, wherever they occur.
var smartsheetKinds = map[string]string{
	"modifiedSince": "moment", "rowsModifiedSince": "moment", "includeAll": "flag", "pageSize": "count", "page": "count", "level": "count",
}

func strayParameter(q url.Values) *answer {
	for name, values := range q {
		v := values[0]
		good := true
		switch smartsheetKinds[name] {
		case "moment":
			_, err := time.Parse(time.RFC3339, v)
			good = err == nil
		case "flag":
			good = v == "true" || v == "false"
		case "count":
			n, err := strconv.Atoi(v)
			good = err == nil && n >= 1
		}
		if !good || len(values) > 1 {
			return badParameter(name, strings.Join(values, "&"))
		}
	}
	return nil
}

// after says whether a record was changed since the moment that the query names.
func after(q url.Values, record Record) bool {
	since, err := time.Parse(time.RFC3339, q.Get("modifiedSince"))
	changed, _ := time.Parse(time.RFC3339, record["modifiedAt"].(string))
	return err != nil || !changed.Before(since)
}

var searchScopes = []string{"attachments", "cellData", "comments", "folderNames", "reportNames", "sheetNames", "sightNames", "summaryFields", "templateNames", "workspaceNames"}

func search(s *Server, r *request) answer {
	q := r.URL.Query()
	if q.Get("query") == "" {
		return smartsheetFailure(http.StatusBadRequest, 1009, "A required parameter is missing from your request: query.")
	}
	if refusal := strayParameter(q); refusal != nil {
		return *refusal
	}
	scopes := searchScopes
	if q.Has("scopes") {
		scopes = strings.Split(q.Get("scopes"), ",")
	}
	for _, scope := range scopes {
		if !slices.Contains(searchScopes, scope) {
			return *badParameter("scopes", scope)
		}
	}
	results := []any{}
	for _, kind := range []string{"sheet", "report"} {
		for _, record := range s.records[kind] {
			if after(q, record) {
				results = append(results, hits(kind, record, q.Get("query"), scopes)...)
			}
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"results": results, "totalCount": len(results)}}
}

// hits are the places where a sheet or report has the words of the query, or
// the phrase when it is in quotes.
func hits(kind string, record Record, query string, scopes []string) (found []any) {
	words := strings.Fields(strings.ToLower(query))
	if phrase := strings.Trim(query, `"`); phrase != query {
		words = []string{strings.ToLower(phrase)}
	}
	has := func(text string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(text), w) })
	}
	name := record["name"].(string)
	if slices.Contains(scopes, kind+"Names") && has(name) {
		found = append(found, map[string]any{"text": name, "objectType": kind, "objectId": record["id"]})
	}
	if kind != "sheet" || !slices.Contains(scopes, "cellData") {
		return found
	}
	for i, cell := range record["rows"].([]string) {
		if has(cell) {
			found = append(found, map[string]any{"text": cell, "objectType": "row", "objectId": 100 + i, "parentObjectType": kind,
				"parentObjectId": record["id"], "parentObjectName": name, "contextData": []string{"Row " + strconv.Itoa(i+1)}})
		}
	}
	return found
}

func (s *Server) listing(kind string, r *request) answer {
	q := r.URL.Query()
	if refusal := strayParameter(q); refusal != nil {
		return *refusal
	}
	data := []any{}
	for _, record := range s.records[kind] {
		if after(q, record) {
			data = append(data, map[string]any{"id": record["id"], "name": record["name"], "accessLevel": "OWNER", "permalink": "https://app.smartsheet.com/b/home?lx=1"})
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"pageNumber": 1, "pageSize": 100, "totalPages": 1, "totalCount": len(data), "data": data}}
}

func (s *Server) grid(kind, parameter string, r *request) answer {
	q := r.URL.Query()
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return *badParameter(parameter, r.PathValue("id"))
	}
	if refusal := strayParameter(q); refusal != nil {
		return *refusal
	}
	record := s.find(kind, "id", id)
	if record == nil {
		return s.dialect.unknown
	}
	lines, rows := record["rows"].([]string), []any{}
	for i, line := range lines {
		if !q.Has("rowNumbers") || slices.Contains(strings.Split(q.Get("rowNumbers"), ","), strconv.Itoa(i+1)) {
			rows = append(rows, map[string]any{"id": 100 + i, "rowNumber": i + 1, "cells": []any{map[string]any{"columnId": 7, "value": line, "displayValue": line}}})
		}
	}
	if size, err := strconv.Atoi(q.Get("pageSize")); err == nil {
		rows = rows[:min(size, len(rows))]
	}
	return answer{status: http.StatusOK, body: map[string]any{"id": id, "name": record["name"], "totalRowCount": len(lines), "accessLevel": "OWNER",
		"columns": []any{map[string]any{"id": 7, "index": 0, "title": "Task", "type": "TEXT_NUMBER"}}, "rows": rows}}
}
