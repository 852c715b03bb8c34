package outbound

import (
	"fmt"
	"io"
)

// cappedBody fails with ErrTooLarge once more than left bytes have been read.
// It sits outside decompression, so a small bomb is counted at its full size.
type cappedBody struct {
	io.ReadCloser
	left int64
}

// Read reads at most one byte over the cap, to tell a full body from a longer one.
func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLarge()
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, tooLarge()
	}
	return n, err
}

func tooLarge() error { return fmt.Errorf("reading the response: %w", ErrTooLarge) }
