package document

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

// What a step of embedding takes at once.
const (
	embedDocuments = 256
	embedPassages  = 64
	embedBytes     = 256 << 10
)

// A lacking is a document with passages that are to get vectors.
type lacking struct {
	document   string
	generation int64
	seq        int64
	first      int // of the passages
	texts      []string
	last       bool // with them it has all
	vectors    [][]float32
}

// embedSome gives the next passages that lack a vector of a model theirs: those of
// documents after a number of the log, whose end is head.
func (s *Service) embedSome(ctx context.Context, p Place, model string, after, head int64) error {
	var todo []*lacking
	var reached int64
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		todo, reached, err = lack(tx, p, model, after, head)
		return err
	})
	if err != nil {
		return err
	}
	if len(todo) > 0 {
		e, err := s.Embedding.Open(model)
		if err != nil {
			return fmt.Errorf("vectors of the model %s: %w", model, err)
		}
		if err := s.embedAllOf(ctx, e, todo); err != nil {
			return err
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return s.keepVectors(tx, p, model, todo, reached) })
}

// lack finds documents after a number of the log that lack vectors, as many as a
// step takes, and up to which number all have theirs once these have.
func lack(tx *store.Tx, p Place, model string, after, head int64) (todo []*lacking, reached int64, err error) {
	type candidate struct {
		lacking

		version version
		has     int
	}
	var found []*candidate
	err = tx.Each(`SELECT d.document, d.live, d.seq, d.doc, COALESCE((SELECT MAX(v.n + v.amount) FROM passage_vector v
			WHERE v.tenant = d.tenant AND v.application = d.application AND v.idx = d.idx AND v.document = d.document
				AND v.generation = d.live AND v.model = $5), 0)
		FROM document d WHERE d.tenant = $1 AND d.application = $2 AND d.idx = $3 AND d.seq > $4 AND d.live > 0 ORDER BY d.seq LIMIT $6`,
		[]any{p.Tenant, p.Application, p.Index, after, model, embedDocuments}, func(r *store.Rows) error {
			c := &candidate{}
			var doc string
			if err := r.Scan(&c.document, &c.generation, &c.seq, &doc, &c.has); err != nil {
				return err
			}
			found = append(found, c)
			return json.Unmarshal([]byte(doc), &c.version)
		})
	if err != nil {
		return nil, 0, err
	}
	left, room := embedPassages, embedBytes
	for _, c := range found {
		if c.has >= c.version.Passages {
			reached = c.seq
			continue
		}
		if left == 0 || room <= 0 {
			return todo, reached, nil
		}
		l := &c.lacking
		l.first = c.has
		if room, err = l.read(tx, p, c.version.Title, left, room); err != nil {
			return nil, 0, err
		}
		if len(l.texts) == 0 { // its passages are not there: no vector is to be had
			reached = c.seq
			continue
		}
		left -= len(l.texts)
		todo = append(todo, l)
		if l.last = c.has+len(l.texts) >= c.version.Passages; !l.last {
			return todo, reached, nil
		}
		reached = c.seq
	}
	if len(found) < embedDocuments {
		reached = head
	}
	return todo, reached, nil
}

// read reads at most so many passages from the first on, and less when there is
// no room for them.
func (l *lacking) read(tx *store.Tx, p Place, title string, most, room int) (left int, err error) {
	err = tx.Each(`SELECT text, doc FROM passage WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5
		AND n >= $6 ORDER BY n LIMIT $7`, []any{p.Tenant, p.Application, p.Index, l.document, l.generation, l.first, most},
		func(r *store.Rows) error {
			var text, doc string
			var at where
			if err := r.Scan(&text, &doc); err != nil || room <= 0 {
				return err
			}
			if err := json.Unmarshal([]byte(doc), &at); err != nil {
				return err
			}
			text = prose(title, at.Headings, text)
			room -= len(text)
			l.texts = append(l.texts, text)
			return nil
		})
	return room, err
}

// embedAllOf asks for the vectors of all those passages in one go.
func (s *Service) embedAllOf(ctx context.Context, e provider.Embedder, todo []*lacking) error {
	var texts []string
	for _, l := range todo {
		texts = append(texts, l.texts...)
	}
	vectors, err := s.vectorize(ctx, e, texts)
	if err != nil {
		return err
	}
	for _, l := range todo {
		l.vectors, vectors = vectors[:len(l.texts)], vectors[len(l.texts):]
	}
	return nil
}

// vectorize is the vectors of texts. Where the model refuses some, they are found
// by halves; one that is too long is shortened, and one that it does not take for
// another reason, while it takes others, gets none.
func (s *Service) vectorize(ctx context.Context, e provider.Embedder, texts []string) ([][]float32, error) {
	vectors, err := e.Embed(ctx, texts, false)
	reason := llm.ReasonOf(err)
	switch {
	case err == nil:
		return vectors, nil
	case reason != llm.ContextTooLong && reason != llm.BadRequest:
		return nil, err
	case len(texts) > 1:
		half := len(texts) / 2
		before, err := s.vectorize(ctx, e, texts[:half])
		if err != nil {
			return nil, err
		}
		behind, err := s.vectorize(ctx, e, texts[half:])
		return append(before, behind...), err
	case reason == llm.ContextTooLong && len(texts[0]) > shortest:
		return s.vectorize(ctx, e, []string{shorten(texts[0])})
	}
	if _, broken := e.Embed(ctx, []string{"text"}, false); broken != nil {
		return nil, err
	}
	s.Embedding.Log.WarnContext(ctx, "a passage has no vector: the embedding model does not take it", "error", err)
	return make([][]float32, 1), nil
}

// shortest is as far as a passage is shortened, in bytes.
const shortest = 256

// shorten is the first half of a text.
func shorten(text string) string {
	n := len(text) / 2
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// keepVectors writes what a step made, but for documents that were replaced or
// removed meanwhile. Those that have all vectors of the model of search now get a
// new number of the log, so that whoever follows it reads them.
func (s *Service) keepVectors(tx *store.Tx, p Place, model string, todo []*lacking, reached int64) error {
	e, err := progressOf(tx, p)
	if err != nil || e == nil || model != e.serving && model != e.model {
		return err
	}
	var whole []*lacking
	for _, l := range todo {
		live, err := l.live(tx, p)
		if err == nil && live {
			err = l.keep(tx, p, model)
		}
		if err != nil {
			return err
		}
		if live && l.last && model == e.serving {
			whole = append(whole, l)
		}
	}
	if model == e.serving {
		e.servedTo = max(e.servedTo, reached)
	}
	if model == e.model {
		e.position = max(e.position, reached)
	}
	if err := e.save(tx, p); err != nil || len(whole) == 0 {
		return err
	}
	return s.renumber(tx, p, whole)
}

// live reports whether the version is still the one that search has.
func (l *lacking) live(tx *store.Tx, p Place) (bool, error) {
	d, err := find(tx, key{p, l.document})
	return d != nil && d.live == l.generation, err
}

func (l *lacking) keep(tx *store.Tx, p Place, model string) error {
	data, dimensions := pack(l.vectors)
	_, err := tx.Exec(`INSERT INTO passage_vector (tenant, application, idx, document, generation, model, n, amount, dimensions, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, application, idx, document, generation, model, n)
		DO UPDATE SET amount = excluded.amount, dimensions = excluded.dimensions, data = excluded.data`,
		p.Tenant, p.Application, p.Index, l.document, l.generation, model, l.first, len(l.vectors), dimensions, data)
	return err
}

func (s *Service) renumber(tx *store.Tx, p Place, whole []*lacking) error {
	n := int64(len(whole))
	last, err := index.AdvanceBy(tx, p.Tenant, p.Application, p.Index, n, 0, 0)
	if err != nil {
		return err
	}
	for i, l := range whole {
		_, err := tx.Exec(`UPDATE document SET seq = $5 WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
			p.Tenant, p.Application, p.Index, l.document, last-n+1+int64(i))
		if err != nil {
			return err
		}
	}
	tx.AfterCommit(func() { s.changed(p) })
	return nil
}
