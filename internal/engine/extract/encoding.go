package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// marks are the byte order marks, the longer first.
var marks = []struct {
	mark string
	read encoding.Encoding
}{
	{"\xef\xbb\xbf", unicode.UTF8},
	{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// decode makes UTF-8 of text whose encoding may be declared. A byte order mark
// counts most, then what is valid UTF-8 is UTF-8, then the declaration; without
// one the encoding is guessed. It fails if the bytes are no text.
func (r *reader) decode(data []byte, declared string) (string, error) {
	for _, m := range marks {
		if rest, ok := bytes.CutPrefix(data, []byte(m.mark)); ok {
			return r.convert(rest, m.read)
		}
	}
	if e := wide(data); e != nil {
		return r.convert(data, e)
	}
	if binary(data) {
		return "", refuse("The document is no text: it has bytes that no text has.")
	}
	if utf8.Valid(data) && !shifts(data) {
		return clean(string(data)), nil
	}
	if e, name := charset.Lookup(declared); e != nil && name != "replacement" && name != "utf-8" {
		return r.convert(data, e)
	}
	return r.convert(data, guess(data))
}

// convert decodes, within the limits: text may grow to three times its bytes.
func (r *reader) convert(data []byte, from encoding.Encoding) (string, error) {
	var b strings.Builder
	b.Grow(len(data))
	decoder := from.NewDecoder()
	buf := make([]byte, 64<<10)
	for {
		written, read, err := decoder.Transform(buf, data, true)
		b.Write(buf[:written])
		data = data[read:]
		if b.Len() > r.out.most+r.out.most/2 && r.t != HTML && r.t != XML && r.t != XSLT {
			return "", refuse("The document has more than %s of text, which is not read.", megabytes(int64(r.out.most)))
		}
		if checked := r.check(); checked != nil {
			return "", checked
		}
		if err == nil || written == 0 && read == 0 {
			return clean(b.String()), nil
		}
	}
}

// wide recognizes UTF-16 without a mark: nearly every second byte is zero.
func wide(data []byte) encoding.Encoding {
	sample := data[:min(len(data), 4096)&^1]
	if len(sample) < 4 {
		return nil
	}
	var zeros [2]int
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(sample) / 2
	switch {
	case zeros[1] > half*6/10 && zeros[0] <= half/20:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0] > half*6/10 && zeros[1] <= half/20:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// binary reports whether bytes cannot be text: two in a hundred are control
// characters that no text needs.
func binary(data []byte) bool {
	sample := data[:min(len(data), 64<<10)]
	odd := 0
	for _, c := range sample {
		if c < 8 || c >= 14 && c < ' ' && c != 0x1b {
			odd++
		}
	}
	return odd > len(sample)/50
}

// shifts recognizes ISO-2022-JP, which is ASCII with escapes.
func shifts(data []byte) bool {
	return bytes.Contains(data, []byte("\x1b$B")) || bytes.Contains(data, []byte("\x1b$@"))
}
