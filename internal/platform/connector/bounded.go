package connector

import (
	"fmt"
	"io"
)

// Bounded is content that ends in an error once more than limit bytes of it have
// been read.
func Bounded(body io.ReadCloser, limit int64) io.ReadCloser {
	return &bounded{body, limit, limit}
}

type bounded struct {
	io.ReadCloser
	left, limit int64
}

// Read reads at most one byte over the limit, to tell full content from longer.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLarge()
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, b.tooLarge()
	}
	return n, err
}

func (b *bounded) tooLarge() error {
	return fmt.Errorf("it has more than the %d bytes that are read", b.limit)
}
