package retrieval

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// format is that of an edition. One of another format is built anew.
const format = 1

// edition is an index built once: an inverted index in a folder, or in memory,
// and the ledger that goes with it. One goroutine changes it; many search it.
type edition struct {
	dir      string // empty: in memory
	inverted index.Index
	analysis *index.AnalysisQueue

	mu     sync.RWMutex // searches hold it for reading, all along
	ledger *ledger
	view   *view // nil: closed
	state  state
	scopes scopes
}

// state is how far an edition is. It is stored in the batch that got it there.
type state struct {
	Format   int   `json:"format"`
	Seq      int64 `json:"seq"`
	Epoch    int64 `json:"epoch"`
	Complete bool  `json:"complete"` // it once had everything that there was
}

var stateKey = []byte("state")

// openEdition opens the edition in a folder, or begins one, of an epoch, where
// there is none. Whatever is wrong with it is an error; errLocked says that
// another process has it.
func openEdition(dir string, epoch int64) (e *edition, err error) {
	defer recovered(&err)
	config := map[string]any{
		"path": dir, "unsafe_batch": true, "bolt_timeout": lockTimeout.String(),
		"scorchPersisterOptions": map[string]any{"PersisterNapTimeMSec": 0},
	}
	if dir != "" {
		if err := verify(dir); err != nil {
			return nil, err
		}
	}
	e = &edition{dir: dir, ledger: newLedger(), analysis: index.NewAnalysisQueue(1), state: state{Format: format, Epoch: epoch}}
	if e.inverted, err = scorch.NewScorch(scorch.Name, config, e.analysis); err != nil {
		return nil, err
	}
	if err := e.inverted.Open(); err != nil {
		e.analysis.Close()
		return nil, err
	}
	if err := e.load(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// load reads the state and the ledger.
func (e *edition) load() (err error) {
	defer recovered(&err)
	snapshot, err := e.snapshot()
	if err != nil {
		return err
	}
	if value := snapshot.Internal()[string(stateKey)]; value != nil {
		if err := json.Unmarshal(value, &e.state); err != nil {
			return errors.Join(err, snapshot.Close())
		}
	}
	if e.state.Format != format {
		return errors.Join(fmt.Errorf("it is of format %d", e.state.Format), snapshot.Close())
	}
	if err := e.ledger.load(snapshot); err != nil {
		return errors.Join(err, snapshot.Close())
	}
	return e.show(snapshot, nil, nil)
}

func (e *edition) snapshot() (*scorch.IndexSnapshot, error) {
	reader, err := e.inverted.Reader()
	if err != nil {
		return nil, err
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("the index reader is a %T", reader)
	}
	return snapshot, nil
}

// apply makes changes, in order, and takes the edition to a state.
//
// Of a long document the first passages are in the index before its record is, and
// nothing shows them. Where that is not followed by the rest, the edition has what
// belongs to nobody: it is damaged.
func (e *edition) apply(changes []Change, to state) (err error) {
	defer recovered(&err)
	var begun atomic.Bool
	defer func() {
		if err != nil && begun.Load() {
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
	}()
	works, err := prepare(latest(changes), e.ledger.find, func(passages []*document.Document) error {
		begun.Store(true)
		batch := index.NewBatch()
		for _, p := range passages {
			batch.Update(p)
		}
		return e.inverted.Batch(batch)
	})
	if err != nil {
		return err
	}
	batch := index.NewBatch()
	for _, w := range works {
		w.into(batch)
	}
	value, err := json.Marshal(to)
	if err != nil {
		return err
	}
	batch.SetInternal(stateKey, value)
	if err := e.inverted.Batch(batch); err != nil {
		return err
	}
	snapshot, err := e.snapshot()
	if err != nil {
		return err
	}
	return e.show(snapshot, works, &to)
}

// refresh takes up what was merged meanwhile.
func (e *edition) refresh() (err error) {
	defer recovered(&err)
	snapshot, err := e.snapshot()
	if err != nil {
		return err
	}
	if e.view.same(snapshot) {
		return snapshot.Close()
	}
	return e.show(snapshot, nil, nil)
}

// show lets searches see a snapshot, and what was worked into it, from now on.
func (e *edition) show(snapshot *scorch.IndexSnapshot, works []work, to *state) error {
	e.ledger.reserve(works)
	entered := make(map[string]*entry, len(works))
	for _, w := range works {
		entered[w.document] = w.entry
	}
	v, err := look(snapshot, e.view, func(document []byte) (*entry, uint32) {
		ordinal, ok := e.ledger.ordinals[string(document)]
		if !ok {
			return nil, nobody
		}
		if entry := entered[string(document)]; entry != nil {
			return entry, ordinal
		}
		return e.ledger.entries[ordinal], ordinal
	})
	if err != nil {
		return errors.Join(err, snapshot.Close())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ledger.enter(works)
	before := e.view
	e.view = v
	if to != nil {
		e.state = *to
	}
	e.scopes.reset()
	if before != nil {
		return before.snapshot.Close()
	}
	return nil
}

// at is how far the edition is.
func (e *edition) at() state {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.state
}

// count is how many documents and passages there are.
func (e *edition) count() (documents, passages int) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, entry := range e.ledger.entries {
		if entry != nil {
			documents++
			passages += len(entry.passages)
		}
	}
	return documents, passages
}

// model is the one that made the vectors; empty without any.
func (e *edition) model() string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.ledger.model
}

// whole reports whether the edition's files are where they were.
func (e *edition) whole() bool {
	if e.dir == "" {
		return true
	}
	_, err := os.Stat(filepath.Join(e.dir, rootFile))
	return err == nil
}

// crowded reports whether an edition in memory has so many segments, which
// nothing merges there, that it had better be built anew.
func (e *edition) crowded() bool {
	const many = 1000
	return e.dir == "" && len(e.view.segments) > many
}

// close lets go of the edition, once the searches in it are through.
func (e *edition) close() (err error) {
	defer recovered(&err)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.view != nil {
		err = e.view.snapshot.Close()
		e.view = nil
	}
	err = errors.Join(err, e.inverted.Close())
	e.analysis.Close()
	return err
}

// errDamaged wraps what went wrong where nothing should.
var errDamaged = errors.New("the index is damaged")

// recovered makes an error of a panic: what reads an index trusts its files, and
// those may be cut off or gone.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", errDamaged, p)
	}
}

// faults makes reading a file that is cut off a panic, which is recovered from,
// and not the end of the process. It is undone with what it returns.
func faults() (restore func()) {
	before := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(before) }
}
