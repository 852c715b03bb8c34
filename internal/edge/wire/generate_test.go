package wire

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// draw fills in the struct that into points to with a valid value.
func draw(t *rapid.T, s *smithy.Shape, into any) {
	anyMembers(t, s, reflect.ValueOf(into).Elem(), 0)
}

func anyMembers(t *rapid.T, s *smithy.Shape, v reflect.Value, depth int) {
	for i := range s.Members {
		m := &s.Members[i]
		if m.Field == smithy.Streamed || !m.Required && (depth > 4 || rapid.Bool().Draw(t, "omit "+m.Name)) {
			continue
		}
		field := v.Field(m.Field)
		for {
			anyValue(t, m.Shape, indirect(field), depth+1)
			if m.In == smithy.Body || !isEmpty(field) {
				break // what is empty cannot travel outside the body
			}
		}
	}
}

func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return (v.Kind() == reflect.String || v.Kind() == reflect.Slice) && v.Len() == 0
}

func anyValue(t *rapid.T, s *smithy.Shape, v reflect.Value, depth int) {
	switch s.Kind {
	case smithy.Structure:
		anyMembers(t, s, v, depth)
	case smithy.Union:
		m := &s.Members[rapid.IntRange(0, len(s.Members)-1).Draw(t, s.Name)]
		anyValue(t, m.Shape, indirect(v.Field(m.Field)), depth+1)
	case smithy.List:
		n := anySize(t, s, depth)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			anyValue(t, s.Elem, v.Index(i), depth+1)
		}
	case smithy.Map:
		n := anySize(t, s, depth)
		v.Set(reflect.MakeMap(v.Type()))
		for v.Len() < n {
			entry := reflect.New(v.Type().Elem()).Elem()
			anyValue(t, s.Elem, entry, depth+1)
			v.SetMapIndex(reflect.ValueOf(anyText(t, s.KeyShape)), entry)
		}
	case smithy.String, smithy.Enum:
		v.SetString(anyText(t, s))
	case smithy.Boolean:
		v.SetBool(rapid.Bool().Draw(t, s.Name))
	case smithy.Integer:
		v.SetInt(rapid.Int64Range(orElse(s.Min, -1<<31), orElse(s.Max, 1<<31-1)).Draw(t, s.Name))
	case smithy.Long:
		v.SetInt(rapid.Int64Range(orElse(s.Min, -1<<63), orElse(s.Max, 1<<63-1)).Draw(t, s.Name))
	case smithy.Float:
		v.SetFloat(float64(rapid.Float32().Draw(t, s.Name)))
	case smithy.Double:
		v.SetFloat(rapid.Float64().Draw(t, s.Name))
	case smithy.Blob:
		v.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, s.Name))
	case smithy.Timestamp:
		millis := rapid.Int64Range(-62135596800_000, 253402300799_999).Draw(t, s.Name)
		v.Set(reflect.ValueOf(time.UnixMilli(millis).UTC()))
	case smithy.Document:
		v.SetBytes(anyDocument(t))
	default:
		t.Fatalf("%s: no generator for its kind", s.Name)
	}
}

func anySize(t *rapid.T, s *smithy.Shape, depth int) int {
	least := int(orElse(s.Min, 0))
	most := int(min(orElse(s.Max, 3), int64(least)+3))
	if depth > 4 {
		most = least
	}
	return rapid.IntRange(least, most).Draw(t, s.Name)
}

func orElse(b smithy.Bound, otherwise int64) int64 {
	if b.Set {
		return b.N
	}
	return otherwise
}

func anyDocument(t *rapid.T) json.RawMessage {
	b, err := json.Marshal(map[string]any{
		rapid.String().Draw(t, "document name"): []any{rapid.String().Draw(t, "document text"), rapid.Int().Draw(t, "document number"), nil, true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fourDigits are escapes as Java has them.
var fourDigits = regexp.MustCompile(`\\u([0-9A-F]{6}|[0-9A-F]{4})`)

// anyText draws a string that its shape allows. Go's regexp cannot read the
// ARN pattern, whose repeats are too many, so ARNs are made by hand.
func anyText(t *rapid.T, s *smithy.Shape) string {
	if s.Kind == smithy.Enum {
		return rapid.SampledFrom(s.Values).Draw(t, s.Name)
	}
	least := int(orElse(s.Min, 0))
	most := int(min(orElse(s.Max, 40), int64(least)+40))
	if s.Pattern == nil || strings.HasPrefix(s.Pattern.String(), `[\s\S]`) {
		return rapid.StringN(least, most, -1).Draw(t, s.Name)
	}
	pattern := fourDigits.ReplaceAllString(s.Pattern.String(), `\x{$1}`)
	switch {
	case strings.HasSuffix(pattern, `:[^/].{0,1023}`):
		return "arn:aws:qbusiness:eu-west-1:123456789012:" + rapid.StringMatching(`[a-z][a-z0-9/-]{0,30}`).Draw(t, s.Name)
	case pattern == `\P{C}*`:
		return rapid.StringOfN(rapid.SampledFrom([]rune("abc XYZ 019 -_./% äß€ 日本 😀")), least, most, -1).Draw(t, s.Name)
	}
	if open, ok := strings.CutSuffix(pattern, "]*"); ok && least > 1 { // leave less to chance
		pattern = fmt.Sprintf("%s]{%d,%d}", open, least-1, most-1)
	}
	if open, ok := strings.CutSuffix(pattern, "]+"); ok && least > 1 && strings.Count(open, "[") == 1 {
		pattern = fmt.Sprintf("%s]{%d,%d}", open, least, most)
	}
	return rapid.StringMatching(pattern).Filter(func(text string) bool {
		n := utf8.RuneCountInString(text)
		return n >= least && (!s.Max.Set || int64(n) <= s.Max.N) && len(text) <= 2000
	}).Draw(t, s.Name)
}

// encodeRequest writes an input the way a client does.
func encodeRequest(route *smithy.Route, in any) request {
	r := request{Labels: map[string]string{}, Header: jsonHeader()}
	query := url.Values{}
	v := reflect.ValueOf(in).Elem()
	for i := range route.Input.Members {
		m := &route.Input.Members[i]
		if m.In == smithy.Body {
			continue
		}
		field := v.Field(m.Field)
		if field.Kind() == reflect.Pointer {
			if field.IsNil() {
				continue
			}
			field = field.Elem()
		}
		switch {
		case m.In == smithy.Label:
			r.Labels[m.Name] = url.PathEscape(string(smithy.FormatText(nil, m.Shape, field)))
		case m.Shape.Kind == smithy.List:
			for j := range field.Len() {
				query.Add(m.Name, string(smithy.FormatText(nil, m.Shape.Elem, field.Index(j))))
			}
		default:
			query.Add(m.Name, string(smithy.FormatText(nil, m.Shape, field)))
		}
	}
	r.Query = query.Encode()
	if takesJSON(route.Input) {
		r.Body = smithy.AppendJSON(nil, route.Input, in)
	} else {
		r.Header.Del("Content-Type")
	}
	return r
}
