package extract

import (
	"context"
	"errors"
	"fmt"
)

// Extract reads a document. The type may be empty: then the bytes and the file's
// name tell. Every error is an *Error, except that of a context which ended.
func Extract(ctx context.Context, data []byte, name string, t Type, l Limits) (*Document, error) {
	l = l.orDefault()
	if int64(len(data)) > l.Bytes {
		return nil, refuse("The document has %d bytes, more than the %d that are read.", len(data), l.Bytes)
	}
	t, err := settle(data, name, t)
	if err != nil {
		return nil, err
	}
	r := newReader(ctx, t, l)
	if err := r.run(data); err != nil {
		return nil, err
	}
	return r.document()
}

// orDefault fills the limits that are not set.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	fill(&l.Bytes, d.Bytes)
	fill(&l.Text, d.Text)
	fill(&l.Table, d.Table)
	fill(&l.Unpacked, d.Unpacked)
	fill(&l.Parts, d.Parts)
	fill(&l.Depth, d.Depth)
	return l
}

func fill[N int | int64](n *N, otherwise N) {
	if *n <= 0 {
		*n = otherwise
	}
}

// reader is the reading of one document.
type reader struct {
	ctx      context.Context
	t        Type
	limits   Limits
	unpacked int64 // so far
	checks   int
	out      builder
	title    string
	language string
}

// formats read each format into the reader's builder.
var formats = map[Type]func(*reader, []byte) error{
	PlainText: (*reader).plain,
	MD:        (*reader).markdown,
	JSON:      (*reader).json,
	CSV:       (*reader).csv,
	HTML:      (*reader).html,
	XML:       (*reader).xml,
	XSLT:      (*reader).xml,
	RTF:       (*reader).rtf,
	MSWord:    (*reader).word,
	PPT:       (*reader).slides,
	MSExcel:   (*reader).workbook,
	PDF:       (*reader).pdf,
}

func newReader(ctx context.Context, t Type, l Limits) *reader {
	most := l.Text
	if t == CSV || t == MSExcel {
		most = min(most, l.Table)
	}
	return &reader{ctx: ctx, t: t, limits: l, out: builder{most: int(most), blockMost: l.Parts * 1000}}
}

// run reads the bytes. What a format's reader did not foresee is an error of that
// document, not of the process.
func (r *reader) run(data []byte) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = r.unreadable()
		}
	}()
	err = formats[r.t](r, data)
	if err == nil {
		err = r.ctx.Err()
	}
	if err != nil {
		return r.explain(err)
	}
	r.out.close()
	return r.out.err
}

// explain makes an error one of this package's.
func (r *reader) explain(err error) error {
	var ours *Error
	switch ended := r.ctx.Err(); {
	case r.out.err != nil:
		return r.out.err
	case errors.As(err, &ours):
		return ours
	case ended != nil:
		return ended
	}
	return r.unreadable()
}

// unreadable says that a document is not what its type says it is, or broken.
func (r *reader) unreadable() *Error {
	return refuse("The document is damaged, or it is no %s file: it could not be read to its end.", r.t.spoken())
}

// check is called in every loop over what a document decides the length of. It
// fails when the document has become too large, or the context ended.
func (r *reader) check() error {
	if r.out.err != nil {
		return r.out.err
	}
	if r.checks++; r.checks%512 != 0 {
		return nil
	}
	return r.ctx.Err()
}

// spend counts bytes that were unpacked.
func (r *reader) spend(n int) error {
	if r.unpacked += int64(n); r.unpacked > r.limits.Unpacked {
		return refuse("The document unpacks to more than %s, which is not read.", megabytes(r.limits.Unpacked))
	}
	return r.check()
}

// deeper fails when a nesting is deeper than is read.
func (r *reader) deeper(depth int) error {
	if depth > r.limits.Depth {
		return refuse("The document is nested more than %d levels deep, which is not read.", r.limits.Depth)
	}
	return nil
}

func (r *reader) document() (*Document, error) {
	if len(r.out.text) == 0 {
		return nil, r.empty()
	}
	d := &Document{Type: r.t, Title: r.title, Language: r.language, Text: string(r.out.text), Blocks: r.out.blocks}
	if d.Title == "" {
		d.Title = firstHeading(d)
	}
	if d.Language == "" {
		d.Language = language(d.Text)
	}
	return d, nil
}

func (r *reader) empty() *Error {
	if r.t == PDF {
		return refuse("The PDF has no text. If its pages are scanned pictures, recognize their text (OCR) before you put it here: pictures are not read.")
	}
	return refuse("The document has no text.")
}

// firstHeading is what a document without a title begins with.
func firstHeading(d *Document) string {
	for _, b := range d.Blocks[:min(len(d.Blocks), 5)] {
		if b.Kind == Heading {
			return headline(d, b)
		}
	}
	return ""
}

// spoken is how people call a type.
func (t Type) spoken() string {
	switch t {
	case MSWord:
		return "Word (.docx)"
	case MSExcel:
		return "Excel (.xlsx)"
	case PPT:
		return "PowerPoint (.pptx)"
	case PlainText:
		return "plain text"
	case MD:
		return "Markdown"
	}
	return string(t)
}

func megabytes(n int64) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}
