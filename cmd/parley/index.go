package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

type indexCmd struct {
	Status  indexStatusCmd  `cmd:"" help:"Say how far the search indexes of a server are behind the store."`
	Rebuild indexRebuildCmd `cmd:"" help:"Have search indexes built anew from the store, while the old ones answer."`
}

// some are the indexes that flags name.
type some struct {
	Application string `placeholder:"ID" help:"Only the indexes of this application."`
	Index       string `placeholder:"ID" help:"Only this index."`
}

// keys are those of the indexes that the flags name. There has to be one.
func (s some) keys(ctx context.Context, db *store.DB) (keys []retrieval.Key, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		all, err := index.All(tx)
		for _, k := range all {
			if (s.Application == "" || k.Application == s.Application) && (s.Index == "" || k.Index == s.Index) {
				keys = append(keys, k)
			}
		}
		return err
	})
	if err == nil && len(keys) == 0 && s != (some{}) {
		err = errors.New("there is no such index: parley index status lists them")
	}
	return keys, err
}

type indexStatusCmd struct {
	state
	some
	JSON bool `name:"json" help:"Print JSON."`
}

// Help says what the one-line help cannot.
func (indexStatusCmd) Help() string {
	return `SEQ is the number of the latest change in the store. APPLIED is the latest that the server on this data directory has taken up, as of a second ago. An index that nobody has searched there yet is not on its disk. Other servers of the same database have indexes of their own.`
}

// indexStatus is one line of the list.
type indexStatus struct {
	Tenant      string            `json:"tenant"`
	Application string            `json:"application"`
	Index       string            `json:"index"`
	Seq         int64             `json:"seq"`
	Epoch       int64             `json:"epoch"`
	Local       *indexStatusLocal `json:"local"` // nil: it is not on this disk
}

type indexStatusLocal struct {
	Applied   int64     `json:"applied"`
	Lag       int64     `json:"lag"`
	Epoch     int64     `json:"epoch"`
	Documents int       `json:"documents"`
	Passages  int       `json:"passages"`
	Bytes     int64     `json:"bytes"`
	At        time.Time `json:"at"`
}

// Run lists indexes.
func (c indexStatusCmd) Run(p *process) error {
	db, err := c.store(p)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := c.keys(p.ctx, db)
	if err != nil {
		return err
	}
	list := make([]indexStatus, len(keys))
	for i, k := range keys {
		if list[i], err = c.status(p.ctx, db, k); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(p.out, list)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "INDEX\tAPPLICATION\tTENANT\tSEQ\tAPPLIED\tLAG\tDOCUMENTS\tPASSAGES\tSIZE\tSTATE")
	for _, s := range list {
		fmt.Fprintln(w, s.line())
	}
	return w.Flush()
}

// status puts together what the store and the disk say of an index.
func (c indexStatusCmd) status(ctx context.Context, db *store.DB, k retrieval.Key) (s indexStatus, err error) {
	s = indexStatus{Tenant: k.Tenant, Application: k.Application, Index: k.Index}
	local, there, err := retrieval.StatusOf(c.Data, k)
	if err != nil {
		return s, err
	}
	if there {
		s.Local = &indexStatusLocal{
			Applied: local.Seq, Epoch: local.Epoch, Documents: local.Documents, Passages: local.Passages,
			Bytes: local.Bytes, At: local.At,
		}
	}
	err = db.View(ctx, func(tx *store.Tx) error {
		head, err := index.Head(tx, k.Tenant, k.Application, k.Index)
		s.Seq, s.Epoch = head.Seq, head.Epoch
		return err
	})
	if there {
		s.Local.Lag = max(0, s.Seq-s.Local.Applied)
	}
	return s, err
}

// line is the status for a person.
func (s indexStatus) line() string {
	about := fmt.Sprintf("%s\t%s\t%s\t%d\t", s.Index, s.Application, s.Tenant, s.Seq)
	switch l := s.Local; {
	case l == nil:
		return about + "-\t-\t-\t-\t-\tnot searched here yet"
	case l.Epoch != s.Epoch:
		return about + l.line() + "to be built anew"
	case l.Lag > 0:
		return about + l.line() + "behind"
	default:
		return about + l.line() + "up to date"
	}
}

func (l *indexStatusLocal) line() string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%.1f MB\t", l.Applied, l.Lag, l.Documents, l.Passages, float64(l.Bytes)/(1<<20))
}

type indexRebuildCmd struct {
	state
	some
}

// Help says what the one-line help cannot.
func (indexRebuildCmd) Help() string {
	return `Every server of the store builds its own anew, at the next search or within seconds, and answers from the old one until then. This is for the case that an index gives answers that the documents do not: a missing or damaged one is built anew without being told.`
}

// Run makes the indexes' epochs grow, which all servers notice.
func (c indexRebuildCmd) Run(p *process) error {
	db, err := c.store(p)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := c.keys(p.ctx, db)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := db.Update(p.ctx, func(tx *store.Tx) error { return index.Rebuild(tx, k.Tenant, k.Application, k.Index) }); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Index %s of application %s will be built anew.\n", k.Index, k.Application)
	}
	if len(keys) == 0 {
		fmt.Fprintln(p.err, "There are no indexes.")
	}
	return nil
}
