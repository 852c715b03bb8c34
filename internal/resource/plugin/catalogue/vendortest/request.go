package vendortest

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// acceptsJSON says whether an Accept header, or none, leaves room for JSON.
func acceptsJSON(header string) bool {
	if header == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(header, ","), func(part string) bool {
		name, _, err := mime.ParseMediaType(part)
		return err == nil && (name == "application/json" || name == "application/*" || name == "*/*")
	})
}

// wantsJSON is refusal when the request has a body that is not called JSON, or
// should have one and has none.
func (r *request) wantsJSON(refusal answer) *answer {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return nil
	}
	name, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || name != "application/json" || r.body == nil {
		return &refusal
	}
	return nil
}

// counted is a parameter that counts, from 1 to the maximum; the sentence says
// that it does not.
func counted(q url.Values, name string, otherwise, maximum int) (n int, refusal string) {
	if !q.Has(name) {
		return otherwise, ""
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 || n > maximum {
		return 0, "Invalid value for " + name + ": " + q.Get(name)
	}
	return n, ""
}
