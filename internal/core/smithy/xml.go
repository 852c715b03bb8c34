package smithy

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"
)

// AppendXML appends the members of the struct that from points to as XML
// elements, as Smithy's awsQuery has them: those of lists in member elements,
// entries of maps in entry elements, times in ISO 8601 with whole seconds, which is
// what IAM and STS write. Optional members that are not set are left out. The
// element around them is the caller's.
func AppendXML(dst []byte, s *Shape, from any) []byte {
	return appendElements(dst, s, reflect.ValueOf(from).Elem())
}

// AppendElement appends an element that holds text.
func AppendElement(dst []byte, name, text string) []byte {
	return closeTag(AppendXMLText(openTag(dst, name), text), name)
}

func openTag(dst []byte, name string) []byte { return append(append(append(dst, '<'), name...), '>') }
func closeTag(dst []byte, name string) []byte {
	return append(append(append(dst, "</"...), name...), '>')
}

func appendElements(dst []byte, s *Shape, v reflect.Value) []byte {
	for i := range s.Members {
		m := &s.Members[i]
		if m.Field == Streamed {
			continue
		}
		field := v.Field(m.Field)
		if !m.Required && isUnset(field) {
			continue
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		switch {
		case m.Flat && m.Shape.Kind == List:
			dst = appendItems(dst, m.Shape, m.Name, field)
		case m.Flat && m.Shape.Kind == Map:
			dst = appendEntries(dst, m.Shape, m.Name, field)
		default:
			dst = appendElement(dst, m.Shape, m.Name, field)
		}
	}
	return dst
}

func appendElement(dst []byte, s *Shape, name string, v reflect.Value) []byte {
	dst = openTag(dst, name)
	switch s.Kind {
	case Structure, Union:
		dst = appendElements(dst, s, v)
	case List:
		dst = appendItems(dst, s, cmp.Or(s.ElemName, "member"), v)
	case Map:
		dst = appendEntries(dst, s, "entry", v)
	case String, Enum:
		dst = AppendXMLText(dst, v.String())
	case Timestamp:
		dst = appendDateTime(dst, v.Interface().(time.Time).Truncate(time.Second))
	default:
		dst = FormatText(dst, s, v) // digits and base64 need no escape
	}
	return closeTag(dst, name)
}

func appendItems(dst []byte, s *Shape, name string, v reflect.Value) []byte {
	for i := range v.Len() {
		dst = appendElement(dst, s.Elem, name, v.Index(i))
	}
	return dst
}

// appendEntries appends the entries of a map, ordered by key.
func appendEntries(dst []byte, s *Shape, name string, v reflect.Value) []byte {
	entries := make(map[string]reflect.Value, v.Len())
	for it := v.MapRange(); it.Next(); {
		entries[it.Key().String()] = it.Value()
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		dst = openTag(dst, name)
		dst = AppendElement(dst, cmp.Or(s.KeyName, "key"), key)
		dst = appendElement(dst, s.Elem, cmp.Or(s.ElemName, "value"), entries[key])
		dst = closeTag(dst, name)
	}
	return dst
}

// AppendXMLText appends text as character data. What XML 1.0 has no place for
// becomes U+FFFD.
func AppendXMLText(dst []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\r':
			dst = append(dst, "&#xD;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
