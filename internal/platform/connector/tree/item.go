package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
)

// item makes an item of a file and its sidecar, if it has one.
func (c *crawl) item(ctx context.Context, file, side blob.Entry, has bool) connector.Item {
	it := connector.Item{
		ID: c.Base + file.Key, Name: path.Base(file.Key), Size: file.Size, ModifiedAt: file.LastModified,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return c.open(ctx, file.Key) },
	}
	beside := &sidecar{}
	if has {
		var err error
		if beside, err = c.readSidecar(ctx, side.Key); err != nil {
			return failed(it, err)
		}
	}
	if !c.Options.ACL {
		beside.entries = nil
	}
	if beside.id != "" {
		it.ID = beside.id
	}
	it.Title, it.ContentType = beside.title, beside.contentType
	it.Attributes = beside.values(c.Options.Mappings, map[string]any{"s3_document_id": file.Key, "path": file.Key, "name": it.Name, "size": file.Size})
	it.URI = it.Attributes[connector.SourceURI].Text
	it.CreatedAt = it.Attributes[connector.CreatedAt].Time
	it.ACL = c.rights.list(file.Key, beside.entries)
	it.Version = c.version(file, side, it)
	switch {
	case !validID(it.ID):
		return failed(it, errControl)
	case file.Size > c.Options.MaxSize:
		return failed(it, fmt.Errorf("it has %d bytes, at most %d are read", file.Size, c.Options.MaxSize))
	}
	return it
}

// failed is an item that cannot be had. Its ID is made to be one.
func failed(it connector.Item, why error) connector.Item {
	it.ID, it.Open, it.Err = legible(it.ID), nil, why
	return it
}

// version covers the file, its sidecar, who may see it, and how its fields are
// mapped.
func (c *crawl) version(file, side blob.Entry, it connector.Item) string {
	return connector.Version(c.Options.Mappings, file.ETag, side.ETag, it.ACL.ID())
}

// open opens a document's content, which ends in an error past the size that is
// read.
func (c *crawl) open(ctx context.Context, key string) (io.ReadCloser, error) {
	o, err := c.Files.Open(ctx, key)
	if errors.Is(err, blob.ErrNoKey) {
		return nil, fmt.Errorf("%w: %q", connector.ErrGone, key)
	}
	if err != nil {
		return nil, err
	}
	return connector.Bounded(o.Body, c.Options.MaxSize), nil
}

// validID reports whether the API takes a text as the ID of a document.
func validID(id string) bool {
	odd := func(r rune) bool { return unicode.Is(unicode.C, r) }
	return id != "" && len(id) <= maxID && utf8.ValidString(id) && !strings.ContainsFunc(id, odd)
}

// legible writes what an ID may not have as the numbers of its bytes.
func legible(id string) string {
	var out strings.Builder
	for _, r := range strings.ToValidUTF8(id, "\uFFFD") {
		if !unicode.Is(unicode.C, r) {
			out.WriteRune(r)
			continue
		}
		for _, b := range []byte(string(r)) {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return strings.ToValidUTF8(out.String()[:min(out.Len(), maxID)], "")
}
