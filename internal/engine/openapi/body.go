package openapi

import (
	"cmp"
	"fmt"
	"strings"
)

// body reads what the operation sends.
func (rd *reader) body(op *operation) {
	given := rd.tree.member(op.node, "requestBody")
	if given == nil {
		return
	}
	body := rd.tree.resolve(given)
	switch op.action.Method {
	case "GET", "HEAD":
		rd.blame(op, given, advise("body-ignored", "a "+op.action.Method+" request has no body; this one is not sent", "declare query parameters instead"))
		return
	case "DELETE":
		rd.blame(op, given, advise("body-delete", "Amazon Q Business wants no body on DELETE", "keep it if the API needs it and Parley is all you need"))
	}
	required := rd.tree.member(body, "required").isTrue()
	media := rd.media(op, given, rd.tree.member(body, "content"))
	if media == nil {
		return
	}
	out := &Body{MediaType: media.key, Required: required, Schema: rd.schemas.schema(op, rd.tree.member(media, "schema"))}
	if mediaRank(media.key) == rankRaw && !rd.raw(op, media, out) {
		return
	}
	rd.inputAdvice(op, media, out.Schema)
	out.Type = out.Schema.Type
	if out.Type == "object" {
		f := &flattener{rd: rd, op: op}
		out.Fields = f.leaves(out.Schema, nil, required, nil)
	}
	if rank := mediaRank(media.key); rank == rankForm || rank == rankMultipart {
		out.Encoding = rd.encoding(media)
	}
	op.action.Body = out
}

// raw takes a body that is sent as it is given: a text, or a file. What has a
// structure of its own, as XML has, nobody here can write.
func (rd *reader) raw(op *operation, media *node, body *Body) bool {
	switch body.Schema.Type {
	case "string":
		return true
	case "":
		if len(body.Schema.Choices) == 0 {
			body.Schema = &Schema{Type: "string", Format: "binary", Description: body.Schema.Description}
			return true
		}
	}
	rd.blame(op, media, refuse("body-structure", fmt.Sprintf("a body of type %.100q cannot be made of %s", media.key, cmp.Or(body.Schema.Type, "choices")), "offer application/json"))
	return false
}

// encoding reads how the members of a form are sent. A form explodes its lists
// unless it says otherwise.
func (rd *reader) encoding(media *node) map[string]Encoding {
	var out map[string]Encoding
	for k := range rd.tree.member(media, "encoding").live() {
		if out == nil {
			out = map[string]Encoding{}
		}
		e := Encoding{ContentType: rd.prose(k, "contentType"), Style: rd.prose(k, "style"), AllowReserved: rd.tree.member(k, "allowReserved").isTrue()}
		e.Explode = e.Style == "" || e.Style == "form"
		if explode := rd.tree.member(k, "explode"); explode != nil {
			e.Explode = explode.isTrue()
		}
		out[k.key] = e
	}
	return out
}

// media picks the media type to send: JSON where there is a choice.
func (rd *reader) media(op *operation, given, content *node) *node {
	var best *node
	if content.is(objectKind) {
		for m := range content.live() {
			if rd.spend(1) && (best == nil || mediaRank(m.key) < mediaRank(best.key)) {
				best = m
			}
		}
	}
	switch {
	case best == nil:
		rd.blame(op, given, refuse("body-content", "the request body has no content", `add content: {"application/json": {"schema": …}}`))
		return nil
	case mediaRank(best.key) > rankAnyJSON:
		rd.blame(op, best, advise("body-media-type", fmt.Sprintf("Amazon Q Business sends application/json only, not %.100q", best.key), "offer application/json too"))
	}
	return best
}

// Ranks of media types, the best first.
const (
	rankJSON = iota
	rankOtherJSON
	rankAnyJSON // */* and application/*
	rankForm
	rankMultipart
	rankText
	rankRaw
)

func mediaRank(mediaType string) int {
	name := strings.ToLower(mediaType)
	if end := strings.IndexAny(name, ";,"); end >= 0 { // parameters; some write them after a comma
		name = name[:end]
	}
	switch name = strings.TrimSpace(name); {
	case name == "application/json":
		return rankJSON
	case strings.HasSuffix(name, "+json"):
		return rankOtherJSON
	case name == "*/*" || name == "application/*":
		return rankAnyJSON
	case name == "application/x-www-form-urlencoded":
		return rankForm
	case name == "multipart/form-data":
		return rankMultipart
	case strings.HasPrefix(name, "text/"):
		return rankText
	}
	return rankRaw
}
