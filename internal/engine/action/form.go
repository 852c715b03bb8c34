package action

import (
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// form writes an object as application/x-www-form-urlencoded: each member by the
// style of its encoding, in OpenAPI's default a list as one pair for each item,
// and an object as JSON text (OpenAPI 3.0.4 and 3.1.1, Encoding Object; 3.0.3
// left objects open). Spaces are "+", as the media type has it.
//
// A body that is a text is sent as it is, for it is taken to be a form already.
func (c *call) form(mediaType string, v value) {
	if v.sort != object {
		if v.sort != text {
			c.blame(c.firstOfBody().key, nil, "give an object, because it is sent as a form")
		}
		c.body = payload{mediaType, []byte(v.plain())}
		return
	}
	var pairs []string
	for _, m := range v.members {
		if pair, some := formPair(encodingOf(c.action.Body, m.name), m); some {
			pairs = append(pairs, pair)
		}
	}
	c.body = payload{mediaType, []byte(strings.Join(pairs, "&"))}
}

// encodingOf is the encoding of a member. One that says only that lists are not
// exploded speaks of style form.
func encodingOf(b *openapi.Body, name string) openapi.Encoding {
	e, said := b.Encoding[name]
	if said && e.Style == "" && e.ContentType == "" && !e.Explode {
		e.Style = "form"
	}
	return e
}

func formPair(e openapi.Encoding, m member) (string, bool) {
	ink := pen{formStyle, url.QueryEscape}
	if e.AllowReserved {
		ink.encode = func(s string) string { return escapeTriplets(s, allowed) }
	}
	if e.Style == "" {
		if m.value.sort == object || m.value.sort == list && isJSON(e.ContentType) {
			m.value = textValue(m.value.plain())
		}
		return ink.write(m.name, m.value, true)
	}
	ink.operator = operatorOf("query", e.Style)
	if e.Explode && (ink.operator == spaceStyle || ink.operator == pipeStyle) {
		ink.operator = formStyle
	}
	return ink.write(m.name, m.value, e.Explode)
}

func isJSON(mediaType string) bool {
	e := essence(mediaType)
	return e == "application/json" || strings.HasSuffix(e, "+json")
}

// firstType is the media type to send of those an encoding lists; empty: none
// that says what to send.
func firstType(list string) string {
	types := strings.Split(list, ",")
	i := slices.IndexFunc(types, func(t string) bool {
		return t != "" && !strings.Contains(t, "*") && !strings.ContainsFunc(t, isControl)
	})
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(types[i])
}
