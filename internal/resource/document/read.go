package document

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/chunk"
	"github.com/parleyhq/parley/internal/engine/enrich"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/resource/attribute"
)

// reading is what reading a document came to: a version, or why there is none.
type reading struct {
	*row // as it was when it was read

	version   version
	text      string
	aside     int64 // bytes of its attributes
	passages  []chunk.Passage
	extracted []byte // the EXTRACTED form; nil: it is made of the file when it is asked for
	file      []byte // what the file is
	renewed   bool   // which is not what is stored
	staged    bool   // passages and bytes are written

	status  api.DocumentStatus // why there is no version; empty: there is
	problem *problem
}

func (r *reading) fails(why *refusal) {
	r.status, r.problem = api.DocumentStatusFailed, &problem{why.code, why.message}
}

// errLater leaves a document waiting.
var errLater = errors.New("document: another try may read it")

// reader is the reading of one document under way.
type reader struct {
	*Service
	*reading

	ctx    context.Context
	values facet.Values
	kinds  map[string]facet.Kind // of the index's attributes
}

// read makes the version of a document: rules and a function alter its attributes
// and its file, its text is extracted, a function may alter that, and it is parted
// into passages (user guide, "How Amazon Q Business document enrichment works").
// What is wrong with the document is in the reading; an error means that nothing
// is known of it.
func (s *Service) read(ctx context.Context, r *reading, configured map[string]facet.Kind) error {
	values := maps.Clone(r.draft.Attributes)
	if values == nil {
		values = facet.Values{}
	}
	if r.draft.Title != "" {
		values[titleAttribute] = facet.OfString(cut(r.draft.Title, maxTitle))
	}
	err := (&reader{Service: s, reading: r, ctx: ctx, values: values, kinds: configured}).run()
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if why, ok := errors.AsType[*refusal](err); ok {
		r.fails(why)
		return nil
	}
	return err
}

func (r *reader) run() error {
	e := r.draft.Enrichment
	values, dropped := enrich.Apply(attribute.Rules(e), r.values)
	r.values = values
	if dropped {
		r.file, r.renewed = nil, true
	}
	if err := r.before(e); err != nil {
		return err
	}
	doc, err := r.extract()
	if err != nil {
		return err
	}
	if doc, err = r.after(e, doc); err != nil {
		return err
	}
	if r.aside, err = extent(r.values); err != nil {
		return err
	}
	r.describe(doc)
	return nil
}

// extract reads the file; a document without one has no text.
func (r *reader) extract() (*extract.Document, error) {
	if r.file == nil {
		return &extract.Document{}, nil
	}
	read := r.Extract
	if read == nil {
		read = extract.Extract
	}
	doc, err := read(r.ctx, r.file, r.name(), extract.Type(r.draft.ContentType), r.limits())
	if why, ok := errors.AsType[*extract.Error](err); ok {
		if why.Retry {
			return nil, errLater
		}
		return nil, &refusal{api.ErrorCode(why.Code), why.Message}
	}
	return doc, err
}

// name is the name of the document's file: as it was given, or the last part of
// its key or of its ID.
func (r *reader) name() string {
	d := r.draft
	switch {
	case d.Name != "":
		return d.Name
	case d.Object != nil:
		return path.Base(d.Object.Key)
	}
	return path.Base(r.id)
}

// describe makes the version of what is known now.
func (r *reader) describe(doc *extract.Document) {
	v := &r.version
	v.Language, v.Type = doc.Language, string(doc.Type)
	v.Title = cut(cmp.Or(r.values[titleAttribute].Text, strings.TrimSpace(doc.Title), r.named()), maxTitle)
	if r.file != nil {
		v.Size, v.Name, v.Mime = int64(len(r.file)), r.name(), mimeOf(v.Type, r.file)
	}
	settleValues(r.row, v, r.values)
	r.text, r.passages = doc.Text, chunk.Split(doc, chunk.Options{})
	v.Passages = len(r.passages)
	if v.Same = (doc.Type == extract.PlainText || r.file == nil) && doc.Text == string(r.file); !v.Same {
		r.extracted = render(doc)
		v.Extracted = int64(len(r.extracted))
	}
}

// named is the name of the file if it has one by itself.
func (r *reader) named() string {
	if r.draft.Name == "" && r.draft.Object == nil {
		return ""
	}
	return r.name()
}

const maxTitle = 1024 // characters (model: Title)

// mimeOf is the media type of a file.
func mimeOf(contentType string, file []byte) string {
	f, known := formats[contentType]
	switch {
	case !known:
		return "application/octet-stream"
	case bytes.HasPrefix(file, []byte("\xd0\xcf\x11\xe0")) && f.old != "":
		return f.old
	}
	return f.mime
}
