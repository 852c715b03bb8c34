package retrieval

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/parleyhq/parley/internal/engine/language"
)

// work is what a change comes to in an edition.
type work struct {
	document string
	entry    *entry // nil: it is gone
	puts     []*document.Document
	removes  []string
}

// into adds the work to a batch.
func (w *work) into(batch *index.Batch) {
	for _, id := range w.removes {
		batch.Delete(id)
	}
	for _, d := range w.puts {
		batch.Update(d)
	}
}

// latest leaves the last change of each document.
func latest(changes []Change) []*Change {
	last := make(map[string]int, len(changes))
	for i, c := range changes {
		last[c.Document] = i
	}
	kept := make([]*Change, 0, len(last))
	for i := range changes {
		if last[changes[i].Document] == i {
			kept = append(kept, &changes[i])
		}
	}
	return kept
}

// mostAnalysed is how many passages of a document are held analysed, which takes
// many times the memory of their text: of a longer document they are handed over in
// between.
const mostAnalysed = 1000

// prepare analyses changes, on all processors. find gives what is known of a
// document, or nil; ahead takes the first passages of long documents.
func prepare(changes []*Change, find func(document string) *entry, ahead func([]*document.Document) error) ([]work, error) {
	works, errs := make([]work, len(changes)), make([]error, len(changes))
	next := make(chan int, len(changes))
	for i := range changes {
		next <- i
	}
	close(next)
	var done sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(changes)) {
		done.Go(func() {
			bench := workbench{analyzers: map[string]*language.Analyzer{}, ahead: ahead}
			for i := range next {
				works[i], errs[i] = bench.work(changes[i], find(changes[i].Document))
			}
		})
	}
	done.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return works, nil
}

// workbench is what one goroutine works with.
type workbench struct {
	analyzers map[string]*language.Analyzer
	ahead     func([]*document.Document) error
}

// work finds out what a change comes to, where before is known of the document.
func (b *workbench) work(c *Change, before *entry) (w work, err error) {
	defer recovered(&err)
	w.document = c.Document
	if before == nil {
		before = &entry{}
	}
	if c.Gone {
		w.removes = append(w.removes, recordID(c.Document), vectorsID(c.Document))
		w.removePassages(0, len(before.passages))
		return w, nil
	}
	e := &entry{
		document: c.Document, language: languageOf(c), list: c.ACL, listID: c.ACL.ID(),
		attributes: c.Attributes, passages: before.passages,
	}
	e.text = e.digest(c)
	if e.text != before.text {
		if e.passages, err = b.passages(&w, c, e.language); err != nil {
			return w, err
		}
		w.removePassages(len(e.passages), len(before.passages))
	}
	value, err := e.encode()
	if err != nil {
		return w, err
	}
	w.puts = append(w.puts, document.NewDocument(recordID(c.Document)).AddField(stored(value)))
	w.vectors(c, e)
	w.entry = e
	return w, nil
}

// removePassages removes those from one number up to, not including, another.
func (w *work) removePassages(from, to int) {
	for n := from; n < to; n++ {
		w.removes = append(w.removes, passageID(w.document, n))
	}
}

// vectors puts the vectors of the passages, or removes those that were.
func (w *work) vectors(c *Change, e *entry) {
	some := false
	for _, p := range c.Passages {
		e.vectors = append(e.vectors, p.Vector)
		some = some || len(p.Vector) > 0
	}
	if !some {
		e.vectors = nil
		w.removes = append(w.removes, vectorsID(c.Document))
		return
	}
	e.model = c.Model
	w.puts = append(w.puts, document.NewDocument(vectorsID(c.Document)).AddField(stored(e.packVectors())))
}

// apart is how far what is not one text is apart in a field, in places, so that
// no phrase goes from one to the other.
const apart = 100

// passages analyses the passages of a change.
func (b *workbench) passages(w *work, c *Change, code string) ([]passage, error) {
	a := b.analyzers[code]
	if a == nil {
		a = language.New(code)
		b.analyzers[code] = a
	}
	title, end := a.Tokens(nil, c.Title, 0)
	passages := make([]passage, len(c.Passages))
	for i := range c.Passages {
		if len(w.puts) == mostAnalysed {
			if err := b.ahead(w.puts); err != nil {
				return nil, err
			}
			w.puts = nil
		}
		p := &c.Passages[i]
		if p.N != i {
			return nil, fmt.Errorf("passage %d of a document has the number %d", i, p.N)
		}
		above, place := slices.Clip(title), end
		for _, h := range p.Headings {
			if !strings.EqualFold(h, c.Title) {
				above, place = a.Tokens(above, h, place+apart)
			}
		}
		body, _ := a.Tokens(nil, p.Text, 0)
		passages[i] = passage{likeness: likenessOf(body), title: uint32(len(above)), body: uint32(len(body))}
		w.puts = append(w.puts, document.NewDocument(passageID(c.Document, i)).
			AddField(searched(fieldTitle, above)).AddField(searched(fieldBody, body)))
	}
	return passages, nil
}

// languageOf is the language that a change says, or that it looks like.
func languageOf(c *Change) string {
	if code := language.Code(c.Language); code != "" {
		return code
	}
	var b strings.Builder
	b.WriteString(c.Title)
	const enough = 4096
	for i := 0; i < len(c.Passages) && b.Len() < enough; i++ {
		b.WriteByte('\n')
		b.WriteString(c.Passages[i].Text)
	}
	return language.Guess(b.String())
}

// digest stands for what is searched of a change.
func (e *entry) digest(c *Change) digest {
	h := sha256.New()
	write := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	write(e.language)
	write(c.Title)
	for _, p := range c.Passages {
		write(p.Text)
		h.Write(binary.AppendUvarint(nil, uint64(len(p.Headings))))
		for _, heading := range p.Headings {
			write(heading)
		}
	}
	return digest(h.Sum(nil))
}
