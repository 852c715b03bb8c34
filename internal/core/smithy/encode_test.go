package smithy

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAppendJSON(t *testing.T) {
	at := func(ms int64) *time.Time { return new(time.UnixMilli(ms)) }
	for _, test := range []struct {
		value zoo
		want  string
	}{
		{zoo{}, `{"name":""}`},
		{zoo{Name: "a", Label: new("in the path")}, `{"name":"a"}`},
		{zoo{Name: "\"\\/<&>\n\r\t\b\x00\x7f ä😀\u2028"}, `{"name":"\"\\/<&>\n\r\t\u0008\u0000` + "\x7f ä😀\u2028" + `"}`},
		{zoo{Name: "a\xffb\xc3"}, `{"name":"a` + "\ufffdb\ufffd" + `"}`},
		{zoo{Color: new(color("RED")), Flag: new(false), Count: new(int32(0)), Big: new(int64(math.MinInt64))},
			`{"name":"","color":"RED","flag":false,"count":0,"big":-9223372036854775808}`},
		{zoo{Ratio: new(float32(0.1)), Exact: new(1e21)}, `{"name":"","ratio":0.1,"exact":1e+21}`},
		{zoo{Ratio: new(float32(math.Inf(1))), Exact: new(math.NaN())}, `{"name":"","ratio":"Infinity","exact":"NaN"}`},
		{zoo{Data: []byte{}}, `{"name":"","data":""}`},
		{zoo{Data: []byte("hi!!")}, `{"name":"","data":"aGkhIQ=="}`},
		{zoo{At: at(0)}, `{"name":"","at":0}`},
		{zoo{At: at(1515531081120)}, `{"name":"","at":1515531081.12}`},
		{zoo{At: at(1515531081007)}, `{"name":"","at":1515531081.007}`},
		{zoo{At: at(-250)}, `{"name":"","at":-0.25}`},
		{zoo{At: new(time.Unix(5, 999_999))}, `{"name":"","at":5}`},
		{zoo{Doc: json.RawMessage(`{ "x": 1e400 }`)}, `{"name":"","doc":{ "x": 1e400 }}`},
		{zoo{Words: []string{}}, `{"name":"","words":[]}`},
		{zoo{Words: []string{"a", "b"}}, `{"name":"","words":["a","b"]}`},
		{zoo{Pairs: map[string]int32{"b": 2, "a": 1, "": 0}}, `{"name":"","pairs":{"":0,"a":1,"b":2}}`},
		{zoo{Either: &either{Right: new(int32(1))}}, `{"name":"","either":{"right":1}}`},
		{zoo{Child: &zoo{Name: "b", Label: new("nested")}}, `{"name":"","child":{"name":"b","label":"nested"}}`},
		{zoo{Inside: []inner{{Key: "k"}, {Value: new("v")}}}, `{"name":"","inside":[{"key":"k"},{"key":"","value":"v"}]}`},
	} {
		got := string(AppendJSON([]byte("before"), zooShape(), &test.value))
		if got != "before"+test.want {
			t.Errorf("%s\nwant %s", got, test.want)
		}
		if !json.Valid([]byte(got[len("before"):])) {
			t.Errorf("not JSON: %s", got)
		}
	}
}

// TestAppendJSONRequired: what is required is written even where Go has nil.
func TestAppendJSONRequired(t *testing.T) {
	type bag struct {
		List []string
		Map  map[string]string
		Doc  json.RawMessage
		Data []byte
	}
	s := Link([]Shape{
		{Name: "Bag", Kind: Structure, Members: []Member{
			{Name: "list", Of: "Texts", Field: 0, Required: true},
			{Name: "map", Of: "Map", Field: 1, Required: true},
			{Name: "doc", Of: "Doc", Field: 2, Required: true},
			{Name: "data", Of: "Data", Field: 3, Required: true},
		}},
		{Name: "Text", Kind: String}, {Name: "Texts", Kind: List, Of: "Text"}, {Name: "Map", Kind: Map, Key: "Text", Of: "Text"},
		{Name: "Doc", Kind: Document}, {Name: "Data", Kind: Blob},
	}, nil).Shape("Bag")
	if got, want := string(AppendJSON(nil, s, &bag{})), `{"list":[],"map":{},"doc":null,"data":""}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestStringsStandAsTheyWere: whatever the bytes and wherever they stand, what
// encoding/json reads is the text, with U+FFFD for what is not UTF-8.
func TestStringsStandAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "plain text of some length", "\"", "\\", "\n", "\x00", "\x1f", "\x7f", "ä", "\u2028", "𝄞", "\xff", "\xc3", "\xed\xa0\x80",
		}), 0, 24).Draw(t, "parts")
		text := strings.Join(parts, "")
		var got string
		if err := json.Unmarshal(AppendJSONString(nil, text), &got); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(text)); got != want {
			t.Errorf("%q reads %q, want %q", text, got, want)
		}
	})
}
