package smithy

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDecodeJSON(t *testing.T) {
	at := func(s int64, ms int64) *time.Time { return new(time.UnixMilli(s*1000 + ms).UTC()) }
	for _, test := range []struct {
		body string
		want zoo
	}{
		{`{"name":"a"}`, zoo{Name: "a"}},
		{" {\t\"name\"\r\n:\"a\" } ", zoo{Name: "a"}},
		{`{"name":"äöüß€"}`, zoo{Name: "äöüß€"}},
		{`{"\u006eame":"\"\\\/\u0041"}`, zoo{Name: `"\/A`}},
		{`{"name":"\b\f\n\r\t"}`, zoo{Name: "\b\f\n\r\t"}},
		{`{"name":"\ud83d\uDE00"}`, zoo{Name: "😀"}},
		{`{"name":"\u0000"}`, zoo{Name: "\x00"}},
		{`{"name":"a","short":null,"words":null,"either":null,"doc":null}`, zoo{Name: "a"}},
		{`{"name":"a","unknown":{"name":[1,{"x":"}"}],"y":"]\\"},"label":"no"}`, zoo{Name: "a"}},
		{`{"name":"a","stream":{}}`, zoo{Name: "a"}},
		{`{"name":"a","color":"BLUE","flag":true}`, zoo{Name: "a", Color: new(color("BLUE")), Flag: new(true)}},
		{`{"name":"a","flag":false,"count":-0}`, zoo{Name: "a", Flag: new(false), Count: new(int32(0))}},
		{`{"name":"a","count":2147483647,"big":9223372036854775807}`, zoo{Name: "a", Count: new(int32(math.MaxInt32)), Big: new(int64(math.MaxInt64))}},
		{`{"name":"a","ratio":1e2,"exact":1.5E-300}`, zoo{Name: "a", Ratio: new(float32(100)), Exact: new(1.5e-300)}},
		{`{"name":"a","ratio":"NaN","exact":"-Infinity"}`, zoo{Name: "a", Ratio: new(float32(math.NaN())), Exact: new(math.Inf(-1))}},
		{`{"name":"a","data":"aGkh"}`, zoo{Name: "a", Data: []byte("hi!")}},
		{`{"name":"a","data":""}`, zoo{Name: "a", Data: []byte{}}},
		{`{"name":"a","data":"\u0061GkhIQ=="}`, zoo{Name: "a", Data: []byte("hi!!")}},
		{`{"name":"a","at":0}`, zoo{Name: "a", At: at(0, 0)}},
		{`{"name":"a","at":1515531081.1234}`, zoo{Name: "a", At: at(1515531081, 123)}},
		{`{"name":"a","at":-1.5}`, zoo{Name: "a", At: at(-1, -500)}},
		{`{"name":"a","at":-0.25}`, zoo{Name: "a", At: at(0, -250)}},
		{`{"name":"a","at":1.5e9}`, zoo{Name: "a", At: at(1500000000, 0)}},
		{`{"name":"a","at":253402300799.999}`, zoo{Name: "a", At: at(253402300799, 999)}},
		{`{"name":"a","doc": {"x": [1, "]"]} }`, zoo{Name: "a", Doc: json.RawMessage(`{"x": [1, "]"]}`)}},
		{`{"name":"a","doc":1e400}`, zoo{Name: "a", Doc: json.RawMessage(`1e400`)}},
		{`{"name":"a","words":["x","y"]}`, zoo{Name: "a", Words: []string{"x", "y"}}},
		{`{"name":"a","inside":[]}`, zoo{Name: "a", Inside: []inner{}}},
		{`{"name":"a","inside":[{"key":"k"},{"value":"v","key":"l"}]}`, zoo{Name: "a", Inside: []inner{{Key: "k"}, {Key: "l", Value: new("v")}}}},
		{`{"name":"a","pairs":{"x":1,"y":10}}`, zoo{Name: "a", Pairs: map[string]int32{"x": 1, "y": 10}}},
		{`{"name":"a","pairs":{}}`, zoo{Name: "a", Pairs: map[string]int32{}}},
		{`{"name":"a","either":{"right":null,"left":"l","more":null,"__type":"x"}}`, zoo{Name: "a", Either: &either{Left: new("l")}}},
		{`{"name":"a","child":{"name":"b","label":"nested"}}`, zoo{Name: "a", Child: &zoo{Name: "b", Label: new("nested")}}},
	} {
		got, problems := decodeZoo(test.body)
		if problems != nil {
			t.Errorf("%s: %+v", test.body, problems)
		}
		if diff := cmp.Diff(test.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: %s", test.body, diff)
		}
	}
}

// TestDecodeJSONRefuses: each body has one fault, and is refused with one
// sentence at its place.
func TestDecodeJSONRefuses(t *testing.T) {
	const parse, broken = true, false
	for _, test := range []struct {
		member  string
		path    string
		parse   bool
		message string
	}{
		{`"short":7`, "short", parse, "A string was expected here, and a number was found."},
		{`"short":"ab"`, "short", broken, "The text must have at most 1 character; it has 2."},
		{`"short":"😀😀"`, "short", broken, "The text must have at most 1 character; it has 2."},
		{`"words":[""]`, "words[0]", broken, "The text must have at least 1 and at most 5 characters; it has 0."},
		{`"code":"abcd"`, "code", broken, "The text must have exactly 3 characters; it has 4."},
		{`"code":"AbC"`, "code", broken, `The text must match the pattern [a-z]+ as a whole; "AbC" was found.`},
		{`"code":"ab\n"`, "code", broken, `The text must match the pattern [a-z]+ as a whole; "ab\n" was found.`},
		{`"color":"red"`, "color", broken, `The text must be one of RED, BLUE; "red" was found.`},
		{`"color":true`, "color", parse, "A string was expected here, and true or false was found."},
		{`"flag":"true"`, "flag", parse, "true or false was expected here, and a string was found."},
		{`"flag":1`, "flag", parse, "true or false was expected here, and a number was found."},
		{`"count":"7"`, "count", parse, "A whole number was expected here, and a string was found."},
		{`"count":{"a":1}`, "count", parse, "A whole number was expected here, and an object was found."},
		{`"count":1.5`, "count", parse, "A whole number, without a fraction or an exponent, was expected here; 1.5 was found."},
		{`"count":1.0`, "count", parse, "A whole number, without a fraction or an exponent, was expected here; 1.0 was found."},
		{`"count":1e2`, "count", parse, "A whole number, without a fraction or an exponent, was expected here; 1e2 was found."},
		{`"count":1e400`, "count", parse, "A whole number, without a fraction or an exponent, was expected here; 1e400 was found."},
		{`"count":2147483648`, "count", parse, "A whole number from -2147483648 to 2147483647 was expected here; 2147483648 was found."},
		{`"big":-9223372036854775809`, "big", parse, "A whole number from -9223372036854775808 to 9223372036854775807 was expected here; -9223372036854775809 was found."},
		{`"big":-6`, "big", broken, "The number must be at least -5; -6 was found."},
		{`"level":0`, "level", broken, "The number must be at least 1 and at most 10; 0 was found."},
		{`"level":11`, "level", broken, "The number must be at least 1 and at most 10; 11 was found."},
		{`"ratio":100.5`, "ratio", broken, "The number must be at most 100; 100.5 was found."},
		{`"ratio":1e39`, "ratio", parse, "The number does not fit into a floating-point number of 32 bits."},
		{`"exact":1e400`, "exact", parse, "The number does not fit into a floating-point number of 64 bits."},
		{`"exact":"nan"`, "exact", parse, `A number, or one of "NaN", "Infinity" and "-Infinity", was expected here, and another string was found.`},
		{`"exact":[]`, "exact", parse, "A number was expected here, and an array was found."},
		{`"data":"aGk"`, "data", parse, "The text is not base64 (RFC 4648, section 4, with padding)."},
		{`"data":"aGl="`, "data", parse, "The text is not base64 (RFC 4648, section 4, with padding)."},
		{`"data":"aGkh\n"`, "data", parse, "The text is not base64 (RFC 4648, section 4, with padding)."},
		{`"data":"-_-_"`, "data", parse, "The text is not base64 (RFC 4648, section 4, with padding)."},
		{`"data":"aGkhaGkh"`, "data", broken, "The data must have at most 4 bytes; it has 6."},
		{`"data":["a"]`, "data", parse, "A string in base64 was expected here, and an array was found."},
		{`"at":"2026-11-22T08:00:00Z"`, "at", parse, "A time, as a number of seconds since 1970-01-01T00:00:00Z, was expected here, and a string was found."},
		{`"at":"NaN"`, "at", parse, "A time, as a number of seconds since 1970-01-01T00:00:00Z, was expected here, and a string was found."},
		{`"at":253402300800`, "at", parse, "The time is out of range: it must lie within the years 1 to 9999."},
		{`"at":-62135596800.001`, "at", parse, "The time is out of range: it must lie within the years 1 to 9999."},
		{`"at":1e400`, "at", parse, "The time is out of range: it must lie within the years 1 to 9999."},
		{`"at":1e18`, "at", parse, "The time is out of range: it must lie within the years 1 to 9999."},
		{`"words":{}`, "words", parse, "A JSON array was expected here, and an object was found."},
		{`"words":[]`, "words", broken, "The list must have at least 1 and at most 3 entries; it has 0."},
		{`"words":["a","b","c","",7]`, "words", broken, "The list must have at least 1 and at most 3 entries; it has 5."},
		{`"words":["a",null]`, "words[1]", parse, "An entry of a list must not be null."},
		{`"words":["a",["b"]]`, "words[1]", parse, "A string was expected here, and an array was found."},
		{`"pairs":[]`, "pairs", parse, "A JSON object was expected here, and an array was found."},
		{`"pairs":{"a":1,"b":2,"c":3}`, "pairs", broken, "The map must have at most 2 entries; it has 3."},
		{`"pairs":{"a":null}`, "pairs.a", parse, "A value of a map must not be null."},
		{`"pairs":{"a":0}`, "pairs.a", broken, "The number must be at least 1 and at most 10; 0 was found."},
		{`"pairs":{"toolong":1}`, "pairs.toolong", broken, "The name must have at least 1 and at most 5 characters; it has 7."},
		{`"pairs":{"a":1,"\u0061":1}`, "pairs.a", parse, "This member is given twice."},
		{`"choices":{"GREEN":""}`, "choices.GREEN", broken, `The name must be one of RED, BLUE; "GREEN" was found.`},
		{`"either":{}`, "either", parse, "Exactly one of left, right must be set; none is."},
		{`"either":{"left":null}`, "either", parse, "Exactly one of left, right must be set; none is."},
		{`"either":{"up":1}`, "either", parse, "Exactly one of left, right must be set; none is."},
		{`"either":{"left":"l","right":1}`, "either", parse, "Exactly one of left, right must be set; here are left and right."},
		{`"either":{"left":"l","up":1}`, "either", parse, "Exactly one of left, right must be set; beside left there is a member of another name."},
		{`"either":{"left":"l","left":"m"}`, "either.left", parse, "This member is given twice."},
		{`"either":"left"`, "either", parse, "A JSON object with one member was expected here, and a string was found."},
		{`"child":{}`, "child.name", broken, "This member is required."},
		{`"child":{"name":"b","child":{"name":null}}`, "child.child.name", broken, "This member is required, and was null."},
		{`"inside":[{"key":"k"},{"value":"v"}]`, "inside[1].key", broken, "This member is required."},
		{`"keyed":{"some.key":{"key":""}}`, "keyed.some.key.key", broken, "The text must have at least 1 and at most 5 characters; it has 0."},
		{`"name":"b"`, "name", parse, "This member is given twice."},
		{`"secret":"12x"`, "secret", broken, "The text must match the pattern [0-9]* as a whole."},
	} {
		_, problems := decodeZoo(`{"name":"a",` + test.member + `}`)
		want := []Problem{{Path: test.path, Message: test.message, Parse: test.parse}}
		if diff := cmp.Diff(want, problems, onlyWords()); diff != "" {
			t.Errorf("%s: %s", test.member, diff)
		}
	}
}

func TestDecodeJSONNotADocument(t *testing.T) {
	deep := func(n int) string {
		return `{"name":"a","doc":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	crowd := func(n int) string { return `{"name":"a","inside":[` + strings.Repeat(`{},`, n) + `{}]}` }
	for body, want := range map[string]string{
		``:                         "at line 1, column 1, the document ends where a value was expected.",
		`{`:                        "at line 1, column 2, the name of a member, in double quotes, was expected here.",
		"{\n  \"name\": \"a\",\n}": "at line 3, column 1, the name of a member, in double quotes, was expected here.",
		`{"näme" 1}`:               "at line 1, column 9, a colon was expected here, after the name of a member.",
		`{"a":1 "b"}`:              "at line 1, column 8, a comma or the closing brace of the object was expected here.",
		`{"a":[1 2]}`:              "at line 1, column 9, a comma or the closing bracket of the array was expected here.",
		`{"a":[1}`:                 "at line 1, column 8, a comma or the closing bracket of the array was expected here.",
		`{"a":}`:                   "at line 1, column 6, a value was expected here.",
		`{"a":tru}`:                "at line 1, column 6, a value was expected here.",
		`{"a":01}`:                 "at line 1, column 7, a comma or the closing brace of the object was expected here.",
		`{"a":-}`:                  "at line 1, column 7, a digit was expected here.",
		`{"a":1.}`:                 "at line 1, column 8, a digit was expected here, after the decimal point.",
		`{"a":1e+}`:                "at line 1, column 9, a digit was expected here, in the exponent.",
		`{"a":"`:                   "at line 1, column 7, the document ends within a string.",
		`{"a":"\`:                  "at line 1, column 7, the document ends within a string.",
		`{"a":"\x"}`:               "at line 1, column 7, there is no such escape in JSON.",
		`{"a":"\u12"}`:             `at line 1, column 7, a \u escape needs four hexadecimal digits, and a surrogate its pair.`,
		`{"a":"\u12`:               `at line 1, column 7, a \u escape needs four hexadecimal digits, and a surrogate its pair.`,
		`{"a":"\ud83d\u`:           `at line 1, column 7, a \u escape needs four hexadecimal digits, and a surrogate its pair.`,
		`{"a":"\ud800"}`:           `at line 1, column 7, a \u escape needs four hexadecimal digits, and a surrogate its pair.`,
		`{"a":"\udc00\ud800"}`:     `at line 1, column 7, a \u escape needs four hexadecimal digits, and a surrogate its pair.`,
		"{\"a\":\"\n\"}":           `at line 1, column 7, a control character within a string has to be written as an escape, such as \n.`,
		"{\"a\":\"\xff\"}":         "at line 1, column 7, the text is not UTF-8.",
		"{\"a\":\"\xed\xa0\x80\"}": "at line 1, column 7, the text is not UTF-8.",
		"\ufeff{}":                 "at line 1, column 1, a value was expected here.",
		`{} {}`:                    "at line 1, column 4, there is text after the end of the document.",
		deep(64):                   "at line 1, column 82, the document is nested more than 64 levels deep.",
		crowd(maxValues):           "at line 1, column 600014, the document has more than 200000 values.",
	} {
		_, problems := decodeZoo(body)
		if diff := cmp.Diff([]Problem{{Message: "The body is not valid JSON: " + want, Parse: true}}, problems); diff != "" {
			t.Errorf("%.60s: %s", body, diff)
		}
	}
	for body, kind := range map[string]string{`[]`: "an array", `null`: "null", `"{}"`: "a string", ` 7`: "a number", `true`: "true or false"} {
		_, problems := decodeZoo(body)
		if diff := cmp.Diff([]Problem{{Message: "A JSON object was expected here, and " + kind + " was found.", Parse: true}}, problems); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	if _, problems := decodeZoo(deep(63)); problems != nil {
		t.Errorf("63 levels in a document: %+v", problems)
	}
}

func TestDecodeJSONBoundsWhatItSays(t *testing.T) {
	entries := strings.Repeat(`{"key":""},`, 250)
	var z zoo
	var p Problems
	DecodeJSON(zooShape(), []byte(`{"name":"a","inside":[`+strings.TrimSuffix(entries, ",")+`]}`), &z, &p)
	if len(p.List()) != 100 || p.More() != 150 {
		t.Errorf("%d problems and %d more, want 100 and 150", len(p.List()), p.More())
	}
	long := strings.Repeat("x", 3000)
	_, problems := decodeZoo(fmt.Sprintf(`{"name":"a","keyed":{%q:{"key":""}},"color":%q}`, long, long))
	for _, problem := range problems {
		if len(problem.Path)+len(problem.Message) > 300 {
			t.Errorf("%d bytes about one problem: %.80s", len(problem.Path)+len(problem.Message), problem.Message)
		}
	}
}

// TestDecodeJSONKeepsSecrets: what is Sensitive is in no message.
func TestDecodeJSONKeepsSecrets(t *testing.T) {
	for _, body := range []string{`{"name":"a","secret":"hunter2"}`, `{"name":"a","secret":["hunter2"]}`} {
		_, problems := decodeZoo(body)
		if len(problems) == 0 {
			t.Errorf("%s was accepted", body)
		}
		if said := fmt.Sprint(problems); strings.Contains(said, "hunter2") {
			t.Errorf("%s: %s", body, said)
		}
	}
}
