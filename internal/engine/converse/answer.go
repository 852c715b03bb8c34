package converse

import (
	"fmt"
	"regexp"
	"strings"
)

// What an answer may take, in characters.
const (
	maxText    = 6_000  // of what a person reads
	maxExcerpt = 16_000 // of what a planner reads
)

// An Answer is what a third party answered to a call that went well. All of it
// is data, whatever it says.
type Answer struct {
	Status    int
	MediaType string // without parameters
	Body      []byte // UTF-8 text
	Size      int64  // of the whole body, or what is known of it
	Truncated bool   // Body is only its beginning
	Binary    bool   // the body is not text, and was left out
	RequestID string // the third party's name for the request
}

// Readable is the answer for a person: tables for lists, key fields for objects,
// text as it is; Markdown that reads well as plain text. It is bounded, and says
// so when something was left out. It is empty for an answer without content.
func (a Answer) Readable() string {
	if a.Binary {
		return fmt.Sprintf("The answer is %s, %d bytes, and cannot be shown as text.", a.kind(), a.Size)
	}
	if len(a.Body) == 0 {
		return ""
	}
	text, cut := a.show()
	text, short := clip(text, maxText)
	if cut || short || a.Truncated {
		text += paragraph(a.note())
	}
	return text
}

// outcome is Readable for an answer that has to say something.
func (a Answer) outcome() string {
	if shown := a.Readable(); shown != "" {
		return shown
	}
	return "The answer has no content."
}

// bare reports whether an answer has nothing to show.
func (a Answer) bare() bool {
	if root, err := parse(a.Body); err == nil && root.kind != scalar && len(root.items) == 0 {
		return true
	}
	return a.Readable() == ""
}

// note tells what is missing from the text.
func (a Answer) note() string {
	if a.Truncated {
		return fmt.Sprintf("(This is the beginning of a longer answer: its first %d bytes are kept with this message.)", len(a.Body))
	}
	return fmt.Sprintf("(Shown in part: all %d bytes of the answer are kept with this message.)", len(a.Body))
}

// show renders the body by what it is; cut says that something was left out.
// Images are left as links: who sees the text must not fetch what a third party
// names.
func (a Answer) show() (text string, cut bool) {
	if root, err := parse(a.Body); err == nil {
		text, cut = render(root)
	} else {
		text = strings.TrimSpace(strings.ToValidUTF8(string(a.Body), "\uFFFD"))
	}
	text = images.ReplaceAllString(text, "[")
	return elements.ReplaceAllString(text, "&lt;$1"), cut
}

// Markdown's images, and elements of HTML that fetch or run something.
var (
	images   = regexp.MustCompile(`!+\[`)
	elements = regexp.MustCompile(`(?i)<(img|image|picture|source|svg|iframe|frame|object|embed|video|audio|link|style|script|input|base|meta)`)
)

func (a Answer) kind() string {
	if a.MediaType == "" {
		return "data"
	}
	return a.MediaType
}

// excerpt is what the planner gets of the answer.
func (a Answer) excerpt() string {
	if a.Binary {
		return fmt.Sprintf("(%s, %d bytes)", a.kind(), a.Size)
	}
	text, cut := clip(strings.ToValidUTF8(string(a.Body), "\uFFFD"), maxExcerpt)
	if cut || a.Truncated {
		text += "\n(cut)"
	}
	return text
}

// clip shortens a text to a number of characters, at the end of a line if one
// is near.
func clip(text string, most int) (short string, cut bool) {
	if len(text) <= most {
		return text, false
	}
	n := 0
	for i := range text {
		if n == most {
			short = text[:i]
			if at := strings.LastIndexByte(short, '\n'); at > i/2 {
				short = short[:at]
			}
			return short, true
		}
		n++
	}
	return text, false
}
