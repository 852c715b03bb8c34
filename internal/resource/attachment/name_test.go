package attachment

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestShownName(t *testing.T) {
	for name, want := range map[string]string{
		"report.pdf":                       "report.pdf",
		"Q3 Bericht – Entwurf (2).docx":    "Q3 Bericht – Entwurf (2).docx",
		"見積書.xlsx":                         "見積書.xlsx",
		"../../etc/passwd":                 "passwd",
		"/etc/passwd":                      "passwd",
		`C:\Users\jo\Desktop\notes.txt`:    "notes.txt",
		`\\server\share\notes.txt`:         "notes.txt",
		"a/b\\c/d.txt":                     "d.txt",
		"  spaces \t around.txt ":          "spaces around.txt",
		"two\nlines.txt":                   "two lines.txt",
		"two\u2028lines.txt":               "two lines.txt",
		"invoice\u202efdp.exe":             "invoicefdp.exe", // shown as invoiceexe.pdf
		"zero\u200bwidth\ufeff.txt":        "zerowidth.txt",
		"bell\a\x00\x1b[31m.txt":           "bell[31m.txt",
		"half\xff\xfe.txt":                 "half.txt",
		".gitignore":                       ".gitignore",
		"archive.tar.gz":                   "archive.tar.gz",
		"":                                 "",
		".":                                "",
		"..":                               "",
		"...":                              "",
		"/":                                "",
		"folder/":                          "",
		"folder/..":                        "",
		" \t\n":                            "",
		"\u202e\u200b":                     "",
		strings.Repeat("é", 1000):          strings.Repeat("é", 1000),
		"<img src=x onerror=alert(1)>.txt": "<img src=x onerror=alert(1)>.txt", // who shows it as HTML escapes it
	} {
		if got := shownName(name); got != want {
			t.Errorf("shownName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestExtension(t *testing.T) {
	for name, want := range map[string]string{
		"report.PDF": "pdf", "archive.tar.gz": "gz", "README": "", "trailing.": "", ".env": "env",
	} {
		if got := extension(name); got != want {
			t.Errorf("extension(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzShownName: what is shown has no folder and nothing that is not seen, is
// valid, and stays as it is when it comes again.
func FuzzShownName(f *testing.F) {
	for _, seed := range []string{"a.txt", `..\..\x`, "a\u202eb", "\xff/\xfe", "a/./.. /", " . . "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := shownName(name)
		if strings.ContainsAny(got, "/\\") || !utf8.ValidString(got) || got == "." || got == ".." {
			t.Errorf("shownName(%q) = %q", name, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.C, r) || unicode.IsSpace(r) && r != ' ' }) {
			t.Errorf("shownName(%q) = %q, with something that is not seen", name, got)
		}
		if again := shownName(got); again != got {
			t.Errorf("shownName(%q) = %q, and again %q", name, got, again)
		}
	})
}
