package attachment

import (
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // the API's own
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/store"
)

// patience is how long a person waits for one file, unless the Service says
// otherwise.
const patience = 30 * time.Second

// Read reads the files of a message, in its order. It is called before the turn's
// transaction: the files are nowhere but in what it returns until they are saved.
// What breaks a limit that is known before anything is read (how many files, how
// large, without a name) is a Validation; a file that cannot be read, or whose
// origin is not the user's, is Failed. Any other error is the server's.
func (s *Service) Read(ctx context.Context, p Place, uploads []Upload) ([]File, error) {
	if len(uploads) == 0 {
		return nil, nil
	}
	if err := check(uploads); err != nil {
		return nil, err
	}
	files := s.newFiles(p, uploads)
	var has held
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if has, err = heldIn(tx, p); err != nil {
			return err
		}
		return copyAll(tx, p, files, uploads)
	})
	if err != nil {
		return nil, err
	}
	if err := s.readAll(ctx, files, uploads); err != nil {
		return nil, err
	}
	has.admit(files)
	return files, nil
}

// check refuses uploads before anything is done with them.
func check(uploads []Upload) error {
	var bad []fault.Field
	add := func(i int, member, format string, args ...any) {
		bad = append(bad, fault.Field{Name: fmt.Sprintf("attachments[%d]%s", i, member), Message: fmt.Sprintf(format, args...)})
	}
	if len(uploads) > maxFiles {
		return fault.InvalidField("attachments", "has %d files; a message may have %d", len(uploads), maxFiles)
	}
	for i, u := range uploads {
		switch {
		case u.From != nil && u.Data != nil:
			add(i, "", "has both data and copyFrom: send the file, or name the one to copy")
		case u.From == nil && u.Data == nil:
			add(i, "", "needs data, which is the file, or copyFrom, which names one of another conversation")
		case len(u.Data) > maxBytes:
			add(i, ".data", "has %d bytes; a file may have %d (%d MB)", len(u.Data), maxBytes, maxBytes>>20)
		}
		if shownName(u.Name) == "" && (u.From == nil || u.Name != "") {
			add(i, ".name", "is needed: the name of the file, such as report.pdf")
		}
	}
	if bad != nil {
		return fault.Invalid(bad...)
	}
	return nil
}

// newFiles are files of which the uploads alone are known.
func (s *Service) newFiles(p Place, uploads []Upload) []File {
	now := s.Now()
	files := make([]File, len(uploads))
	for i, u := range uploads {
		name := shownName(u.Name)
		files[i] = File{
			ID: s.NewID(), Conversation: p.Conversation, Created: now.Add(time.Duration(i) * time.Microsecond),
			Name: name, Type: extension(name), Size: len(u.Data), From: u.From,
		}
	}
	return files
}

// readAll reads the files that came with their bytes, as many at once as there are
// processors.
func (s *Service) readAll(ctx context.Context, files []File, uploads []Upload) error {
	errs := make([]error, len(files))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var reading sync.WaitGroup
	for i := range files {
		if uploads[i].From != nil {
			continue
		}
		slots <- struct{}{}
		reading.Go(func() {
			defer func() { <-slots }()
			errs[i] = s.read(ctx, &files[i], uploads[i].Data)
		})
	}
	reading.Wait()
	return errors.Join(errs...)
}

// read reads one file. What is wrong with the file is in it.
func (s *Service) read(ctx context.Context, f *File, data []byte) error {
	sum := md5.Sum(data) //nolint:gosec // the API's own
	f.MD5 = hex.EncodeToString(sum[:])
	bounded, cancel := context.WithTimeout(ctx, cmp.Or(s.Patience, patience))
	defer cancel()
	err := s.understand(bounded, f, data)
	switch ended := ctx.Err(); {
	case ended != nil:
		return ended
	case errors.Is(err, context.DeadlineExceeded):
		err = refuse("The file could not be read within %s.", cmp.Or(s.Patience, patience))
	}
	if why, ok := errors.AsType[*refusal](err); ok {
		f.fails(why)
		return nil
	}
	return err
}

// understand finds out what a file is, by its bytes before its name, and what is
// in it.
func (s *Service) understand(ctx context.Context, f *File, data []byte) error {
	switch {
	case len(data) == 0:
		return refuse("The file is empty.")
	case isAddress(f.Name, data):
		return refuse("The content is the name of a file, and not what is in it. With the AWS CLI, write data@=fileb://PATH.")
	}
	if media := imageType(data); media != "" {
		f.Type, f.MediaType, f.Image = imageEndings[media], media, data
		return checkImage(media, data)
	}
	doc, err := s.extract(ctx, data, f.Name)
	if why, ok := errors.AsType[*extract.Error](err); ok {
		return because(why, data)
	}
	if err != nil {
		return err
	}
	if ending := f.Type; doc.Type == extract.PlainText && (ending == "png" || ending == "jpg" || ending == "jpeg") {
		return refuse("The file has the name of an image, and its content is none.")
	}
	f.Type, f.Text = endings[doc.Type], doc.Text
	if n := utf8.RuneCountInString(doc.Text); n > maxText {
		return refuse("The file has %d characters of text; all files of a conversation together may have %d. Attach a shorter one, or a part of it.", n, maxText)
	}
	return nil
}

// isAddress reports whether somebody sent where a file is instead of the file: the
// AWS CLI takes data=fileb://PATH, within a structure, as it stands.
func isAddress(name string, data []byte) bool {
	text := string(data[:min(len(data), 4096)])
	return text == name || !strings.Contains(text, "\n") && (strings.HasPrefix(text, "fileb://") || strings.HasPrefix(text, "file://"))
}

// limits are those of one document. Its text may be longer than any that is taken,
// so that a refusal can say how long it is.
var limits = extract.Limits{Bytes: maxBytes, Text: maxBytes, Table: maxBytes}

func (s *Service) extract(ctx context.Context, data []byte, name string) (*extract.Document, error) {
	if s.Extract == nil {
		return extract.Extract(ctx, data, name, "", limits)
	}
	return s.Extract(ctx, data, name, "", limits)
}

// because says why a file has no text. Pictures and recordings are no documents to
// package extract; here people may wonder which ones can be attached.
func because(why *extract.Error, data []byte) *refusal {
	media, _, _ := strings.Cut(mimetype.Detect(data).String(), ";")
	kind, _, _ := strings.Cut(media, "/")
	switch kind {
	case "audio", "video":
		return refuse("The file is %s: audio and video are not read.", media)
	case "image":
		return refuse("The image is %s: images are read as PNG and JPEG.", media)
	}
	return &refusal{api.ErrorCode(why.Code), why.Message}
}

// imageEndings and endings are the types of files as the API shows them: how names
// of such files end.
var imageEndings = map[string]string{pngType: "png", jpegType: "jpg"}

var endings = map[extract.Type]string{
	extract.PDF: "pdf", extract.HTML: "html", extract.MSWord: "docx", extract.PlainText: "txt", extract.PPT: "pptx",
	extract.RTF: "rtf", extract.XML: "xml", extract.XSLT: "xslt", extract.MSExcel: "xlsx", extract.CSV: "csv",
	extract.JSON: "json", extract.MD: "md",
}

// refusal is why a file cannot be read: a sentence for the user.
type refusal struct {
	code    api.ErrorCode
	message string
}

func (r *refusal) Error() string { return r.message }

func refuse(format string, args ...any) *refusal {
	return &refusal{api.ErrorCodeInvalidRequest, fmt.Sprintf(format, args...)}
}

// fails makes a file one that could not be read.
func (f *File) fails(why *refusal) {
	f.Text, f.Image, f.MediaType = "", nil, ""
	f.Failed = &api.ErrorDetail{ErrorCode: &why.code, ErrorMessage: &why.message}
}
