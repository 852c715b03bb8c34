package provider

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// An sse reads a stream of events as HTML's "Server-sent events" has them:
// lines that end in LF or CRLF, of which only data counts here.
type sse struct {
	r     *bufio.Reader
	most  int          // bytes of an event
	alive func() error // called for every line
}

// next returns the data of the next event that has some, and io.EOF after the
// last. An event that the end cuts off counts: some servers leave the last empty
// line out.
func (s *sse) next() ([]byte, error) {
	var data []byte
	some := false
	for {
		line, err := s.line(s.most - len(data))
		over := errors.Is(err, io.EOF)
		if err != nil && !over {
			return nil, err
		}
		if text, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			if some {
				data = append(data, '\n')
			}
			data, some = append(data, bytes.TrimPrefix(text, []byte(" "))...), true
		}
		if some && (over || len(line) == 0) {
			return data, nil
		}
		if over {
			return nil, io.EOF
		}
		if err := s.alive(); err != nil {
			return nil, err
		}
	}
}

// line reads a line without its end.
func (s *sse) line(most int) ([]byte, error) {
	var line []byte
	for {
		part, err := s.r.ReadSlice('\n')
		if len(line)+len(part) > most+2 {
			return nil, tooMuch()
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), err
	}
}
