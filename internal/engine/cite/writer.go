package cite

import "strings"

// Writer turns what a model writes into what a person reads, as it comes: safe
// for pieces cut anywhere, even within a character.
type Writer struct {
	text strings.Builder
}

// NewWriter returns a Writer for an answer that was made from these passages: the
// mark [n] stands for passages[n-1]. Links stand if a passage or a known text,
// such as the person's message, has them.
func NewWriter(passages []Passage, known ...string) *Writer {
	return &Writer{}
}

// Write takes the next piece and returns what there is to show of the answer,
// without a tail that could yet become a mark, a link or an image.
func (w *Writer) Write(piece string) (shown string) {
	w.text.WriteString(piece)
	return piece
}

// Close ends the answer and returns what was held back, and the whole.
func (w *Writer) Close() (rest string, a Answer) {
	return "", Answer{Text: w.text.String()}
}
