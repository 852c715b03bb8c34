package extract

import (
	"errors"
	"math"
	"path"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/extract/pdf"
)

// pdf reads a PDF: its paragraphs, page by page. How large they are set says which
// are headings.
func (r *reader) pdf(data []byte) error {
	f, err := pdf.Open(data, pdf.Limits{Depth: min(r.limits.Depth, 64), Pages: r.limits.Parts, Spend: r.spendOn(data), Check: r.check})
	if err != nil {
		return spokenPDF(err)
	}
	var all []placed
	letters := map[int]int{} // by size, in tenths of a point
	size := 0
	err = f.Pages(func(page int, paragraphs []pdf.Paragraph) error {
		for _, p := range paragraphs {
			if size += len(p.Text); size > r.out.most {
				return refuse("The document has more than %s of text, which is not read.", megabytes(int64(r.out.most)))
			}
			letters[tenths(p.Size)] += len(p.Text)
			all = append(all, placed{p, page})
		}
		return r.check()
	})
	if err != nil {
		return spokenPDF(err)
	}
	r.title = pdfTitle(f.Title())
	r.language = primary(f.Language())
	body := commonest(letters)
	for _, p := range withoutFurniture(all, body) {
		r.out.page = p.page
		r.placed(p.Paragraph, body)
	}
	return nil
}

// spendOn counts what a PDF unpacks. Its pages may use the same form, a letterhead
// for instance, again and again.
func (r *reader) spendOn(data []byte) func(int) error {
	most := 64_000_000 + 100*int64(len(data))
	return func(n int) error {
		if err := r.spend(n); err != nil {
			return err
		}
		if r.unpacked > most {
			return pdf.ErrTooLarge
		}
		return nil
	}
}

// placed is a paragraph with its page.
type placed struct {
	pdf.Paragraph
	page int
}

// spokenPDF makes sentences of the errors of package pdf.
func spokenPDF(err error) error {
	switch {
	case errors.Is(err, pdf.ErrEncrypted):
		return refuse("The PDF is encrypted with a password. Remove the password and put it again.")
	case errors.Is(err, pdf.ErrTooLarge):
		return refuse("The PDF has more pages, objects or packed data than are read.")
	case errors.Is(err, pdf.ErrBroken):
		return refuse("The document is damaged, or it is no PDF: no pages can be found in it.")
	}
	return err
}

func tenths(size float64) int {
	if math.IsNaN(size) || size > 10_000 {
		return 0
	}
	return int(math.Round(size * 10))
}

// commonest is the size that most letters have, in points.
func commonest(letters map[int]int) float64 {
	best, most := 0, 0
	for size, n := range letters {
		if n > most || n == most && size < best {
			best, most = size, n
		}
	}
	return float64(best) / 10
}

// placed adds a paragraph as the block that it looks like.
func (r *reader) placed(p pdf.Paragraph, body float64) {
	if item, ok := bulleted(p.Text); ok {
		if r.out.is(List) && r.out.current.Page == r.out.page {
			r.out.next()
		} else {
			r.out.open(List, 0)
		}
		r.out.bullet()
		r.out.write(item)
		return
	}
	if level := headingLevel(p, body); level > 0 {
		r.out.add(Heading, level, p.Text)
		return
	}
	r.out.add(Text, 0, p.Text)
}

// bulleted is the text of an item of a list.
func bulleted(text string) (string, bool) {
	item := strings.TrimSpace(strings.TrimLeft(text, pdf.Bullets))
	return item, item != "" && len(item) < len(text)
}

// larger is how much larger than the body a heading is at least.
const larger = 1.08

// headingLevel is that of a paragraph which is short, and larger or bolder than the
// body; 0 for all others.
func headingLevel(p pdf.Paragraph, body float64) int {
	const longest = 200 // bytes
	if len(p.Text) > longest || body == 0 || !strings.ContainsFunc(p.Text, unicode.IsLetter) {
		return 0
	}
	switch ratio := p.Size / body; {
	case ratio >= 1.55:
		return 1
	case ratio >= 1.25:
		return 2
	case ratio >= larger:
		return 3
	case p.Bold && ratio > 0.95 && len(p.Text) <= longest/2 && !strings.ContainsAny(p.Text[len(p.Text)-1:], ".,;:"):
		return 4
	}
	return 0
}

// pdfTitle is a title without what programs put around it: many put the name of the
// file there.
func pdfTitle(title string) string {
	title = strings.TrimPrefix(oneLine(title), "Microsoft Word - ")
	title = strings.TrimPrefix(title, "Microsoft PowerPoint - ")
	switch strings.ToLower(path.Ext(title)) {
	case ".doc", ".docx", ".ppt", ".pptx", ".pdf", ".tex", ".dvi", ".indd", ".qxd", ".xls", ".xlsx", ".rtf", ".odt":
		title = strings.TrimSuffix(title, path.Ext(title))
	}
	if strings.EqualFold(title, "untitled") {
		return ""
	}
	return title
}
