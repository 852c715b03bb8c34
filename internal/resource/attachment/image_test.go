package attachment

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// chunk is a chunk of a PNG.
func chunk(kind, content string) string {
	body := kind + content
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(content)))) + body +
		string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

// header is the IHDR of a PNG of a size.
func header(width, height uint32) string {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return chunk("IHDR", string(size)+"\x08\x02\x00\x00\x00")
}

// frame is the SOF0 of a JPEG of a size.
func frame(width, height uint16) string {
	size := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, height), width)
	return "\xff\xc0\x00\x0b\x08" + string(size) + "\x01\x01\x11\x00"
}

const scan = "\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\x34"

func TestImagesByTheirHeaders(t *testing.T) {
	const damaged, large = "damaged", "pixels a side"
	whole, photo := pngOf(t, 40, 30), jpegOf(t, 40, 30)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	pixels := chunk("IDAT", "x")
	end := chunk("IEND", "")
	for name, tt := range map[string]struct{ data, want string }{
		"png":                              {string(whole), ""},
		"png: of 8000 pixels a side":       {pngMark + header(8000, 8000) + pixels + end, ""},
		"png: one pixel too wide":          {pngMark + header(8001, 1) + pixels + end, large},
		"png: one pixel too high":          {pngMark + header(1, 8001) + pixels + end, large},
		"png: a bomb":                      {pngMark + header(1<<31-1, 1<<31-1) + pixels + end, large},
		"png: no width":                    {pngMark + header(0, 5) + pixels + end, damaged},
		"png: only the mark":               {pngMark, damaged},
		"png: cut off":                     {string(whole[:len(whole)-13]), damaged},
		"png: cut in the middle":           {string(whole[:len(whole)/2]), damaged},
		"png: a flipped bit":               {string(flipped), damaged},
		"png: no pixels":                   {pngMark + header(5, 5) + end, damaged},
		"png: no header":                   {pngMark + pixels + end, damaged},
		"png: two headers":                 {pngMark + header(5, 5) + header(9000, 9000) + pixels + end, damaged},
		"png: a short header":              {pngMark + chunk("IHDR", "\x00\x00\x00\x05") + pixels + end, damaged},
		"png: a chunk that is too long":    {pngMark + header(5, 5) + "\xff\xff\xff\xffIDAT" + end, damaged},
		"png: an own chunk":                {pngMark + header(5, 5) + chunk("prVt", "x") + pixels + end, ""},
		"png: a page behind it":            {string(whole) + "<script>alert(1)</script>%PDF-1.7", ""},
		"jpeg":                             {string(photo), ""},
		"jpeg: of 8000 pixels a side":      {"\xff\xd8" + frame(8000, 8000) + scan + "\xff\xd9", ""},
		"jpeg: one pixel too wide":         {"\xff\xd8" + frame(8001, 1) + scan + "\xff\xd9", large},
		"jpeg: one pixel too high":         {"\xff\xd8" + frame(1, 8001) + scan + "\xff\xd9", large},
		"jpeg: the height comes later":     {"\xff\xd8" + frame(5, 0) + scan + "\xff\xd9", damaged},
		"jpeg: only the mark":              {jpegMark, damaged},
		"jpeg: cut off":                    {string(photo[:len(photo)-2]), damaged},
		"jpeg: cut in the middle":          {string(photo[:len(photo)/2]), damaged},
		"jpeg: no frame":                   {"\xff\xd8" + scan + "\xff\xd9", damaged},
		"jpeg: an end before the scan":     {"\xff\xd8" + frame(5, 5) + "\xff\xd9", damaged},
		"jpeg: a segment without length":   {"\xff\xd8\xff\xe0\x00\x01" + frame(5, 5) + scan + "\xff\xd9", damaged},
		"jpeg: a segment that is too long": {"\xff\xd8\xff\xe0\xff\xff" + frame(5, 5) + scan + "\xff\xd9", damaged},
		"jpeg: a short frame":              {"\xff\xd8\xff\xc0\x00\x04\x08\x00" + scan + "\xff\xd9", damaged},
		"jpeg: tables are no frames":       {"\xff\xd8\xff\xc4\x00\x07\x00\x00\x09\x00\x09" + scan + "\xff\xd9", damaged},
		"jpeg: bytes between segments":     {"\xff\xd8\xff\xff\xff\xe0\x00\x02junk\xff\x01\xff\xd0" + frame(5, 5) + scan + "\xff\xd9", ""},
		"jpeg: a picture in its metadata":  {"\xff\xd8\xff\xe1\x00\x15" + frame(9000, 9000) + "\xff\xda\xff\xd9\x00\x00" + frame(5, 5) + scan + "\xff\xd9", ""},
	} {
		t.Run(name, func(t *testing.T) {
			media, _, _ := strings.Cut(name, ":")
			if got := imageType([]byte(tt.data)); got != "image/"+media {
				t.Fatalf("type %q", got)
			}
			err := checkImage("image/"+media, []byte(tt.data))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("error %q, want none", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestNoImages(t *testing.T) {
	for _, data := range []string{"", "\x89PN", "\x89PNG\r\n\x1a", "\xff\xd8", "GIF89a", "RIFF____WEBP", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7\n" + pngMark} {
		if got := imageType([]byte(data)); got != "" {
			t.Errorf("imageType(%q) = %q", data, got)
		}
	}
}

func TestAnImageIsNotTooLarge(t *testing.T) {
	padded := func(n int) []byte {
		data := []byte(pngMark + header(5, 5) + chunk("IDAT", strings.Repeat("x", n-len(pngMark)-3*12-13)) + chunk("IEND", ""))
		if len(data) != n {
			t.Fatalf("made %d bytes of %d", len(data), n)
		}
		return data
	}
	if err := checkImage(pngType, padded(maxImage)); err != nil {
		t.Errorf("3.75 MB: %v", err)
	}
	const want = "The image has 3932161 bytes; images are read up to 3932160 (3.75 MB). Make it smaller."
	if err := checkImage(pngType, padded(maxImage+1)); err == nil || err.Error() != want {
		t.Errorf("one byte more: %v, want %s", err, want)
	}
}

// FuzzImage: whatever the standard library decodes is taken, with the size that it
// has; nothing makes the walk fail otherwise than by saying so.
func FuzzImage(f *testing.F) {
	f.Add(pngOf(f, 3, 2))
	f.Add(jpegOf(f, 3, 2))
	f.Add([]byte(pngMark + header(1<<31-1, 1<<31-1) + chunk("IDAT", "x") + chunk("IEND", "")))
	f.Add([]byte("\xff\xd8\xff\xff\xff\xe0\x00\x02junk\xff\x01\xff\xd0" + frame(5, 5) + scan + "\xff\xd9"))
	f.Fuzz(func(t *testing.T, data []byte) {
		size, config, decode := pngSize, png.DecodeConfig, png.Decode
		switch imageType(data) {
		case "":
			return
		case jpegType:
			size, config, decode = jpegSize, jpeg.DecodeConfig, jpeg.Decode
		}
		width, height, complete := size(data)
		c, err := config(bytes.NewReader(data))
		if err != nil || c.Width*c.Height > 1<<16 {
			return
		}
		m, err := decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if got := image.Pt(width, height); !complete || got != m.Bounds().Size() {
			t.Errorf("size %s, complete %t, want %s", got, complete, m.Bounds().Size())
		}
	})
}
