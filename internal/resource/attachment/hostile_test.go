package attachment

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// ole is a compound file with a stream of that name: what Office wrote before 2007,
// and what it encrypts into.
func ole(stream string) []byte {
	data := []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504))
	for _, b := range []byte(stream) {
		data = append(data, b, 0)
	}
	return data
}

func word(document string) []byte {
	return extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"}, extracttest.Part{Name: "word/document.xml", Content: document})
}

// hostile are files that cannot be read, and the sentence that says why.
var hostile = []struct {
	name string
	data func(t *testing.T) []byte
	want string
}{
	{"nothing.txt", func(*testing.T) []byte { return []byte{} }, "The file is empty."},
	{"nothing.png", func(*testing.T) []byte { return []byte{} }, "The file is empty."},
	{"address.pdf", func(*testing.T) []byte { return []byte("fileb://reports/address.pdf") }, "With the AWS CLI, write data@=fileb://PATH."},
	{"address.md", func(*testing.T) []byte { return []byte("file://address.md") }, "The content is the name of a file, and not what is in it."},
	{"its own name.pdf", func(*testing.T) []byte { return []byte("its own name.pdf") }, "The content is the name of a file, and not what is in it."},
	{"spaces.txt", func(*testing.T) []byte { return []byte(" \n\t ") }, "The document is empty."},
	{"scan.pdf", func(*testing.T) []byte { return extracttest.PDF("") }, "The PDF has no text."},
	{"bomb.docx", func(*testing.T) []byte { return word("<d><p><t>" + strings.Repeat("A", 24<<20) + "</t></p></d>") }, "unpacks to more than a hundred times its size"},
	{"bomb.pdf", func(*testing.T) []byte {
		return extracttest.PDFObjects("/Root 1 0 R", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
			"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>", extracttest.Stream("FlateDecode", strings.Repeat(" ", 65<<20)))
	}, "more pages, objects or packed data"},
	{"entity.docx", func(*testing.T) []byte {
		return word(`<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><p><t>&x;</t></p></d>`)
	}, "declares entities"},
	{"entity.xml", func(*testing.T) []byte { return []byte(`<!DOCTYPE d [<!ENTITY x SYSTEM "/etc/passwd">]><d>&x;</d>`) }, "declares entities"},
	{"deep.json", func(*testing.T) []byte { return []byte(strings.Repeat("[", 1<<20)) }, "nested more than 512"},
	{"locked.docx", func(*testing.T) []byte { return ole("EncryptedPackage") }, "encrypted with a password"},
	{"locked.pdf", func(*testing.T) []byte {
		return bytes.Replace(extracttest.PDF("T", "text"), []byte("/Info"), []byte("/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O ("+strings.Repeat("o", 32)+") /U ("+strings.Repeat("u", 32)+") >> /Info"), 1)
	}, "encrypted with a password"},
	{"old.doc", func(*testing.T) []byte { return ole("WordDocument") }, "Save it as .docx."},
	{"old.xls", func(*testing.T) []byte { return ole("Workbook") }, "Save it as .xlsx."},
	{"cut.docx", func(*testing.T) []byte { d := extracttest.DOCX("T", "x"); return d[:len(d)*2/3] }, "its end is missing"},
	{"files.zip", func(*testing.T) []byte { return extracttest.Zip(extracttest.Part{Name: "a.txt", Content: "a"}) }, "of a type that is not read (application/zip)"},
	{"program.exe", func(*testing.T) []byte { return []byte("MZ\x90\x00" + strings.Repeat("\x00\x01\x02\xff", 1000)) }, "of a type that is not read"},
	{"program.txt", func(*testing.T) []byte { return []byte("\x7fELF" + strings.Repeat("\x00\x01\x02\xff", 1000)) }, "of a type that is not read"},
	{"song.mp3", func(*testing.T) []byte {
		return []byte("ID3\x04\x00\x00\x00\x00\x00\x10" + strings.Repeat("\x00\xff\xfb\x90", 1000))
	}, "The file is audio/mpeg: audio and video are not read."},
	{"film.mp4", func(*testing.T) []byte {
		return []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + strings.Repeat("\x00\x01\x02\xff", 1000))
	}, "The file is video/mp4: audio and video are not read."},
	{"anim.gif", func(*testing.T) []byte { return []byte("GIF89a" + strings.Repeat("\x00\x01\x02\xff", 1000)) }, "The image is image/gif: images are read as PNG and JPEG."},
	{"photo.webp", func(*testing.T) []byte {
		return []byte("RIFF\x10\x00\x00\x00WEBPVP8 " + strings.Repeat("\x00\x01\x02\xff", 1000))
	}, "The image is image/webp: images are read as PNG and JPEG."},
	{"an error page.png", func(*testing.T) []byte { return []byte("404 page not found") }, "has the name of an image, and its content is none"},
	{"an error page.JPEG", func(*testing.T) []byte { return []byte("404 page not found") }, "has the name of an image, and its content is none"},
	{"cut.png", func(t *testing.T) []byte { d := pngOf(t, 50, 50); return d[:len(d)/2] }, "The image is damaged, or it is not complete."},
	{"cut.jpg", func(t *testing.T) []byte { d := jpegOf(t, 50, 50); return d[:len(d)/2] }, "The image is damaged, or it is not complete."},
	{"bomb.png", func(*testing.T) []byte {
		return []byte(pngMark + header(100_000, 100_000) + chunk("IDAT", "x") + chunk("IEND", ""))
	}, "The image has 100000 × 100000 pixels; images are read up to 8000 pixels a side."},
	{"large.png", func(t *testing.T) []byte { return append(pngOf(t, 5, 5), make([]byte, maxImage)...) }, "images are read up to 3932160 (3.75 MB)"},
	{"book.txt", func(*testing.T) []byte { return bytes.Repeat([]byte("a"), maxText+1) }, "The file has 665001 characters of text; all files of a conversation together may have 665000."},
	{"book.xlsx", func(*testing.T) []byte {
		row := []string{strings.Repeat("rye and wheat ", 500)}
		rows := make([][]string, 100)
		for i := range rows {
			rows[i] = row
		}
		return extracttest.XLSX("B", rows...)
	}, "characters of text; all files of a conversation together may have 665000."},
}

// TestHostileFiles fail, each by itself and with a sentence that says why, and
// leave no memory taken.
func TestHostileFiles(t *testing.T) {
	r := one(t)
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.data(t)
			if len(data) > maxBytes {
				t.Fatalf("the test's file has %d bytes", len(data))
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			files := r.read1(t, r.at("jo", talkID), Upload{Name: tt.name, Data: data}, text("good.txt", "good"))
			runtime.GC()
			runtime.ReadMemStats(&after)
			if n := int64(after.HeapAlloc) - int64(before.HeapAlloc); n > 16<<20 {
				t.Errorf("holds %d MB more", n>>20)
			}
			fails(t, files[0], api.ErrorCodeInvalidRequest, tt.want)
			if files[1].Failed != nil || files[1].Text != "good" {
				t.Errorf("the good file beside it: %+v", files[1])
			}
		})
	}
}

// TestPolyglots are what their first bytes say, and only that.
func TestPolyglots(t *testing.T) {
	r := one(t)
	picture, doc := pngOf(t, 4, 3), extracttest.DOCX("T", "text of the document")
	for name, tt := range map[string]struct {
		data       []byte
		kind, text string
	}{
		"a PDF behind a picture":       {append(bytes.Clone(picture), extracttest.PDF("T", "text")...), "png", ""},
		"a packed file behind a photo": {append(jpegOf(t, 4, 3), doc...), "jpg", ""},
		"a picture behind a document":  {append(bytes.Clone(doc), picture...), "docx", "text of the document"},
		"a page that is a script":      {[]byte("<html><script>alert(1)</script><p>seen</p></html>"), "html", "seen"},
	} {
		t.Run(name, func(t *testing.T) {
			f := r.read1(t, r.at("jo", talkID), Upload{Name: "file", Data: tt.data})[0]
			if f.Failed != nil {
				t.Fatal(*f.Failed.ErrorMessage)
			}
			if f.Type != tt.kind || !strings.Contains(f.Text, tt.text) || strings.Contains(f.Text, "alert") || tt.text == "" && f.Text != "" {
				t.Errorf("type %q, text %q", f.Type, f.Text)
			}
		})
	}
}
