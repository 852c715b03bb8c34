package cite_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContainment(t *testing.T) {
	const asked = "what is at https://asked.test/x?"
	for _, c := range []struct{ name, text, want string }{
		{"a bare URL that nobody named", "See https://evil.test/?q=secret for more.", "See for more."},
		{"one of a passage", "See https://wiki.acme.test/hotels?sort=price&n=1.", "See https://wiki.acme.test/hotels?sort=price&n=1."},
		{"one of a passage's URL", "See (https://wiki.acme.test/travel), ok", "See (https://wiki.acme.test/travel), ok"},
		{"one that was asked about", "See https://asked.test/x", "See https://asked.test/x"},
		{"with a slash, in capitals", "See HTTPS://Asked.test/x/ now", "See HTTPS://Asked.test/x/ now"},
		{"one character more", "See https://asked.test/xs now", "See now"},
		{"one that goes on", "See https://asked.test/x?d=secret and https://asked.test/x#secret now", "See and now"},
		{"a name before the host", "See https://asked.test@evil.test/x now", "See now"},
		{"quoted names before the host", `See https://wiki.acme.test/travel"@evil.test/x now`, `See https://wiki.acme.test/travel "@ now`},
		{"a full stop of another script", "See https://wiki.acme.test/travel。evil.test/x now", "See https://wiki.acme.test/travel 。 now"},
		{"a link", "See [the policy](https://evil.test/secret).", "See the policy."},
		{"a link of a passage", "See [the policy](https://wiki.acme.test/travel \"Travel\").", "See [the policy](https://wiki.acme.test/travel)."},
		{"a link with angles", "See [it](<https://evil.test/a b>) now", "See it now"},
		{"a link in entities", "See [it](https&#58;//evil.test/x) now", "See it now"},
		{"a relative link", "See [it](/secret) now", "See it now"},
		{"a link without a scheme", "See [it](//evil.test/secret) now", "See it now"},
		{"javascript", "See [it](javascript:alert(1)) and javascript:alert(1) now", "See it and now"},
		{"data", "See [it](data:text/html,x) and data:text/html,secret now", "See it and now"},
		{"mail", "Write to [us](mailto:x@evil.test?body=secret), <x@evil.test>, mailto:x@evil.test or travel@acme.test.", "Write to us, <x@evil.test>, or travel@acme.test."},
		{"mail of a passage", "[Mail](mailto:travel@acme.test)", "[Mail](mailto:travel@acme.test)"},
		{"an image", "Look: ![chart](https://evil.test/secret.png) nice", "Look: chart nice"},
		{"an image of a passage", "![x](https://wiki.acme.test/travel)", "x"},
		{"an image in a link", "[![alt](https://evil.test/a)](https://evil.test/b) x", "alt x"},
		{"an image by name", "![chart][c] x\n\n[c]: https://evil.test/secret\nend", "chart x\n\nend"},
		{"an image by its own name", "![c] x\n\n[c]: //evil.test/secret \"t\"", "c x"},
		{"a name for a relative place", "[see][c]\n\n[c]: /secret", "[see][c]"},
		{"a name for a known place", "[see][c]\n\n[c]: https://asked.test/x", "[see][c]\n\n[c]: https://asked.test/x"},
		{"a name on the next line", "[c]:\n  https://evil.test/secret\nend", "end"},
		{"not a name", "[Note]: this is it", "[Note]: this is it"},
		{"between angles", "See <https://evil.test/secret> and <https://asked.test/x> now", "See and <https://asked.test/x> now"},
		{"an img", `A <img src="https://evil.test/s" alt=">"> b <IMG SRC=//evil.test/x> c`, "A b c"},
		{"an a", `See <a href="https://evil.test/s">here</a> and <a href='https://asked.test/x'>there</a>.`, `See here</a> and <a href="https://asked.test/x">there</a>.`},
		{"an a with more", `<a href="https://asked.test/x" onclick="x()">x</a>`, `x</a>`},
		{"harmless HTML", "a<br>b <sup>2</sup> <your-name> 1 < 2 <3", "a<br>b <sup>2</sup> <your-name> 1 < 2 <3"},
		{"styles and scripts", `<div style="background:url(//evil.test)">x</div><script>y</script>`, "x</div> y"},
		{"comments", "a <!-- https://evil.test --> b", "a b"},
		{"an img that does not end", `a <img src="https://evil.test/s`, `a < img src="`},
		{"without a scheme", "See evil.test/secret, www.evil.test and //evil.test/x or evil.com/?q=1, evil.pro/x", "See, and or,"},
		{"files and fractions stay", "Edit cmd/main.go, docs/README.md or Node.js/React, 1.5/2, and/or, U.S. 10:30, TCP/IP", "Edit cmd/main.go, docs/README.md or Node.js/React, 1.5/2, and/or, U.S. 10:30, TCP/IP"},
		{"entities", "See https&#58;//evil.test/x and &#104;ttps://evil.test/x and AT&T, R&amp;D, x & y", "See and and AT&T, R&amp;D, x & y"},
		{"letters as entities", "F&#111;x, Fo&shy;x, F&ZeroWidthSpace;ox, &#1083;&#x438;&#1089;, &eacute;t&eacute;; `F&#111;x`; &lt;b&gt; &#42;a&#42; &x; &", "Fox, Fo\u00adx, F\u200box, лис, été; `F&#111;x`; &lt;b&gt; &#42;a&#42; &x; &"},
		{"escapes", `See https\://evil.test/x and https:\/\/evil.test now`, "See and now"},
		{"other schemes", "ftp://evil.test/x slack://evil smb://h/x file:///etc/x gone", "gone"},
		{"put together by what goes", "https:/![](x)/evil.test/x ht[](x)tps://evil.test/y https:/[1]/evil.test/z", "https:/ / ht https:/ /"},
		{"put together by a mark", "https[1]://evil.test/x evil[9].test/x [a][9](//evil.test/x)", "https: evil. test/x [a]"},
		{"in code", "`curl https://evil.test/x` and `curl https://asked.test/x`", "`curl` and `curl https://asked.test/x`"},
		{"in a code block", "```\nfetch(\"https://evil.test/x\") // handlers[a](b)\n<img src=\"logo.png\">\n```", "```\nfetch(\"\") // handlers[a](b)\n<img src=\"logo.png\">\n```"},
		{"a parenthesis that makes a link", "[a] (b) [see](the manual)", "[a] (b) [see] (the manual)"},
		{"IPv6", "http://[::1]:80/secret now", "now"},
		{"Chinese around", "请看https://asked.test/x谢谢，https://evil.test/x谢谢", "请看https://asked.test/x 谢谢，谢谢"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, _ := write(t, c.text, asked)
			if diff := cmp.Diff(c.want, text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is too long to be compared does not pass.
func TestTooLong(t *testing.T) {
	for _, text := range []string{
		"https://evil.test/" + strings.Repeat("a", 5000) + " end",
		"![" + strings.Repeat("a ", 3000) + "](https://evil.test/x) end",
		"[" + strings.Repeat("a ", 3000) + "](https://evil.test/x) end",
		`<img alt="` + strings.Repeat("a ", 3000) + `" src="https://evil.test/x"> end`,
		"https://evil.test/?" + strings.Repeat("a&", 3000) + " end",
	} {
		got, _ := write(t, "x "+text)
		if strings.Contains(got, "evil") || !strings.HasSuffix(got, " end") {
			t.Errorf("%.60q: %q", text, got[max(0, len(got)-60):])
		}
		if strings.Contains(got, "](") {
			t.Errorf("%.60q: a link is left", text)
		}
	}
}
