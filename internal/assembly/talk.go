package assembly

import (
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/chat"
)

// talk furnishes the rooms of conversations, on all that they are about.
func (r *Rooms) talk(c Config, world reach, pages *page.Tokens) {
	r.Files = &attachment.Service{
		DB: r.DB, Apps: r.Applications, Pages: pages, NewID: uuid.NewString, Now: c.Now,
		Extract: r.Fence.Extract, Licensed: r.Subscriptions.Licensed,
	}
	r.Chats = &chat.Service{
		DB: r.DB, Jobs: r.Jobs, Pages: pages, Apps: r.Applications, Plugins: r.Plugins,
		Planner: world.planner, NewID: uuid.NewString, Zone: c.zone(),
		Licensed: r.Subscriptions.Licensed,
	}
}
