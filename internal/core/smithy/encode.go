package smithy

import (
	"encoding/base64"
	"maps"
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

// plain says which bytes stand in a JSON string as they are: this loop is most of
// the work on a long answer.
var plain = func() (plain [256]bool) {
	for c := byte(0x20); c < utf8.RuneSelf; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// appendString appends a JSON string. It escapes what JSON must have escaped
// and no more; what is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
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
