package assembly

import (
	"errors"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/bucket"
	"github.com/parleyhq/parley/internal/platform/connector/folder"
	"github.com/parleyhq/parley/internal/platform/connector/web"
	"github.com/parleyhq/parley/internal/platform/fence"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/resource/datasource"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/retriever"
)

// Reading says where documents are read.
type Reading struct {
	Program string   // whose children read them (fence.Config); empty: this process does
	Args    []string // that make it do so
}

// stock furnishes the rooms of documents and search: the library that an
// application keeps.
func (r *Rooms) stock(c Config, world reach, pages *page.Tokens, roles *principal.ServiceRoles) {
	r.Indexes = &index.Service{
		DB: r.DB, Apps: r.Applications, Jobs: r.Jobs, Replays: r.Replays, Pages: pages, NewID: uuid.NewString,
	}
	r.Sources = &datasource.Service{
		DB: r.DB, Jobs: r.Jobs, Replays: r.Replays, Pages: pages, Indexes: r.Indexes, Roles: roles, Secrets: r.Values,
		Log: c.Log, NewID: uuid.NewString, Kinds: kinds(),
		Env:     connector.Env{Objects: world.objects, Out: world.sites, Now: c.Now, Wait: wait, Log: c.Log},
		Folders: c.Folders,
	}
	r.Directory = &directory.Service{
		DB: r.DB, Jobs: r.Jobs, Pages: pages, Replays: r.Replays, Apps: r.Applications, Indexes: r.Indexes,
		Roles: roles, Objects: world.objects, NewID: uuid.NewString, Sources: r.Sources.HasSource, Person: r.Center.UserByEmail,
	}
	r.Fence = fence.New(fence.Config{Program: c.Reading.Program, Args: c.Reading.Args, Log: c.Log})
	r.Documents = &document.Service{
		DB: r.DB, Keys: r.Keys, Jobs: r.Jobs, Pages: pages, Apps: r.Applications, Indexes: r.Indexes, Directory: r.Directory,
		Objects: world.objects, Roles: roles, Now: c.Now, PublicURL: c.PublicURL,
		Executions: r.Sources.Execution, Sources: r.Sources.HasSource, Extract: r.Fence.Extract,
		Limits: extract.Limits{Bytes: int64(c.Quotas.DocumentBytes), Text: int64(c.Quotas.DocumentText)},
	}
	r.Sources.Documents = r.Documents
	search := retrieval.Config{Dir: c.Dir, Source: r.Documents.Log(), Now: c.Now, Log: c.Log}
	if c.Metrics != nil {
		search.Metrics = c.Metrics
	}
	r.Library = retrieval.New(search)
	r.Documents.Changed = r.Library.Nudge
	r.Retrievers = &retriever.Service{
		DB: r.DB, Apps: r.Applications, Indexes: r.Indexes, Directory: r.Directory, Documents: r.Documents, Library: r.Library,
		Replays: r.Replays, Pages: pages, Roles: roles, NewID: uuid.NewString, Log: c.Log, Licensed: r.Subscriptions.Licensed,
	}
	r.lend(world.functions, roles)
	r.embed(c, world.embedders)
	r.Indexes.Forget = r.Library.Forget
	r.Indexes.Below = []index.Purger{document.PurgeIndex, datasource.PurgeIndex, directory.PurgeIndex}
	r.Applications.Below = append(r.Applications.Below,
		retriever.PurgeApplication, document.PurgeApplication, datasource.PurgeApplication, directory.PurgeApplication, r.Indexes.PurgeApplication)
}

// kinds are the places that documents are fetched from, by their types. The guide's
// schema of web sites has two names for them.
func kinds() map[string]connector.Kind {
	kinds := map[string]connector.Kind{"WEBCRAWLER": web.Kind{}}
	for _, k := range []connector.Kind{bucket.Kind{}, folder.Kind{}, web.Kind{}} {
		kinds[k.Type()] = k
	}
	return kinds
}

// unstock closes what the rooms of documents hold open beside the store.
func (r *Rooms) unstock() error {
	return errors.Join(r.Library.Close(), r.Fence.Close())
}
