package assembly

import (
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/resource/experience"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// front furnishes the room of the pages that applications have for browsers.
func (r *Rooms) front(c Config, pages *page.Tokens, roles *principal.ServiceRoles) {
	r.Experiences = &experience.Service{
		DB: r.DB, Keys: r.Keys, Jobs: r.Jobs, Pages: pages, Replays: r.Replays, Apps: r.Applications, Roles: roles,
		Secrets: r.Values, NewID: uuid.NewString, Now: c.Now, PublicURL: c.PublicURL,
	}
	r.Applications.Below = append(r.Applications.Below, experience.PurgeApplication)
}
