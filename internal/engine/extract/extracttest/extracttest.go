// Package extracttest makes small valid office files out of paragraphs, for tests:
// of extraction itself, and of everything that puts documents.
package extracttest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// HTML is a page with a heading and paragraphs.
func HTML(title string, paragraphs ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>%s</title></head>\n<body>\n<h1>%[1]s</h1>\n", escape(title))
	for _, p := range paragraphs {
		fmt.Fprintf(&b, "<p>%s</p>\n", escape(p))
	}
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

// RTF is a file of rich text with a heading and paragraphs.
func RTF(title string, paragraphs ...string) []byte {
	var b bytes.Buffer
	b.WriteString(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Helvetica;}}{\stylesheet{\s0 Normal;}{\s1 heading 1;}}` + "\n")
	fmt.Fprintf(&b, "{\\info{\\title %s}}\n\\pard\\s1 %[1]s\\par\n", rich(title))
	for _, p := range paragraphs {
		fmt.Fprintf(&b, "\\pard\\s0 %s\\par\n", rich(p))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// rich is text as RTF: what Windows-1252 has not is written by its number.
func rich(s string) string {
	var b strings.Builder
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case r == '\\' || r == '{' || r == '}':
			b.WriteString(`\` + string(r))
		case r < 0x80:
			b.WriteRune(r)
		case ok:
			fmt.Fprintf(&b, `\'%02x`, c)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%d?\u%d?`, int16(0xd800+r>>10), int16(0xdc00+r&0x3ff))
		default:
			fmt.Fprintf(&b, `\u%d?`, int16(r))
		}
	}
	return b.String()
}

// escape is text within XML.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// Part is a file in a packed file.
type Part struct{ Name, Content string }

// Zip packs parts.
func Zip(parts ...Part) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.Name)
		if err == nil {
			_, err = w.Write([]byte(p.Content))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
