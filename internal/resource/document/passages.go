package document

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Passages are those of refs that are there, in the order of refs.
func (s *Service) Passages(tx *store.Tx, tenant, application, index string, refs []Ref) ([]Passage, error) {
	p := Place{tenant, application, index, ""}
	docs := map[string]*shownDocument{}
	found := make([]Passage, 0, len(refs))
	for _, ref := range refs {
		d, known := docs[ref.Document]
		if !known {
			var err error
			if d, err = s.shownDocument(tx, key{p, ref.Document}); err != nil {
				return nil, err
			}
			docs[ref.Document] = d
		}
		if d == nil {
			continue
		}
		shown, there, err := d.passage(tx, ref)
		if err != nil {
			return nil, err
		}
		if there {
			found = append(found, shown)
		}
	}
	return found, nil
}

// shownDocument is what the passages of one document have in common.
type shownDocument struct {
	*row

	list *acl.List
}

// shownDocument is the live version of a document; nil for none.
func (s *Service) shownDocument(tx *store.Tx, k key) (*shownDocument, error) {
	d, err := find(tx, k)
	if err != nil || d == nil || d.live == 0 {
		return nil, err
	}
	list, err := s.lists.get(tx, d.Place, d.acl)
	return &shownDocument{d, list}, err
}

// passage reads one passage of the document.
func (d *shownDocument) passage(tx *store.Tx, ref Ref) (shown Passage, there bool, err error) {
	var doc string
	v := &d.version
	shown = Passage{
		Ref: ref, ID: d.id, Source: d.Source, Title: v.Title, URI: v.Attributes[uriAttribute].Text,
		Attributes: v.Attributes, UpdatedAt: d.updated, ACL: d.list,
	}
	err = tx.Each(`SELECT text, doc FROM passage WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND n = $6`,
		[]any{d.Tenant, d.Application, d.Index, d.document, d.live, ref.N}, func(r *store.Rows) error {
			there = true
			return r.Scan(&shown.Text, &doc)
		})
	if err != nil || !there {
		return shown, false, err
	}
	w, err := readWhere(doc)
	shown.Headings, shown.Begin, shown.End, shown.Page = w.Headings, w.Begin, w.End, w.Page
	return shown, true, err
}

func readWhere(doc string) (w where, err error) {
	if err := json.NewDecoder(strings.NewReader(doc)).Decode(&w); err != nil {
		return w, fmt.Errorf("document: a passage: %w", err)
	}
	return w, nil
}
