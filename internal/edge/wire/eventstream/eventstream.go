// Package eventstream reads and writes frames of AWS's event stream encoding
// (application/vnd.amazon.eventstream; Smithy, "Amazon Event Stream
// Specification"):
//
//	total length, headers' length, CRC-32 of these two     4 bytes each
//	headers: name, type, value
//	payload
//	CRC-32 of all before                                   4 bytes
//
// It owns frames, their headers and checksums, the limits on what is taken from a
// client, and the signed envelope around a client's events. It does not know what
// an event means, nor what it travels on (edge/wire), nor how a signature is
// computed (wire/sigv4).
package eventstream

import (
	"fmt"
	"slices"

	"github.com/parleyhq/parley/internal/core/fault"
)

// The names of the headers that a message can have.
const (
	MessageType   = ":message-type" // one of the three below
	EventType     = ":event-type"
	ExceptionType = ":exception-type"
	ContentType   = ":content-type"
)

// The values of MessageType.
const (
	Event     = "event"
	Exception = "exception"
)

// Type is the type of a header's value.
type Type uint8

// The types, in the order of their numbers on the wire.
const (
	True Type = iota
	False
	Byte
	Short
	Integer
	Long
	Bytes
	String
	Timestamp // milliseconds since 1970
	UUID
)

// Header is a named value of a message.
type Header struct {
	Name  string
	Type  Type
	Value []byte // as on the wire, without its length
}

// Message is a frame without its lengths and checksums.
type Message struct {
	Headers []Header
	Payload []byte
}

// Text is the value of a header of type String; ok is false when there is none.
func (m Message) Text(name string) (value string, ok bool) {
	b, ok := m.value(name, String)
	return string(b), ok
}

func (m Message) value(name string, t Type) ([]byte, bool) {
	i := slices.IndexFunc(m.Headers, func(h Header) bool { return h.Name == name && h.Type == t })
	if i < 0 {
		return nil, false
	}
	return m.Headers[i].Value, true
}

// unreadable refuses a frame.
func unreadable(format string, args ...any) error {
	return &fault.Error{Code: fault.Validation, Reason: fault.CannotParse, Message: "The event stream cannot be read: " + fmt.Sprintf(format, args...)}
}
