package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"io"
)

// mostStream is how many bytes a stream may unpack to.
const mostStream = 64 << 20

// decode unpacks a stream (7.4). What cannot be unpacked to its end is what there
// is until there; a filter of pictures gives nothing. It fails when limits do.
func (f *File) decode(s *stream) ([]byte, error) {
	filters, params := f.list(s.dict["Filter"]), f.list(s.dict["DecodeParms"])
	data := s.raw
	const most = 8 // filters
	for i, filter := range filters[:min(len(filters), most)] {
		var p dict
		if i < len(params) {
			p, _ = f.resolve(params[i]).(dict)
		}
		n, _ := f.resolve(filter).(name)
		var err error
		if data, err = f.filter(n, data, p); err != nil {
			return nil, err
		}
		if err := f.limits.Spend(len(data)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// list is an array, or a single object as one.
func (f *File) list(o any) array {
	switch o := f.resolve(o).(type) {
	case nil:
		return nil
	case array:
		return o
	default:
		return array{o}
	}
}

func (f *File) filter(n name, data []byte, p dict) ([]byte, error) {
	switch n {
	case "FlateDecode", "Fl":
		out, err := inflate(data)
		return f.predict(out, p), err
	case "LZWDecode", "LZW":
		early := 1
		if v, ok := f.resolve(p["EarlyChange"]).(float64); ok {
			early = int(v)
		}
		return f.predict(unlzw(data, early), p), nil
	case "ASCIIHexDecode", "AHx":
		end := bytes.IndexByte(data, '>')
		if end < 0 {
			end = len(data)
		}
		return unhex(data[:end]), nil
	case "ASCII85Decode", "A85":
		return un85(data), nil
	case "RunLengthDecode", "RL":
		return unrun(data), nil
	case "Crypt":
		return data, nil
	}
	return nil, nil
}

// inflate unpacks, as far as it goes. It fails if that is too far.
func inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(data, "\r\n")))
	if err != nil {
		return nil, nil //nolint:nilerr // what cannot be unpacked is nothing
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, mostStream+1))
	if n > mostStream && (err == nil || errors.Is(err, io.EOF)) {
		return nil, ErrTooLarge
	}
	return out.Bytes(), nil
}

func un85(data []byte) []byte {
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
	if end := bytes.IndexByte(data, '~'); end >= 0 {
		data = data[:end]
	}
	out, _ := io.ReadAll(io.LimitReader(ascii85.NewDecoder(bytes.NewReader(data)), mostStream)) // what there is
	return out
}

// unrun undoes run-length encoding.
func unrun(data []byte) []byte {
	var out []byte
	for i := 0; i < len(data) && len(out) < mostStream; {
		n := int(data[i])
		i++
		switch {
		case n == 128:
			return out
		case n < 128:
			end := min(len(data), i+n+1)
			out = append(out, data[i:end]...)
			i = end
		case i < len(data):
			out = append(out, bytes.Repeat(data[i:i+1], 257-n)...)
			i++
		}
	}
	return out
}

// predict undoes a predictor (7.4.4.4).
func (f *File) predict(data []byte, p dict) []byte {
	number := func(key name, otherwise int) int {
		if n, ok := f.resolve(p[key]).(float64); ok && n >= 1 {
			return int(min(n, 1<<20))
		}
		return otherwise
	}
	kind := number("Predictor", 1)
	if kind < 2 {
		return data
	}
	colors, depth := min(number("Colors", 1), 32), min(number("BitsPerComponent", 8), 32)
	row := (number("Columns", 1)*colors*depth + 7) / 8
	pixel := max(1, colors*depth/8)
	if kind == 2 {
		return differences(data, row, pixel)
	}
	return png(data, row, pixel)
}

// differences undoes TIFF's predictor, for components of a byte.
func differences(data []byte, row, pixel int) []byte {
	for begin := 0; begin < len(data); begin += row {
		for i := begin + pixel; i < min(begin+row, len(data)); i++ {
			data[i] += data[i-pixel]
		}
	}
	return data
}

// png undoes PNG's filters: each row has its own, named by the byte before it.
func png(data []byte, row, pixel int) []byte {
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for len(data) > 1 {
		filter := data[0]
		line := data[1:min(len(data), row+1)]
		data = data[1+len(line):]
		begin := len(out)
		out = append(out, line...)
		current := out[begin:]
		for i := range current {
			var left, corner byte
			if i >= pixel {
				left, corner = current[i-pixel], above[i-pixel]
			}
			switch filter {
			case 1:
				current[i] += left
			case 2:
				current[i] += above[i]
			case 3:
				current[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				current[i] += paeth(left, above[i], corner)
			}
		}
		copy(above, current)
	}
	return out
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
