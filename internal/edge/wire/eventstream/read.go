package eventstream

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
)

const (
	preludeSize = 12 // two lengths and their checksum
	crcSize     = 4
	overhead    = preludeSize + crcSize

	maxHeaders = 16 << 10 // bytes
	maxNumber  = 64       // of headers

	firstRead = 4 << 10  // bytes held for a frame before any has come
	maxKept   = 64 << 10 // of the buffer, for the next frame
)

// Reader reads frames, each of at most Most bytes. Memory is spent only as bytes
// arrive, and Reserve is asked before.
type Reader struct {
	Source  io.Reader
	Most    int
	Reserve func(bytes int) error

	frame []byte
}

// Next reads a frame. The message is good until the next call. The error is io.EOF
// where no frame begins, a fault.Validation for what is no frame, whatever Reserve
// said, or that of the Source. None of them can be read on after.
func (r *Reader) Next() (Message, error) {
	if cap(r.frame) > maxKept {
		r.frame = nil
	}
	r.frame = r.frame[:0]
	if err := r.fill(preludeSize); err != nil {
		return Message{}, err
	}
	total, _, err := prelude(r.frame)
	if err != nil {
		return Message{}, err
	}
	if total > r.Most {
		return Message{}, unreadable("a frame has %d bytes; at most %d are taken.", total, r.Most)
	}
	if err := r.fill(total); err != nil {
		return Message{}, err
	}
	return Parse(r.frame)
}

// fill reads until the frame has so many bytes.
func (r *Reader) fill(size int) error {
	for len(r.frame) < size {
		had := len(r.frame)
		n := min(size-had, max(had, firstRead))
		if err := r.Reserve(n); err != nil {
			return err
		}
		r.frame = slices.Grow(r.frame, n)[:had+n]
		switch got, err := io.ReadFull(r.Source, r.frame[had:]); {
		case errors.Is(err, io.EOF) && had == 0, err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return err
		case err != nil:
			return unreadable("it ends in the middle of a frame, after %d of its bytes.", had+got)
		}
	}
	return nil
}

// Parse reads the one frame that b is. The message shares its memory. The error is
// a fault.Validation.
func Parse(b []byte) (Message, error) {
	total, headers, err := prelude(b)
	if err != nil {
		return Message{}, err
	}
	if total != len(b) {
		return Message{}, unreadable("a frame says that it has %d bytes, and %d came.", total, len(b))
	}
	end := total - crcSize
	if binary.BigEndian.Uint32(b[end:]) != crc32.ChecksumIEEE(b[:end]) {
		return Message{}, unreadable("the checksum of a frame does not match its bytes.")
	}
	m := Message{Payload: b[preludeSize+headers : end]}
	m.Headers, err = parseHeaders(b[preludeSize : preludeSize+headers])
	return m, err
}

// prelude reads the lengths of a frame and of its headers. Nothing is believed
// before the checksum is right.
func prelude(b []byte) (total, headers int, err error) {
	if len(b) < preludeSize {
		return 0, 0, unreadable("a frame has at least %d bytes, and %d came.", overhead, len(b))
	}
	if binary.BigEndian.Uint32(b[8:]) != crc32.ChecksumIEEE(b[:8]) {
		return 0, 0, unreadable("the checksum of a frame's lengths does not match; this may be no event stream at all.")
	}
	all, head := int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	switch {
	case all < head+overhead:
		return 0, 0, unreadable("a frame of %d bytes cannot have %d bytes of headers.", all, head)
	case head > maxHeaders:
		return 0, 0, unreadable("a frame has %d bytes of headers; at most %d are taken.", head, maxHeaders)
	}
	return int(all), int(head), nil
}

func parseHeaders(b []byte) ([]Header, error) {
	var headers []Header
	for len(b) > 0 {
		h, rest, ok := parseHeader(b)
		switch {
		case !ok:
			return nil, unreadable("a header of a frame is malformed.")
		case slices.ContainsFunc(headers, func(had Header) bool { return had.Name == h.Name }):
			return nil, unreadable("a frame has a header twice.")
		case len(headers) == maxNumber:
			return nil, unreadable("a frame has more than %d headers.", maxNumber)
		}
		headers, b = append(headers, h), rest
	}
	return headers, nil
}

// parseHeader cuts off the first header.
func parseHeader(b []byte) (h Header, rest []byte, ok bool) {
	name, b, ok := cut(b, 1)
	if !ok || len(name) == 0 || len(b) == 0 {
		return Header{}, nil, false
	}
	h = Header{Name: string(name), Type: Type(b[0])}
	if h.Type == Bytes || h.Type == String {
		h.Value, rest, ok = cut(b[1:], 2)
		return h, rest, ok
	}
	n, known := size(h.Type)
	if !known || len(b) < 1+n {
		return Header{}, nil, false
	}
	h.Value = b[1 : 1+n]
	return h, b[1+n:], true
}

// cut takes what follows its own length, which has width bytes.
func cut(b []byte, width int) (value, rest []byte, ok bool) {
	if len(b) < width {
		return nil, nil, false
	}
	n := 0
	for _, c := range b[:width] {
		n = n<<8 | int(c)
	}
	if b = b[width:]; len(b) < n {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// size is how many bytes a value of a type has, of those that always have as many.
func size(t Type) (n int, known bool) {
	switch t {
	case True, False:
		return 0, true
	case Byte:
		return 1, true
	case Short:
		return 2, true
	case Integer:
		return 4, true
	case Long, Timestamp:
		return 8, true
	case UUID:
		return 16, true
	case Bytes, String:
	}
	return 0, false
}
