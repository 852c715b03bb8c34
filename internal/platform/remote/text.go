package remote

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// text turns a body into UTF-8. A byte order mark says what it is, then its
// label, then an HTML page itself; failing all, it is UTF-8. JSON is UTF-8 by
// RFC 8259 whatever its label, unless its bytes are not. What is invalid
// becomes U+FFFD. A truncated body loses the rune that was cut.
func text(raw []byte, media, label string, truncated bool) []byte {
	mark := byteOrderMark(raw)
	if mark != "" {
		label = mark
	}
	whole := raw
	if truncated {
		whole = trimRune(raw)
	}
	labelled := label != "" && !strings.EqualFold(label, "utf-8")
	json := media == "application/json" || strings.HasSuffix(media, "+json")
	switch {
	case mark == "utf-8":
		return bytes.ToValidUTF8(whole[3:], []byte("\uFFFD"))
	case utf8.Valid(whole) && (!labelled || json && mark == ""):
		return whole
	case !labelled && media == "text/html":
		_, label, _ = charset.DetermineEncoding(raw[:min(len(raw), 1024)], "")
	}
	if decoded, ok := decode(raw, label, truncated); ok {
		return decoded
	}
	return bytes.ToValidUTF8(whole, []byte("\uFFFD"))
}

// decode reads raw in the encoding of a label, as the WHATWG Encoding Standard
// names them. It does not know UTF-8, nor labels that are not in there.
func decode(raw []byte, label string, truncated bool) ([]byte, bool) {
	if encoding, name := charset.Lookup(label); encoding == nil || name == "utf-8" || name == "replacement" {
		return nil, false
	}
	r, err := charset.NewReaderLabel(label, bytes.NewReader(raw))
	if err != nil {
		return nil, false
	}
	decoded, err := io.ReadAll(r)
	if err != nil {
		return nil, false
	}
	decoded = bytes.TrimPrefix(decoded, []byte("\uFEFF"))
	if truncated {
		decoded = bytes.TrimSuffix(decoded, []byte("\uFFFD"))
	}
	return bytes.ToValidUTF8(decoded, []byte("\uFFFD")), true
}

// byteOrderMark names the encoding whose mark a body begins with.
func byteOrderMark(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\xEF\xBB\xBF")):
		return "utf-8"
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")):
		return "utf-16le"
	case bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		return "utf-16be"
	}
	return ""
}

// trimRune drops the beginning of a rune at the end of UTF-8.
func trimRune(s []byte) []byte {
	for i := 1; i <= min(len(s), utf8.UTFMax); i++ {
		if tail := s[len(s)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}
