package smithy

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

func TestAppendXML(t *testing.T) {
	for _, test := range []struct {
		from zoo
		want string
	}{
		{zoo{}, "<name></name>"},
		{zoo{Name: `<a & "b">`}, "<name>&lt;a &amp; &quot;b&quot;&gt;</name>"},
		{zoo{Name: "a\x00\r\n\t\uffff\xff"}, "<name>a\ufffd&#xD;\n\t\ufffd\ufffd</name>"},
		{zoo{Flag: new(false), Count: new(int32(-1)), Big: new(int64(math.MaxInt64))}, "<name></name><flag>false</flag><count>-1</count><big>9223372036854775807</big>"},
		{zoo{Ratio: new(float32(1.5)), Exact: new(math.Inf(-1))}, "<name></name><ratio>1.5</ratio><exact>-Infinity</exact>"},
		{zoo{Data: []byte("hi!"), At: new(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))}, "<name></name><data>aGkh</data><at>2026-11-22T08:00:00Z</at>"},
		{zoo{At: new(time.Date(2026, 11, 22, 9, 0, 0, 5e8, time.FixedZone("", 3600)))}, "<name></name><at>2026-11-22T08:00:00Z</at>"},
		{zoo{Words: []string{}}, "<name></name><words></words>"},
		{zoo{Words: []string{"x", "y"}}, "<name></name><words><member>x</member><member>y</member></words>"},
		{zoo{Pairs: map[string]int32{"b": 2, "a<": 1}}, "<name></name><pairs><entry><key>a&lt;</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></pairs>"},
		{zoo{Inside: []inner{{Key: "k", Value: new("v")}}}, "<name></name><inside><member><key>k</key><value>v</value></member></inside>"},
		{zoo{Either: &either{Right: new(int32(1))}}, "<name></name><either><right>1</right></either>"},
		{zoo{Child: &zoo{Name: "c"}}, "<name></name><child><name>c</name></child>"},
	} {
		if got := string(AppendXML(nil, zooShape(), &test.from)); got != test.want {
			t.Errorf("%s\nwant %s", got, test.want)
		}
	}
}

// FuzzXMLText: whatever a text holds, a reader of XML finds one element with that
// text, but for what XML has no place for.
func FuzzXMLText(f *testing.F) {
	for _, seed := range []string{"", "a", "<&>\"'", "]]>", "\x00\r\n\x7f\u0085\u2028", "\xff\xed\xa0\x80", "\ufffe😀"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := AppendElement(nil, "T", text)
		d := xml.NewDecoder(bytes.NewReader(b))
		var got string
		for depth := 0; ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", b, err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				depth++
			case xml.CharData:
				got += string(token)
			}
			if depth > 1 {
				t.Fatalf("%q has more than one element", b)
			}
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
				return '\ufffd'
			}
			return r
		}, strings.ToValidUTF8(text, "\xff"))
		want = strings.ToValidUTF8(want, "\ufffd")
		if len([]rune(got)) != len([]rune(text)) {
			t.Errorf("%q became %q", text, got)
		}
		if !strings.ContainsRune(want, '\ufffd') && got != want {
			t.Errorf("%q became %q", want, got)
		}
	})
}
