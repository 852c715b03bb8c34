package document

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// extraction is the EXTRACTED form of a document (user guide, "GetDocumentContent
// Output Schema").
type extraction struct {
	SchemaVersionID string    `json:"schemaVersionId"`
	OutputFormat    string    `json:"outputFormat"`
	Plain           *string   `json:"plainTextDocumentContent,omitempty"`
	Elements        []element `json:"nonPlainTextDocumentContent,omitempty"`
}

// element is a part of a document that has parts.
type element struct {
	Text        string `json:"text"`
	ElementType string `json:"elementType"`
}

// elementTypes are the schema's words for blocks.
var elementTypes = map[extract.Kind]string{
	extract.Text:    "TEXT",
	extract.Heading: "HEADER",
	extract.Table:   "TABLE",
	extract.List:    "LIST",
	extract.Code:    "CODE",
}

// render writes what was extracted.
func render(doc *extract.Document) []byte {
	if len(doc.Blocks) == 0 || doc.Type == extract.PlainText {
		return plain(doc.Text)
	}
	e := extraction{SchemaVersionID: "V1", OutputFormat: "JSON"}
	for _, b := range doc.Blocks {
		kind := elementTypes[b.Kind]
		if kind == "" {
			kind = "TEXT"
		}
		e.Elements = append(e.Elements, element{doc.Text[b.Begin:b.End], kind})
	}
	return encoded(e)
}

// plain writes a text without parts.
func plain(text string) []byte {
	return encoded(extraction{SchemaVersionID: "V1", OutputFormat: "JSON", Plain: &text})
}

// extractedAs is plain for a text that comes in pieces.
func extractedAs(text func(ctx context.Context, to io.Writer) error) func(ctx context.Context, to io.Writer) error {
	return func(ctx context.Context, to io.Writer) error {
		begin, end, _ := bytes.Cut(plain("\x00"), []byte(`\u0000`))
		if _, err := to.Write(begin); err != nil {
			return err
		}
		within := &quoted{to: to}
		if err := text(ctx, within); err != nil {
			return err
		}
		if err := within.flush(len(within.rest)); err != nil {
			return err
		}
		_, err := to.Write(end)
		return err
	}
}

// quoted writes text as it stands in a JSON string. A piece may end within a
// character.
type quoted struct {
	to   io.Writer
	rest []byte // the beginning of a character
}

// Write writes the characters that are complete.
func (q *quoted) Write(p []byte) (int, error) {
	q.rest = append(q.rest, p...)
	end := len(q.rest)
	for n := 1; n < utf8.UTFMax && n <= len(q.rest); n++ {
		if at := len(q.rest) - n; utf8.RuneStart(q.rest[at]) {
			if !utf8.FullRune(q.rest[at:]) {
				end = at
			}
			break
		}
	}
	return len(p), q.flush(end)
}

// flush writes so many bytes of what there is.
func (q *quoted) flush(n int) error {
	text, err := json.Marshal(string(q.rest[:n]))
	if err != nil {
		return err
	}
	q.rest = append(q.rest[:0], q.rest[n:]...)
	_, err = q.to.Write(text[1 : len(text)-1])
	return err
}

// counter counts what is written to it.
type counter int64

// Write counts.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func encoded(e extraction) []byte {
	data, err := json.Marshal(e)
	if err != nil {
		return nil // strings have no way to fail
	}
	return data
}
