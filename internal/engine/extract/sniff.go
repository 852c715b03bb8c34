package extract

import (
	"bytes"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Sniff is the type that bytes have, by themselves and by the name of their file.
// It fails for what is none of the types, and says what it is.
func Sniff(data []byte, name string) (Type, error) {
	if t := signature(data); t != "" {
		return t, nil
	}
	if err := known(data); err != nil {
		return "", err
	}
	if wide(data) == nil && binary(data) && !marked(data) {
		return "", refuse("The document is of a type that is not read (%s). What is read is PDF, Word, PowerPoint, Excel, RTF, HTML, XML, Markdown, JSON, CSV and plain text.", mediaType(data))
	}
	if t := extensions[strings.ToLower(path.Ext(name))]; t != "" && !t.signed() {
		return t, nil
	}
	return plainType(data), nil
}

// settle is the type a document is read as. A type that was declared is held
// against the bytes, if bytes of that type can be told from others.
func settle(data []byte, name string, declared Type) (Type, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return "", refuse("The document is empty.")
	}
	if declared == "" {
		return Sniff(data, name)
	}
	if formats[declared] == nil {
		return "", refuse("%q is no type of document that is read.", declared)
	}
	if err := known(data); err != nil {
		return "", err
	}
	found := signature(data)
	if declared.signed() && found != declared || found.signed() && found != declared {
		return "", refuse("The document's contentType is %s, and its content is %s. Name the right contentType, or leave it out.", declared, describe(found, data))
	}
	return declared, nil
}

// signed reports whether files of the type begin with a signature.
func (t Type) signed() bool {
	switch t {
	case PDF, MSWord, MSExcel, PPT, RTF:
		return true
	}
	return false
}

// signature is the type that the first bytes give away, or nothing.
func signature(data []byte) Type {
	head := data[:min(len(data), 1024)]
	switch text := bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"); {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return packed(data)
	case bytes.Contains(head, []byte("%PDF-")):
		return PDF
	case bytes.HasPrefix(text, []byte(`{\rtf`)):
		return RTF
	}
	return ""
}

// oleMark is what compound files begin with: the formats of Office before 2007,
// and the envelope of encrypted newer ones.
const oleMark = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// known says what is wrong with files that are recognized and not read.
func known(data []byte) error {
	const tail = 1<<16 + 22 // where the directory of a zip ends
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) && !bytes.Contains(data[max(0, len(data)-tail):], []byte("PK\x05\x06")) {
		return refuse("The document is damaged: it is a packed file, and its end is missing.")
	}
	if !bytes.HasPrefix(data, []byte(oleMark)) {
		return nil
	}
	has := func(stream string) bool { return bytes.Contains(data, sixteen(stream)) }
	switch {
	case has("EncryptedPackage"):
		return refuse("The document is encrypted with a password. Remove the password and put it again.")
	case has("WordDocument"):
		return refuse("The document is in Word's format of before 2007 (.doc), which is not read. Save it as .docx.")
	case has("PowerPoint Document"):
		return refuse("The document is in PowerPoint's format of before 2007 (.ppt), which is not read. Save it as .pptx.")
	case has("Workbook") || has("Book"):
		return refuse("The document is in Excel's format of before 2007 (.xls), which is not read. Save it as .xlsx.")
	}
	return refuse("The document is an OLE compound file, which is not read. Save it in a format of today.")
}

// sixteen is ASCII in UTF-16, little endian.
func sixteen(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// extensions are the types that names of files tell.
var extensions = map[string]Type{
	".pdf": PDF, ".docx": MSWord, ".docm": MSWord, ".dotx": MSWord, ".pptx": PPT, ".pptm": PPT, ".ppsx": PPT,
	".xlsx": MSExcel, ".xlsm": MSExcel, ".rtf": RTF,
	".html": HTML, ".htm": HTML, ".xhtml": HTML, ".xml": XML, ".xsl": XSLT, ".xslt": XSLT,
	".csv": CSV, ".tsv": CSV, ".json": JSON, ".md": MD, ".markdown": MD, ".txt": PlainText, ".text": PlainText, ".log": PlainText,
}

// plainType tells formats apart that are text.
func plainType(data []byte) Type {
	head := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 4096)], "\xef\xbb\xbf \t\r\n"))
	has := func(mark string) bool { return bytes.Contains(head, []byte(mark)) }
	switch {
	case bytes.HasPrefix(head, []byte("<")) && (has("<html") || has("<!doctype html")):
		return HTML
	case bytes.HasPrefix(head, []byte("<")) && (has("<xsl:stylesheet") || has("<xsl:transform")):
		return XSLT
	case bytes.HasPrefix(head, []byte("<?xml")):
		return XML
	case bytes.HasPrefix(head, []byte("<body")) || bytes.HasPrefix(head, []byte("<head")):
		return HTML
	case bytes.HasPrefix(head, []byte("{")) && isJSON(data) || bytes.HasPrefix(head, []byte("[")) && isJSON(data):
		return JSON
	}
	return PlainText
}

func marked(data []byte) bool {
	for _, m := range marks {
		if bytes.HasPrefix(data, []byte(m.mark)) {
			return true
		}
	}
	return false
}

// describe says what bytes are, for a message.
func describe(found Type, data []byte) string {
	if found != "" {
		return found.spoken()
	}
	return mediaType(data)
}

func mediaType(data []byte) string {
	media, _, _ := strings.Cut(mimetype.Detect(data).String(), ";")
	return media
}
