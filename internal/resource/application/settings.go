package application

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Settings are the switches of an application that conversations heed.
type Settings struct {
	Attachments bool // people may attach files (attachmentsConfiguration)
	Personal    bool // a model may be told who asks (personalizationConfiguration)
}

// Settings returns those of an application that is ACTIVE. Errors: a
// ResourceNotFound, or a Conflict when it is not.
func (s *Service) Settings(tx *store.Tx, c op.Caller, id string) (Settings, error) {
	a, err := find(tx, c, id)
	if err == nil {
		err = active(id, a.Status)
	}
	return Settings{
		Attachments: a.Attachments == api.AttachmentsControlModeEnabled,
		Personal:    a.Personalization == api.PersonalizationControlModeEnabled,
	}, err
}
