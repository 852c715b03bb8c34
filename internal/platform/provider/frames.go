package provider

import (
	"encoding/binary"
	"io"
)

// frames reads an AWS event stream and fails at a frame that says it is larger
// than most: its first four bytes are its length, theirs included.
type frames struct {
	io.ReadCloser
	most int

	head []byte // of the next frame, as far as it was read
	left int    // bytes of the frame after its head
}

// Read passes the bytes on as they come.
func (f *frames) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		if f.left > 0 {
			passed := min(f.left, len(rest))
			f.left -= passed
			rest = rest[passed:]
			continue
		}
		taken := min(4-len(f.head), len(rest))
		f.head = append(f.head, rest[:taken]...)
		rest = rest[taken:]
		if len(f.head) < 4 {
			break
		}
		size := binary.BigEndian.Uint32(f.head)
		if uint64(size) > uint64(f.most) {
			return 0, tooMuch()
		}
		f.left, f.head = max(0, int(size)-4), f.head[:0]
	}
	return n, err
}
