package action

import (
	"encoding/json"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A Review is the form a person confirms before a write.
type Review struct {
	Fields    []ReviewField `json:"fields"`
	Separator string        `json:"separator"`
}

// A ReviewField is one field of the form, as ActionReviewPayloadField has it.
type ReviewField struct {
	Key         string          `json:"key"`
	DisplayName string          `json:"displayName"`
	Description string          `json:"description,omitempty"`
	Order       int             `json:"order"`
	Kind        Kind            `json:"kind"`
	Value       json.RawMessage `json:"value,omitempty"`
	Allowed     []Choice        `json:"allowed,omitempty"`
	Format      string          `json:"format,omitempty"`
	Items       json.RawMessage `json:"items,omitempty"`
	Required    bool            `json:"required,omitempty"`
}

// A Choice is a value a field may take, and how it is shown.
type Choice struct {
	Value   json.RawMessage `json:"value"`
	Display json.RawMessage `json:"display"`
}

// NewReview makes the form of a, filled in with args.
func NewReview(a *openapi.Action, args Args) Review { return Review{} }

// Accept reads what the person confirmed.
func (r Review) Accept(a *openapi.Action, reviewed Args, payload map[string]json.RawMessage, separator string) (Args, []Problem) {
	return nil, nil
}
