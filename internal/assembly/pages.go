package assembly

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/parleyhq/parley/internal/edge/web"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/experience"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
)

// pages are what browsers are sent to, and what anybody may read, by path.
func (r *Rooms) pages(c Config) map[string]http.Handler {
	log := c.Log
	return map[string]http.Handler{
		callbackPath: &web.Callback{Log: log, Land: func(ctx context.Context, query url.Values) (web.Landed, error) {
			landed, err := r.Logins.Callback(ctx, query)
			return web.Landed(landed), err
		}},
		identitycenter.AuthorizePath: &web.SignIn{Log: log,
			Ask: func(ctx context.Context, query url.Values) (web.Step, error) {
				next, err := r.Center.Authorize(ctx, query)
				return web.Step(next), err
			},
			Enter: func(ctx context.Context, ticket, user, password string) (web.Step, error) {
				next, err := r.Center.SignIn(ctx, ticket, user, password)
				return web.Step(next), err
			},
		},
		identitycenter.DiscoveryPath: &web.Document{Log: log, Read: func(context.Context) ([]byte, error) {
			document, there := r.Center.Discovery()
			if !there {
				return nil, nil
			}
			return json.Marshal(document)
		}},
		identitycenter.KeySetPath: &web.Document{Log: log, Read: r.Center.KeySet},
		document.ContentPath: &web.Download{Log: log, Open: func(ctx context.Context, query url.Values) (*web.File, error) {
			content, err := r.Documents.Open(ctx, query)
			return (*web.File)(content), err
		}},
		experience.Path: &web.Experience{Log: log, Path: experience.Path, Pass: experience.PassParameter, PublicURL: c.PublicURL,
			Enter: func(ctx context.Context, id, pass string) (web.Session, error) {
				session, err := r.Experiences.Enter(ctx, id, pass)
				return web.Session(session), err
			},
			Show: func(ctx context.Context, id, cookie string) (*web.Portal, error) {
				page, err := r.Experiences.Show(ctx, id, cookie)
				return (*web.Portal)(page), err
			},
		},
	}
}
