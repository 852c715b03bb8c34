package llm

import (
	"iter"
	"strings"
)

// An Answer is a stream that was read to its end.
type Answer struct {
	Text  string
	Calls []ToolCall
	Usage Usage
	Stop  StopReason
}

// Collect reads a stream to its end. With an error it returns what had come
// before.
func Collect(stream iter.Seq2[Event, error]) (a Answer, err error) {
	var text strings.Builder
	for event, failed := range stream {
		switch e := event.(type) {
		case Text:
			text.WriteString(e.Text)
		case ToolCall:
			a.Calls = append(a.Calls, e)
		case Usage:
			a.Usage = e
		case Stop:
			a.Stop = e.Reason
		}
		err = failed
	}
	a.Text = text.String()
	return a, err
}
