package extract

import (
	"regexp"
	"strings"
)

// markdown reads Markdown and keeps its syntax: only blocks are recognized.
func (r *reader) markdown(data []byte) error {
	text, err := r.decode(data, "")
	if err != nil {
		return err
	}
	text = strings.TrimRight(strings.TrimLeft(text, "\n"), " \t\n")
	r.out.put(text)
	m := markdown{reader: r, text: text}
	for m.at < len(text) && r.check() == nil {
		m.block()
	}
	return r.check()
}

// markdown walks over the lines of a text.
type markdown struct {
	*reader
	text string
	at   int // where the next line begins
}

var (
	atxHeading = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]|$)`)
	listItem   = regexp.MustCompile(`^\s*(?:[-*+]|\d{1,9}[.)])\s`)
	underlines = regexp.MustCompile(`^ {0,3}(?:=+|-+)\s*$`)
	tableRule  = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$`)
)

// line is the line that begins at a byte, without its end, and where the next
// begins.
func (m *markdown) line(at int) (string, int) {
	line, _, more := strings.Cut(m.text[at:], "\n")
	if !more {
		return line, len(m.text)
	}
	return line, at + len(line) + 1
}

// block reads the block that begins at the next line.
func (m *markdown) block() {
	line, next := m.line(m.at)
	switch {
	case strings.TrimSpace(line) == "":
		m.at = next
	case m.at == 0 && strings.TrimRight(line, " ") == "---" && m.frontMatter(next):
	case fenceOf(line) != "":
		m.fenced(fenceOf(line), next)
	case atxHeading.MatchString(line):
		m.emit(Heading, len(atxHeading.FindStringSubmatch(line)[1]), next)
	case m.table(line, next):
	case listItem.MatchString(line):
		m.list(next)
	default:
		m.paragraph(next)
	}
}

// emit adds the block from here to a byte, without white space at its ends.
func (m *markdown) emit(kind Kind, level, end int) {
	body := m.text[m.at:end]
	begin := m.at + len(body) - len(strings.TrimLeft(body, " \t\n"))
	m.at = end
	end = begin + len(strings.TrimRight(m.text[begin:end], " \t\n"))
	if len(m.out.blocks) >= m.out.blockMost {
		m.out.fail(refuse("The document has more than %d parts, which is not read.", m.out.blockMost))
		return
	}
	m.out.blocks = append(m.out.blocks, Block{Kind: kind, Level: level, Begin: begin, End: end})
}

// frontMatter reads the YAML that many tools put before the text; only the title
// is taken from it. It reports whether there is any.
func (m *markdown) frontMatter(at int) bool {
	for n := 0; at < len(m.text) && n < 200; n++ {
		line, next := m.line(at)
		if line = strings.TrimRight(line, " "); line == "---" || line == "..." {
			m.emit(Code, 0, next)
			return true
		}
		if title, ok := strings.CutPrefix(line, "title:"); ok {
			m.title = oneLine(strings.Trim(strings.TrimSpace(title), `"'`))
		}
		at = next
	}
	m.title = ""
	return false
}

// fenceOf is the marks that open a block of code, or nothing.
func fenceOf(line string) string {
	line = strings.TrimLeft(line, " ")
	for _, mark := range []string{"`", "~"} {
		if rest := strings.TrimLeft(line, mark); len(line)-len(rest) >= 3 {
			return line[:len(line)-len(rest)]
		}
	}
	return ""
}

func (m *markdown) fenced(mark string, at int) {
	for at < len(m.text) {
		line, next := m.line(at)
		at = next
		if strings.HasPrefix(fenceOf(line), mark) && strings.Trim(line, " "+mark[:1]) == "" {
			break
		}
	}
	m.emit(Code, 0, at)
}

// table reads a table, if the next line begins one: a row, and a rule beneath it.
func (m *markdown) table(line string, at int) bool {
	if !strings.Contains(line, "|") || at >= len(m.text) {
		return false
	}
	rule, next := m.line(at)
	if !strings.Contains(rule, "|") || !tableRule.MatchString(rule) {
		return false
	}
	for next < len(m.text) {
		row, after := m.line(next)
		if !strings.Contains(row, "|") {
			break
		}
		next = after
	}
	m.emit(Table, 0, next)
	return true
}

// list reads items until a line that is neither one nor belongs to one.
func (m *markdown) list(at int) {
	blank := false
	for at < len(m.text) {
		line, next := m.line(at)
		switch {
		case strings.TrimSpace(line) == "":
			blank = true
		case atxHeading.MatchString(line),
			fenceOf(line) != "",
			blank && !listItem.MatchString(line) && line[0] != ' ' && line[0] != '\t':
			m.emit(List, 0, at)
			return
		default:
			blank = false
		}
		at = next
	}
	m.emit(List, 0, at)
}

// paragraph reads lines until one that begins something else. Underlined with
// equals signs or dashes it is a heading.
func (m *markdown) paragraph(at int) {
	for first := true; at < len(m.text); first = false {
		line, next := m.line(at)
		switch {
		case first && underlines.MatchString(line):
			level := 1
			if strings.Contains(line, "-") {
				level = 2
			}
			m.emit(Heading, level, next)
			return
		case strings.TrimSpace(line) == "", atxHeading.MatchString(line), fenceOf(line) != "":
			m.emit(Text, 0, at)
			return
		}
		at = next
	}
	m.emit(Text, 0, at)
}
