package attachment

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// The images that are read.
const (
	pngType  = "image/png"
	jpegType = "image/jpeg"
)

const (
	pngMark  = "\x89PNG\r\n\x1a\n"
	jpegMark = "\xff\xd8\xff"
)

// imageType is the media type of an image that is read, by its first bytes; empty
// for anything else.
func imageType(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte(pngMark)):
		return pngType
	case bytes.HasPrefix(data, []byte(jpegMark)):
		return jpegType
	}
	return ""
}

// checkImage refuses an image that models do not take. Its header is read and its
// parts are walked over; no pixel is decoded, so that an image costs what its bytes
// do, whatever it says of itself.
func checkImage(media string, data []byte) error {
	if len(data) > maxImage {
		return refuse("The image has %d bytes; images are read up to %d (3.75 MB). Make it smaller.", len(data), maxImage)
	}
	size := jpegSize
	if media == pngType {
		size = pngSize
	}
	width, height, complete := size(data)
	switch {
	case !complete || width == 0 || height == 0:
		return refuse("The image is damaged, or it is not complete.")
	case width > maxSide || height > maxSide:
		return refuse("The image has %d × %d pixels; images are read up to %d pixels a side. Make it smaller.", width, height, maxSide)
	}
	return nil
}

// pngSize walks over the chunks of a PNG (W3C PNG, section 5) to its end. What
// comes after that is no part of the image.
func pngSize(data []byte) (width, height int, complete bool) {
	pixels := false
	for at := len(pngMark); len(data)-at >= 12; {
		size := binary.BigEndian.Uint32(data[at:])
		if uint64(size) > uint64(len(data)-at-12) {
			return 0, 0, false
		}
		chunk := data[at+4 : at+8+int(size)] // its type and its content
		sum := binary.BigEndian.Uint32(data[at+8+int(size):])
		kind := string(chunk[:4])
		switch critical := chunk[0]&0x20 == 0; {
		case critical && sum != crc32.ChecksumIEEE(chunk), (at == len(pngMark)) != (kind == "IHDR"):
			return 0, 0, false
		case kind == "IHDR":
			if size != 13 {
				return 0, 0, false
			}
			width, height = int(binary.BigEndian.Uint32(chunk[4:])), int(binary.BigEndian.Uint32(chunk[8:]))
		case kind == "IDAT":
			pixels = true
		case kind == "IEND":
			return width, height, pixels
		}
		at += 12 + int(size)
	}
	return 0, 0, false
}

// Markers of JPEG (ITU T.81, table B.1).
const (
	jpegEnd     = 0xd9
	jpegScan    = 0xda
	jpegRestart = 0xd0 // the first of eight
)

// jpegSize walks over the segments of a JPEG to its first scan, and looks for the
// end of the image behind it. Bytes between segments are skipped, as all decoders
// do.
func jpegSize(data []byte) (width, height int, complete bool) {
	for at := 2; len(data)-at >= 4; {
		marker := data[at+1]
		switch {
		case data[at] != 0xff, marker == 0xff:
			at++
			continue
		case marker <= 0x01, marker >= jpegRestart && marker < jpegRestart+8:
			at += 2 // without content
			continue
		case marker == jpegEnd:
			return 0, 0, false
		}
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		if size < 2 || size > len(data)-at-2 {
			return 0, 0, false
		}
		segment := data[at+4 : at+2+size]
		at += 2 + size
		switch {
		case marker == jpegScan:
			return width, height, bytes.Contains(data[at:], []byte{0xff, jpegEnd})
		case isFrame(marker) && len(segment) >= 5:
			height, width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
		}
	}
	return 0, 0, false
}

// isFrame reports whether a marker begins a frame, whose header has the size.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}
