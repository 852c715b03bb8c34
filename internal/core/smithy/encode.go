package smithy

import (
	"encoding/base64"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the wire form of the struct that from points to: optional
// members that are not set are left out, times are seconds since 1970 (with
// milliseconds only when there are some), blobs are base64, documents stand as
// they are. Of the members of s itself only those carried In the Body are
// written. The names of maps are sorted, so equal values have equal forms.
func AppendJSON(dst []byte, s *Shape, from any) []byte {
	return appendStructure(dst, s, reflect.ValueOf(from).Elem(), true)
}

func appendStructure(dst []byte, s *Shape, v reflect.Value, top bool) []byte {
	dst = append(dst, '{')
	first := true
	for i := range s.Members {
		m := &s.Members[i]
		if m.Field == Streamed || top && m.In != Body {
			continue
		}
		field := v.Field(m.Field)
		if !m.Required && isUnset(field) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, m.Name), ':')
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		dst = appendValue(dst, m.Shape, field)
	}
	return append(dst, '}')
}

func isUnset(field reflect.Value) bool {
	switch field.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return field.IsNil()
	}
	return false
}

func appendValue(dst []byte, s *Shape, v reflect.Value) []byte {
	switch s.Kind {
	case Structure, Union:
		return appendStructure(dst, s, v, false)
	case List:
		return appendList(dst, s, v)
	case Map:
		return appendMap(dst, s, v)
	case String, Enum:
		return appendString(dst, v.String())
	case Boolean:
		return strconv.AppendBool(dst, v.Bool())
	case Integer, Long:
		return strconv.AppendInt(dst, v.Int(), 10)
	case Float:
		return appendFloat(dst, v.Float(), 32)
	case Double:
		return appendFloat(dst, v.Float(), 64)
	case Blob:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"')
	case Timestamp:
		return appendEpoch(dst, v.Interface().(time.Time))
	}
	return appendDocument(dst, v.Bytes())
}

func appendList(dst []byte, s *Shape, v reflect.Value) []byte {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, s.Elem, v.Index(i))
	}
	return append(dst, ']')
}

func appendMap(dst []byte, s *Shape, v reflect.Value) []byte {
	entries := make(map[string]reflect.Value, v.Len())
	for it := v.MapRange(); it.Next(); {
		entries[it.Key().String()] = it.Value()
	}
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(entries)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		dst = appendValue(dst, s.Elem, entries[name])
	}
	return append(dst, '}')
}

// appendDocument appends a document as it was kept; one that was never set is
// null.
func appendDocument(dst, document []byte) []byte {
	if len(document) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, document...)
}

// AppendJSONString appends a text as a JSON string.
func AppendJSONString(dst []byte, s string) []byte { return appendString(dst, s) }

// appendString appends a JSON string. It escapes what JSON must have escaped
// and no more; what is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := plain(s, 0); i < len(s); i = plain(s, i) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = appendEscape(append(dst, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// plain is the first index from i on of what does not stand in a JSON string as it
// is, or has to be looked at: a quote, a backslash, a control character, or the
// beginning of a character beyond ASCII. Like ordinary it takes eight bytes at a
// time: this loop is most of the work on a long answer.
func plain(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := w^ones*'"', w^ones*'\\'
		hit := w | ((w - ones*0x20) &^ w) | ((quote - ones) &^ quote) | ((slash - ones) &^ slash)
		if hit &= highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
