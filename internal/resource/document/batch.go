package document

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// BatchPut takes documents in. Their content is read later; what is wrong with one
// of them keeps none of the others out.
func (s *Service) BatchPut(ctx context.Context, c op.Caller, in *api.BatchPutDocumentInput) (*api.BatchPutDocumentOutput, error) {
	docs, err := s.readBatch(ctx, c, in)
	if err != nil {
		return nil, err
	}
	p := Place{c.Tenant(), in.ApplicationID, in.IndexID, ""}
	out := &api.BatchPutDocumentOutput{FailedDocuments: []api.FailedDocument{}}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		batch, err := s.open(tx, p)
		if err != nil {
			return err
		}
		for i := range docs {
			if err := batch.admit(docs[i]); err != nil {
				return err
			}
		}
		out.FailedDocuments = append(out.FailedDocuments[:0], batch.failed...)
		return batch.close()
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// entry is a document of a batch.
type entry struct {
	Incoming

	access *api.AccessConfiguration
	source string // that the document names
	wrong  error  // a *refusal: it is not taken
}

// readBatch reads the documents of a request, and asks about the role that may
// read objects. A role that will do for nothing is the request's fault; one that
// may not read an object is that document's.
func (s *Service) readBatch(ctx context.Context, c op.Caller, in *api.BatchPutDocumentInput) ([]entry, error) {
	docs := make([]entry, len(in.Documents))
	for i := range in.Documents {
		docs[i] = entryOf(&in.Documents[i], in.DataSourceSyncID)
		content := in.Documents[i].Content
		if content == nil || content.S3 == nil {
			continue
		}
		if in.RoleARN == nil {
			return nil, fault.InvalidField("roleArn", "is needed to read s3://%s/%s: the role has to allow s3:GetObject", content.S3.Bucket, content.S3.Key)
		}
		object := &Object{Bucket: content.S3.Bucket, Key: content.S3.Key, Role: *in.RoleARN}
		docs[i].Object = object
		if err := s.mayRead(ctx, c.Tenant(), in.ApplicationID, object); err != nil {
			why, ok := errors.AsType[*principal.RoleError](err)
			switch {
			case !ok:
				return nil, err
			case why.Reason != principal.RoleForbids:
				return nil, fault.InvalidField("roleArn", "%s", why.Error())
			}
			docs[i].wrong = refuse("%s.", why.Error())
		}
	}
	return docs, nil
}

// entryOf reads one document. sync is the request's job, of which documents may
// name their own.
func entryOf(d *api.Document, sync *string) entry {
	e := entry{Incoming: Incoming{ID: d.ID, Enrichment: d.DocumentEnrichmentConfiguration}, access: d.AccessConfiguration}
	if d.Title != nil {
		e.Title = *d.Title
	}
	if d.ContentType != nil {
		e.ContentType = string(*d.ContentType)
	}
	if d.Content != nil && d.Content.S3 == nil {
		e.Data = append([]byte{}, d.Content.Blob...)
	}
	if e.Attributes, e.wrong = valuesFrom(d.Attributes); e.wrong != nil {
		return e
	}
	e.source = e.Attributes[sourceAttribute].Text
	e.Execution = e.Attributes[executionAttribute].Text
	switch {
	case sync == nil:
	case e.Execution == "":
		e.Execution = *sync
	case e.Execution != *sync:
		e.wrong = refuse("The attribute %s names another sync job than the request's dataSourceSyncId.", executionAttribute)
	}
	return e
}

// admit takes a document in if the sync job that it is of takes documents.
func (in *intake) admit(e entry) error {
	source, err := e.source, e.wrong
	if err == nil {
		source, err = in.sourceOf(e)
	}
	if err == nil {
		e.ACL, err = listFrom(e.access, source)
	}
	if why, ok := errors.AsType[*refusal](err); ok {
		in.failed = append(in.failed, failedDocument(e.ID, e.source, why))
		return nil
	}
	if err != nil {
		return err
	}
	return in.put(source, &e.Incoming)
}

// sourceOf is the data source that a document is put for: the one of its sync job,
// which has to take documents still (user guide, "Creating an Amazon Q custom
// connector").
func (in *intake) sourceOf(e entry) (string, error) {
	if e.Execution == "" {
		return "", in.needsNoJob(e.source)
	}
	return in.openJob(in.tx, in.place, e.Execution, e.source)
}

// needsNoJob refuses a document of a data source that names no sync job.
func (in *intake) needsNoJob(source string) error {
	if source == "" {
		return nil
	}
	there := false
	if in.Sources != nil {
		var err error
		if there, err = in.Sources(in.tx, in.place.Tenant, in.place.Application, in.place.Index, source); err != nil {
			return err
		}
	}
	if !there {
		return noSource(source, in.place.Index)
	}
	return refuse("The document is of the data source %s, and names no sync job: start one with StartDataSourceSyncJob, and give its executionId as dataSourceSyncId or as the attribute %s.", source, executionAttribute)
}

// openJob is the data source of a sync job that takes documents; named is the one
// that it has to be, or empty.
func (s *Service) openJob(tx *store.Tx, p Place, execution, named string) (source string, err error) {
	open := false
	if s.Executions != nil {
		source, open, err = s.Executions(tx, p.Tenant, p.Application, p.Index, execution)
	}
	switch {
	case err != nil:
		return "", err
	case source == "":
		return "", &refusal{api.ErrorCodeResourceNotFound, fmt.Sprintf("There is no sync job %s of a data source of index %s.", execution, p.Index)}
	case named != "" && named != source:
		return "", refuse("The sync job %s is of another data source than %s.", execution, named)
	case !open:
		return "", &refusal{api.ErrorCodeResourceInactive, fmt.Sprintf("The sync job %s has ended: start another with StartDataSourceSyncJob.", execution)}
	}
	return source, nil
}

func noSource(source, index string) *refusal {
	return &refusal{api.ErrorCodeResourceNotFound, fmt.Sprintf("There is no data source with ID %s in index %s.", source, index)}
}

// mayRead makes sure that a role lets the service read an object for an
// application (user guide, "IAM role for BatchPutDocument"). It is asked when the
// role is handed over and each time it is used. A role that will not do is a
// *principal.RoleError.
func (s *Service) mayRead(ctx context.Context, tenant, application string, o *Object) error {
	owner := landlord(tenant)
	return s.Roles.Check(ctx, principal.Errand{
		Role: o.Role, Account: owner.Account, Application: owner.ARN("application/%s", application),
		Action: "s3:GetObject", Resource: fmt.Sprintf("arn:%s:s3:::%s/%s", op.Partition, o.Bucket, o.Key),
	})
}

// fetch reads an object as its role may. A *refusal says why it never can be.
func (s *Service) fetch(ctx context.Context, tenant, application string, o *Object) ([]byte, error) {
	err := s.mayRead(ctx, tenant, application, o)
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return nil, refuse("%s", fault.Sentence(why.Error()))
	}
	if err != nil {
		return nil, err
	}
	data, err := blob.ReadAll(ctx, s.Objects, o.Bucket, o.Key, s.limits().Bytes)
	switch {
	case errors.Is(err, blob.ErrNoBucket), errors.Is(err, blob.ErrNoKey):
		return nil, &refusal{api.ErrorCodeResourceNotFound, fault.Sentence(err.Error())}
	case errors.Is(err, blob.ErrNotConfigured), errors.Is(err, blob.ErrTooLarge), errors.Is(err, blob.ErrDenied):
		return nil, refuse("%s", fault.Sentence(err.Error()))
	case err == nil && len(data) == 0:
		return nil, refuse("The document is empty: its object has no bytes.")
	}
	return data, err
}

// limits are those of a document, with every default filled in that is asked for
// here.
func (s *Service) limits() extract.Limits {
	l := s.Limits
	if l.Bytes <= 0 {
		l.Bytes = extract.DefaultLimits().Bytes
	}
	return l
}
