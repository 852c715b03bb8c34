package smithy

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzDecodeJSON holds the scanner to encoding/json, which says what is JSON,
// and the codec to itself: what was accepted is written and read again as the
// same value.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a","short":null,"code":"abc","color":"RED","flag":true,"count":-1,"level":5,"big":7,"ratio":1.5,"exact":"NaN"}`,
		`{"name":"\ud83d\ude00\u00e9\"\\\/\b\f\n\r\t","data":"aGkh","at":1515531081.123,"doc":[1,{"x":[null,true,"]"]}]}`,
		`{"name":"a","words":["a","b"],"pairs":{"a":1},"either":{"left":"x"},"child":{"name":"b","child":{"name":"c"}}}`,
		`{"name":"a","inside":[{"key":"a","value":"b"}],"keyed":{"a.b":{"key":"c"}},"choices":{"RED":"x"},"unknown":[{}]}`,
		`{"name":"a","at":-0.001,"at":1e9}`, `{"name":"\ud800"}`, "{\"name\":\"\xff\"}", `[[[[`, `{"a":01}`, `{"":1e-}`, ` {} x`, `"`, `\`,
	} {
		f.Add([]byte(seed))
	}
	s := zooShape()
	f.Fuzz(func(t *testing.T, body []byte) {
		scanned := scan(body)
		if scanned == nil && !(json.Valid(body) && utf8.Valid(body)) {
			t.Fatal("accepted what is not JSON")
		}
		if scanned != nil && json.Valid(body) && utf8.Valid(body) && !stricter(scanned) {
			t.Fatalf("refused valid JSON: %s", scanned.message)
		}
		var first, second zoo
		var problems, none Problems
		if DecodeJSON(s, body, &first, &problems); problems.List() != nil {
			return
		}
		again := AppendJSON(nil, s, &first)
		if DecodeJSON(s, again, &second, &none); none.List() != nil {
			t.Fatalf("%+v\n%s", none.List(), again)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("%s\n%s", diff, again)
		}
	})
}

// stricter tells the refusals that are ours alone.
func stricter(e *syntaxError) bool {
	return strings.Contains(e.message, "surrogate") ||
		strings.Contains(e.message, "nested") ||
		strings.Contains(e.message, "values")
}

// FuzzUnquote holds strings to encoding/json: every escape reads as the
// standard library reads it.
func FuzzUnquote(f *testing.F) {
	for _, seed := range []string{`\u0041`, `\ud83d\ude00`, `a\"b\\c\/d\b\f\n\r\t`, `\\\\`, `\u00e9é`, `\"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, inner string) {
		quoted := []byte(`"` + inner + `"`)
		var want string
		if scan(quoted) != nil || json.Unmarshal(quoted, &want) != nil {
			return
		}
		c := cursor{src: quoted}
		if got := text(c.str()); got != want || c.at != len(quoted) {
			t.Fatalf("%q, want %q", got, want)
		}
		if back := appendString(nil, want); scan(back) != nil {
			t.Fatalf("%q is written as %s", want, back)
		}
	})
}
