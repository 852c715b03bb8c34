package openapi

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// scan turns src into a tree of nodes, or returns nil with the finding that
// says why not. Nothing before it is larger than src, and nothing in it grows
// past the limits.
func scan(src []byte, lim Limits, found *findings) *node {
	if !gate(src, lim, found) {
		return nil
	}
	src = bytes.TrimPrefix(src, []byte(utf8BOM))
	text := string(src)
	if looksLikeJSON(src) {
		return scanJSON(text, lim, found)
	}
	return scanYAML(text, lim, found)
}

const utf8BOM = "\xEF\xBB\xBF"

// looksLikeJSON tells JSON from a YAML flow mapping by its first name: only JSON
// wants it in quotes. Taking what begins as JSON for nothing else keeps a slip in
// it from being read as YAML that means something different.
func looksLikeJSON(src []byte) bool {
	const space = " \t\r\n"
	src = bytes.TrimLeft(src, space)
	if inside, ok := bytes.CutPrefix(src, []byte("{")); ok {
		inside = bytes.TrimLeft(inside, space)
		return len(inside) == 0 || inside[0] == '"' || inside[0] == '}'
	}
	return bytes.HasPrefix(src, []byte("["))
}

// gate looks at the bytes alone.
func gate(src []byte, lim Limits, found *findings) bool {
	if len(src) > lim.Bytes {
		found.add(tooLarge(src, lim))
		return false
	}
	if len(bytes.TrimSpace(src)) == 0 {
		found.add(refuse("empty", "the document is empty", "give an OpenAPI 3 document in JSON or YAML").atPlace(1, 1))
		return false
	}
	if bytes.HasPrefix(src, []byte("\xFF\xFE")) || bytes.HasPrefix(src, []byte("\xFE\xFF")) {
		found.add(refuse("not-utf8", "the document is UTF-16", "save the document as UTF-8").atPlace(1, 1))
		return false
	}
	if bytes.HasPrefix(src, []byte(utf8BOM)) {
		found.add(advise("byte-order-mark", "the document begins with a byte order mark",
			"save the document as UTF-8 without a byte order mark").atPlace(1, 1))
		src = src[len(utf8BOM):]
	}
	return clean(src, found)
}

func tooLarge(src []byte, lim Limits) Finding {
	return refuse("too-large", fmt.Sprintf("the document has %d bytes; at most %d are allowed", len(src), lim.Bytes),
		"keep only the operations the plugin needs, as parley plugin cut does, and drop long descriptions and examples").atPlace(1, 1)
}

// clean refuses bytes that are not UTF-8 and control characters other than tab
// and line breaks, which neither JSON nor YAML allows.
func clean(src []byte, found *findings) bool {
	line, start := 1, 0
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\n':
			line, start = line+1, i+1
		case c < ' ' && c != '\t' && c != '\r':
			found.add(refuse("control-character", fmt.Sprintf("the document contains the control character U+%04X", c),
				"remove it").atPlace(line, utf8.RuneCount(src[start:i])+1))
			return false
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && size == 1 {
				found.add(refuse("not-utf8", fmt.Sprintf("byte %d of the document (0x%02X) is not UTF-8", i+1, c),
					"save the document as UTF-8").atPlace(line, utf8.RuneCount(src[start:i])+1))
				return false
			}
			i += size
			continue
		}
		i++
	}
	return true
}
