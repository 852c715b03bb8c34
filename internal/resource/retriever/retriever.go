// Package retriever owns retrievers, which say where an application's answers are
// looked for and what is raised there, and the search itself: what a person, or a
// company that was let in, finds of an index (Retrieve, SearchRelevantContent).
//
// It puts together what others know: who asks (resource/application), whether they
// may (resource/subscription, resource/accessor), who they are in the index
// (resource/directory), which passages fit and may be seen (platform/retrieval),
// and what stands in them (resource/document). What boosts are worth is decided in
// engine/rank.
//
// Rows: retriever (one per retriever).
package retriever

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// typeName is what errors and ARNs call a retriever.
const typeName = "retriever"

// Retriever is a retriever as it is stored. One of an index was checked against
// the index's attributes when it was made; they may have changed since, and the
// index may be gone.
type Retriever struct {
	Application string `json:"-"` // in the row's key
	ID          string `json:"-"` // likewise

	DisplayName string            `json:"displayName"`
	Type        api.RetrieverType `json:"type"`
	Index       string            `json:"index,omitzero"`  // of a NATIVE_INDEX
	Kendra      string            `json:"kendra,omitzero"` // of a KENDRA_INDEX
	Boosting    Boosting          `json:"boosting,omitzero"`
	Role        string            `json:"role,omitzero"`
	CreatedAt   time.Time         `json:"createdAt"`
	UpdatedAt   time.Time         `json:"updatedAt"`
}

// ARN names the retriever, which is one of the caller's account and Region.
func (r *Retriever) ARN(c op.Caller) string {
	return c.ARN("application/%s/%s/%s", r.Application, typeName, r.ID)
}

// aim takes over a configuration, which goes with the type.
func (r *Retriever) aim(c api.RetrieverConfiguration) {
	if kendra := c.KendraIndexConfiguration; kendra != nil {
		r.Kendra = kendra.IndexID
		return
	}
	native := c.NativeIndexConfiguration
	r.Index, r.Boosting = native.IndexID, Boosting(native.BoostingOverride)
}

// configuration is what aim took, with the version that the boosts are of.
func (r *Retriever) configuration() *api.RetrieverConfiguration {
	if r.Type == api.RetrieverTypeKendraIndex {
		return &api.RetrieverConfiguration{KendraIndexConfiguration: &api.KendraIndexConfiguration{IndexID: r.Kendra}}
	}
	return &api.RetrieverConfiguration{NativeIndexConfiguration: &api.NativeIndexConfiguration{
		IndexID:          r.Index,
		Version:          new(int64(r.Boosting.version())),
		BoostingOverride: r.Boosting,
	}}
}

// detail is what GetRetriever shows.
func (r *Retriever) detail(c op.Caller) *api.GetRetrieverOutput {
	out := &api.GetRetrieverOutput{
		ApplicationID: &r.Application,
		RetrieverID:   &r.ID,
		RetrieverARN:  new(r.ARN(c)),
		Type:          &r.Type,
		Status:        new(api.RetrieverStatusActive),
		DisplayName:   &r.DisplayName,
		Configuration: r.configuration(),
		CreatedAt:     &r.CreatedAt,
		UpdatedAt:     &r.UpdatedAt,
	}
	if r.Role != "" {
		out.RoleARN = &r.Role
	}
	return out
}

// summary is what ListRetrievers shows.
func (r *Retriever) summary() api.Retriever {
	return api.Retriever{
		ApplicationID: &r.Application,
		RetrieverID:   &r.ID,
		Type:          &r.Type,
		Status:        new(api.RetrieverStatusActive),
		DisplayName:   &r.DisplayName,
	}
}
