package tree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
)

const (
	pageSize = 1000 // keys in a list: S3's most
	stride   = 50   // documents between two cursors
)

// Crawl visits the documents in the order of their keys.
func (s *Source) Crawl(ctx context.Context, after string, visit connector.Visit, progress func(cursor string) error) error {
	at, err := parseCursor(after)
	if err != nil {
		return err
	}
	rights, err := s.readAccess(ctx)
	if err != nil {
		return err
	}
	c := &crawl{Source: s, rights: rights, visit: visit, progress: progress, at: at}
	for _, prefix := range s.stretches() {
		if err := c.stretch(ctx, prefix); err != nil {
			return err
		}
	}
	if err := progress(c.at.String()); err != nil {
		return err
	}
	if c.at.partial {
		return connector.ErrPartial
	}
	return nil
}

// crawl is one crawl under way.
type crawl struct {
	*Source
	rights   *access
	visit    connector.Visit
	progress func(string) error

	at    cursor
	since int // documents visited since progress was told
}

// cursor is how far a crawl has come.
type cursor struct {
	key     string // the last that is done with
	partial bool   // something before it could not be listed
}

// A cursor as text: a mark, and the key in quotes.
const (
	markWhole   = "after:"
	markPartial = "after-some:"
)

// String is what parseCursor reads.
func (c cursor) String() string {
	mark := markWhole
	if c.partial {
		mark = markPartial
	}
	return mark + strconv.QuoteToASCII(c.key)
}

func parseCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	quoted, partial := strings.CutPrefix(text, markPartial)
	if !partial {
		quoted = strings.TrimPrefix(text, markWhole)
	}
	key, err := strconv.Unquote(quoted)
	if err != nil || (cursor{key, partial}).String() != text {
		return cursor{}, errors.New("the crawl cannot go on: its cursor is none of a bucket or folder")
	}
	return cursor{key, partial}, nil
}

// stretches are the prefixes of what is listed: in order, and none within
// another.
func (s *Source) stretches() []string {
	prefixes := slices.Clone(s.Options.IncludePrefixes)
	if len(prefixes) == 0 {
		return []string{""}
	}
	slices.Sort(prefixes)
	out := prefixes[:1]
	for _, p := range prefixes[1:] {
		if !strings.HasPrefix(p, out[len(out)-1]) {
			out = append(out, p)
		}
	}
	return out
}

// stretch crawls what has a prefix, page by page.
func (c *crawl) stretch(ctx context.Context, prefix string) error {
	for after := c.at.key; ; {
		page, err := c.Files.List(ctx, prefix, after, pageSize)
		if err != nil {
			return fmt.Errorf("the documents cannot be listed: %w", err)
		}
		if err := c.page(ctx, page); err != nil {
			return err
		}
		if len(page) < pageSize {
			return nil
		}
		after = page[len(page)-1].Key
	}
}

// page visits the documents of a list.
func (c *crawl) page(ctx context.Context, page []blob.Entry) error {
	documents := make([]blob.Entry, 0, len(page))
	for _, e := range page {
		switch {
		case e.Err != nil && (c.Hidden || !hidden(e.Key)):
			c.at.partial = true
			c.Log.WarnContext(ctx, "a folder of a data source cannot be read", "folder", c.Base+e.Key, "error", e.Err)
		case e.Err == nil && c.document(e.Key):
			documents = append(documents, e)
		}
	}
	sidecars, err := c.sidecars(ctx, documents)
	if err != nil {
		return fmt.Errorf("the metadata files cannot be listed: %w", err)
	}
	for _, d := range documents {
		if err := c.one(ctx, d, sidecars); err != nil {
			return err
		}
	}
	return nil
}

// one visits a document and tells how far the crawl has come.
func (c *crawl) one(ctx context.Context, d blob.Entry, sidecars map[string]blob.Entry) error {
	if err := ctx.Err(); err != nil {
		return connector.End(err, c.progress, c.at.String())
	}
	side, ok := sidecars[c.sidecarOf(d.Key)]
	if err := c.visit(ctx, c.item(ctx, d, side, ok)); err != nil {
		return connector.End(err, c.progress, c.at.String())
	}
	c.at.key = d.Key
	if c.since++; c.since < stride {
		return nil
	}
	c.since = 0
	return c.progress(c.at.String())
}
