package converse

import "strings"

// noAnswer is the sign that a model is to write when the passages have no answer.
const noAnswer = "NO_ANSWER"

// A sign watches a stream for noAnswer. What begins with it is no answer at all.
// Some models write it after a sentence that says so: then it is left out. It
// holds back no more than what could yet become it.
type sign struct {
	held  string
	begun bool // the stream began with something else
	seen  bool // in the middle
}

// none reports that the stream began with the sign.
func (s *sign) none() bool { return !s.begun && strings.HasPrefix(bare(s.held), noAnswer) }

// bare is a text without marks of quotation or emphasis before it.
func bare(text string) string { return strings.TrimLeft(text, "*_`\"'“ \t\r\n") }

// write takes the next piece and returns what can be told. White space before
// the first word goes.
func (s *sign) write(piece string) string {
	s.held += piece
	if !s.begun {
		s.held = strings.TrimLeft(s.held, " \t\r\n")
		if strings.HasPrefix(noAnswer, bare(s.held)) || s.none() {
			return ""
		}
		s.begun = true
	}
	parts := strings.Split(s.held, noAnswer)
	last := &parts[len(parts)-1]
	n := len(*last) - tail(*last)
	s.held, *last = (*last)[n:], (*last)[:n]
	s.seen = s.seen || len(parts) > 1
	return strings.Join(parts, "")
}

// tail is the length of the end of a text that noAnswer could go on from.
func tail(text string) int {
	for n := min(len(text), len(noAnswer)-1); n > 0; n-- {
		if strings.HasSuffix(text, noAnswer[:n]) {
			return n
		}
	}
	return 0
}

// close returns what is held back of a stream that has ended.
func (s *sign) close() string {
	text := s.held
	s.held, s.begun = "", true
	return text
}
