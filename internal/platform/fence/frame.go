package fence

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// The protocol: the parent writes a setup, then requests; the child answers each.
// Every message is a header, which is JSON after its length (four bytes, big
// endian), and the bytes that the header counts.

// setup is what a child is told first.
type setup struct {
	Memory int64         `json:"memory"` // bytes
	CPU    time.Duration `json:"cpu"`    // of its whole life
}

// request is a document to be read; its bytes follow.
type request struct {
	Name   string         `json:"name,omitzero"`
	Type   extract.Type   `json:"type"`
	Limits extract.Limits `json:"limits"`
	Size   int            `json:"size"`
}

// answer is what became of it; the text follows.
type answer struct {
	Document *extract.Document `json:"document,omitzero"` // without its text
	Error    *extract.Error    `json:"error,omitzero"`
	Size     int               `json:"size"`
	CPU      time.Duration     `json:"cpu"` // that the child has used so far
}

// longestHeader bounds a header: what counts in one are the blocks of a document.
const longestHeader = 256 << 20

// send writes a message.
func send(w io.Writer, header any, body []byte) error {
	encoded, err := json.Marshal(header)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(encoded))), encoded...)); err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

// receive reads a header. It fails with io.EOF if there is none any more.
func receive(r io.Reader, header any) error {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > longestHeader {
		return fmt.Errorf("fence: a header of %d bytes", n)
	}
	encoded, err := body(r, int(n))
	if err != nil {
		return err
	}
	return json.Unmarshal(encoded, header)
}

// body reads n bytes. They are not believed before they are there.
func body(r io.Reader, n int) ([]byte, error) {
	const step = 1 << 20
	out := make([]byte, 0, min(n, step))
	for len(out) < n {
		begin := len(out)
		out = append(out, make([]byte, min(n-begin, max(step, begin)))...)
		if _, err := io.ReadFull(r, out[begin:]); err != nil {
			return nil, fmt.Errorf("fence: a message was cut off: %w", err)
		}
	}
	return out, nil
}
