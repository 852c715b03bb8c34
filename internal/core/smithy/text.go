package smithy

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// ParseText reads the text of a label or a query parameter into a field, and
// adds to p every constraint of s that it breaks. Times are ISO 8601 in UTC:
// 2026-11-22T08:00:00Z. Lists are read by ParseTexts; structures, unions, maps
// and documents have no text.
func ParseText(s *Shape, text string, into reflect.Value, path string, p *Problems) {
	for _, problem := range s.setText(settable(into), text, s.Sensitive) {
		problem.Path = path
		p.Add(problem)
	}
}

// ParseTexts reads a parameter that was given several times into a list field,
// one entry each. Entries beyond the most that s allows are counted, not kept.
func ParseTexts(s *Shape, texts []string, into reflect.Value, path string, p *Problems) {
	keep := len(texts)
	if s.Max.Set {
		keep = min(keep, int(s.Max.N))
	}
	into.Set(reflect.MakeSlice(into.Type(), keep, keep))
	for i, text := range texts[:keep] {
		ParseText(s.Elem, text, into.Index(i), path+"["+strconv.Itoa(i)+"]", p)
	}
	for _, problem := range s.checkSize(len(texts)) {
		problem.Path = path
		p.Add(problem)
	}
}

func (s *Shape) setText(v reflect.Value, text string, secret bool) []Problem {
	switch s.Kind {
	case String, Enum:
		v.SetString(text)
		return s.checkText(text, "text", secret)
	case Boolean:
		if text != "true" && text != "false" {
			return unreadable("true or false was expected here%s.", found(text, secret))
		}
		v.SetBool(text == "true")
	case Integer, Long:
		if !isNumber(text) {
			return unreadable("A whole number was expected here%s.", found(text, secret))
		}
		return s.setInteger(v, text, secret)
	case Float, Double:
		if f, ok := notFinite(text); ok {
			v.SetFloat(f)
			return nil
		}
		if !isNumber(text) {
			return unreadable("A number was expected here%s.", found(text, secret))
		}
		return s.setFloat(v, text, secret)
	case Blob:
		return s.setBlob(v, text)
	case Timestamp:
		t, ok := parseDateTime(text)
		if !ok {
			return unreadable("A time in UTC, written like 2026-11-22T08:00:00Z, was expected here%s.", found(text, secret))
		}
		setTime(v, t)
	default:
		return unreadable("This member cannot be given as text.")
	}
	return nil
}

// isNumber reports whether text is a number as JSON writes them, which is
// narrower than what strconv reads (0x42, 1_000, +1, .5, inf).
func isNumber(text string) bool {
	s := scanner{src: []byte(text)}
	return s.number() == nil && s.at == len(text)
}

// FormatText appends the text of a value that is no list, the reverse of
// ParseText.
func FormatText(dst []byte, s *Shape, from reflect.Value) []byte {
	switch s.Kind {
	case String, Enum:
		return append(dst, from.String()...)
	case Boolean:
		return strconv.AppendBool(dst, from.Bool())
	case Integer, Long:
		return strconv.AppendInt(dst, from.Int(), 10)
	case Float:
		return append(dst, strings.Trim(string(appendFloat(nil, from.Float(), 32)), `"`)...)
	case Double:
		return append(dst, strings.Trim(string(appendFloat(nil, from.Float(), 64)), `"`)...)
	case Blob:
		return base64.StdEncoding.AppendEncode(dst, from.Bytes())
	case Timestamp:
		return appendDateTime(dst, from.Interface().(time.Time))
	}
	return dst
}

func appendDateTime(dst []byte, t time.Time) []byte {
	return t.UTC().Truncate(time.Millisecond).AppendFormat(dst, "2006-01-02T15:04:05.999Z")
}

// appendFloat appends the shortest number that reads back as f, or the string
// that stands for what JSON's numbers cannot say.
func appendFloat(dst []byte, f float64, size int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, size)
}
