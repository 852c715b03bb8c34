package datasource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/resource/document"
)

// maxDocument bounds the content of a document, in bytes (model: DocumentContent).
const maxDocument = 50 << 20

// stamp changes when anything that is done to documents on their way in does:
// then those that are unchanged at their source are put again.
func (p plan) stamp() string {
	if p.Enrichment == nil && p.Media == nil {
		return ""
	}
	text, err := json.Marshal([]any{p.Enrichment, p.Media})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// read adds an item's document to the batch, or says in a sentence why it cannot
// be had. The error is for what ends the slice.
func (c *crawl) read(ctx context.Context, it connector.Item) (problem string, err error) {
	attributes, problem := c.fit(it)
	if problem != "" {
		return problem, nil
	}
	data, err := content(ctx, it)
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, connector.ErrGone):
		return "", err
	default:
		return err.Error(), nil
	}
	list := it.ACL
	if !c.settings.ACL {
		list = nil
	}
	return "", c.add(ctx, document.Incoming{
		ID: it.ID, Title: it.Title, ContentType: it.ContentType, Name: it.Name, Data: data,
		Attributes: attributes, ACL: list,
		Enrichment: c.plan.Enrichment, Execution: c.job.execution,
	})
}

var errLarge = fmt.Errorf("has more than %d MB, the most a document may have", maxDocument>>20)

// content reads an item, which is never nil.
func content(ctx context.Context, it connector.Item) ([]byte, error) {
	if it.Size > maxDocument {
		return nil, errLarge
	}
	r, err := it.Open(ctx)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxDocument {
		return nil, errLarge
	}
	return data, nil
}

// fit returns an item's attributes as the index has them: those that it does not
// have are left out, as the guide says of fields that are not mapped.
func (c *crawl) fit(it connector.Item) (fitted facet.Values, problem string) {
	all := described(it)
	fitted = facet.Values{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		kind, there := c.kinds[name]
		if !there {
			continue
		}
		v, fits := connector.Convert(all[name], kind)
		if !fits {
			return nil, fmt.Sprintf("its attribute %s is of type %s; that of the index is of type %s", name, all[name].Kind, kind)
		}
		fitted[name] = v
	}
	return fitted, ""
}

// described are the attributes of an item, with those that every source tells of.
func described(it connector.Item) facet.Values {
	all := facet.Values{}
	if it.URI != "" {
		all["_source_uri"] = facet.OfString(it.URI)
	}
	if !it.CreatedAt.IsZero() {
		all["_created_at"] = facet.OfDate(it.CreatedAt)
	}
	if !it.ModifiedAt.IsZero() {
		all["_last_updated_at"] = facet.OfDate(it.ModifiedAt)
	}
	maps.Copy(all, it.Attributes)
	return all
}
