package eventstream

import (
	"encoding/binary"
	"hash/crc32"
)

// json is the media type of every payload.
const json = "application/json"

// AppendEvent appends the frame of an event. payload appends the JSON of what it
// carries.
func AppendEvent(dst []byte, event string, payload func(dst []byte) []byte) []byte {
	return appendFrame(dst, Event, EventType, event, payload)
}

// AppendException appends the frame of an exception, which is the last one.
func AppendException(dst []byte, exception string, payload []byte) []byte {
	return appendFrame(dst, Exception, ExceptionType, exception, func(dst []byte) []byte { return append(dst, payload...) })
}

// appendFrame appends a frame of the given message type, with what the header kind
// says of it.
func appendFrame(dst []byte, message, kind, name string, payload func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, preludeSize)...)
	dst = appendText(dst, kind, name)
	dst = appendText(dst, ContentType, json)
	dst = appendText(dst, MessageType, message)
	headers := len(dst) - start - preludeSize
	dst = payload(dst)
	frame := dst[start:]
	binary.BigEndian.PutUint32(frame, uint32(len(frame)+crcSize))
	binary.BigEndian.PutUint32(frame[4:], uint32(headers))
	binary.BigEndian.PutUint32(frame[8:], crc32.ChecksumIEEE(frame[:8]))
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(frame))
}

// appendText appends a header of type String. Names are ours, so they are short.
func appendText(dst []byte, name, value string) []byte {
	dst = append(append(dst, byte(len(name))), name...)
	dst = binary.BigEndian.AppendUint16(append(dst, byte(String)), uint16(len(value)))
	return append(dst, value...)
}
