package chat

import (
	"context"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attachment"
)

// GetMedia returns an image that an answer cites, to the user whose conversation it
// is in. What no answer cites is not there.
func (s *Service) GetMedia(ctx context.Context, c op.Caller, in *api.GetMediaInput) (*api.GetMediaOutput, error) {
	o, u, err := s.user(ctx, c, in.ApplicationID, application.Named{})
	if err != nil {
		return nil, err
	}
	if err := s.licensed(ctx, c, in.ApplicationID, u.Person, forConversations); err != nil {
		return nil, err
	}
	p := place{o, in.ConversationID}
	var f attachment.File
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		m, err := findAnswer(tx, p, in.MessageID)
		if err != nil {
			return err
		}
		if !m.cites(in.MediaID) {
			return fault.NotFound("media", in.MediaID, "The message %s cites no media with ID %s.", in.MessageID, in.MediaID)
		}
		f, err = attachment.Media(tx, p.files(), in.MediaID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(f.Image) > s.Quotas.media() {
		return nil, &fault.Error{Code: fault.MediaTooLarge, Message: "The media is larger than what can be returned. Open the file itself."}
	}
	return &api.GetMediaOutput{MediaBytes: f.Image, MediaMimeType: &f.MediaType}, nil
}

func (m *message) cites(media string) bool {
	return slices.ContainsFunc(m.Sources, func(s source) bool {
		return slices.ContainsFunc(s.Segments, func(g segment) bool { return g.Media == media })
	})
}
