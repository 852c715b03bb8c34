package document

import (
	"encoding/json"

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

func encoded(e extraction) []byte {
	data, err := json.Marshal(e)
	if err != nil {
		return nil // strings have no way to fail
	}
	return data
}
