package attachment

import (
	"path"
	"strings"
	"unicode"
)

// shownName is the name of a file without the folders it came from, and without
// what would make it look like another: characters that are not seen (the model
// refuses them) and line breaks. It is empty when nothing is left.
func shownName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		name = name[at+1:]
	}
	name = strings.Join(strings.Fields(name), " ")
	if strings.Trim(name, ".") == "" {
		return ""
	}
	return name
}

// extension is the ending of a file's name in lower case, without the dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}
