package wire

import (
	"slices"

	"github.com/parleyhq/parley/internal/core/smithy"
)

const mib = 1 << 20

// defaultLimit bounds the body of a request, in bytes, where bodyLimits says
// nothing else.
const defaultLimit = 1 * mib

// bodyLimits are the actions whose operations take more, and why. The figures are those
// of the service's quotas plus what JSON adds to them.
var bodyLimits = map[string]int64{
	"qbusiness:CreatePlugin": 8 * mib, // an OpenAPI document of 1 MB; escapes in a JSON string may multiply it
	"qbusiness:UpdatePlugin": 8 * mib,

	"qbusiness:BatchPutDocument": 72 * mib, // one document of 50 MB, or ten of 5 MB, as base64
	"qbusiness:ChatSync":         72 * mib, // five attachments of 10 MB as base64
	"qbusiness:Chat":             72 * mib, // likewise, in all its events

	"iam:CreateSAMLProvider": 32 * mib, // metadata of 10 million characters; percent-encoding may triply some
	"iam:UpdateSAMLProvider": 32 * mib,

	"qbusiness:PutGroup": 4 * mib, // 1,000 groups and 1,000 users of up to 1,024 characters
}

// samlLimit bounds an input that carries SAML metadata: 10 million characters,
// some of them escaped.
const samlLimit = 12 * mib

// bodyLimit is how many bytes of body an operation takes.
func bodyLimit(route *smithy.Route) int64 {
	if limit, ok := bodyLimits[route.Action()]; ok {
		return limit
	}
	if holds(route.Input, "SamlMetadataXML", nil) {
		return samlLimit
	}
	return defaultLimit
}

// holds reports whether a value of the shape can hold one of the shape named
// name, at any depth. seen are the shapes on the way to it: shapes may recur.
func holds(s *smithy.Shape, name string, seen []*smithy.Shape) bool {
	if s == nil || slices.Contains(seen, s) {
		return false
	}
	if s.Name == name {
		return true
	}
	seen = append(seen, s)
	for i := range s.Members {
		if holds(s.Members[i].Shape, name, seen) {
			return true
		}
	}
	return holds(s.Elem, name, seen) || holds(s.KeyShape, name, seen)
}
