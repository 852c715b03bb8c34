package vendortest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// What Teams and Exchange have in common: both are parts of Microsoft Graph. It
// is written from "Microsoft Graph error responses and resource types" and "Use
// query parameters to customize responses".

func graphDialect() dialect {
	return dialect{
		unauthorized: graphFailure(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty or not valid."),
		unknown:      graphFailure(http.StatusNotFound, "ResourceNotFound", "Resource not found for the segment."),
		unreadable:   graphFailure(http.StatusBadRequest, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."),
		check: func(r *request) *answer {
			return r.wantsJSON(graphFailure(http.StatusBadRequest, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."))
		},
	}
}

func graphFailure(status int, code, message string) answer {
	return answer{status: status, body: map[string]any{"error": map[string]any{"code": code, "message": message,
		"innerError": map[string]any{"date": "2026-02-10T12:00:00", "request-id": "0c2b6d4e-0000-4000-8000-000000000000"}}}}
}

// A collection is a list of Graph's, and what it can be asked for.
type collection struct {
	kinds   map[string]string // of the properties, by path; date-time, string, boolean
	options []string          // query parameters
	top     int               // the most that are given at once
	strict  bool              // what it is sorted by has to be filtered by first
}

// graphOptions are those that there are at all.
var graphOptions = []string{"$filter", "$top", "$select", "$orderby", "$search", "$expand", "startDateTime", "endDateTime"}

// list gives the rows as the query's options want them.
func (c collection) list(rows []Record, q url.Values) answer {
	refuse := func(code, message string) answer { return graphFailure(http.StatusBadRequest, code, message) }
	for name := range q {
		if strings.HasPrefix(name, "$") && !slices.Contains(c.options, name) || !slices.Contains(graphOptions, name) {
			return refuse("BadRequest", "Query option '"+name+"' is not allowed.")
		}
	}
	filter, err := parseOData(q.Get("$filter"), c.kinds)
	if err != nil {
		return refuse("BadRequest", "Invalid filter clause: "+err.Error())
	}
	order, down := strings.CutSuffix(q.Get("$orderby"), " desc")
	if order != "" && c.kinds[order] == "" {
		return refuse("BadRequest", "Could not find a property named '"+order+"'.")
	}
	if c.strict && order != "" && filter.where != nil && filter.used[0] != order {
		return refuse("InefficientFilter", "The restriction or sort order is too complex for this operation.")
	}
	top, refusal := counted(q, "$top", 10, c.top)
	if refusal != "" {
		return refuse("BadRequest", refusal)
	}
	for name := range strings.SplitSeq(q.Get("$select"), ",") {
		if name != "" && !c.has(name) {
			return refuse("RequestBroker--ParseUri", "Could not find a property named '"+name+"'.")
		}
	}
	found := filter.run(rows)
	if order != "" {
		slices.SortStableFunc(found, func(a, b Record) int {
			n := strings.Compare(fmt.Sprint(follow(a, dotted(order))), fmt.Sprint(follow(b, dotted(order))))
			if down {
				return -n
			}
			return n
		})
	}
	return graphList(found[:min(top, len(found))], q.Get("$select"))
}

// has says whether there is a property of that name, whatever is in it.
func (c collection) has(name string) bool {
	for path := range c.kinds {
		if first, _, _ := strings.Cut(path, "/"); first == name {
			return true
		}
	}
	return false
}

func graphList(rows []Record, names string) answer {
	value := []any{}
	for _, r := range rows {
		one := map[string]any{"id": r["id"]}
		for name, v := range r {
			if names == "" || slices.Contains(strings.Split(names, ","), name) {
				one[name] = v
			}
		}
		value = append(value, one)
	}
	return answer{status: http.StatusOK, body: map[string]any{"value": value}}
}
