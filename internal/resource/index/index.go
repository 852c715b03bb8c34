// Package index owns indexes of documents: their types and capacity, the
// attributes that documents may have in them, and the counter of their logs,
// which says how many documents there are and which change was the last.
//
// It keeps no documents (resource/document, whose changes take their numbers
// here) and finds none (platform/retrieval, which follows the log). What is
// asked of an index, and with which boosts, is resource/retriever's. The families
// that keep rows below an index are told to remove them when it is deleted.
//
// Rows: search_index (one per index), index_log (likewise, apart because every
// change of a document moves it).
// Jobs: index.purge.
package index

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// typeName is what errors and ARNs call an index.
const typeName = "index"

// Index is an index as it is stored.
type Index struct {
	Application string `json:"-"` // in the row's key
	ID          string `json:"-"` // likewise

	DisplayName string           `json:"displayName"`
	Description string           `json:"description,omitzero"`
	Type        api.IndexType    `json:"type"`
	Units       int32            `json:"units"`
	Status      api.IndexStatus  `json:"status"`
	Attributes  []Attribute      `json:"attributes,omitzero"` // those that were configured, by name
	Error       *api.ErrorDetail `json:"error,omitzero"`      // why it could not be deleted
	CreatedAt   time.Time        `json:"createdAt"`
	UpdatedAt   time.Time        `json:"updatedAt"`
}

// newIndex is the index that a create asks for.
func newIndex(id string, in *api.CreateIndexInput) *Index {
	x := &Index{
		Application: in.ApplicationID,
		ID:          id,
		DisplayName: in.DisplayName,
		Type:        api.IndexTypeEnterprise,
		Units:       1,
		Status:      api.IndexStatusActive,
	}
	if in.Description != nil {
		x.Description = *in.Description
	}
	if in.Type != nil {
		x.Type = *in.Type
	}
	x.resize(in.CapacityConfiguration)
	return x
}

func (x *Index) resize(c *api.IndexCapacityConfiguration) {
	if c != nil && c.Units != nil {
		x.Units = *c.Units
	}
}

// A unit of capacity holds so much, whichever is reached first (user guide,
// "Amazon Q Business subscription tiers and index types").
const (
	unitDocuments = 20_000
	unitBytes     = 200 << 20 // of text, and of attributes
)

// mostUnits is how many units an index of a type has at most (same page).
func mostUnits(t api.IndexType) int32 {
	if t == api.IndexTypeStarter {
		return 5
	}
	return 50
}

// checkUnits refuses more capacity than the type of the index has.
func (x *Index) checkUnits() error {
	if most := mostUnits(x.Type); x.Units > most {
		return fault.Quota(typeName, x.ID, "An index of type %s has up to %d capacity units; %d were asked for.", x.Type, most, x.Units)
	}
	return nil
}

// fits refuses less capacity than the documents take that are there.
func (x *Index) fits(held holding) error {
	units := int64(x.Units)
	if held.documents <= units*unitDocuments && held.bytes <= units*unitBytes {
		return nil
	}
	return fault.InvalidField("capacityConfiguration.units",
		"%d units are too few: the index has %d documents with %d bytes of text, and a unit holds %d documents or %d bytes, whichever is reached first",
		x.Units, held.documents, held.bytes, unitDocuments, unitBytes)
}

// ARN names the index, which is one of the caller's account and Region.
func (x *Index) ARN(c op.Caller) string { return arn(c, x.Application, x.ID) }

func arn(c op.Caller, application, id string) string {
	return c.ARN("application/%s/%s/%s", application, typeName, id)
}

// heldName is the name that no other index of the application may have
// meanwhile. One that is being deleted has given its name back.
func (x *Index) heldName() any {
	if x.Status != api.IndexStatusActive {
		return nil
	}
	return x.DisplayName
}

// detail is what GetIndex shows.
func (x *Index) detail(c op.Caller, held holding) *api.GetIndexOutput {
	return &api.GetIndexOutput{
		ApplicationID:                   &x.Application,
		IndexID:                         &x.ID,
		IndexARN:                        new(x.ARN(c)),
		DisplayName:                     &x.DisplayName,
		Description:                     &x.Description,
		Type:                            &x.Type,
		Status:                          &x.Status,
		CapacityConfiguration:           &api.IndexCapacityConfiguration{Units: &x.Units},
		DocumentAttributeConfigurations: x.shown(),
		IndexStatistics: &api.IndexStatistics{TextDocumentStatistics: &api.TextDocumentStatistics{
			IndexedTextDocumentCount: new(int32(held.documents)),
			IndexedTextBytes:         &held.bytes,
		}},
		Error:     x.Error,
		CreatedAt: &x.CreatedAt,
		UpdatedAt: &x.UpdatedAt,
	}
}

// summary is what ListIndices shows.
func (x *Index) summary() api.Index {
	return api.Index{
		DisplayName: &x.DisplayName,
		IndexID:     &x.ID,
		Status:      &x.Status,
		CreatedAt:   &x.CreatedAt,
		UpdatedAt:   &x.UpdatedAt,
	}
}
