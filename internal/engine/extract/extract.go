// Package extract turns the bytes of a document into text with structure.
//
// It owns the formats: what bytes are, how their text is encoded, and which parts
// of it are headings, tables, lists and pages. It owns the limits too: nothing
// that is read here takes more memory than they allow, whatever the bytes say.
// It does not own the process that it runs in: what a parser could do to that is
// platform/fence's. Passages are engine/chunk's, and where bytes come from and
// text goes to is resource/document's. Text in pictures (OCR) is not read.
package extract

import "fmt"

// Type is the format of a document, by the names that the API has for them.
type Type string

// The formats. The empty Type is for bytes that nobody has named.
const (
	PDF       Type = "PDF"
	HTML      Type = "HTML"
	MSWord    Type = "MS_WORD"
	PlainText Type = "PLAIN_TEXT"
	PPT       Type = "PPT"
	RTF       Type = "RTF"
	XML       Type = "XML"
	XSLT      Type = "XSLT"
	MSExcel   Type = "MS_EXCEL"
	CSV       Type = "CSV"
	JSON      Type = "JSON"
	MD        Type = "MD"
)

// Risky reports whether the format is one whose reading is worth a process of its
// own: it is packed, binary, or deeply nested.
func (t Type) Risky() bool {
	switch t {
	case PDF, MSWord, PPT, MSExcel, RTF, HTML:
		return true
	}
	return false
}

// Document is what a document says. Text is UTF-8 without carriage returns and
// NULs; Blocks are in the order of the text, do not overlap, and hold all of it
// but the white space between them.
type Document struct {
	Type     Type    `json:"type"`
	Title    string  `json:"title,omitzero"`    // as the document says it of itself, or its first heading; may be empty
	Language string  `json:"language,omitzero"` // ISO 639-1, as declared or recognized; empty if unsure
	Text     string  `json:"text"`
	Blocks   []Block `json:"blocks,omitzero"`
}

// Kind is what a block is.
type Kind string

// The kinds of blocks.
const (
	Text    Kind = "TEXT"    // a paragraph, or paragraphs if the format does not part them
	Heading Kind = "HEADING" // of the Level 1 to 6
	Table   Kind = "TABLE"   // a row is a line, cells are parted by tabs
	List    Kind = "LIST"    // an item is a line
	Code    Kind = "CODE"    // lines as they stand
)

// Block is a part of a document's text.
type Block struct {
	Kind  Kind `json:"kind"`
	Level int  `json:"level,omitzero"` // of a heading, 1 to 6
	Begin int  `json:"begin"`          // the first byte in Document.Text
	End   int  `json:"end"`            // the byte after the last
	Page  int  `json:"page,omitzero"`  // the page, slide or sheet, from 1; 0 if there are none
}

// Limits bound what a document may cost. A zero limit is the default.
type Limits struct {
	Bytes    int64 `json:"bytes,omitzero"`    // of the file; 50 MB
	Text     int64 `json:"text,omitzero"`     // of the text in it, in UTF-8; 30 MB
	Table    int64 `json:"table,omitzero"`    // of the text in a CSV or Excel file; 10 MB
	Unpacked int64 `json:"unpacked,omitzero"` // of everything that is unpacked on the way; 256 MB
	Parts    int   `json:"parts,omitzero"`    // of a packed file, pages of a PDF, blocks by the thousand; 20,000
	Depth    int   `json:"depth,omitzero"`    // of nesting; 512
}

// DefaultLimits are those of the service's guide ("Supported document formats"),
// and for what it does not name, what real documents stay far below of.
func DefaultLimits() Limits {
	return Limits{Bytes: 50_000_000, Text: 30_000_000, Table: 10_000_000, Unpacked: 256_000_000, Parts: 20_000, Depth: 512}
}

// ErrorCode says whose mistake an error is, in the API's words.
type ErrorCode string

// The codes.
const (
	InvalidRequest ErrorCode = "InvalidRequest" // the document's: it will fail again
	InternalError  ErrorCode = "InternalError"  // ours
)

// Error is why a document has no text. Its message is a sentence for the user, and
// quotes nothing of the document.
type Error struct {
	Code    ErrorCode `json:"code"`
	Message string    `json:"message"`
	Retry   bool      `json:"retry,omitzero"` // another try may succeed
}

func (e *Error) Error() string { return e.Message }

func refuse(format string, args ...any) *Error {
	return &Error{Code: InvalidRequest, Message: fmt.Sprintf(format, args...)}
}
