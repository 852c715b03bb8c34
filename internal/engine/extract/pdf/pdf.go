// Package pdf reads the text of PDF files (ISO 32000-2): pages, paragraphs, and how
// large they are set.
//
// It owns the format as far as text needs it. It does not draw, and looks at no
// picture. It believes nothing that a file says of itself: objects are found by
// going over the file once, not by its cross-reference table, so that damaged files
// are read as well, and nothing in a file can make it go round in circles. Lengths,
// depths and counts are bounded before memory is spent.
package pdf

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
)

// The errors.
var (
	ErrEncrypted = errors.New("pdf: encrypted with a password")
	ErrBroken    = errors.New("pdf: no pages can be found")
	ErrTooLarge  = errors.New("pdf: more objects or pages than are read")
)

// Limits bound what a file may cost. Each has to be set.
type Limits struct {
	Depth int               // of nesting
	Pages int               // at most
	Spend func(n int) error // is told of bytes that are unpacked
	Check func() error      // is asked now and then whether to go on
}

// File is a PDF file.
type File struct {
	data    []byte
	limits  Limits
	entries map[int]entry
	trailer dict
	crypt   *crypt
	streams []int           // the numbers of object streams, in their order
	packed  map[int]*packed // and what is in them
	kept    int             // bytes in them
	cache   map[int]any
	opening map[int]bool // objects that are being resolved
	fonts   map[ref]*font
}

// entry is where an object is.
type entry struct {
	offset int // in the file, of the object or of the stream it is in
	gen    int
	stream int // the number of the object stream, or 0
	at     int // in the stream
}

// Open finds the objects of a file.
func Open(data []byte, l Limits) (*File, error) {
	f := &File{data: data, limits: l, entries: map[int]entry{}, trailer: dict{}, packed: map[int]*packed{},
		cache: map[int]any{}, opening: map[int]bool{}, fonts: map[ref]*font{}}
	if err := f.index(); err != nil {
		return nil, err
	}
	if encryption, ok := f.resolve(f.trailer["Encrypt"]).(dict); ok {
		var err error
		if f.crypt, err = f.unlock(encryption); err != nil {
			return nil, err
		}
		clear(f.cache)
	}
	if err := f.unpackObjects(); err != nil {
		return nil, err
	}
	return f, nil
}

// Title is the title that the file says it has, or nothing.
func (f *File) Title() string {
	info, _ := f.resolve(f.trailer["Info"]).(dict)
	s, _ := f.resolve(info["Title"]).(text)
	return s.decode()
}

// Language is the tag of the language that the file says it is in, or nothing.
func (f *File) Language() string {
	s, _ := f.resolve(f.catalog()["Lang"]).(text)
	return s.decode()
}

// catalog is the root of the file; one whose trailer is lost is searched for it.
func (f *File) catalog() dict {
	if root, ok := f.resolve(f.trailer["Root"]).(dict); ok {
		return root
	}
	for _, num := range slices.Sorted(maps.Keys(f.entries)) {
		if d, ok := f.load(ref{num: num}).(dict); ok && d["Type"] == name("Catalog") {
			f.trailer["Root"] = d
			return d
		}
	}
	f.trailer["Root"] = dict{} // is not searched for again
	return nil
}

// Pages calls visit with the paragraphs of each page, in order. A page that cannot
// be read has none.
func (f *File) Pages(visit func(number int, paragraphs []Paragraph) error) error {
	w := pageWalk{file: f, seen: map[ref]bool{}, visit: visit}
	if err := w.tree(f.catalog()["Pages"], inherited{}, 0); err != nil {
		return err
	}
	if w.pages == 0 {
		if err := w.strays(); err != nil {
			return err
		}
	}
	if w.pages == 0 {
		return ErrBroken
	}
	return nil
}

// header is where the file begins: some have other bytes before it.
func header(data []byte) int {
	return max(0, bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")))
}

// unligate writes ligatures as letters, which is how people search for them, and the
// bullets of symbol fonts as bullets.
var unligate = strings.NewReplacer("\uf0b7", "•", "\uf0a7", "▪", "\uf06c", "●", "ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")
