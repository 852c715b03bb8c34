package attachment

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
	"github.com/parleyhq/parley/internal/platform/fence"
)

func TestFilesAreRead(t *testing.T) {
	r := one(t)
	r.Extract = fence.New(fence.Config{}).Extract
	const says = "Bread is baked in the morning."
	for name, tt := range map[string]struct {
		data       []byte
		kind, want string // type, and what its text contains
	}{
		"notes.txt":        {[]byte(says), "txt", says},
		"notes":            {[]byte(says), "txt", says},
		"notes.md":         {[]byte("# Bread\n\n" + says), "md", says},
		"page.html":        {extracttest.HTML("Bread", says), "html", says},
		"page.txt":         {extracttest.HTML("Bread", says), "txt", says},
		"notes.rtf":        {extracttest.RTF("Bread", says), "rtf", says},
		"notes.docx":       {extracttest.DOCX("Bread", says), "docx", says},
		"talk.pptx":        {extracttest.PPTX("Bread", says), "pptx", says},
		"prices.xlsx":      {extracttest.XLSX("Bread", []string{"rye", "3.50"}), "xlsx", "rye\t3.50"},
		"prices.csv":       {[]byte("bread,price\nrye,3.50\n"), "csv", "rye\t3.50"},
		"prices.json":      {[]byte(`{"rye": 3.5}`), "json", "3.5"},
		"prices.xml":       {[]byte(`<?xml version="1.0"?><prices><rye>3.50</rye></prices>`), "xml", "3.50"},
		"style.xslt":       {[]byte(`<xsl:stylesheet xmlns:xsl="x" version="1.0"><xsl:text>3.50</xsl:text></xsl:stylesheet>`), "xslt", "3.50"},
		"notes.pdf":        {extracttest.PDF("Bread", says), "pdf", says},
		"a PDF named.docx": {extracttest.PDF("Bread", says), "pdf", says},
		"a PDF named.png":  {extracttest.PDF("Bread", says), "pdf", says},
		"text named.pdf":   {[]byte(says), "txt", says},
		"text named.mp4":   {[]byte(says), "txt", says},
		"about files.txt":  {[]byte("file:// is how such an address begins.\nMore is in RFC 8089."), "txt", "RFC 8089"},
		"latin.txt":        {[]byte("caf\xe9 au lait"), "txt", "café au lait"},
	} {
		t.Run(name, func(t *testing.T) {
			f := r.read1(t, r.at("jo", talkID), Upload{Name: name, Data: tt.data})[0]
			if f.Failed != nil {
				t.Fatal(*f.Failed.ErrorMessage)
			}
			if f.Name != name || f.Type != tt.kind || f.MediaType != "" || f.Image != nil || f.Size != len(tt.data) {
				t.Errorf("got %q, type %q, %d bytes, media type %q", f.Name, f.Type, f.Size, f.MediaType)
			}
			if !strings.Contains(f.Text, tt.want) {
				t.Errorf("text %q, want one with %q", f.Text, tt.want)
			}
		})
	}
}

func TestImagesAreRead(t *testing.T) {
	r := one(t)
	picture, photo := pngOf(t, 4, 3), jpegOf(t, 4, 3)
	for name, tt := range map[string]struct {
		data        []byte
		kind, media string
	}{
		"chart.png":         {picture, "png", "image/png"},
		"photo.jpg":         {photo, "jpg", "image/jpeg"},
		"photo.JPEG":        {photo, "jpg", "image/jpeg"},
		"a PNG named.jpg":   {picture, "png", "image/png"},
		"a PNG named.pdf":   {picture, "png", "image/png"},
		"without an ending": {photo, "jpg", "image/jpeg"},
	} {
		t.Run(name, func(t *testing.T) {
			f := r.read1(t, r.at("jo", talkID), Upload{Name: name, Data: tt.data})[0]
			if f.Failed != nil {
				t.Fatal(*f.Failed.ErrorMessage)
			}
			if f.Type != tt.kind || f.MediaType != tt.media || f.Text != "" || !bytes.Equal(f.Image, tt.data) {
				t.Errorf("type %q, media type %q, text %q, %d bytes", f.Type, f.MediaType, f.Text, len(f.Image))
			}
		})
	}
}

func TestWhatIsKnownOfAFile(t *testing.T) {
	r := one(t)
	files := r.read1(t, r.at("jo", ""), text(`C:\tmp\notes.txt`, "bread"), text("empty.md", ""))
	code, why := api.ErrorCodeInvalidRequest, "The file is empty."
	want := []File{
		{
			ID: files[0].ID, Created: r.clock.Now(), Name: "notes.txt", Type: "txt",
			MD5: "dba7b12a19fe9d49fbb53d65c49bbce6", Size: 5, Text: "bread", // printf bread | md5sum
		},
		{
			ID: files[1].ID, Created: r.clock.Now().Add(time.Microsecond), Name: "empty.md", Type: "md",
			MD5: "d41d8cd98f00b204e9800998ecf8427e", Failed: &api.ErrorDetail{ErrorCode: &code, ErrorMessage: &why},
		},
	}
	if diff := cmp.Diff(want, files, cmp.AllowUnexported(File{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	success, failed := api.AttachmentStatusSuccess, api.AttachmentStatusFailed
	shown := []api.AttachmentOutput{
		{AttachmentID: &files[0].ID, Name: new("notes.txt"), Status: &success},
		{AttachmentID: &files[1].ID, Name: new("empty.md"), Status: &failed, Error: want[1].Failed},
	}
	if diff := cmp.Diff(shown, []api.AttachmentOutput{files[0].Output(), files[1].Output()}); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}

func TestUploadOf(t *testing.T) {
	for _, tt := range []struct {
		in   api.AttachmentInput
		want Upload
	}{
		{api.AttachmentInput{}, Upload{}},
		{api.AttachmentInput{Name: new("a.txt"), Data: []byte{}}, Upload{Name: "a.txt", Data: []byte{}}},
		{api.AttachmentInput{CopyFrom: &api.CopyFromSource{}}, Upload{}},
		{
			api.AttachmentInput{CopyFrom: &api.CopyFromSource{Conversation: &api.ConversationSource{ConversationID: talkID, AttachmentID: nowhere}}},
			Upload{From: &Origin{talkID, nowhere}},
		},
	} {
		if diff := cmp.Diff(tt.want, UploadOf(tt.in)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.in, diff)
		}
	}
}

// TestUploadsThatAreRefused: nothing is read of a message that breaks a limit.
func TestUploadsThatAreRefused(t *testing.T) {
	r := one(t)
	r.Extract = func(context.Context, []byte, string, extract.Type, extract.Limits) (*extract.Document, error) {
		t.Error("a file is read")
		return &extract.Document{}, nil
	}
	good := text("a.txt", "a")
	for name, tt := range map[string]struct {
		uploads []Upload
		fields  []string
		words   string
	}{
		"six files":         {[]Upload{good, good, good, good, good, good}, []string{"attachments"}, "attachments: has 6 files; a message may have 5"},
		"a byte too many":   {[]Upload{good, {Name: "a.txt", Data: make([]byte, maxBytes+1)}}, []string{"attachments[1].data"}, "attachments[1].data: has 10485761 bytes; a file may have 10485760 (10 MB)"},
		"no name":           {[]Upload{{Data: []byte("a")}}, []string{"attachments[0].name"}, "attachments[0].name: is needed: the name of the file, such as report.pdf"},
		"a name of dots":    {[]Upload{text("../..", "a")}, []string{"attachments[0].name"}, "is needed"},
		"a name unseen":     {[]Upload{text("\u202e", "a")}, []string{"attachments[0].name"}, "is needed"},
		"nothing":           {[]Upload{{Name: "a.txt"}}, []string{"attachments[0]"}, "attachments[0]: needs data"},
		"both":              {[]Upload{{Name: "a.txt", Data: []byte("a"), From: &Origin{talkID, nowhere}}}, []string{"attachments[0]"}, "has both data and copyFrom"},
		"a copy of no name": {[]Upload{{Name: "/", From: &Origin{talkID, nowhere}}}, []string{"attachments[0].name"}, "is needed"},
		"all of it":         {[]Upload{{}, {Data: make([]byte, maxBytes+1)}}, []string{"attachments[0]", "attachments[0].name", "attachments[1].data", "attachments[1].name"}, "attachments[1].name"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := r.Read(t.Context(), r.at("jo", talkID), tt.uploads)
			if got := optest.Refused(t, err, optest.Invalid(tt.fields...)); !strings.Contains(got, tt.words) {
				t.Errorf("%q, want … %s", got, tt.words)
			}
			if files != nil {
				t.Errorf("%d files", len(files))
			}
		})
	}
}

func TestNothingAttached(t *testing.T) {
	r := one(t)
	if files, err := r.Read(t.Context(), r.at("jo", talkID), nil); files != nil || err != nil {
		t.Errorf("%v, %v", files, err)
	}
}

// TestTheLargestFile is taken: ten megabytes, as MB are counted there.
func TestTheLargestFile(t *testing.T) {
	r := one(t)
	data := append([]byte("%PDF-1.7 "), make([]byte, maxBytes-9)...)
	r.Extract = func(_ context.Context, data []byte, _ string, _ extract.Type, l extract.Limits) (*extract.Document, error) {
		if int64(len(data)) > l.Bytes {
			t.Errorf("%d bytes are more than extract reads, %d", len(data), l.Bytes)
		}
		return &extract.Document{Type: extract.PDF, Text: strings.Repeat("é", maxText)}, nil
	}
	if f := r.read1(t, r.at("jo", talkID), Upload{Name: "a.pdf", Data: data})[0]; f.Failed != nil {
		t.Error(*f.Failed.ErrorMessage)
	}
}

// TestReadersThatBreak: the file fails, and the others do not.
func TestReadersThatBreak(t *testing.T) {
	r := one(t)
	r.Patience = time.Nanosecond
	r.Extract = func(ctx context.Context, _ []byte, name string, _ extract.Type, _ extract.Limits) (*extract.Document, error) {
		switch name {
		case "slow.pdf":
			<-ctx.Done()
			return nil, ctx.Err()
		case "crash.pdf":
			return nil, &extract.Error{Code: extract.InternalError, Message: "The reader broke.", Retry: true}
		}
		return &extract.Document{Type: extract.PDF, Text: "good"}, nil
	}
	files := r.read1(t, r.at("jo", talkID), text("slow.pdf", "x"), text("good.pdf", "x"), text("crash.pdf", "x"))
	fails(t, files[0], api.ErrorCodeInvalidRequest, "The file could not be read within 1ns.")
	fails(t, files[2], api.ErrorCodeInternalError, "The reader broke.")
	if files[1].Failed != nil || files[1].Text != "good" {
		t.Errorf("the good one: %+v", files[1])
	}
}

// TestErrorsOfTheServer are those of the message: nobody can say which file is bad.
func TestErrorsOfTheServer(t *testing.T) {
	r := one(t)
	broken := errors.New("no pipe")
	r.Extract = func(context.Context, []byte, string, extract.Type, extract.Limits) (*extract.Document, error) {
		return nil, broken
	}
	if _, err := r.Read(t.Context(), r.at("jo", talkID), []Upload{text("a.txt", "a")}); !errors.Is(err, broken) {
		t.Errorf("err = %v, want %v", err, broken)
	}
	ctx, leave := context.WithCancel(t.Context())
	r.Extract = func(ctx context.Context, _ []byte, _ string, _ extract.Type, _ extract.Limits) (*extract.Document, error) {
		leave()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if _, err := r.Read(ctx, r.at("jo", talkID), []Upload{text("a.txt", "a")}); !errors.Is(err, context.Canceled) {
		t.Errorf("who leaves: %v", err)
	}
}

// fails demands that a file failed with an error, and has nothing in it.
func fails(t testing.TB, f File, code api.ErrorCode, words string) {
	t.Helper()
	if f.Failed == nil {
		t.Errorf("%s did not fail, want %q", f.Name, words)
		return
	}
	if *f.Failed.ErrorCode != code || !strings.Contains(*f.Failed.ErrorMessage, words) {
		t.Errorf("%s: %s %q, want %s … %s", f.Name, *f.Failed.ErrorCode, *f.Failed.ErrorMessage, code, words)
	}
	if f.Text != "" || f.Image != nil || f.MediaType != "" {
		t.Errorf("%s failed and has text or an image", f.Name)
	}
}
