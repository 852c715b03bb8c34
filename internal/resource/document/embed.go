package document

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Embedding says which model makes the vectors of passages. The zero value: none.
type Embedding struct {
	Model   string                                        // that indexes are to have vectors of
	Open    func(model string) (provider.Embedder, error) // of that model, or of another that an index has vectors of
	Started time.Time                                     // of the server: where servers differ, the one that started last is right
	Log     *slog.Logger
}

// readVectors gives changes with numbers in a range, whose passages are there,
// the vectors that search has of the index, and the name of the model that made
// them. A document that lacks one of its vectors has none yet; a passage that the
// model could not read has none.
func readVectors(tx *store.Tx, p Place, from, to int64, into map[string]*retrieval.Change) error {
	e, err := progressOf(tx, p)
	if e == nil || err != nil {
		return err
	}
	found := map[string][][]float32{}
	err = tx.Each(`SELECT v.document, v.n, v.amount, v.dimensions, v.data FROM document d JOIN passage_vector v ON v.tenant = d.tenant
			AND v.application = d.application AND v.idx = d.idx AND v.document = d.document AND v.generation = d.live
		WHERE d.tenant = $1 AND d.application = $2 AND d.idx = $3 AND d.seq >= $4 AND d.seq <= $5 AND v.model = $6 ORDER BY d.seq, v.n`,
		[]any{p.Tenant, p.Application, p.Index, from, to, e.serving}, func(r *store.Rows) error {
			var id string
			var n, amount, dimensions int
			var data []byte
			if err := r.Scan(&id, &n, &amount, &dimensions, &data); err != nil {
				return err
			}
			if n == len(found[id]) && len(data) == 4*amount*dimensions {
				found[id] = append(found[id], unpack(data, amount, dimensions)...)
			}
			return nil
		})
	for id, vectors := range found {
		c := into[id]
		if c == nil || len(vectors) != len(c.Passages) {
			continue
		}
		c.Model = e.serving
		for i := range c.Passages {
			c.Passages[i].Vector = vectors[i]
		}
	}
	return err
}

// pack is vectors one after the other; a nil one is zeros, which are like
// nothing.
func pack(vectors [][]float32) (data []byte, dimensions int) {
	for _, v := range vectors {
		dimensions = max(dimensions, len(v))
	}
	data = make([]byte, 4*len(vectors)*dimensions)
	for i, v := range vectors {
		for j, x := range v {
			binary.LittleEndian.PutUint32(data[4*(i*dimensions+j):], math.Float32bits(x))
		}
	}
	return data, dimensions
}

func unpack(data []byte, amount, dimensions int) [][]float32 {
	vectors := make([][]float32, amount)
	for i := range vectors {
		if dimensions == 0 {
			continue
		}
		vectors[i] = make([]float32, dimensions)
		for j := range vectors[i] {
			vectors[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*(i*dimensions+j):]))
		}
	}
	return vectors
}

// progress is how far an index is with its vectors.
type progress struct {
	serving  string // the model whose vectors search has
	servedTo int64  // in the log
	model    string // the one whose vectors the index is to have
	position int64  // of model, while it is another than serving
	chosen   time.Time
	working  bool
	litter   bool
}

// progressOf is nil for an index that nobody has made vectors for.
func progressOf(tx *store.Tx, p Place) (*progress, error) {
	e := &progress{}
	var chosen int64
	err := tx.Row(`SELECT serving, served_to, model, position, chosen_at, working, litter FROM embedding
		WHERE tenant = $1 AND application = $2 AND idx = $3`, p.Tenant, p.Application, p.Index).
		Scan(&e.serving, &e.servedTo, &e.model, &e.position, &chosen, &e.working, &e.litter)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	e.chosen = store.FromMicros(chosen)
	return e, err
}

func (e *progress) save(tx *store.Tx, p Place) error {
	_, err := tx.Exec(`INSERT INTO embedding (tenant, application, idx, serving, served_to, model, position, chosen_at, working, litter)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, application, idx) DO UPDATE SET
		serving = excluded.serving, served_to = excluded.served_to, model = excluded.model, position = excluded.position,
		chosen_at = excluded.chosen_at, working = excluded.working, litter = excluded.litter`,
		p.Tenant, p.Application, p.Index, e.serving, e.servedTo, e.model, e.position, store.Micros(e.chosen), e.working, e.litter)
	return err
}

// embedSoon has a job make the vectors that an index lacks, if this server has a
// model. It belongs into the transaction that moves the log of the index.
func (s *Service) embedSoon(tx *store.Tx, p Place) error {
	if s.Embedding.Model == "" {
		return nil
	}
	e, err := progressOf(tx, p)
	if err != nil || e != nil && e.working {
		return err
	}
	if e == nil {
		e = &progress{serving: s.Embedding.Model, model: s.Embedding.Model, chosen: s.Embedding.Started}
	}
	e.working = true
	if err := e.save(tx, p); err != nil {
		return err
	}
	return s.Jobs.Enqueue(tx, p.Tenant, p.Application, embedKind, ingestArgs{p.Application, p.Index})
}

// numberOf reads the number in the log of the version that stays: its vectors may
// have given it a new one while another version was read.
func numberOf(tx *store.Tx, d *row) error {
	return tx.Row(`SELECT seq FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		d.Tenant, d.Application, d.Index, d.document).Scan(&d.seq)
}
